"""Which answers, causes, drivers and controls enter the models of a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.bootstrap import Resampler
from vocnlp.analysis.cells import LEAST_LEVEL, Cells, collapse, dummies
from vocnlp.analysis.intervals import cross, customers
from vocnlp.analysis.response import duplicates
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.times import local_clock
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric, fold

__all__ = ["NO", "YES", "Columns", "Inputs", "prepare"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.intp]

VERDICTS = frozenset({"overall"})
"""Aspects that say how it was on the whole: they echo the score; held equal, they would hide its causes."""
LEAST_ANSWERS = 30
MOST_VALUES = 20  # of a column whose values become causes
YES = frozenset({"1", "1.0", "true", "yes", "y", "是"})
NO = frozenset({"0", "0.0", "false", "no", "n", "否", ""})


@dataclass(frozen=True, slots=True)
class Columns:
    """K causes or drivers: judged on this side [n, K], mentioned at all [n, K]."""

    names: list[str]
    kinds: list[str]
    judged: Mask
    mentioned: Mask

    def __add__(self, other: Columns) -> Columns:
        return Columns(
            self.names + other.names,
            self.kinds + other.kinds,
            np.concatenate([self.judged, other.judged], axis=1),
            np.concatenate([self.mentioned, other.mentioned], axis=1),
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """n rows of a survey, ready for the models of one score.

    answers: [n] NaN where not given.   points: [n] of the score.   wrote: [n] enters the models.
    customer, stratum: [n] for resampling.   controls: [n, M] 0/1 columns.
    verdicts: complaints and praise about the whole, which are no causes.
    """

    survey: Survey
    metric: Metric
    answers: Floats
    points: Floats
    wrote: Mask
    duplicated: Mask
    customer: Codes
    stratum: Codes
    causes: Columns
    drivers: Columns
    verdicts: tuple[Columns, Columns]
    controls: Mask

    @property
    def scored(self) -> Mask:
        """[n] the answer has a score."""
        return ~np.isnan(self.answers)

    def among(self, rows: Mask) -> Inputs:
        """The same with only the [n] rows of the mask."""
        part = np.where(rows, [self.answers, self.points], np.nan)
        return replace(self, answers=part[0], points=part[1], wrote=self.wrote & rows)

    def cells(self, *, causes: Columns | None = None, drivers: Columns | None = None) -> Cells:
        """Cells of the answers; causes, drivers: other complaints and praise than the usual."""
        return collapse(
            self.answers,
            self.metric,
            used=self.wrote,
            negative=(causes or self.causes).judged,
            positive=(drivers or self.drivers).judged,
            controls=self.controls,
        )

    def resampler(self, cells: Cells) -> Resampler:
        return Resampler.of(cells.cell, customer=self.customer, stratum=self.stratum, cells=len(cells.counts))


def prepare(
    survey: Survey,
    *,
    metric: Metric | str | None = None,
    score: str | None = None,
    controls: Sequence[str] = (),
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    columns: Sequence[str] = (),
    customer: str | None = None,
) -> Inputs:
    """Raises InputError for a missing column, or when too few commented answers have a score."""
    scale = metric if isinstance(metric, Metric) else survey.metric(metric or score)
    column = score or (metric if isinstance(metric, str) else _score_column(survey, scale))
    answers = pd.to_numeric(survey.column(column)).to_numpy(dtype=np.float64, na_value=np.nan)
    points = scale.points(answers)
    owner = customers(survey, customer)
    duplicated = duplicates(survey, points, owner if customer else None)
    wrote = survey.commented & ~duplicated
    usable = int((wrote & ~np.isnan(answers)).sum())
    if usable < LEAST_ANSWERS:
        raise InputError(
            f"{usable} answers have both a comment and a {column} score; causes need at least {LEAST_ANSWERS}"
        )
    if timezone and not time:
        raise InputError(f"time zone {timezone!r} without a column of times; name it with --time")
    held = [dummies(survey.column(name), among=wrote)[0] for name in (*controls, *by)]
    if time:
        held.append(dummies(local_clock(survey.column(time), timezone).times, among=wrote)[0])
    aspects = [k for k, name in enumerate(survey.aspects) if name not in VERDICTS]
    verdicts = [k for k, name in enumerate(survey.aspects) if name in VERDICTS]
    return Inputs(
        survey=survey,
        metric=scale,
        answers=answers,
        points=points,
        wrote=wrote,
        duplicated=duplicated,
        customer=owner,
        stratum=_strata(survey, by, ~np.isnan(answers)),
        causes=_aspects(survey, aspects, survey.negative, "aspect") + _columns(survey, columns),
        drivers=_aspects(survey, aspects, survey.positive, "aspect"),
        verdicts=(
            _aspects(survey, verdicts, survey.negative, "verdict"),
            _aspects(survey, verdicts, survey.positive, "verdict"),
        ),
        controls=np.concatenate(held, axis=1) if held else np.zeros((len(survey), 0), dtype=bool),
    )


def _aspects(survey: Survey, chosen: list[int], judged: Mask, kind: str) -> Columns:
    names = [survey.aspects[k] for k in chosen]
    return Columns(names, [kind] * len(names), judged[:, chosen], survey.mentioned[:, chosen])


def _score_column(survey: Survey, metric: Metric) -> str:
    same = [name for name, scale in survey.metrics.items() if scale == metric]
    return metric.name if metric.name in survey.scores or not same else same[0]


def _strata(survey: Survey, by: Sequence[str], scored: Mask) -> Codes:
    """[n] strata: combinations of values, small ones pooled, for a stratum of few answers hardly varies."""
    if not by:
        return np.zeros(len(survey), dtype=np.intp)
    code, _ = cross(survey, by)
    sizes = np.bincount(code[scored], minlength=int(code.max()) + 1)
    return np.where(sizes[code] >= LEAST_LEVEL, code + 1, 0).astype(np.intp)


def _columns(survey: Survey, names: Sequence[str]) -> Columns:
    """Yes/no columns as one cause each, others as one cause a value."""
    labels: list[str] = []
    masks: list[Mask] = [np.zeros((len(survey), 0), dtype=bool)]
    for name in names:
        text = survey.column(name).astype("string").fillna("").map(fold)
        values = sorted(set(text) - NO)
        if set(values) <= YES:
            labels.append(name)
            masks.append(text.isin(YES).to_numpy(dtype=bool)[:, None])
        elif len(values) > MOST_VALUES:
            raise InputError(
                f"column {name!r} has {len(values)} values; as a cause it may have {MOST_VALUES} at most"
            )
        else:
            labels += [f"{name}={value}" for value in values]
            masks += [(text == value).to_numpy(dtype=bool)[:, None] for value in values]
    matrix = np.concatenate(masks, axis=1)
    return Columns(labels, ["column"] * len(labels), matrix, matrix)
