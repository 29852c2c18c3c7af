"""What the callback keeps about itself: levels, load, missed deadlines.

What flows in: the samples of a block and the moment it began. What flows out: METERS, offered to whoever draws them.
The callback measures itself, since nobody else can: a thread that waits for the GIL would measure its own wait.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit

from realtime.atomics import clock_ns, load_acquire, pointer
from realtime.latest import offer, slot_to_write
from realtime.layout import DEADLINE_BIN, HOST, LOAD_BINS, METERS, field_offset

_PEAK_FALLS_DB_S, _RMS_OVER_S, _LOAD_OVER_S = 20.0, 0.3, 1.0
_METERS_OUT_AT = field_offset(HOST, "meters_out")
_QUIET = 10.0 ** (-70.0 / 20.0)
_FLAGGED = 0x01 | 0x02 | 0x04 | 0x08  # input underflow and overflow, output underflow and overflow

compiled = njit(nogil=True, cache=True, error_model="numpy")


@compiled
def measure_levels(me: int, in_left: Any, in_right: Any, out_left: Any, out_right: Any, frames: int) -> None:
    """Peaks that fall by 20 dB a second, and RMS over 0.3 s, of what came in and went out. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    meters = host.meters
    falls = 10.0 ** (-_PEAK_FALLS_DB_S * frames / host.rate / 20.0)
    weight = 1.0 - np.exp(-frames / host.rate / _RMS_OVER_S)
    _measure_channel(meters.peak_in, meters.rms_in, 0, in_left, frames, falls, weight)
    _measure_channel(meters.peak_in, meters.rms_in, 1, in_right, frames, falls, weight)
    left = _measure_channel(meters.peak_out, meters.rms_out, 0, out_left, frames, falls, weight)
    right = _measure_channel(meters.peak_out, meters.rms_out, 1, out_right, frames, falls, weight)
    meters.quiet_frames = 0 if max(left, right) > _QUIET else meters.quiet_frames + frames


@compiled
def _measure_channel(
    peaks: Any, levels: Any, channel: int, samples: Any, frames: int, falls: float, weight: float
) -> float:
    peak, power = 0.0, 0.0
    for n in range(frames):
        sample = np.float64(samples[n])
        peak = max(peak, abs(sample))
        power += sample * sample
    if not np.isfinite(power):  # a broken microphone must not leave its meter at NaN for good
        peak, power = 1.0, np.float64(frames)
    peaks[channel] = max(peak, peaks[channel] * falls)
    mean = levels[channel] ** 2
    levels[channel] = np.sqrt(mean + weight * (power / frames - mean))
    return peak


@compiled
def measure_block(me: int, began_ns: int, frames: int, flags: int) -> None:
    """Count the block, hold its time against its deadline, and offer the meters. [audio]"""
    host = carray(pointer(me), (1,), HOST)[0]
    meters = host.meters
    period_ns = frames * 1e9 / host.rate
    if host.previous_began_ns > 0 and began_ns - host.previous_began_ns > 2.0 * period_ns:
        meters.late_starts += 1
    host.previous_began_ns = began_ns
    took_ns = clock_ns() - began_ns
    share = took_ns / period_ns
    place = np.int64(np.floor(DEADLINE_BIN + 4.0 * np.log2(max(share, 1e-9))))
    meters.load_bins[min(max(place, 0), LOAD_BINS - 1)] += 1
    flagged = (flags & _FLAGGED) != 0
    if flagged:
        meters.flagged += 1
    if flagged or share > 1.0:
        meters.missed += 1
    meters.load += (share - meters.load) * (1.0 - np.exp(-frames / host.rate / _LOAD_OVER_S))
    meters.worst_ns = max(meters.worst_ns, took_ns)
    meters.blocks += 1
    meters.block_frames, meters.rate = frames, host.rate
    meters.frame, meters.began_ns = host.frame - frames, began_ns
    meters.program = host.running
    latest = np.uint64(load_acquire(me + np.uint64(_METERS_OUT_AT)))
    if latest != 0:
        carray(pointer(slot_to_write(latest)), (1,), METERS)[0] = meters
        offer(latest)
