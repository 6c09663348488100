"""Which two groups of answers a report compares: the last two calendar periods, or two values of a column."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.errors import InputError
from vocnlp.scores.scale import fold

__all__ = ["Pair", "last_two", "two_values"]

UNITS = ("Q", "M", "W", "D")  # a director compares quarters where there are two, else months, ...
FEW = 30  # answers a period must hold to be compared
SHOWN = 20  # values that an error names
PARTIAL = 0.3  # a last period with fewer answers than this share of the one before has only begun


class Pair(NamedTuple):
    """Two groups of answers: labels (2026Q1, 2026-04, a first/last day, a day; or two values) and rows."""

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


def two_values(values: pd.Series, first: str, second: str) -> Pair:
    """The answers with either of two values of a column, in whatever case and width they are named.

    Raises InputError when they are the same, or when one does not occur.
    """
    given = values.astype("string").str.strip()
    known = {fold(value): value for value in given.dropna().unique() if value}
    labels = [known.get(fold(name)) for name in (first, second)]
    if missing := [name for name, label in zip((first, second), labels, strict=True) if label is None]:
        raise InputError(
            f"column {values.name!r} has no value {missing[0]!r} to compare; "
            f"its values are: {', '.join(list(known.values())[:SHOWN])}{', ...' * (len(known) > SHOWN)}"
        )
    if labels[0] == labels[1]:
        raise InputError(f"column {values.name!r}: {first!r} cannot be compared with itself")
    masks = [(given == label).fillna(False).to_numpy(dtype=bool) for label in labels]
    return Pair((str(labels[0]), str(labels[1])), masks[0], masks[1])
