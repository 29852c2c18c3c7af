"""Everything that runs in, or talks to, the audio callback: memory, kernels, rack, devices, MIDI, the engine's door."""

from realtime.code_cache import keep_code

keep_code()  # numba looks for its cache while it decorates, so this comes before the first import of a kernel
