"""Scores and mentions by day, week or month of the customers' clocks, with alarms and honest volatility."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.alarms import Alarm, Watched, watch
from vocnlp.analysis.intervals import score_points, wilson
from vocnlp.analysis.panels import Counts, Levels, Series, panels
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.times import Every, local_clock, periods
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric

__all__ = ["AS_WRITTEN", "Trends", "Volatility", "trends"]

Floats = NDArray[np.float64]
Z = float(stats.norm.isf(0.025))
AS_WRITTEN = "as written"  # the time zone of times with several offsets


@dataclass(frozen=True, slots=True)
class Volatility:
    """How much of the ups and downs of a series the size of its samples explains.

    by_chance: the variance that samples of these sizes have anyway, as a share of the variance seen (1 - I^2
    of Higgins & Thompson 2002, Statistics in Medicine 21(11)); 1: nothing but chance. p_value: of no more
    than it.
    """

    series: Series
    periods: int
    by_chance: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Trends:
    """Series over time.

    table: one row a series and period: kind, name, segment, period (date of its first day), n (answers, or
    comments), count (events; NaN for a score), value (score, share of comments, or answers), low and high (95
    % interval), funnel_low and funnel_high (where 95 % of values lie if nothing but chance differs),
    expected, expected_low and expected_high (of the baseline, where watched), alarm. silent: series that are
    not watched in the newest period, and why. level: alarms are q-values up to it.
    """

    metric: str
    every: Every
    timezone: str
    table: pd.DataFrame
    alarms: tuple[Alarm, ...]
    volatility: tuple[Volatility, ...]
    silent: tuple[tuple[Series, str], ...]
    level: float
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for JSON; the table as a list of rows with None for NaN."""
        plain = {name: getattr(self, name) for name in ("metric", "every", "timezone", "level", "notes")}
        rows = self.table.astype(object).where(self.table.notna(), None)
        plain |= {"table": rows.to_dict("records")}
        plain |= {
            "alarms": [asdict(a) for a in self.alarms],
            "volatility": [asdict(v) for v in self.volatility],
        }
        return plain | {"silent": [{**asdict(one), "reason": reason} for one, reason in self.silent]}

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def trends(
    survey: Survey,
    metric: Metric,
    *,
    time: str,
    every: Every = "week",
    timezone: str | None = None,
    by: str | None = None,
    score: str | None = None,
    budget: float = 1.0,
    watched: int | None = None,
) -> Trends:
    """Follow the score, the negative mentions of each aspect, each risk and the number of answers.

    time: the column of times; timezone: see `times.local_clock`. by: a column whose values (the largest
    twelve) are followed one by one. score: the column of the metric if it has another name. budget: false
    alarms a month over all series (`alarms.watch`); watched: how many of the newest periods are watched.
    Aspects and risks are counted among comments, so that a survey sent out more widely raises no alarm on
    them. Raises InputError when a column is missing or holds no times.
    """
    clock = local_clock(survey.column(time), timezone)
    period, index = periods(clock.times, every)
    if not len(index):
        raise InputError(f"column {time!r} is empty: trends need times")
    counts, levels = panels(survey, score_points(survey, metric, score), period, len(index), by)
    seen = watch(counts, levels, index, every, budget=budget, watched=watched)
    series = (*counts.series, *levels.series)
    described = _Described(*map(np.concatenate, zip(_counts(counts), _levels(levels), strict=True)))
    return Trends(
        metric.name,
        every,
        timezone or _zone(clock.zones),
        _table(series, described, seen, index),
        seen.alarms,
        tuple(
            _volatility(*one)
            for one in zip(series, described.value, described.centre, described.error, strict=True)
        ),
        seen.silent,
        seen.level,
        clock.notes,
    )


def _zone(zones: pd.Series[Any]) -> str:
    distinct = zones.unique()
    return str(distinct[0]) if len(distinct) == 1 else AS_WRITTEN


class _Described(NamedTuple):
    """[S, T] of all series: sample size, events, value, its interval, and its sampling deviation.

    centre: [S] the value of all periods together; error: [S, T] deviation of the value by chance around it.
    """

    n: Floats
    events: Floats
    value: Floats
    low: Floats
    high: Floats
    centre: Floats
    error: Floats


def _counts(panel: Counts) -> _Described:
    """Shares of comments with Wilson's interval; numbers of answers with Garwood's (1936, Biometrika 28)."""
    k, e = panel.counts, panel.exposure
    volume = np.array([one.kind == "answers" for one in panel.series])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(e > 0, k / e, np.nan)
    low, high = wilson(np.minimum(k, e), e)
    low = np.where(volume, np.nan_to_num(stats.chi2.ppf(0.025, 2 * k) / 2), low)
    high = np.where(volume, stats.chi2.ppf(0.975, 2 * (k + 1)) / 2, high)
    centre = k.sum(axis=1, keepdims=True) / np.maximum(e.sum(axis=1, keepdims=True), 1)
    error = np.sqrt(np.where(volume, centre, centre * (1 - centre)) / np.maximum(e, 1))
    return _Described(np.where(volume, k, e), k, value, low, high, centre[:, 0], error)


def _levels(panel: Levels) -> _Described:
    n = np.where(panel.n > 0, panel.n, np.nan)
    value = np.where(panel.n > 0, panel.means, np.nan)
    error = panel.moments.deviation[:, None] / np.sqrt(n)
    centre = np.nansum(value * n, axis=1) / np.maximum(panel.n.sum(axis=1), 1)
    count = np.full_like(value, np.nan)
    return _Described(panel.n, count, value, value - Z * error, value + Z * error, centre, error)


def _table(
    series: tuple[Series, ...], described: _Described, seen: Watched, index: pd.PeriodIndex
) -> pd.DataFrame:
    kinds = np.array([one.kind for one in series])[:, None]
    share = (kinds == "negative") | (kinds == "risk")
    least, most = np.where(kinds == "score", -np.inf, 0.0), np.where(share, 1.0, np.inf)
    scale = np.where(share, np.maximum(described.n, 1), 1.0)
    centre, expected = described.centre[:, None], seen.expected / scale
    chance, spread = Z * described.error, Z * seen.deviation / scale
    columns = {
        "n": described.n.astype(np.intp),
        "count": described.events,
        "value": described.value,
        "low": described.low,
        "high": described.high,
        "funnel_low": np.maximum(centre - chance, least),
        "funnel_high": np.minimum(centre + chance, most),
        "expected": expected,
        "expected_low": np.maximum(expected - spread, least),
        "expected_high": np.minimum(expected + spread, most),
        "alarm": seen.called,
    }
    dates = [str(day.date()) for day in index.start_time]
    names = pd.DataFrame([asdict(one) for one in series])
    table = names.loc[np.repeat(names.index, len(dates))].reset_index(drop=True)
    table["period"] = np.tile(dates, len(series))
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def _volatility(series: Series, value: Floats, centre: float, error: Floats) -> Volatility:
    known = ~np.isnan(value) & (error > 0)
    freedom = max(int(known.sum()) - 1, 0)
    heterogeneity = float((((value[known] - centre) / error[known]) ** 2).sum())
    by_chance = min(1.0, freedom / heterogeneity) if heterogeneity > 0 else 1.0
    p_value = float(stats.chi2.sf(heterogeneity, freedom)) if freedom else 1.0
    return Volatility(series, int(known.sum()), by_chance, p_value)
