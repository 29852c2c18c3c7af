"""Singing with exact notes: real recordings on other melodies, and spoken nonsense sung.

What flows in: recordings with their notes, or words. What flows out: sound at 24 kHz, the notes in it, and its exact
fundamental. [main]
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ml.training.ears.melody import Manner, Syllable, melody
from ml.training.ears.speech import LANGUAGES, VARIANTS, Phoneme, nonsense, say
from ml.training.ears.world import FRAME_S, RATE_HZ, Curve, Voice, analysed, sounding

Notes = npt.NDArray[np.float64]  # (notes, 3): onset and offset in seconds, pitch in MIDI or no number


class Sung(NamedTuple):
    """Sound with its notes. [any]"""

    samples: npt.NDArray[np.float32]  # at RATE_HZ
    notes: Notes
    f0_hz: Curve | None = None  # exact, every FRAME_S, where it is known


def resung(voice: Voice, notes: Notes, chance: np.random.Generator) -> Sung:
    """The same words in the same rhythm, faster or slower, by another throat, on another melody. [main]"""
    pace = float(np.exp(chance.uniform(np.log(0.7), np.log(1.4))))
    frames = int(len(voice.f0_hz) / pace)
    voice = voice.at(np.arange(frames, dtype=np.float64) * pace)
    notes = notes / [pace, pace, 1.0]
    away_st = _other_steps(notes, chance)
    middle = np.nanmedian(notes[:, 2]) if len(notes) else 60.0
    shift_st = float(chance.uniform(max(-9.0, 45.0 - middle), min(12.0, 76.0 - middle)))
    moved = np.full(frames, shift_st)
    for (onset_s, _, _), away in zip(notes, away_st, strict=True):
        moved[max(0, int(onset_s / FRAME_S)) :] = shift_st + away
    moved = _smooth(moved, int(chance.integers(3, 14)))
    f0_hz = voice.f0_hz * 2.0 ** ((moved + _wander_st(frames, chance)) / 12.0)
    if chance.random() < 0.25:
        f0_hz = f0_hz * 2.0 ** (_vibrato_st(frames, chance) / 12.0)
    formants = float(np.clip(2.0 ** (0.35 * shift_st / 12.0) * chance.uniform(0.88, 1.15), 0.78, 1.32))
    samples = sounding(
        voice._replace(f0_hz=f0_hz),
        formants=formants,
        breathier=float(np.exp(chance.uniform(-0.5, 1.0))),
        tilt_db=float(chance.uniform(-3, 3)),
    )
    return Sung(samples, np.column_stack([notes[:, :2], notes[:, 2] + shift_st + away_st]), f0_hz)


def _other_steps(notes: Notes, chance: np.random.Generator) -> Curve:
    """By how much to move each note: some runs are brought to one pitch, others leap further or less."""
    away = np.zeros(len(notes))
    pitch = np.nan_to_num(notes[:, 2], nan=60.0)
    kind = chance.random()
    if kind < 0.25:
        return away
    for i in range(1, len(notes)):
        step = pitch[i] - pitch[i - 1]
        drawn = chance.random()
        if drawn < 0.2:
            wanted = float(chance.normal(0.0, 0.1))  # the same pitch again, newly sung
        elif drawn < 0.5:
            wanted = float(chance.choice([-1, 1]) * chance.choice([1, 2, 3, 4, 5, 7]) + chance.normal(0, 0.1))
        else:
            wanted = float(step)
        away[i] = np.clip(away[i - 1] + wanted - step, -8.0, 8.0)
    return away


def spoken_nonsense_sung(chance: np.random.Generator, seconds: float) -> Sung:
    """A melody on words that no language has, by a voice that nobody has. [main]"""
    language, variant = str(chance.choice(LANGUAGES)), str(chance.choice(VARIANTS))
    manner = Manner.by_chance(chance)
    pieces: list[tuple[Voice, Curve, Notes]] = []
    done_s = 0.0
    formants = float(
        np.clip(2.0 ** (0.3 * (manner.middle_midi - 56.0) / 12.0) * chance.uniform(0.85, 1.15), 0.75, 1.35)
    )
    breathier, tilt_db = float(np.exp(chance.uniform(-0.7, 1.2))), float(chance.uniform(-6, 4))
    sounds, notes = [], []
    while done_s < seconds:
        text = (
            _one_syllable(chance) if chance.random() < 0.25 else nonsense(chance, language, int(chance.integers(8, 20)))
        )
        spoken = say(text, language, variant, int(chance.integers(90, 190)), int(chance.integers(20, 80)))
        syllables = syllables_of(spoken.phonemes)
        if not syllables:
            continue
        voice = analysed(_at_rate(spoken.samples, spoken.rate))
        sung = melody(chance, manner, len(syllables))
        warped, f0_hz, written = _on_melody(voice, syllables, sung, chance)
        sounds.append(sounding(warped._replace(f0_hz=f0_hz), formants=formants, breathier=breathier, tilt_db=tilt_db))
        notes.append(written + np.array([done_s, done_s, 0.0]))
        pieces.append((warped, f0_hz, written))
        done_s += len(f0_hz) * FRAME_S
    samples = np.concatenate([s[: int(len(p[1]) * FRAME_S * RATE_HZ)] for s, p in zip(sounds, pieces, strict=True)])
    return Sung(samples, np.concatenate(notes), np.concatenate([p[1] for p in pieces]))


def _one_syllable(chance: np.random.Generator) -> str:
    """As people hum into a phone: la la la, du du du, na na na."""
    return " ".join([str(chance.choice(["la", "na", "du", "da", "ta", "ma", "mi", "no", "ba", "di", "ah", "oh"]))] * 12)


class Spoken(NamedTuple):
    """Where a syllable lies in what was spoken. [any]"""

    begins_s: float  # its first consonant
    vowel_s: float
    vowel_ends_s: float
    ends_s: float


def syllables_of(phonemes: list[Phoneme]) -> list[Spoken]:
    """Phonemes as syllables, each with one vowel or two that glide together. [any]"""
    found: list[Spoken] = []
    begins_s = phonemes[0].begins_s if phonemes else 0.0
    place = 0
    while place < len(phonemes):
        if not phonemes[place].is_vowel:
            place += 1
            continue
        vowel_s = phonemes[place].begins_s
        while place + 1 < len(phonemes) and phonemes[place + 1].is_vowel:
            place += 1
        ends_s = phonemes[place].ends_s
        place += 1
        last_s = ends_s
        consonants = 0
        while place + consonants < len(phonemes) and not phonemes[place + consonants].is_vowel:
            consonants += 1
        if place + consonants == len(phonemes) or consonants > 2:  # some close this syllable, the rest open the next
            keep = consonants if place + consonants == len(phonemes) else consonants // 2
            last_s = phonemes[place + keep - 1].ends_s if keep else ends_s
        if ends_s - vowel_s > 0.03:
            found.append(Spoken(begins_s, vowel_s, ends_s, last_s))
        begins_s = last_s
    return found


def _on_melody(
    voice: Voice, spoken: list[Spoken], sung: list[Syllable], chance: np.random.Generator
) -> tuple[Voice, Curve, Notes]:
    """Stretch each vowel over its notes, and lay the pitch over all."""
    frames = int((sung[-1].notes[-1].offset_s + 0.6) / FRAME_S)
    places = np.zeros(frames)
    loud_db = np.full(frames, -90.0)
    voiced = np.zeros(frames, bool)
    dynamics = chance.normal(0.0, 2.5, len(sung)).cumsum() * 0.3 + chance.normal(0.0, 2.0, len(sung))
    attack_s = float(chance.choice([0.0, 0.01, 0.03, 0.06]))
    cut_db = float(chance.choice([0.0, 0.0, 8.0, 14.0]))  # a slurred note newly begun, by the throat alone
    now = 0
    for number, (piece, syllable) in enumerate(zip(spoken, sung, strict=False)):
        begins, ends = syllable.notes[0].onset_s, syllable.notes[-1].offset_s
        follows = number + 1 < len(sung) and not syllable.ends_phrase
        lead_s = min(piece.vowel_s - piece.begins_s, 0.16)
        lead_s = min(lead_s, 0.45 * (begins - sung[number - 1].notes[0].onset_s)) if number else min(lead_s, begins)
        first = max(now, int((begins - lead_s) / FRAME_S))
        vowel = max(first, round(begins / FRAME_S))
        tail_s = min(piece.ends_s - piece.vowel_ends_s, 0.12)
        if follows:
            after = spoken[number + 1] if number + 1 < len(spoken) else piece
            lead_after_s = min(
                after.vowel_s - after.begins_s, 0.16, 0.45 * (sung[number + 1].notes[0].onset_s - begins)
            )
            stop = max(vowel + 4, int((sung[number + 1].notes[0].onset_s - lead_after_s) / FRAME_S))
        else:
            stop = max(vowel + 4, round((ends + tail_s) / FRAME_S))
        stop = min(stop, frames)
        tail = min(int(tail_s / FRAME_S), (stop - vowel) // 4)
        _line(places, first, vowel, piece.vowel_s - (vowel - first) * FRAME_S, piece.vowel_s)
        _line(places, vowel, stop - tail, piece.vowel_s, piece.vowel_ends_s)
        _line(places, stop - tail, stop, piece.vowel_ends_s, piece.vowel_ends_s + tail * FRAME_S)
        level = np.full(stop - first, dynamics[number])
        rise = int(attack_s / FRAME_S)
        if rise and (number == 0 or sung[number - 1].ends_phrase):
            level[vowel - first : vowel - first + rise] += np.linspace(-18, 0, rise)[
                : max(0, len(level) - vowel + first)
            ]
        for slurred in syllable.notes[1:]:
            dip = int(slurred.onset_s / FRAME_S) - first
            if 4 < dip < len(level) - 4:
                level[dip - 4 : dip + 4] -= cut_db * np.hanning(8)
        if not follows:
            fall = min(int(chance.uniform(0.02, 0.12) / FRAME_S) + 1, len(level) // 2)
            level[-fall:] += np.linspace(0, -30, fall)
        loud_db[first:stop] = level
        voiced[vowel : max(stop - tail, vowel)] = True
        now = stop
    warped = voice.at(places / FRAME_S)
    envelope = warped.envelope * 10.0 ** (0.1 * loud_db)[:, None]
    f0_hz, written = _pitch_of(sung, frames, chance)
    f0_hz = np.where((voiced | (warped.f0_hz > 0.0)) & (loud_db > -80.0), f0_hz, 0.0)
    breath = np.where(
        voiced[:, None], np.minimum(warped.breath, np.linspace(0.05, 0.75, warped.breath.shape[1])), warped.breath
    )
    return Voice(f0_hz, envelope, breath), f0_hz, written


def _line(places: Curve, first: int, stop: int, begins_s: float, ends_s: float) -> None:
    if stop > first:
        places[first:stop] = np.linspace(begins_s, ends_s, stop - first, endpoint=False)


def _pitch_of(sung: list[Syllable], frames: int, chance: np.random.Generator) -> tuple[Curve, Notes]:
    """The fundamental of a melody: glides, scoops, vibrato, and a hand that is never quite still."""
    notes = [note for syllable in sung for note in syllable.notes]
    target = np.full(frames, notes[0].pitch_midi)
    glide = int(chance.choice([2, 4, 7, 12, 18]))
    early = float(chance.uniform(-0.3, 0.6)) * glide  # the glide's middle, before the vowel, in frames
    for note in notes:
        target[max(0, int(note.onset_s / FRAME_S - early)) :] = note.pitch_midi
    pitch = _smooth(target, glide)
    scoops = float(chance.choice([0.0, 0.0, 0.3, 0.7]))
    for syllable in sung:
        if chance.random() < scoops:
            at, length = int(syllable.notes[0].onset_s / FRAME_S), int(chance.uniform(6, 26))
            room = min(length, frames - at)
            pitch[at : at + room] -= chance.uniform(0.5, 3.0) * np.linspace(1, 0, length)[:room] ** 1.5
    vibrato = _vibrato_st(frames, chance) if chance.random() < 0.5 else np.zeros(frames)
    for note in notes:  # it sets in late
        at, length = int(note.onset_s / FRAME_S), int(chance.uniform(20, 80))
        stop = min(at + length, int(note.offset_s / FRAME_S), frames)
        if stop > at:
            vibrato[at:stop] *= np.linspace(0, 1, length)[: stop - at]
    pitch = pitch + vibrato + _wander_st(frames, chance)
    written = np.array([(n.onset_s, n.offset_s, n.pitch_midi) for n in notes])
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0), written


def _vibrato_st(frames: int, chance: np.random.Generator) -> Curve:
    rate_hz = chance.uniform(4.3, 7.0) * (1.0 + 0.1 * _smooth(chance.standard_normal(frames), 60) * 8)
    depth_st = chance.choice([0.2, 0.4, 0.7, 1.0]) * np.clip(
        1.0 + _smooth(chance.standard_normal(frames), 80) * 5, 0.2, 1.6
    )
    return np.asarray(depth_st * np.sin(2 * np.pi * np.cumsum(rate_hz) * FRAME_S + chance.uniform(0, 6)))


def _wander_st(frames: int, chance: np.random.Generator) -> Curve:
    slow, quick = chance.uniform(0, 0.15), chance.uniform(0, 0.05)
    return (
        slow * _smooth(chance.standard_normal(frames), 50) * 7 + quick * _smooth(chance.standard_normal(frames), 3) * 2
    )


def _smooth(curve: Curve, frames: int) -> Curve:
    """A moving average with soft shoulders; what lies before and after is as the ends are."""
    shape = np.hanning(2 * frames + 3)[1:-1]
    padded = np.pad(curve, frames, mode="edge")
    return np.convolve(padded, shape / shape.sum(), "valid")


def _at_rate(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    from fractions import Fraction

    from scipy.signal import resample_poly

    ratio = Fraction(RATE_HZ, rate).limit_denominator(1000)
    return np.asarray(resample_poly(samples, ratio.numerator, ratio.denominator), np.float32)
