"""Gaussians, and how likely a mixture of them makes a shape.

What flows in: means, covariances, a shape. What flows out: logarithms of likelihoods, and squared distances. Plain
numbers, safe anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Gaussian:
    """One way a sound may be. [any]"""

    mean: npt.NDArray[np.float64]
    whiten: npt.NDArray[np.float64]  # (n, n): makes the covariance a sphere
    log_peak: float
    log_weight: float

    @staticmethod
    def about(mean: npt.NDArray[np.float64], covariance: npt.NDArray[np.float64], weight: float) -> Gaussian:
        """Of this mean and covariance. [any]"""
        lower = np.linalg.cholesky(covariance)
        whiten = np.linalg.inv(lower)
        log_peak = -float(np.log(np.diag(lower)).sum()) - 0.5 * len(mean) * math.log(2.0 * math.pi)
        return Gaussian(mean, whiten, log_peak, math.log(weight))

    def distance(self, shape: npt.NDArray[np.float64]) -> float:
        """Squared, in the covariance's own measure (Mahalanobis 1936). [any]"""
        away = self.whiten @ (shape - self.mean)
        return float(away @ away)


def likelihood(components: Sequence[Gaussian], shape: npt.NDArray[np.float64]) -> tuple[float, float]:
    """How likely a mixture makes this shape, in logarithm, and how far its likeliest part is. [any]"""
    distances = [each.distance(shape) for each in components]
    logs = [each.log_weight + each.log_peak - 0.5 * d for each, d in zip(components, distances, strict=True)]
    most = max(logs)
    return most + math.log(sum(math.exp(each - most) for each in logs)), distances[logs.index(most)]
