"""Whether new comments speak of what the topics do not cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

__all__ = ["Drift", "drift", "proportion_test"]

_RISE = 0.05
_P_VALUE = 0.01


@dataclass(frozen=True, slots=True)
class Drift:
    """outlier_share, expected: of the new clauses and of those that made the topics.   p_value: one-sided.

    alarm: the share rose by at least five points, and that is no chance (p <= 0.01).
    """

    outlier_share: float
    expected: float
    p_value: float
    alarm: bool


def drift(outliers: int, clauses: int, *, fitted_outliers: int, fitted_clauses: int) -> Drift:
    """Compare the outliers among new clauses with those among the clauses that made the topics."""
    now, then = outliers / max(clauses, 1), fitted_outliers / max(fitted_clauses, 1)
    p_value = proportion_test(outliers, clauses, fitted_outliers, fitted_clauses)
    return Drift(now, then, p_value, now - then >= _RISE and p_value <= _P_VALUE)


def proportion_test(hits: int, n: int, other_hits: int, other_n: int) -> float:
    """p-value that the first share is no larger than the second: normal, pooled; 1 if a sample is empty."""
    if not n or not other_n:
        return 1.0
    pooled = (hits + other_hits) / (n + other_n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    return float(norm.sf((hits / n - other_hits / other_n) / error)) if error > 0 else 1.0
