"""The reasons for which a test may be skipped: there are no others, and on CI there are fewer.

What flows in: the words of a skip. What flows out: nothing, or why that is no reason. A test that is skipped for ever
looks like one that passes; so each reason is written down here, with what would make the test run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why a test may be skipped, what makes it run, and whether CI must have that. [any]"""

    why: str
    cure: str
    ci_has_it: bool


NO_JACK = Reason("no JACK server on this machine", "sudo apt-get install jackd2", ci_has_it=True)
NO_REALTIME = Reason("no realtime rights on this machine", "vocello doctor says how to get them", ci_has_it=False)
NO_DISPLAY = Reason("no display on this machine", "log in to a desktop", ci_has_it=False)
NO_SOUND_CARD = Reason("no sound card on this machine", "plug one in", ci_has_it=False)
NO_GPU = Reason("no GPU on this machine", "install the extra 'gpu' where there is one", ci_has_it=False)
NO_TORCH = Reason("torch is not installed", "pip install 'vocello[train]'", ci_has_it=True)
NO_TORCHCREPE = Reason("torchcrepe is not installed", "pip install 'vocello[crepe]'", ci_has_it=False)
NO_ESPEAK = Reason("espeak-ng is not installed", "sudo apt-get install espeak-ng", ci_has_it=True)
NO_XVFB = Reason("no virtual screen on this machine", "sudo apt-get install xvfb", ci_has_it=True)
NO_ZAM = Reason("no zam-plugins on this machine", "sudo apt-get install zam-plugins", ci_has_it=True)
NO_DPF = Reason("no plugin framework on this machine", "sudo apt-get install dpf-source g++", ci_has_it=True)
ONLY_LINUX = Reason("only Linux has this", "run it on Linux", ci_has_it=True)
ONLY_MACOS = Reason("only macOS has this", "run it on macOS", ci_has_it=False)

REASONS = {
    reason.why: reason
    for reason in (
        NO_JACK,
        NO_REALTIME,
        NO_DISPLAY,
        NO_SOUND_CARD,
        NO_GPU,
        NO_TORCH,
        NO_TORCHCREPE,
        NO_ESPEAK,
        NO_XVFB,
        NO_ZAM,
        NO_DPF,
        ONLY_LINUX,
        ONLY_MACOS,
    )
}


def on_ci() -> bool:
    """Whether this is the continuous integration, where nobody reads what was skipped. [any]"""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def objection(words: str, ci: bool) -> str | None:
    """What speaks against a skip with these words; None when nothing does. [any]"""
    reason = REASONS.get(words.removeprefix("Skipped: ").strip())
    if reason is None:
        return f"'{words}' is no reason to skip a test. Those that are stand in tests/house/skips.py."
    if ci and reason.ci_has_it:
        return f"CI must not skip because of '{reason.why}'. It needs: {reason.cure}"
    return None
