"""What MIDI says about tuning, in system exclusive messages: a whole keyboard, single keys, or the twelve notes.

What flows in: a tuning and a message, F0 and F7 with it. What flows out: the tuning after it; and for others, the
messages that say one. All are MIDI Tuning Standard (MMA CA-020, CA-021, RP-020): a pitch is a key and a fraction of a
semitone in 14 bits, which is 0.0061 cents; 7F 7F 7F leaves a key as it is. What is no message about tuning, or a
damaged one, changes nothing: whatever comes from a cable must not stop the music. [any]
"""

from __future__ import annotations

import numpy as np

from realtime.dsp.strings.scales import KEYS, Tuning

_BEGIN, _END = 0xF0, 0xF7
_LATER, _NOW = 0x7E, 0x7F
_TUNING = 0x08
_REQUEST, _BULK, _SINGLE, _BANK_BULK, _BANK_SINGLE, _OCTAVE, _FINE_OCTAVE = 0x00, 0x01, 0x02, 0x04, 0x07, 0x08, 0x09
_STEPS = 1 << 14
_UNCHANGED = (0x7F, 0x7F, 0x7F)
_NAME_BYTES = 16
_EVERYONE = 0x7F


def retuned(tuning: Tuning, message: bytes) -> Tuning:
    """The tuning after a message. [any]"""
    after = np.array(tuning, np.float64)
    if not _is_about_tuning(message):
        return after
    kind, body = message[4], message[5:-1]
    if kind == _BULK and len(body) == 1 + _NAME_BYTES + 3 * KEYS + 1 and _sums_up(message):
        _take_keys(after, range(KEYS), body[1 + _NAME_BYTES : -1])
    elif kind == _BANK_BULK and len(body) == 2 + _NAME_BYTES + 3 * KEYS + 1 and _sums_up(message):
        _take_keys(after, range(KEYS), body[2 + _NAME_BYTES : -1])
    elif kind in (_SINGLE, _BANK_SINGLE):
        told = body[1:] if kind == _SINGLE else body[2:]
        if len(told) >= 1 and len(told) == 1 + 4 * told[0]:
            for place in range(1, len(told), 4):
                _take_keys(after, [told[place]], told[place + 1 : place + 4])
    elif kind == _OCTAVE and len(body) == 3 + 12:
        _take_octave(after, [each - 64.0 for each in body[3:]])
    elif kind == _FINE_OCTAVE and len(body) == 3 + 24:
        pairs = [body[place] << 7 | body[place + 1] for place in range(3, len(body), 2)]
        _take_octave(after, [(each - 8192) * 100.0 / 8192.0 for each in pairs])
    return after


def told_by(message: bytes) -> list[tuple[int, float]]:
    """The keys that a message speaks of, and the pitch of each in semitones. [any]"""
    after = retuned(np.full(KEYS, np.nan), message)
    return [(int(key), float(after[key])) for key in np.flatnonzero(np.isfinite(after))]


def _is_about_tuning(message: bytes) -> bool:
    return (
        len(message) > 6
        and message[0] == _BEGIN
        and message[-1] == _END
        and message[1] in (_LATER, _NOW)
        and message[3] == _TUNING
        and all(each < 0x80 for each in message[1:-1])
    )


def _sums_up(message: bytes) -> bool:
    return _check(message[1:-2]) == message[-2]


def _check(covered: bytes) -> int:
    """The exclusive or of all bytes between F0 and the check."""
    check = 0
    for each in covered:
        check ^= each
    return check & 0x7F


def _take_keys(tuning: Tuning, keys: range | list[int], told: bytes) -> None:
    for place, key in enumerate(keys):
        semitone, high, low = told[3 * place : 3 * place + 3]
        if (semitone, high, low) != _UNCHANGED:
            tuning[key] = semitone + (high << 7 | low) / _STEPS


def _take_octave(tuning: Tuning, cents: list[float]) -> None:
    """The twelve notes, C first, each so many cents from equal temperament in every octave."""
    for key in range(KEYS):
        tuning[key] = key + cents[key % 12] / 100.0


def bulk_dump(tuning: Tuning, name: str, program: int = 0, device: int = _EVERYONE) -> bytes:
    """The message that says a whole tuning. [any]"""
    called = name.encode("ascii", "replace")[:_NAME_BYTES].ljust(_NAME_BYTES)
    told = b"".join(_pitch(float(each)) for each in tuning)
    covered = bytes([_LATER, device & 0x7F, _TUNING, _BULK, program & 0x7F]) + called + told
    return bytes([_BEGIN]) + covered + bytes([_check(covered), _END])


def single_notes(tuning: Tuning, keys: list[int], program: int = 0, device: int = _EVERYONE) -> bytes:
    """The message that says some keys' pitches, and is to be followed at once. [any]"""
    told = b"".join(bytes([key]) + _pitch(float(tuning[key])) for key in keys[:127])
    return bytes([_BEGIN, _NOW, device & 0x7F, _TUNING, _SINGLE, program & 0x7F, min(len(keys), 127)]) + told + b"\xf7"


def _pitch(semitones: float) -> bytes:
    steps = min(max(round(semitones * _STEPS), 0), (KEYS << 14) - 2)  # the last of all would mean 'unchanged'
    return bytes([steps >> 14, steps >> 7 & 0x7F, steps & 0x7F])
