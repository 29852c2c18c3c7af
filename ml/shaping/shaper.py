"""Between what is sung and what is played: the notes as the singer wants them shaped.

What flows in: what the ears say in each hop of 5 ms, always in free pitch, one note at a time. What flows out: what a
synth is told instead, in the same hop: no shape costs a note any time. Runs on the ears thread.

The ears say a bend before the note it belongs to, and a slur as the end of one note and the start of the next in one
hop. What is told keeps to that: what goes up goes first, then bend and expression, then what goes down.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ml.said import Said
from ml.shaping.keyboard import USUAL_RELEASE, Keyboard
from ml.shaping.melody import Melody, Tone
from ml.shaping.scale import Scale
from ml.shaping.settling import Settling
from ml.shaping.shape import Auto, Mode, Shape
from realtime.events import BEND, NOTE_OFF, NOTE_ON, NOTES_OFF, PRESSURE, SILENCE

_AS_SUNG = Shape()
_CHROMATIC = Scale.of(0, "chromatic")
_STEP_ROOM_ST = 0.5  # what a step leaves to the bend, to either side: intonation and vibrato
_VIBRATO_ROOM_ST = 1.0
_BEND_STEP_ST = 0.01  # a finer one is not heard


class Shaper:
    """Shapes what is sung; call `shape` every hop, since it also times things. [ears]"""

    def __init__(self, shape: Shape = _AS_SUNG, hop_s: float = 0.005) -> None:
        self._hop_s = hop_s
        self._melody = Melody(hop_s)
        self._keyboard = Keyboard()
        self._wanted = shape
        self._take(shape)
        self._start()

    @property
    def wanted(self) -> Shape:
        """The shape of the notes to come. [any]"""
        return self._wanted

    @property
    def key_name(self) -> str | None:
        """The key that was chosen, or else the one found, for a screen. [any]"""
        scale = self._wanted.scale
        if isinstance(scale, Auto) or self._wanted.mode in (Mode.FREE, Mode.SEMITONE):
            scale_found = self._melody.finder.scale
            return None if scale_found is None else scale_found.name
        return scale.name

    @property
    def tuning_cents(self) -> float:
        """How far above concert pitch the singer is, for a screen. [any]"""
        return 100.0 * self._melody.tuning.offset_st

    def reset(self) -> None:
        """Forget the singer, the song and all that sounds: the synth was silenced by other means. [ears]"""
        self._melody.reset()
        self._keyboard.forget()
        self._take(self._wanted)
        self._start()

    def change(self, shape: Shape) -> list[Said]:
        """From the next note on, another shape; what it brings about at once. [ears]"""
        self._wanted = shape
        if self._melody.tone is not None:
            return []
        self._take(shape)
        return self.release() if not shape.hold else []

    def release(self) -> list[Said]:
        """What is held, and no longer sung, ends. [ears]"""
        said: list[Said] = []
        if self._rings:
            self._let_go(said)
        return said

    def finish(self) -> list[Said]:
        """The voice ends here, and so does what sounds. [ears]"""
        said: list[Said] = []
        self._melody.end()
        self._let_go(said)
        self._stop()
        return said

    def shape(self, said: list[Said]) -> list[Said]:
        """What a synth is told, for what the ears say in one hop; they may say nothing. [ears]"""
        if self._changes_nothing and self._wanted is self._shape:
            return self._pass_on(said)
        told: list[Said] = []
        for at, each in enumerate(said):
            if each.kind == NOTE_ON:
                self._begin(each, told)
            elif each.kind == NOTE_OFF:
                self._end(each, told, slurs=any(later.kind == NOTE_ON for later in said[at + 1 :]))
            elif each.kind == BEND:
                self._melody.bend_st = each.value
            elif each.kind in (NOTES_OFF, SILENCE):
                self._break_off(each, told)
            else:
                self._express(each, told)
        self._hop(told)
        return told

    def _start(self) -> None:
        self._bend_told = math.nan
        self._stop()

    def _take(self, shape: Shape) -> None:
        self._shape, self._changes_nothing = shape, shape == _AS_SUNG

    def _stop(self) -> None:
        self._settling: Settling | None = None
        self._sounds = False  # what is sung now
        self._rings = False  # what was sung before
        self._slurs = False
        self._waiting: dict[tuple[int, int], Said] = {}

    def _pass_on(self, said: list[Said]) -> list[Said]:
        melody = self._melody
        for each in said:
            if each.kind == NOTE_ON:
                melody.end()
                melody.begin(each.number, each.value)
            elif each.kind == NOTE_OFF and melody.tone is not None and melody.tone.key == each.number:
                melody.end()
            elif each.kind == BEND:
                melody.bend_st = self._bend_told = each.value
            elif each.kind in (NOTES_OFF, SILENCE):
                melody.tone = None
                self._keyboard.forget()
            self._keyboard.watch(each)
        self._sounds = melody.tone is not None
        melody.hop()
        return said

    def _begin(self, each: Said, told: list[Said]) -> None:
        if self._melody.tone is not None:
            self._melody.end()
            self._slurs = True
        self._take(self._wanted)
        tone = self._melody.begin(each.number, each.value)
        self._settling = None
        if self._shape.steps:
            self._settling = Settling(self._intoned(self._melody.pitch), self._nearest(), self._hop_s)
        self._strike(tone, told)

    def _end(self, each: Said, told: list[Said], *, slurs: bool) -> None:
        tone = self._melody.tone
        if tone is None or tone.key != each.number:
            return
        self._melody.end()
        self._settling = None
        if slurs:
            self._slurs = True
        elif self._sounds and self._shape.hold:
            # As loud as it was sung on the whole: its last breath would ring on unheard.
            pressure = tone.pressure_on_the_whole()
            if pressure is not None:
                told.append(Said(PRESSURE, 0, pressure))
            self._rings, self._sounds = True, False
        elif self._sounds:
            self._keyboard.lift(told, each.value)
            self._sounds = False

    def _break_off(self, each: Said, told: list[Said]) -> None:
        self._melody.tone = None
        self._let_go(told)
        self._stop()
        told.append(each)

    def _express(self, each: Said, told: list[Said]) -> None:
        tone = self._melody.tone
        if tone is not None and each.kind == PRESSURE:
            tone.press(each.value)
        if self._rings or self._slurs:
            # It belongs to the note to come: what still sounds is not to swell or fade with it.
            self._waiting.pop((each.kind, each.number), None)
            self._waiting[each.kind, each.number] = each
        else:
            told.append(each)

    def _strike(self, tone: Tone, told: list[Said]) -> None:
        """The note that begins: common tones of a slur keep sounding, as under a pianist's hand."""
        keys = self._keys(tone)
        down = self._keyboard.down
        if keys:
            common = keys if self._slurs and set(keys) != set(down) else ()
            self._keyboard.lift(told, but=common)
            self._press(keys, tone, told)
        elif self._sounds:
            self._sounds, self._rings = False, self._shape.hold
            if not self._rings:
                self._keyboard.lift(told)
        self._slurs = False

    def _restrike(self, tone: Tone, told: list[Said]) -> None:
        """The note that sounds turned out to be another."""
        keys = self._keys(tone)
        if keys:
            self._keyboard.lift(told, but=() if self._rings else keys)
            self._press(keys, tone, told)
        elif self._sounds:
            self._keyboard.lift(told)
            self._sounds = False

    def _press(self, keys: tuple[int, ...], tone: Tone, told: list[Said]) -> None:
        self._bend(tone, told)
        self._tell_waiting(told)
        self._keyboard.press(keys, tone.velocity, told)
        self._sounds, self._rings = True, False

    def _hop(self, told: list[Said]) -> None:
        tone = self._melody.tone
        if tone is None:
            return
        self._melody.hop()
        if self._settling is not None and self._settling.hear(self._intoned(self._melody.pitch)):
            tone.settle()
            self._restrike(tone, told)
        if self._sounds:
            self._bend(tone, told)

    def _let_go(self, told: list[Said]) -> None:
        self._keyboard.lift(told, USUAL_RELEASE)
        self._sounds = self._rings = False
        self._tell_waiting(told)

    def _tell_waiting(self, told: list[Said]) -> None:
        told.extend(self._waiting.values())
        self._waiting.clear()

    def _bend(self, tone: Tone, told: list[Said]) -> None:
        """Where the pitch is, of what the shape leaves of it."""
        shape, melody = self._shape, self._melody
        if shape.mode is Mode.FREE:
            bend_st, room_st = melody.bend_st, shape.bend_range_st
            if shape.vibrato_kept < 1.0:
                bend_st -= (1.0 - shape.vibrato_kept) * tone.vibrato_st()
            if self._settling is not None:
                bend_st += tone.key - self._settling.key
                room_st = min(_STEP_ROOM_ST, room_st)
        else:
            bend_st = shape.vibrato_kept * tone.vibrato_st() if shape.vibrato_kept else 0.0
            room_st = min(_VIBRATO_ROOM_ST, shape.bend_range_st)
        bend_st = min(max(bend_st, -room_st), room_st)
        if not abs(bend_st - self._bend_told) < _BEND_STEP_ST:
            self._bend_told = bend_st
            told.append(Said(BEND, 0, bend_st))

    def _keys(self, tone: Tone) -> tuple[int, ...]:
        """What is played for a note, every key once."""
        shape = self._shape
        meant = tone.key if self._settling is None else self._settling.key
        keys = shape.chord.keys(meant, self._harmony()) if shape.mode is Mode.CHORD else (meant,)
        played = (shape.played(key) for key in keys)
        return tuple(dict.fromkeys(key for key in played if key is not None))

    def _intoned(self, pitch: float) -> float:
        """A pitch in the singer's own semitones; in free pitch there is only the world's."""
        tuned = self._shape.follow_tuning and self._shape.mode is not Mode.FREE
        return pitch - self._melody.tuning.offset_st if tuned else pitch

    def _harmony(self) -> Scale | None:
        """The key that chords are taken from, if one is known."""
        scale = self._shape.scale
        return self._melody.finder.scale if isinstance(scale, Auto) else scale

    def _nearest(self) -> Callable[[float], int]:
        """How a pitch in the singer's semitones finds its key, for as long as one note lasts."""
        shape, melody = self._shape, self._melody
        scale = melody.finder.tones if isinstance(shape.scale, Auto) else shape.scale
        if scale is None or shape.mode in (Mode.FREE, Mode.SEMITONE):
            return _CHROMATIC.nearest
        offset_st = melody.pitch - self._intoned(melody.pitch)
        return lambda pitch: scale.nearest(pitch, melody.lean(pitch + offset_st))
