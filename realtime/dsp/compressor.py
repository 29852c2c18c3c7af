"""A compressor: it turns down what is loud, gently, so that a phrase stays in front without standing still.

Feed-forward, with its gain worked out in decibels and a soft knee (D. Giannoulis, M. Massberg, J. D. Reiss, "Digital
dynamic range compressor design: a tutorial and analysis", JAES 60(6), 2012). Both sides get one gain, that of the
louder, so that the picture does not sway; what the detector hears passes a high-pass first, so that a low C does not
push the whole phrase down.

The release knows what it follows. A reduction that lasts sinks, over a third of a second, from a fast memory into a
slow one: a single accent lets go within `release_s`, a loud passage over eight times as long, and neither pumps.

`reduction_db` of the state says how much is taken away at this moment. Where nothing is, samples pass bit by bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realtime.dsp.decibels import factor
from realtime.dsp.glide import GLIDE, glide
from realtime.dsp.tame import settle, tame
from realtime.kernel import Knob, kernel

SINKING_S = 0.33
SLOWER = 8.0
"""How much longer than the fast memory's release that of the slow one is."""

LEAST_DB = 1e-7
"""A reduction that is over: 1e-8 of a sample, under what a float32 can tell."""

FLOOR = 1e-6
"""No threshold reaches down here; a logarithm of nothing is not taken."""

COMPRESSOR = np.dtype(
    [
        ("threshold_db", GLIDE),
        ("ratio", GLIDE),
        ("knee_db", GLIDE),
        ("makeup_db", GLIDE),
        ("mix", GLIDE),
        ("attack_s", "f8"),
        ("release_s", "f8"),
        ("sidechain_hz", "f8"),
        ("fast_db", "f8"),
        ("slow_db", "f8"),
        ("reduction_db", "f8"),
        ("charge", "f8", (2, 2)),  # of the detector's high-pass: side, capacitor
    ],
    align=True,
)


@kernel(
    COMPRESSOR,
    Knob("threshold_db", -60.0, 0.0, -20.0, unit="dB"),
    Knob("ratio", 1.0, 20.0, 3.0, curve="log"),
    Knob("knee_db", 0.0, 24.0, 9.0, unit="dB"),
    Knob("attack_s", 0.0001, 0.2, 0.015, unit="s", curve="log"),
    Knob("release_s", 0.01, 1.0, 0.12, unit="s", curve="log"),
    Knob("sidechain_hz", 10.0, 500.0, 60.0, unit="Hz", curve="log"),
    Knob("makeup_db", -12.0, 24.0, 0.0, unit="dB"),
    Knob("mix", 0.0, 1.0, 1.0),  # less than 1 leaves some of the sound as it was: parallel compression
)
def compressor(s: Any, xl: Any, xr: Any, yl: Any, yr: Any, rate: float, frames: int) -> None:
    """Soft knee, release that follows the phrase, both sides alike. [audio]"""
    attack = 1.0 - np.exp(-1.0 / (s.attack_s * rate))
    release = 1.0 - np.exp(-1.0 / (s.release_s * rate))
    sink = 1.0 - np.exp(-1.0 / (SINKING_S * rate))
    slow_release = 1.0 - np.exp(-1.0 / (SLOWER * s.release_s * rate))
    g = np.tan(np.pi * min(s.sidechain_hz / rate, 0.45))
    k = np.sqrt(2.0)
    a1 = 1.0 / (1.0 + g * (g + k))
    a2 = g * a1
    a3 = g * a2
    fast, slow = s.fast_db, s.slow_db
    l1, l2, r1, r2 = s.charge[0, 0], s.charge[0, 1], s.charge[1, 0], s.charge[1, 1]
    makeup_db, makeup = np.nan, 1.0
    for n in range(frames):
        left, right = tame(xl[n]), tame(xr[n])
        threshold, ratio, knee = glide(s.threshold_db), glide(s.ratio), glide(s.knee_db)
        now, mix = glide(s.makeup_db), glide(s.mix)
        if now != makeup_db:
            makeup_db, makeup = now, factor(now)
        pull = left - l2
        middle, bottom = a1 * l1 + a2 * pull, l2 + a2 * l1 + a3 * pull
        l1, l2 = settle(2.0 * middle - l1), settle(2.0 * bottom - l2)
        heard = abs(left - k * middle - bottom)
        pull = right - r2
        middle, bottom = a1 * r1 + a2 * pull, r2 + a2 * r1 + a3 * pull
        r1, r2 = settle(2.0 * middle - r1), settle(2.0 * bottom - r2)
        heard = max(heard, abs(right - k * middle - bottom))

        wanted = 0.0
        if heard > FLOOR and ratio > 1.0:
            over = 8.685889638065036 * np.log(heard) - threshold  # dB of a factor of e
            if 2.0 * over > knee:
                wanted = over
            elif 2.0 * over > -knee and knee > 0.0:
                bent = over + 0.5 * knee
                wanted = bent * bent / (2.0 * knee)
            wanted *= 1.0 - 1.0 / ratio
        slow += (wanted - slow) * (sink if wanted > slow else slow_release)
        rest = wanted - slow if wanted > slow else 0.0
        fast += (rest - fast) * (attack if rest > fast else release)
        fast, slow = fast if fast > LEAST_DB else 0.0, slow if slow > LEAST_DB * sink else 0.0

        reduction = fast + slow
        if reduction > LEAST_DB:
            by = 1.0 + mix * (makeup * np.exp(reduction * -0.11512925464970229) - 1.0)
        else:
            by = 1.0 + mix * (makeup - 1.0)
        yl[n], yr[n] = left * by, right * by
    s.fast_db, s.slow_db, s.reduction_db = fast, slow, fast + slow
    s.charge[0, 0], s.charge[0, 1], s.charge[1, 0], s.charge[1, 1] = l1, l2, r1, r2
