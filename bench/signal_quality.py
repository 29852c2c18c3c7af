"""What the effects add to a sound that they should leave alone: distortion, noise, and sound where there is none.

    python bench/signal_quality.py

A sine of 997 Hz at −1 and −20 dBFS goes through each effect, set to change nothing, and through all of them in a row.
THD+N is all that comes out beside the sine, over the sine, from 20 Hz to 20 kHz (AES17); the floor is what comes out of
silence after a loud moment has died away. What can be bit-exact is: there the figures are those of float32 itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plugin.mastering import Samples, through
from realtime.dsp.catalogue import find_kernel
from realtime.rack import Slot

RATE, HZ, SECOND = 48_000.0, 997, 48_000
LEVELS_DBFS = (-1.0, -20.0)

NEUTRAL: Mapping[str, Mapping[str, float]] = {
    "gain": {},
    "balance": {},
    "equaliser": {},
    "compressor": {"ratio": 1.0},
    "saturation": {},
    "chorus": {"mix": 0.0},
    "delay": {"mix": 0.0},
    "reverb": {"mix": 0.0},
    "true_peak": {"ceiling_db": 0.0},
    "limiter": {"ceiling_db": 0.0},
}
"""How each effect leaves a sound alone, in the order of a rack."""

AT_WORK: Mapping[str, Mapping[str, float]] = {
    "filter": {"cutoff_hz": 20_000.0},
    "equaliser": {"bell_2_hz": 997.0, "bell_2_db": -6.0, "low_cut_hz": 40.0, "high_shelf_db": 3.0},
    "compressor": {"threshold_db": -30.0, "ratio": 2.0, "attack_s": 0.03, "release_s": 0.5},
    "saturation": {"drive": 0.05, "even": 0.5},
    "delay": {"mix": 0.3},
    "true_peak": {"ceiling_db": -6.0},
    "limiter": {"ceiling_db": -6.0},
}
"""And what they add when they have something to do."""


def rack_of(settings: Mapping[str, Mapping[str, float]]) -> tuple[Slot, ...]:
    """Slots for so many effects. [main]"""
    return tuple(Slot(name, find_kernel(name), knobs) for name, knobs in settings.items())


def thd_n_db(slots: tuple[Slot, ...], level_dbfs: float) -> float:
    """Distortion and noise beside a sine, in dB of it; the worse of both sides. [main]"""
    t = np.arange(4 * SECOND) / RATE
    sine = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * HZ * t)
    heard = through(slots, np.stack([sine, sine]).astype(np.float32), RATE)[:, 2 * SECOND : 3 * SECOND]
    power = np.abs(np.fft.rfft(heard.astype(np.float64), axis=1)) ** 2
    beside = power[:, 20:20_001].sum(axis=1) - power[:, HZ]
    return float(10 * np.log10(np.max(beside / power[:, HZ]) + 1e-30))


def floor_dbfs(slots: tuple[Slot, ...]) -> float:
    """What is left half a minute after a loud second, peak; −inf where it is nothing at all. [main]"""
    sound: Samples = np.zeros((2, 32 * SECOND), np.float32)
    sound[:, :SECOND] = np.random.default_rng(1).normal(0.0, 0.3, (2, SECOND))
    loudest = float(np.abs(through(slots, sound, RATE)[:, -SECOND:]).max())
    return 20 * np.log10(loudest) if loudest > 0.0 else -np.inf


def main() -> None:
    print(f"{'':28} {'THD+N of 997 Hz':>26} {'after sound':>13}")
    print(f"{'':28} {'at -1 dBFS':>13} {'at -20 dBFS':>12} {'floor dBFS':>13}")
    rows: list[tuple[str, tuple[Slot, ...]]] = [("nothing", ())]
    rows += [(f"{name}, neutral", rack_of({name: knobs})) for name, knobs in NEUTRAL.items()]
    rows += [("all of them, neutral", rack_of(NEUTRAL))]
    rows += [(f"{name}, at work", rack_of({name: knobs})) for name, knobs in AT_WORK.items()]
    for name, slots in rows:
        loud, soft = (thd_n_db(slots, level) for level in LEVELS_DBFS)
        print(f"{name:28} {loud:10.1f} dB {soft:9.1f} dB {floor_dbfs(slots):13.1f}", flush=True)


if __name__ == "__main__":
    main()
