"""`vocello app`: the window. It listens at once; without a card it is sung to by a voice of ours. [main]"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from score.errors import UsageError

THEMES = ("system", "dark", "light")


def app(
    session: Path | None,
    theme: str,
    size: str,
    screenshot: Path | None,
    device: str,
    microphone: str,
    frames: int,
    port: str,
    seconds: float | None,
) -> int:
    """Open the window, and stay until it is closed; or draw it once into a picture, and leave. [main]"""
    if theme not in THEMES:
        raise UsageError(f"there is no theme '{theme}'.", f"There are: {', '.join(THEMES)}.")
    wanted = _size(size) if size else None
    trouble = _no_window(bool(screenshot))
    if trouble:
        raise UsageError(trouble, "On a desktop this works; here, vocello live does without a window.")
    from gui.app import Opening, open_app
    from gui.engine_link import Wishes
    from ml.profile import profile_path

    rack = _default_rack()
    wishes = Wishes(
        device,
        microphone,
        str(_demo_voice()),
        block_frames=frames,
        port="" if port == "none" else port,
        rack=rack,
        voice_is_known=profile_path().exists(),
    )
    return open_app(Opening(session, theme, wanted, screenshot, wishes, seconds))


def can_open_a_window() -> bool:
    """Whether a window would come up here. [main]"""
    return not _no_window(False)


def _no_window(only_a_picture: bool) -> str:
    """Why no window can be opened; "" if one can."""
    try:
        import gui.app  # noqa: F401
    except ImportError as error:
        if "PyQt6" in str(error):
            return "the window needs PyQt6. Type: pip install 'vocello[gui]'"
        return f"the window needs libraries of this system that are missing: {error}."
    if only_a_picture and not _has_screen() and not os.environ.get("QT_QPA_PLATFORM"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if only_a_picture or os.environ.get("QT_QPA_PLATFORM") or sys.platform != "linux":
        return ""
    return "" if _has_screen() else "there is no screen here."


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or sys.platform != "linux"


def _size(size: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in size.lower().split("x"))
    except ValueError:
        raise UsageError(f"'{size}' is no size.", "Write it as 1280x800.") from None
    if not (320 <= width <= 16_384 and 240 <= height <= 16_384):
        raise UsageError(f"a window of {width} by {height} pixels is not possible.", "Write it as 1280x800.")
    return width, height


def _demo_voice() -> Path:
    """The voice that is heard where there is no microphone; made once."""
    from platformdirs import user_cache_path

    from realtime.device.sound_file import write_sound
    from vocello.singer import sing

    path = user_cache_path("vocello") / "demo-voice-48000.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sound(path, sing(48_000)[0], 48_000)
    return path


def _default_rack() -> dict[str, object]:
    """What plays when nothing else was chosen: the cello, for the voice, the keys and the score."""
    from plugin.plan import ChainPlan, RackPlan, SlotPlan
    from score.checked import brief

    cello = ChainPlan("cello", slots=(SlotPlan("cello", "cello", values={"level_db": 6.0}),))
    main = ChainPlan("main", slots=(SlotPlan("limiter", "limiter"),))
    said: dict[str, object] = brief(RackPlan("cello", (cello, main)))
    return said
