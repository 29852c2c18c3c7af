"""The ears: from a voice's samples to notes, while they are still being sung."""

import realtime  # noqa: F401  the room below tells numba where compiled code is kept, before anything here is compiled
