"""The room that was learned with the instrument: one channel in, its answer in two channels out, without delay.

What flows in: the dry sound, and once two impulse responses. What flows out: both convolved with it, added to what is
there. The first 128 taps answer at once, tap by tap; the rest is cut into partitions of 128 taps whose spectra are
multiplied with those of past blocks (T. G. Stockham, "High-speed convolution and correlation", 1966; W. G. Gardner,
"Efficient convolution without input-output delay", JAES 43(3), 1995). Left and right are the real and the imaginary
part of one complex response, and so come back from one transform.

A partition's work is done in eight portions, at fixed frames counted from the beginning, and the first taps' answer a
frame at a time: no block carries more than its share, and none of how the blocks are cut is heard. [audio]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from realtime.dsp.tame import tame
from score.errors import ModelError

PARTITION = 128
PARTITIONS = 375
"""Half a second at 96 kHz; where a card runs faster, the hall ends sooner."""

LONGEST = PARTITIONS * PARTITION
_PORTIONS = 8
_PORTION = PARTITION // _PORTIONS  # frames
_SIZE = 2 * PARTITION
_BINS = 136  # 129, rounded up to whole vectors; the rest is zero
_TAPS = np.uint64(PARTITION)  # unsigned, so that no place is asked whether it is negative
_LOUDEST_TAP = 1e3

HALL = np.dtype(
    [
        ("partitions", "i8"),  # in use, the direct one among them; 0: no hall at all
        ("done", "i8"),  # frames of the present partition
        ("newest", "i8"),  # where in the spectra the last partition stands; older ones follow
        ("direct", "f4", (2, PARTITION)),  # the first taps, left and right, the last of them first
        ("past", "f4", (_SIZE,)),  # what came in: the last partition, and the present one so far
        ("answer", "f4", (2, PARTITION)),  # what past partitions add to the present one
        ("sum", "f4", (4, _BINS)),  # the spectrum of what they add to the next: as `response`
        ("spectra", "f4", (PARTITIONS, 2, _BINS)),  # of what came in, real and imaginary, up to half the rate
        ("response", "f4", (PARTITIONS, 4, _BINS)),  # real, imaginary up to half the rate; the same from the end down
        ("work", "f4", (2, 2, _SIZE)),  # a transform's real and imaginary part, here and there
        ("circle", "f4", (2, _SIZE)),  # cosine and minus sine of each _SIZE-th of a turn
    ],
    align=True,
)

_strict = njit(error_model="numpy")
_fast = njit(error_model="numpy", fastmath=True)


def learn_hall(hall: Any, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> None:
    """Put two impulse responses at the card's rate in, and silence; a ModelError if they are none. [main]"""
    both = np.asarray(left), np.asarray(right)
    for taps in both:
        if taps.ndim != 1 or taps.shape != both[0].shape:
            raise ModelError("The hall has no two impulse responses of one length.", "Train the instrument anew.")
        if not (np.abs(taps) <= _LOUDEST_TAP).all():  # false for what is not a number, too
            raise ModelError("The hall's impulse response is damaged.", "Train the instrument anew.")
    taps = np.stack(both)[:, :LONGEST].astype(np.float64)
    if len(both[0]) > LONGEST:
        taps[:, -PARTITION:] *= np.linspace(1.0, 0.0, PARTITION)
    partitions = -(-taps.shape[1] // PARTITION)
    parts = np.zeros((2, partitions * PARTITION))
    parts[:, : taps.shape[1]] = taps
    spectra = np.fft.fft((parts[0] + 1j * parts[1]).reshape(partitions, PARTITION), _SIZE)
    for name in HALL.names or ():
        hall[name] = 0
    hall["partitions"] = partitions
    if partitions:
        hall["direct"] = parts[:, :PARTITION][:, ::-1]
    half = PARTITION + 1
    mirrored = spectra[:, -np.arange(half) % _SIZE]
    for row, values in enumerate((spectra.real, spectra.imag, mirrored.real, mirrored.imag)):
        hall["response"][:partitions, row, :half] = values[:, :half]
    circle = np.exp(-2j * np.pi * np.arange(_SIZE) / _SIZE)
    hall["circle"] = circle.real, circle.imag


@_strict
def empty_hall(hall: Any) -> None:
    """Let what still sounds in it be over. [audio]"""
    hall.done, hall.newest = 0, 0
    for n in range(_SIZE):
        hall.past[n] = 0.0
    for side in range(2):
        for n in range(PARTITION):
            hall.answer[side, n] = 0.0
    for row in range(4):
        for n in range(_BINS):
            hall.sum[row, n] = 0.0
    for each in range(PARTITIONS):
        for row in range(2):
            for n in range(_BINS):
                hall.spectra[each, row, n] = 0.0


@njit(error_model="numpy", inline="always")  # arrays that are passed on are counted, and counting is the allocator's
def resound(hall: Any, dry: Any, left: Any, right: Any, frames: int) -> None:
    """Add the hall's answer to the first `frames` of `dry` to `left` and `right`. [audio]"""
    if hall.partitions == 0:
        return
    at = 0
    while at < frames:
        run = min(frames - at, PARTITION - hall.done)
        for n in range(run):
            hall.past[PARTITION + hall.done + n] = tame(dry[at + n])
        for n in range(run):
            left[at + n] += hall.answer[0, hall.done + n] + _straight(hall, hall.done + n, 0)
            right[at + n] += hall.answer[1, hall.done + n] + _straight(hall, hall.done + n, 1)
        first, last = hall.done // _PORTION, (hall.done + run) // _PORTION
        for portion in range(first, last):
            if portion == _PORTIONS - 1:
                _close(hall)
            else:
                _look_back(hall, portion)
        hall.done = (hall.done + run) % PARTITION
        at += run


@_fast
def _straight(hall: Any, frame: int, side: int) -> np.float32:
    """The first taps' answer to one frame of the present partition. Always 128 products: a block's end is not heard."""
    begin = np.uint64(frame + 1)
    heard = np.float32(0.0)
    for n in range(_TAPS):
        heard += hall.direct[side, n] * hall.past[begin + n]
    return heard


@_strict
def _look_back(hall: Any, portion: int) -> None:
    """A portion of what partitions before the last one add to the next: their spectra are known by now."""
    later = hall.partitions - 2
    each = (later + _PORTIONS - 2) // (_PORTIONS - 1)
    each += each % 2
    first, last = portion * each, min((portion + 1) * each, later)
    for p in range(first, last - 1, 2):
        _multiply_two(hall, (hall.newest + p) % PARTITIONS, (hall.newest + p + 1) % PARTITIONS, p + 2)
    if last > first and (last - first) % 2:
        _multiply(hall, (hall.newest + last - 1) % PARTITIONS, last + 1)


@_strict
def _close(hall: Any) -> None:
    """The partition is complete: its own spectrum, its part, and back to frames."""
    for n in range(_SIZE):
        hall.work[0, 0, n], hall.work[0, 1, n] = hall.past[n], 0.0
    for n in range(PARTITION):
        hall.past[n] = hall.past[PARTITION + n]
    _transform(hall, 0)
    hall.newest = (hall.newest + PARTITIONS - 1) % PARTITIONS
    for n in range(PARTITION + 1):
        hall.spectra[hall.newest, 0, n], hall.spectra[hall.newest, 1, n] = hall.work[0, 0, n], hall.work[0, 1, n]
    if hall.partitions > 1:
        _multiply(hall, hall.newest, 1)
    for n in range(PARTITION + 1):
        hall.work[0, 0, n], hall.work[0, 1, n] = hall.sum[0, n], hall.sum[1, n]
    for n in range(1, PARTITION):
        hall.work[0, 0, _SIZE - n], hall.work[0, 1, _SIZE - n] = hall.sum[2, n], hall.sum[3, n]
    _transform(hall, 1)
    for side in range(2):
        for n in range(PARTITION):
            hall.answer[side, n] = hall.work[0, side, PARTITION + n] * np.float32(1.0 / _SIZE)
    for row in range(4):
        for n in range(_BINS):
            hall.sum[row, n] = 0.0


@_fast
def _multiply(hall: Any, old: int, partition: int) -> None:
    """Add a past spectrum times a partition's: below half the rate, and above, where a real sound's is mirrored."""
    for n in range(_BINS):
        x, y = hall.spectra[old, 0, n], hall.spectra[old, 1, n]
        a, b = hall.response[partition, 0, n], hall.response[partition, 1, n]
        c, d = hall.response[partition, 2, n], hall.response[partition, 3, n]
        hall.sum[0, n] += x * a - y * b
        hall.sum[1, n] += x * b + y * a
        hall.sum[2, n] += x * c + y * d
        hall.sum[3, n] += x * d - y * c


@_fast
def _multiply_two(hall: Any, old: int, older: int, partition: int) -> None:
    """The same for two partitions, one after the other, so that the sum is fetched and put back only once."""
    for n in range(_BINS):
        x, y = hall.spectra[old, 0, n], hall.spectra[old, 1, n]
        u, v = hall.spectra[older, 0, n], hall.spectra[older, 1, n]
        a, b = hall.response[partition, 0, n], hall.response[partition, 1, n]
        c, d = hall.response[partition, 2, n], hall.response[partition, 3, n]
        e, f = hall.response[partition + 1, 0, n], hall.response[partition + 1, 1, n]
        g, h = hall.response[partition + 1, 2, n], hall.response[partition + 1, 3, n]
        hall.sum[0, n] += x * a - y * b + u * e - v * f
        hall.sum[1, n] += x * b + y * a + u * f + v * e
        hall.sum[2, n] += x * c + y * d + u * g + v * h
        hall.sum[3, n] += x * d - y * c + u * h - v * g


@_fast
def _transform(hall: Any, real: int) -> None:
    """The Fourier transform of `work[0]`; with its imaginary row taken for the real one (`real` = 1), the inverse.

    Four steps of radix 4 that leave all in order, to and fro between two rows (T. G. Stockham's, as in C. Van Loan,
    "Computational frameworks for the fast Fourier transform", 1992).
    """
    imaginary = 1 - real
    apart = np.uint64(_SIZE // 4)
    two, three = np.uint64(2), np.uint64(3)
    stride = 1
    for each in range(4):
        x, y = each % 2, 1 - each % 2
        step = np.uint64(stride)
        for p in range(0, _SIZE // 4, stride):
            c1, s1 = hall.circle[0, p], hall.circle[1, p]
            c2, s2 = hall.circle[0, 2 * p], hall.circle[1, 2 * p]
            c3, s3 = hall.circle[0, 3 * p], hall.circle[1, 3 * p]
            for q in range(np.uint64(stride)):
                i, o = np.uint64(p) + q, np.uint64(4 * p) + q
                ar, ai = hall.work[x, real, i], hall.work[x, imaginary, i]
                br, bi = hall.work[x, real, i + apart], hall.work[x, imaginary, i + apart]
                cr, ci = hall.work[x, real, i + two * apart], hall.work[x, imaginary, i + two * apart]
                dr, di = hall.work[x, real, i + three * apart], hall.work[x, imaginary, i + three * apart]
                er, ei, fr, fi = ar + cr, ai + ci, ar - cr, ai - ci
                gr, gi, hr, hi = br + dr, bi + di, br - dr, bi - di
                hall.work[y, real, o], hall.work[y, imaginary, o] = er + gr, ei + gi
                kr, ki = fr + hi, fi - hr
                hall.work[y, real, o + step] = kr * c1 - ki * s1
                hall.work[y, imaginary, o + step] = kr * s1 + ki * c1
                kr, ki = er - gr, ei - gi
                hall.work[y, real, o + two * step] = kr * c2 - ki * s2
                hall.work[y, imaginary, o + two * step] = kr * s2 + ki * c2
                kr, ki = fr - hi, fi + hr
                hall.work[y, real, o + three * step] = kr * c3 - ki * s3
                hall.work[y, imaginary, o + three * step] = kr * s3 + ki * c3
        stride *= 4
