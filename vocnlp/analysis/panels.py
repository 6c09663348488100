"""From answers to many series over time: counts of mentions and means of scores, by segment and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.intervals import cross
from vocnlp.analysis.levels import Moments
from vocnlp.analysis.survey import Survey

__all__ = ["Counts", "Levels", "Series", "SeriesKind", "panels"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]
SeriesKind = Literal["score", "negative", "risk", "answers"]
MOST_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class Series:
    """What is followed: the score, negative mentions of aspect `name`, risk `name`, or the answers."""

    kind: SeriesKind
    name: str
    segment: str


@dataclass(frozen=True, slots=True)
class Counts:
    """S series of counts in T periods: [S, T] counts and [S, T] exposures (0: nothing could be counted)."""

    series: tuple[Series, ...]
    counts: Floats
    exposure: Floats


@dataclass(frozen=True, slots=True)
class Levels:
    """S series of means in T periods: [S, T] means, [S, T] answers, and moments of the single answers."""

    series: tuple[Series, ...]
    means: Floats
    n: Floats
    moments: Moments


def panels(
    survey: Survey, points: Floats, period: Codes, periods: int, by: str | None
) -> tuple[Counts, Levels]:
    """Count and average by period and by the `MOST_SEGMENTS` commonest values of a column.

    points: [n] NaN where not answered. period: [n] from 0 to `periods` - 1, or -1 for no period.
    Mentions and risks have the comments as exposure; answers are counted from the segment's first one on.
    """
    segment, names = _segments(survey, by, period >= 0)
    cell = np.where((period >= 0) & (segment >= 0), segment * periods + period, -1)
    shape = (len(names), periods)

    def count(rows: Mask) -> Floats:
        tally = np.bincount(cell[rows & (cell >= 0)], minlength=shape[0] * shape[1])
        return tally.reshape(shape).astype(np.float64)

    answers, comments = count(cell >= 0), count(survey.commented)
    begun = (np.cumsum(answers, axis=1) > 0).astype(np.float64)
    counted: list[tuple[SeriesKind, str, Floats, Floats]] = [("answers", "", answers, begun)]
    for k, name in enumerate(survey.aspects):
        counted.append(("negative", name, count(survey.negative[:, k] & survey.commented), comments))
    for k, name in enumerate(survey.risk_categories):
        counted.append(("risk", name, count(survey.risks[:, k] & survey.commented), comments))
    chosen = [
        (Series(kind, name, names[g]), counts[g], exposure[g])
        for g in range(len(names))
        for kind, name, counts, exposure in counted
        if counts[g].any()
    ]
    series, counts, exposures = zip(*chosen, strict=True)
    return Counts(series, np.array(counts), np.array(exposures)), _levels(points, cell, shape, names)


def _segments(survey: Survey, by: str | None, used: Mask) -> tuple[Codes, tuple[str, ...]]:
    """[n] numbers of the largest segments (-1: none of them) and their names; one, "", without a column."""
    if by is None:
        return np.zeros(len(survey), dtype=np.intp), ("",)
    code, names = cross(survey, [by])
    size = np.bincount(code[used], minlength=len(names))
    kept = np.sort(np.argsort(-size, kind="stable")[:MOST_SEGMENTS])
    kept = kept[size[kept] > 0]
    number = np.full(len(names), -1)
    number[kept] = np.arange(len(kept))
    return number[code], tuple(names[k][0] for k in kept)


def _levels(points: Floats, cell: Codes, shape: tuple[int, int], names: tuple[str, ...]) -> Levels:
    answered = (cell >= 0) & ~np.isnan(points)
    cell, y = cell[answered], points[answered]
    n = np.bincount(cell, minlength=shape[0] * shape[1])
    means = np.bincount(cell, y, minlength=len(n)) / np.maximum(n, 1)
    rest, segment = y - means[cell], cell // shape[1]
    total = np.maximum(np.bincount(segment, minlength=shape[0]), 1)
    freedom = np.maximum(total - (n.reshape(shape) > 0).sum(axis=1), 1).astype(np.float64)
    deviation = np.sqrt(np.bincount(segment, rest**2, minlength=shape[0]) / freedom)
    # equal answers, or one a period, say nothing of the spread: it is not taken for nought
    deviation = np.maximum(deviation, max(0.1 * float(y.std()) if len(y) else 0.0, 1e-6))
    skewness = np.bincount(segment, rest**3, minlength=shape[0]) / total / deviation**3
    series = tuple(Series("score", "", name) for name in names)
    moments = Moments(deviation, skewness, freedom)
    return Levels(series, means.reshape(shape), n.reshape(shape).astype(np.float64), moments)
