"""Two waves of one phase: a sine, and a sawtooth whose harmonics end below half the rate.

A phase runs from 0 to 1; an increment is a frequency in cycles a sample. The saw falls, so that its first harmonic
is in step with the sine and the two can be blended without a hole in the middle.
"""

from __future__ import annotations

from numba import njit

HIGHEST_INCREMENT = 0.45
_SAW_BEGINS_TO_END, _SAW_ENDS = 0.2, 0.25
_FIRST_HARMONIC = 0.6366197723675814  # of a saw that spans ±1: 2 / π


@njit(inline="always", error_model="numpy")
def sine(phase: float) -> float:
    """sin(2π·phase) for a phase of 0..1, to 1e-9: the same bits on every machine, and no call to libm. [audio]"""
    folded = phase - 0.5
    folded = folded if abs(folded) < 0.25 else (0.5 if folded > 0.0 else -0.5) - folded
    t = 6.283185307179586 * folded
    q = t * t
    series = 1.0 + q * (
        -1.0 / 6.0
        + q * (1.0 / 120.0 + q * (-1.0 / 5040.0 + q * (1.0 / 362880.0 + q * (-1.0 / 39916800.0 + q / 6227020800.0))))
    )
    return -t * series


@njit(inline="always", error_model="numpy")
def saw(phase: float, increment: float) -> float:
    """A falling sawtooth of ±1, its jump rounded over four samples by an integrated cubic B-spline.

    V. Välimäki, J. Pekonen and J. Nam, "Perceptually informed synthesis of bandlimited classical waveforms using
    integrated polynomial interpolation", JASA 131(1), 2012. Above a quarter of the rate one harmonic is all that
    fits: there the saw has become a sine. [audio]
    """
    wave = 1.0 - 2.0 * phase
    if phase < 2.0 * increment:
        wave -= 2.0 * _rounding(phase / increment)
    if 1.0 - phase < 2.0 * increment:
        wave += 2.0 * _rounding((1.0 - phase) / increment)
    if increment <= _SAW_BEGINS_TO_END:
        return wave
    part = max(_SAW_ENDS - increment, 0.0) / (_SAW_ENDS - _SAW_BEGINS_TO_END)
    return part * wave + (1.0 - part) * _FIRST_HARMONIC * sine(phase)


@njit(inline="always", error_model="numpy")
def _rounding(samples: float) -> float:
    """How far the rounded step is from the sharp one, so many samples (less than two) away from it."""
    if samples >= 1.0:
        rest = 2.0 - samples
        return rest * rest * rest * rest / 24.0
    return 0.5 + samples * (-2.0 / 3.0 + samples * samples * (1.0 / 3.0 - samples / 8.0))
