"""A voice gets known while the engine runs: the calibration of the ears' room, as the engine asks for it.

What flows in: sound, as any listener has it. What flows out: remarks for the singer, and `voice.json`, which the ears
read when they begin to listen again. [ears]
"""

from __future__ import annotations

from ml.calibration import PROMPTS, Calibration, named
from ml.profile import Profile, profile_path, save_profile


class VoiceCheck(Calibration):
    """A calibration that the engine can run, and keep. [ears]"""

    @property
    def prompt(self) -> str:
        """What to do now. [any]"""
        return PROMPTS[self.step] if self.step is not None else ""

    def keep(self) -> str:
        """Keep what was measured, for every later start, and say it. [main]"""
        profile = self.profile()
        save_profile(profile, profile_path())
        return in_words(profile)


def in_words(profile: Profile) -> str:
    """What is known of a voice now. [any]"""
    spans = [f"This voice goes from about {named(profile.lowest_midi)} to {named(profile.highest_midi)}"]
    spans.append(f"notes begin above {profile.gate_db:.0f} dB")
    if profile.loudest_db is not None:
        spans.append(f"the loudest are at {profile.loudest_db:.0f} dB")
    return ", ".join(spans) + "."
