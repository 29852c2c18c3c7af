"""DAW-3: keys that are pressed are a cello on a DAW's audio track: whole, in tune, and as late as is declared."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt

from daw_tests.figures import Figures
from daw_tests.session_files import Session
from daw_tests.sound import cents_off, longest_silence, onset, seams
from daw_tests.stage import OUR_MOUTH, RATE, VOICE, Stage, ended_politely, heard_sound, made_up_for, offset_by_voice
from daw_tests.streams import Message

CASE = "DAW-3"
CELLO = "Cello"
KEYS = (43, 48, 50, 55, 57, 60, 62, 64, 67, 69, 71, 72)
HELD_S, EVERY_S, FIRST_S = 0.9, 1.0, 0.5
STEADY = slice(round(0.35 * RATE), round(0.85 * RATE))  # after the attack, before the release
IN_TUNE_CENTS = 8.0
BLOCK = 128
KEYS_ARE_HELD_BACK = BLOCK  # on purpose, so that two are as far apart in sound as under the fingers


def pressed(keys: tuple[int, ...], held_s: float = HELD_S) -> list[Message]:
    """What the performer's hands do, at frames of the piece; none of them on a block's first frame."""
    moves = []
    for n, key in enumerate(keys):
        down = round((FIRST_S + n * EVERY_S) * RATE) + 37 * n % BLOCK
        moves.append(Message(down, bytes((0x90, key, 90))))
        moves.append(Message(down + round(held_s * RATE), bytes((0x80, key, 64))))
    return sorted(moves)


def click(stage: Stage) -> npt.NDArray[np.float32]:
    """A sound of one sample's length, by which the DAW's timeline is found."""
    samples = np.zeros(RATE // 10, np.float32)
    samples[0] = 0.5
    return samples


def test_keys_are_a_cello_on_the_audio_track_whole_and_in_tune(stage: Stage, figures: Figures) -> None:
    play = stage.vocello("play", "--device", "jack", "--keys", "performer", "--dry")
    play.line_with("'performer:keys' plays.")
    stage.listen_to_it()
    daw = stage.ardour()
    daw.do("audio_track", CELLO, *(OUR_MOUTH.format(side) for side in (0, 1)))
    daw.do("audio_track", VOICE, "performer:voice")
    daw.do("arm", CELLO, VOICE)
    daw.do("roll")
    moves = pressed(KEYS)
    stage.performer.ask("listen", sound=True)
    began = stage.performer.begin(stage.save_voice(click(stage)), [(int(frame), data) for frame, data in moves])
    stage.performer.ask("wait_until", frame=int(moves[-1].frame) + RATE)
    stage.heard()
    declared = stage.declared(OUR_MOUTH.format(0))
    daw.do("stop", CELLO, VOICE)
    session = Session(daw.leave())
    told = ended_politely(play)

    first, ears = heard_sound(stage)
    at = first + offset_by_voice(session, click(stage), began)
    moved = made_up_for(ears, session.region(CELLO).samples(), at, declared["capture"])

    downs = [began + int(each.frame) - first for each in moves if each.begins]
    sounding = ears[0, downs[0] + RATE // 5 : downs[-1] + round(HELD_S * RATE)]
    assert longest_silence(sounding) < BLOCK // 2
    rough = seams(sounding, BLOCK, (downs[0] + RATE // 5) % BLOCK)
    assert rough < 2.0
    off = [cents_off(ears[0, down:][STEADY], key, RATE) for down, key in zip(downs, KEYS, strict=True)]
    assert max(map(abs, off)) < IN_TUNE_CENTS, dict(zip(KEYS, off, strict=True))
    assert told.count(" on, 90") == len(KEYS)
    figures.tell(CASE, "keys pressed / heard as notes", f"{len(KEYS)} / {told.count(' on, 90')}")
    figures.tell(CASE, "samples in the DAW that differ from the wire", f"0 of {ears.size}", differ=0, of=int(ears.size))
    figures.tell(CASE, "frames of latency: declared to JACK / made up for", f"{declared['capture']} / {moved}")
    figures.tell(CASE, "seams of blocks against the rest", f"{rough:.2f}", ratio=rough)
    figures.tell(
        CASE,
        "pitch of the cello",
        f"{np.mean(np.abs(off)):.1f} cents off on average, {max(map(abs, off)):.1f} at most",
        mean_cents=float(np.mean(np.abs(off))),
        most_cents=max(map(abs, off)),
    )
    begins = [onset(ears[0, down : down + round(HELD_S * RATE)], 0.02) for down in downs[:1]]
    figures.spread(CASE, "key → the string speaks, after silence", begins, RATE)


def test_a_key_is_as_late_in_the_daw_as_is_declared(stage: Stage, figures: Figures) -> None:
    live = stage.vocello(
        *("live", "--device", "jack", "--keys", "performer", "--no-profile"), *("--rules", "-i", "tone", "-p", "none")
    )
    live.line_with("'performer:keys' plays.")
    daw = stage.ardour()
    daw.do("audio_track", CELLO, OUR_MOUTH.format(0))
    daw.do("audio_track", VOICE, "performer:voice")
    daw.do("arm", CELLO, VOICE)
    daw.do("roll")
    moves = pressed(KEYS, held_s=0.3)
    began = stage.performer.begin(stage.save_voice(click(stage)), [(int(frame), data) for frame, data in moves])
    stage.performer.ask("wait_until", frame=int(moves[-1].frame) + RATE // 2)
    daw.do("stop", CELLO, VOICE)
    session = Session(daw.leave())
    ended_politely(live)

    sound = session.region(CELLO).samples()[0]
    late = offset_by_voice(session, click(stage), began)
    waits, from_cycle = [], []
    for each in moves:
        if each.begins:
            down = began + int(each.frame) + late
            assert not np.abs(sound[down - BLOCK : down]).max() > 1e-4, "the last note still sounds"
            waits.append(onset(sound[down : down + round(0.3 * RATE)], 1e-3))
            from_cycle.append(waits[-1] + int(each.frame) % BLOCK)
    # Nothing sounds before it may. JACK's MIDI loses the place within a cycle on its way to us: that much is not exact.
    assert min(from_cycle) >= KEYS_ARE_HELD_BACK
    figures.spread(CASE, "key → sound on the track (a block is held back on purpose)", waits, RATE)


def test_the_way_through_the_card_is_as_long_as_it_declares(stage: Stage, figures: Figures) -> None:
    """Our output, patched into our input: a client of JACK's that hears itself hears its last cycle, one block more."""
    said = stage.vocello("latency", "--device", "jack", "--repeats", "8", "--json", ready="{")
    said.end()
    (_, card) = json.loads(said.everything()[said.everything().index("{") :])["measured"]
    declared, measured = card["declared_out_to_in_ms"], card["out_to_in"]
    assert card["found"] == card["sent"] == 8
    assert round((measured["p50_ms"] - declared) * RATE / 1e3) == BLOCK
    figures.tell(
        CASE,
        "out → in through JACK, measured / declared, and a block of JACK's own",
        f"{measured['p50_ms']:.3f} / {declared:.3f} ms",
        measured_ms=measured["p50_ms"],
        declared_ms=declared,
    )
