"""Topics over time, and which of them are coming up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import hypergeom

from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.times import Every, local_clock, periods

__all__ = ["Emerging", "Timeline", "emerging", "timeline"]

Codes = NDArray[np.int64]

_Q_VALUE = 0.05
_DAYS = 31
_WEEKS = 366


@dataclass(frozen=True, slots=True)
class Emerging:
    """share_before, share_now: of the comments before the newest period, and of those in it.   q_value."""

    share_before: float
    share_now: float
    q_value: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """P periods.   place: [n] the period of each comment, -1 where it has no time.   names: [P].

    every: day, week or month.   totals: [P] comments.   notes: what was assumed of the times.
    """

    every: Every
    place: NDArray[np.intp]
    names: list[str]
    notes: tuple[str, ...]

    @property
    def totals(self) -> Codes:
        """[P] comments of each period."""
        return self.counts(np.arange(len(self.place)))

    def counts(self, rows: NDArray[np.integer]) -> Codes:
        """[P] comments of each period among some of them."""
        inside = self.place[rows]
        return np.bincount(inside[inside >= 0], minlength=len(self.names)).astype(np.int64)


def timeline(times: pd.Series[Any], commented: NDArray[np.bool_], timezone: str | None = None) -> Timeline:
    """Days for up to a month, weeks for up to a year, else months; by the customers' clocks.

    times: [n] as in the input.   commented: [n] which answers count. Raises InputError for no times.
    """
    clock = local_clock(times, timezone)
    span = (clock.times.max() - clock.times.min()).days
    every: Every = "day" if span <= _DAYS else "week" if span <= _WEEKS else "month"
    place, index = periods(clock.times, every)
    names = [str(period.start_time.date()) for period in index]
    return Timeline(every, np.where(commented, place, -1), names, clock.notes)


def emerging(counts: Codes, totals: Codes) -> list[Emerging | None]:
    """Which of K topics more of the newest period's comments have than chance lets them.

    counts: [K, P] comments by topic and period.   totals: [P]. The test is Fisher's exact one, one-sided,
    which holds for any count; all topics are tested and the false-discovery rate is 5 % (Benjamini-Hochberg,
    whose guarantee covers tests that depend on each other positively, as counts of like topics do).
    """
    held = np.flatnonzero(totals)
    if len(held) < 2:
        return [None] * len(counts)
    newest = held[-1]
    everything, now, ever = int(totals.sum()), int(totals[newest]), counts.sum(axis=1)
    p_values = hypergeom.sf(counts[:, newest] - 1, everything, ever, now)
    before = (ever - counts[:, newest]) / (everything - now)
    rows = zip(before, counts[:, newest] / now, benjamini_hochberg(p_values), strict=True)
    return [Emerging(float(b), float(n), float(q)) if q <= _Q_VALUE else None for b, n, q in rows]
