"""Watching many series at once: which counts and scores are odder than chance lets one of so many be.

Every period each series is asked whether its newest value, or the sum of its newest few, is odd under its own
baseline (`counts`, `levels`). The p-values of one period, over all series, go through Benjamini & Hochberg at
a level that spends the budget of false alarms: with q = 1 / 30 a day, quiet series raise about one alarm a
month among them, however many they are. Neighbouring periods of one series that are called are one alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.calendar import regressors
from vocnlp.analysis.counts import fit_counts
from vocnlp.analysis.levels import fit_levels
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.panels import Counts, Levels, Series
from vocnlp.analysis.times import Every

__all__ = ["Alarm", "Watched", "watch"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MOST_Q = 0.05
P, OBSERVED, EXPECTED, DEVIATION, N = range(5)  # fields of what is seen
FEW_ANSWERS = 20  # a mean of fewer is too skewed for a tail of one in thousands


class Rhythm(NamedTuple):
    """How series are watched: sums over `windows`, after `history` periods, looking back `memory` periods."""

    windows: tuple[int, ...]
    history: int
    memory: int
    watched: int
    a_month: float


RHYTHMS: dict[Every, Rhythm] = {
    "day": Rhythm((1, 7), history=28, memory=730, watched=31, a_month=30.4),
    "week": Rhythm((1, 4), history=12, memory=156, watched=26, a_month=4.35),
    "month": Rhythm((1,), history=12, memory=60, watched=12, a_month=1.0),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A series that was odd from period `start` to `end` (ISO dates of their first days).

    The numbers are those of its oddest moment: `observed` against `expected` over the `window` newest
    periods, in events, or in points for a score; n: the comments or answers they come from.
    """

    series: Series
    start: str
    end: str
    window: int
    n: int
    observed: float
    expected: float
    p_value: float
    q_value: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What `watch` saw.

    called: [S, T] which periods are alarms, counts first. expected, deviation: [S, T] of the baselines, NaN
    where not watched. level: the q-value up to which a period is called. silent: the series that cannot be
    watched in the newest period, and why.
    """

    alarms: tuple[Alarm, ...]
    called: Mask
    expected: Floats
    deviation: Floats
    level: float
    silent: tuple[tuple[Series, str], ...]


def watch(
    counts: Counts,
    levels: Levels,
    index: pd.PeriodIndex,
    every: Every,
    *,
    budget: float = 1.0,
    watched: int | None = None,
) -> Watched:
    """Look at the newest `watched` periods, each as it could be seen in its own time.

    budget: false alarms a month that all series together may raise when nothing happens.
    """
    rhythm = RHYTHMS[every]
    level = min(MOST_Q, budget / rhythm.a_month)
    eye = _Eye(counts, levels, index.start_time, rhythm, every == "day")
    first = max(0, len(index) - (watched or rhythm.watched))
    views = np.array([eye.look(now) for now in range(first, len(index))])
    oddest = np.where(np.isnan(views[:, :, P]), np.inf, views[:, :, P]).argmin(axis=1)
    best = np.take_along_axis(views, oddest[:, None, None, :], axis=1)[:, 0]
    # every window is a chance of its own to be odd
    best[:, P] = np.minimum(1.0, best[:, P] * len(rhythm.windows))
    q_values = np.array([benjamini_hochberg(p) for p in best[:, P]])
    dates = [str(day.date()) for day in index[first:].start_time]
    alarms = []
    for s, one in enumerate((*counts.series, *levels.series)):
        for start, end in _runs(q_values[:, s] <= level):
            peak = start + int(best[start:end, P, s].argmin())
            _, observed, expected, _, n = best[peak, :, s].tolist()
            window = rhythm.windows[oddest[peak, s]]
            p, q = float(best[peak, P, s]), float(q_values[peak, s])
            alarms.append(Alarm(one, dates[start], dates[end - 1], window, int(n), observed, expected, p, q))
    called = np.zeros((views.shape[3], len(index)), dtype=np.bool_)
    called[:, first:] = np.less_equal(q_values, level).T
    quiet = np.full((views.shape[3], first), np.nan)
    expected, deviation = (np.hstack([quiet, views[:, 0, field].T]) for field in (EXPECTED, DEVIATION))
    return Watched(tuple(alarms), called, expected, deviation, level, eye.silence(len(index) - 1))


def _runs(called: Mask) -> list[tuple[int, int]]:
    """Half-open ranges of neighbours that are all true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], called, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Eye:
    """Looks at all series from the end of one period."""

    counts: Counts
    levels: Levels
    days: pd.DatetimeIndex
    rhythm: Rhythm
    weekdays: bool

    def past(self, now: int) -> slice:
        """The periods of the baseline; the newest are left out, so that an outbreak does not hide itself."""
        end = max(0, now + 1 - max(self.rhythm.windows))
        return slice(max(0, end - self.rhythm.memory), end)

    def known(self, now: int) -> NDArray[np.intp]:
        """[S] periods of the baseline in which there was something to count or to average."""
        past = self.past(now)
        filled = np.concatenate([self.counts.exposure[:, past] > 0, self.levels.n[:, past] > 0])
        return np.asarray(filled.sum(axis=1))

    def silence(self, now: int) -> tuple[tuple[Series, str], ...]:
        """Which series cannot be watched now, and why."""
        need = self.rhythm.history
        newest = np.concatenate([np.full(len(self.counts.series), FEW_ANSWERS), self.levels.n[:, now]])
        reasons = []
        for one, known, n in zip(
            (*self.counts.series, *self.levels.series), self.known(now), newest, strict=True
        ):
            if known < need:
                reasons.append((one, f"{known} periods of history; {need} are needed"))
            elif n < FEW_ANSWERS:
                reasons.append((one, f"{n:.0f} answers in the newest period; {FEW_ANSWERS} are needed"))
        return tuple(reasons)

    def look(self, now: int) -> Floats:
        """[windows, fields, S]: `P` (NaN: not tested), `OBSERVED`, `EXPECTED`, `DEVIATION`, `N`."""
        views = np.full(
            (len(self.rhythm.windows), 5, len(self.counts.series) + len(self.levels.series)), np.nan
        )
        past, known = self.past(now), self.known(now)
        if known.max(initial=0) < self.rhythm.history:
            return views
        x, precision = regressors(self.days[past], self.days[now], weekdays=self.weekdays)
        counted = fit_counts(self.counts.counts[:, past], self.counts.exposure[:, past], x, precision)
        levelled = fit_levels(
            self.levels.means[:, past], self.levels.n[:, past], self.levels.moments, x, precision
        )
        for view, window in zip(views, self.rhythm.windows, strict=True):
            span = slice(now + 1 - window, now + 1)
            x, _ = regressors(self.days[span], self.days[now], weekdays=self.weekdays)
            exposure, n = self.counts.exposure[:, span], self.levels.n[:, span]
            total = self.counts.counts[:, span].sum(axis=1)
            mean = (self.levels.means[:, span] * n).sum(axis=1) / np.maximum(n.sum(axis=1), 1)
            p_count, *of_counts = counted.tail(x, exposure, total)
            p_level, *of_levels = levelled.tail(x, n, mean)
            p_level[n.sum(axis=1) < FEW_ANSWERS] = np.nan
            view[P], view[OBSERVED] = np.append(p_count, p_level), np.append(total, mean)
            view[EXPECTED], view[DEVIATION] = map(np.append, of_counts, of_levels)
            view[N] = np.append(exposure.sum(axis=1), n.sum(axis=1))
        views[:, :, known < self.rhythm.history] = np.nan
        return views
