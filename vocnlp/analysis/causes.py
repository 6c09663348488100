"""Why a score is what it is: each aspect's complaints and praise, their effect on it, and how sure that is.

Method and sources: docs/causes.md. The parts: `inputs` (who enters), `cells` (data for the models), `effects`
(estimates), `shapley` (attributed shares), `uncertainty` (intervals), `ranking`, `correction` (errors of
tags), `business` (what a cause is worth).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.business import add_gains, outcome, warning
from vocnlp.analysis.correction import Checked, correct
from vocnlp.analysis.findings import Causes, Factor
from vocnlp.analysis.inputs import Inputs, prepare
from vocnlp.analysis.ranking import (
    add_effects,
    described,
    mark_bystanders,
    ranked,
    risks,
    segments,
    share,
    verdicts,
)
from vocnlp.analysis.response import response
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.tag_quality import Quality, add_bands
from vocnlp.analysis.uncertainty import Sampled, resample
from vocnlp.errors import InputError
from vocnlp.scores.checks import suspicions
from vocnlp.scores.scale import Metric

__all__ = ["causes"]

LEAST_MENTIONS = 10
DRAWS = 500
LEAST_DRAWS = 50
LEAST_UNHAPPY = 20


def causes(
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
    outcomes: Sequence[str] = (),
    costs: Mapping[str, float] | None = None,
    checked: Mapping[str, Mapping[str, str]] | None = None,
    quality: Mapping[str, Quality] | None = None,
    min_mentions: int = LEAST_MENTIONS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Causes:
    """Causes of unhappy answers, drivers of happy ones, and their effects on the score.

    metric: a score of the survey or its Metric; by default the first that exists.   score: its column, if it
    has another name.   controls, time: columns held equal (times by month, of the clock
    that `times.local_clock` reads with `timezone`).   by: columns held equal, sampled
    within, and told apart in `segments`.   columns: further yes/no or few-valued columns, such as topics, as
    causes.   customer: column of customers, who are resampled whole.   outcomes: columns such as churn.
    costs: of halving an aspect's complaints.   checked: id -> {aspect: polarity} of rows that a person read.
    quality: of the tags, where none were.   min_mentions: causes with fewer negative mentions are shown, not
    ranked.   draws, seed: of the bootstrap. Raises InputError for a
    missing column, or when the answers are too few for any model.
    """
    if draws < LEAST_DRAWS:
        raise InputError(f"draws must be {LEAST_DRAWS} or more for a standard error; got {draws}")
    data = prepare(
        survey,
        metric=metric,
        score=score,
        controls=controls,
        by=by,
        time=time,
        timezone=timezone,
        columns=columns,
        customer=customer,
    )
    cells = data.cells()
    sampled = resample(cells, data.resampler(cells), draws=draws, seed=seed)
    found = ranked(_factors(data, sampled, 0, min_mentions), data.metric)
    add_gains(found, data.metric, costs or {})
    if checked is not None:
        correct(found, data, Checked.of(data, checked))
    elif quality:
        add_bands(found, quality)
    result = _result(data, sampled, found, min_mentions)
    result.segments = {column: segments(data, column, min_mentions) for column in by}
    result.outcomes = [outcome(data, name, time=time, min_mentions=min_mentions) for name in outcomes]
    result.settings = {
        "controls": [*controls, *by, *([time] if time else [])],
        "timezone": timezone,
        "score_as": data.metric.score_as,
        "strata": list(by),
        "clusters": customer,
        "min_mentions": min_mentions,
        "draws": draws,
        "seed": seed,
    }
    unpredicted = (warning(relation, data.metric) for relation in result.outcomes)
    result.warnings = [
        *survey.warnings,
        *_suspicions(data, by),
        *result.response.warnings(),
        *_thin(result),
        *mark_bystanders(found, data.metric),
        *filter(None, unpredicted),
    ]
    return result


def _result(data: Inputs, sampled: Sampled, found: list[Factor], min_mentions: int) -> Causes:
    unhappy, happy = data.metric.detractor(data.answers), data.metric.promoter(data.answers)
    return Causes(
        metric=data.metric.name,
        higher_is_better=data.metric.higher_is_better,
        n=int(data.scored.sum()),
        score=sampled.point.score,
        interval=sampled.score(),
        detractors=int(unhappy.sum()),
        promoters=int(happy.sum()),
        causes=found,
        drivers=ranked(_factors(data, sampled, 1, min_mentions), data.metric, best=True),
        risks=risks(data, min_mentions),
        unexplained=share(sampled.shares(0), -1),
        unexplained_promoters=share(sampled.shares(1), -1),
        silent_detractors=float((unhappy & ~data.wrote).sum() / max(unhappy.sum(), 1)),
        response=response(data.survey, data.points, data.duplicated),
    )


def _factors(data: Inputs, sampled: Sampled, which: int, min_mentions: int) -> list[Factor]:
    """Complaints (0) or praise (1), with their effects and shares."""
    columns = (data.causes, data.drivers)[which]
    band = (data.metric.detractor, data.metric.promoter)[which](data.answers)
    factors = described(data, columns, band, praise=which == 1)
    add_effects(factors, sampled.effects(which), min_mentions)
    shares = sampled.shares(which)
    for k, factor in enumerate(factors):
        factor.attributed = share(shares, k)
    return factors + verdicts(data, which, min_mentions)


def _thin(result: Causes) -> list[str]:
    if result.detractors >= LEAST_UNHAPPY:
        return []
    return [f"only {result.detractors} answers are unhappy: how they split over the causes is hardly known"]


def _suspicions(data: Inputs, by: Sequence[str]) -> list[str]:
    mood = data.survey.frame["sentiment_score"].to_numpy(dtype=np.float64)
    groups: dict[str, NDArray[np.bool_]] = {}
    for column in by:
        text = data.survey.column(column).astype("string").fillna("(missing)")
        groups |= {f"{column} is {value}": np.asarray(text == value) for value in text.unique()}
    return suspicions(data.metric, data.answers, np.where(data.wrote, mood, np.nan), groups)
