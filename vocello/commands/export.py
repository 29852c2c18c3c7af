"""`vocello export SESSION -o OUT.flac`: a session as sound, mixed or track by track. [main]"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from score.errors import UsageError
from vocello.screen import aside, decibels, print_json, progress, say

_KINDS = ("flac", "wav")


def export(session: Path, target: Path, stems: bool, rate: int, bits: str, kind: str, as_json: bool) -> None:
    """Play a session into files, and tell. [main]"""
    from gui.session.looking import state_at
    from vocello.playing.session_sound import jobs, write_job
    from vocello.playing.sound_out import checked, sweep

    if kind not in _KINDS:
        raise UsageError(f"'{kind}' cannot be written.", f"There are: {', '.join(_KINDS)}.")
    depth = checked(Path(f"sound.{kind}") if stems else target, rate, bits)
    state = state_at(session)
    told = []
    for job in jobs(state, target, stems, kind):
        sweep(job.target)
        with progress(f"Writing {job.target.name}", not as_json) as step:
            done = write_job(job, state.score, session, rate, depth, step)
        told.append({"out": str(job.target), "track": job.name, **asdict(done)})
        if not as_json:
            for text in done.troubles:
                aside.print(text, style="yellow", soft_wrap=True, markup=False)
            say(f"'{job.target}': {done.seconds + done.tail_s:.1f} s, peak {decibels(done.peak):.1f} dB.")
    if as_json:
        print_json({"files": told})
