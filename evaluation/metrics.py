"""Measures of tagging: precision, recall, F1, accuracy, calibration error, bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.intervals import wilson

__all__ = [
    "Counts",
    "accuracy",
    "bootstrap",
    "calibration_error",
    "macro_f1",
    "p_value",
    "paired_differences",
    "share",
]

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrong and missed tags."""

    hits: int
    false: int
    missed: int

    @classmethod
    def of(cls, found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Counts:
        """Count over arrays of one shape."""
        return cls(int((found & truth).sum()), int((found & ~truth).sum()), int((~found & truth).sum()))

    @property
    def precision(self) -> float:
        """Share of tags that are right; 0 without tags."""
        return self.hits / max(self.hits + self.false, 1)

    @property
    def recall(self) -> float:
        """Share of true tags that were found; 0 without any."""
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / max(2 * self.hits + self.false + self.missed, 1)


def accuracy(found: Labels, truth: Labels) -> float:
    """Share of equal labels; NaN without rows."""
    return float((found == truth).mean()) if len(truth) else float("nan")


def macro_f1(found: Labels, truth: Labels) -> float:
    """Mean F1 over the classes that occur in the truth; NaN without rows."""
    classes = np.unique(truth)
    values = [Counts.of(found == code, truth == code).f1 for code in classes]
    return float(np.mean(values)) if values else float("nan")


def calibration_error(
    probability: NDArray[np.floating], correct: NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Expected calibration error, equal-width bins (Guo et al. 2017, arXiv 1706.04599); NaN without rows."""
    if len(probability) == 0:
        return float("nan")
    place = np.minimum((probability * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    confidence = np.bincount(place, probability, minlength=bins)
    right = np.bincount(place, correct.astype(float), minlength=bins)
    return float(np.abs(confidence - right).sum() / count.sum())


def share(successes: int, n: int) -> list[float]:
    """Share of successes and its Wilson interval at 95 %: [0, 0, 1] where n is 0."""
    low, high = wilson([successes], [n])
    return [successes / max(n, 1), float(low[0]), float(high[0])]


def bootstrap(
    measure: Callable[[NDArray[np.int64]], float], rows: int, *, draws: int = 200, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of a measure of row indices, over resampled rows."""
    generator = np.random.default_rng(seed)
    values = [measure(generator.integers(rows, size=rows)) for _ in range(draws)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def paired_differences(
    first: Callable[[NDArray[np.int64]], float],
    second: Callable[[NDArray[np.int64]], float],
    rows: int,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> NDArray[np.float64]:
    """[draws] the second measure minus the first, each on the same resampled row indices."""
    generator = np.random.default_rng(seed)
    samples = [generator.integers(rows, size=rows) for _ in range(draws)]
    return np.array([second(sample) - first(sample) for sample in samples])


def p_value(differences: NDArray[np.float64]) -> float:
    """Two-sided p-value of no difference, from a paired bootstrap (Koehn 2004)."""
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(2 * (min(below, above) + 1) / (len(differences) + 1), 1.0)
