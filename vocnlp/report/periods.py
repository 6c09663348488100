"""Which two calendar periods a report compares: the last one and the one before it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Pair", "last_two"]

UNITS = ("Q", "M", "W", "D")  # a director compares quarters where there are two, else months, ...
FEW = 30  # answers a period must hold to be compared
PARTIAL = 0.3  # a last period with fewer answers than this share of the one before has only begun


class Pair(NamedTuple):
    """Two groups of answers by time: their labels (2026Q1, 2026-04, a first/last day, a day) and rows."""

    labels: tuple[str, str]
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]


def last_two(times: pd.Series, answered: NDArray[np.bool_]) -> Pair | None:
    """The last two periods of the longest unit of which two hold enough answers; None if there are none.

    times: [n] datetime64, NaT where unknown. answered: [n] which rows count as answers.
    """
    # a period has no zone: it is taken by the clock of the times' own zone
    plain = times.dt.tz_localize(None) if times.dt.tz is not None else times
    for unit in UNITS:
        period = plain.dt.to_period(unit)
        counts = period[answered].value_counts().sort_index()
        if len(counts) < 2:
            continue
        first, last = counts.index[-2], counts.index[-1]
        if counts[last] < PARTIAL * counts[first] and len(counts) > 2:
            first, last = counts.index[-3], counts.index[-2]
        if min(counts[first], counts[last]) >= FEW:
            return Pair((str(first), str(last)), (period == first).to_numpy(), (period == last).to_numpy())
    return None
