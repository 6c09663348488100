"""Many questions at once: control of the share of false discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

__all__ = ["benjamini_hochberg"]


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """[m] q-values of m p-values, in the same order; NaN (not tested) stays NaN and does not count as a test.

    Calling everything with q <= 0.05 a discovery keeps the expected share of false ones at 5 %.
    Source: Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57(1).
    """
    p = np.asarray(p_values, dtype=np.float64)
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = false_discovery_control(p[tested], method="bh")
    return q
