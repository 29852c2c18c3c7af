"""Tunings from the command line and from keyboards: what is meant, and that another card gets the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.dsp.strings.scales import preset
from realtime.dsp.strings.tuning_messages import bulk_dump
from realtime.events import ALL_SLOTS, NOTE_ON, TUNE, event
from realtime.host import Host
from realtime.midi.parse import Parser
from score.errors import FileError, UsageError
from tests.realtime.driving import Card
from vocello.playing.intonation import AS_A_PIANO, Intonation, Retuned, find_intonation
from vocello.playing.rack import cello_slots, find_instrument

pytestmark = pytest.mark.timeout(400)  # whoever comes first may have to compile

RATE = 48_000
SCL = "three steps\n3\n100.0\n3/2\n2/1\n"
KBM = "3\n0\n127\n60\n69\n440.0\n3\n0\n1\n2\n"


def tuning_of(host: Host) -> np.ndarray:
    """What the cello plays, once a block has gone by."""
    Card(host).block(64)
    return np.array(host.rack.state("cello")["tuning"][0])


def new_host(a4_hz: float = 440.0) -> Host:
    return Host(RATE, cello_slots(find_instrument("cello", "additive"), a4_hz=a4_hz))


def test_as_it_stands_every_key_is_itself() -> None:
    assert find_intonation() == AS_A_PIANO == Intonation()
    host = new_host()
    AS_A_PIANO.enter(host)
    np.testing.assert_array_equal(tuning_of(host), np.arange(128.0))


@pytest.mark.parametrize(("tonic", "key"), [("", 60), ("D", 62), ("f#", 66), ("Bb", 70), ("C♭", 71)])
def test_a_scale_is_pure_on_its_tonic(tonic: str, key: int) -> None:
    host = new_host(415.0)
    find_intonation(415.0, "meantone", tonic).enter(host)
    np.testing.assert_allclose(tuning_of(host), preset("meantone", key))
    assert host.rack.state("cello")["a4_hz"][0] == 415.0


def test_scala_files_are_read_with_a_tonic_or_a_map(tmp_path: Path) -> None:
    (tmp_path / "three.scl").write_text(SCL)
    (tmp_path / "three.kbm").write_text(KBM)
    scale = str(tmp_path / "three.scl")
    on_c, on_d = (np.array(find_intonation(440.0, scale, tonic).semitones) for tonic in ("C", "D"))
    mapped = np.array(find_intonation(440.0, scale, "", tmp_path / "three.kbm").semitones)
    assert on_c[63] - on_c[60] == pytest.approx(12.0) and on_c[61] - on_c[60] == pytest.approx(1.0)
    assert on_d[65] - on_d[62] == pytest.approx(12.0) and on_d[63] - on_d[62] == pytest.approx(1.0)
    np.testing.assert_allclose(mapped, on_c)
    with pytest.raises(UsageError, match="own tonic"):
        find_intonation(440.0, scale, "D", tmp_path / "three.kbm")
    (tmp_path / "bad.scl").write_text("nothing")
    with pytest.raises(FileError, match="no scale"):
        find_intonation(440.0, str(tmp_path / "bad.scl"))


def test_what_a_keyboard_said_is_said_to_the_next_card_as_well() -> None:
    just = preset("just")
    retuned = Retuned(find_intonation(440.0, "meantone"))
    assert not retuned.hear(event(NOTE_ON, number=60, value=0.5)[0])
    first, second = new_host(), new_host()
    retuned.enter(first)
    np.testing.assert_allclose(tuning_of(first), preset("meantone"))
    heard = Parser().feed(bulk_dump(just, "just"))
    assert sum(retuned.hear(each) for each in heard) == 128
    retuned.enter(second)
    np.testing.assert_allclose(tuning_of(second), just, atol=1e-4)
    assert not retuned.hear(event(TUNE, number=200, value=60.0)[0])
    assert heard["slot"].tolist() == [ALL_SLOTS] * 128


def test_nothing_is_said_where_nothing_differs() -> None:
    host = new_host()
    Retuned().enter(host)
    Card(host).block(64)
    assert not len(host.played.pop_all())
