"""The shape of a quiet year: regressors of days, weeks or months."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["regressors"]

Floats = NDArray[np.float64]
QUARTER = 91.3  # days
# standard deviations of the priors, on the log scale of counts
LEVEL, TREND, RECENT, WEEKDAY, SEASON = 1.5, 0.3, 0.3, 0.7, 0.3


def regressors(days: pd.DatetimeIndex, now: pd.Timestamp, *, weekdays: bool) -> tuple[Floats, Floats]:
    """[T, p] regressors of the periods that start on `days`, seen from `now`, and [p] precisions of priors.

    A level, a trend (by quarter of a year), a different level of the last month, two waves a year and, for
    daily series, seven weekdays.
    """
    age = (now - days).total_seconds().to_numpy() / 86400
    angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    columns = [np.ones(len(days)), -age / QUARTER, np.exp(-np.abs(age) / 28)]
    columns += [wave(k * angle) for k in (1, 2) for wave in (np.sin, np.cos)]
    deviations = [LEVEL, TREND, RECENT] + [SEASON] * 4
    if weekdays:
        columns += [(days.day_of_week == d).astype(np.float64) for d in range(7)]
        deviations += [WEEKDAY] * 7
    return np.column_stack(columns), np.array(deviations) ** -2.0
