"""All analyses of one survey, gathered for the report, its JSON and its workbook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vocnlp.analysis.causes import causes
from vocnlp.analysis.change import change
from vocnlp.analysis.findings import Causes
from vocnlp.analysis.journey import journey
from vocnlp.analysis.leaving_out import changed
from vocnlp.analysis.praise import leave_out, praise
from vocnlp.analysis.segments import segments
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.suspicion import Reason
from vocnlp.analysis.times import Every, local_clock
from vocnlp.analysis.trends import trends
from vocnlp.report.periods import Pair, last_two, two_values
from vocnlp.scores.scale import Metric, fold

__all__ = ["Results", "analyse"]

Json = dict[str, Any]

SEGMENT_COLUMNS = 6  # taken by default
SEGMENT_VALUES = 30
MIX = 3  # segment columns whose combinations are the mix of a change
MANY = 20_000  # answers from which fewer draws of the bootstrap do
# names of columns that are no segments but have a part of their own, folded
STAGES = frozenset(
    ["stage", "journey stage", "journey", "touchpoint", "阶段", "旅程阶段", "旅程", "触点", "环节"]
)
CUSTOMERS = frozenset(
    ["customer id", "customer", "user id", "client id", "member id", "客户", "客户编号", "客户id", "会员号"]
)


@dataclass(frozen=True, slots=True)
class Results:
    """The analyses of a survey in the form of their `to_dict`; None where the survey does not allow one.

    score: the score column that `metric` describes. by: segment columns. times: [n] the customers' clocks.
    praise is that of all answers. left_out: what leaving suspicious ones out has changed in all others
    (`leaving_out.changed`); rows: then, [n] the places that the answers of `survey` have among all.
    compared: the column whose two values `change` compares; without one it compares two periods.
    """

    survey: Survey
    score: str
    metric: Metric
    by: tuple[str, ...]
    times: pd.Series[Any] | None
    causes: Json
    change: Json | None = None
    trends: Json | None = None
    segments: Json | None = None
    journey: Json | None = None
    praise: Json | None = None
    topics: Json | None = None
    left_out: Json | None = None
    rows: Sequence[int] = ()
    compared: str | None = None

    def to_dict(self) -> Json:
        """Everything but the answers themselves, for JSON."""
        survey = self.survey
        return {
            "score": self.score,
            "answers": len(survey),
            "failed": survey.failed,
            "by": self.by,
            "causes": self.causes,
            "change": self.change,
            **({"compared": self.compared} if self.compared else {}),
            "trends": self.trends,
            "segments": self.segments,
            "journey": self.journey,
            "praise": self.praise,
            "topics": self.topics,
            **({"left_out": self.left_out} if self.left_out else {}),
        }


def analyse(
    survey: Survey,
    *,
    score: str | None = None,
    by: Sequence[str] | None = None,
    time: str | None = None,
    timezone: str | None = None,
    customer: str | None = None,
    topics: Json | None = None,
    reasons: Collection[Reason] = (),
    depth: int = 2,
    compare: tuple[str, str, str] | None = None,
    controls: Sequence[str] = (),
    every: Every | None = None,
    stages: tuple[str, Sequence[str]] | None = None,
    **explained: Any,
) -> Results:
    """Run every analysis that the survey allows.

    score: name of the score column; by default the first known one. by: segment columns; None for those with
    few values. time: column of times. timezone: see `times.local_clock`. customer: column of customers; by
    default one of that name. topics: those of `analysis.topics` in the form of their `to_dict`, if they were
    computed. reasons: of `praise.flag`, whose suspicious answers are left out of everything but the section
    on them. depth: of the combinations of segments. compare: a column and two of its values, between which
    the difference of the score is split, in place of the last two periods. controls: columns held equal
    beside the segments. every: the unit of trends; by default one of which there are some twenty to a hundred
    and fifty. stages: the column of the journey's stages and, if not empty, their order; by default one
    called stage, journey, ... explained: outcomes, costs, checked and quality of `analysis.causes.causes`.
    Raises InputError when a column or value is missing or the score has no answers.
    """
    name = survey.score(score)
    metric = survey.metric(name)
    time = str(survey.column(time).name) if time else None
    columns = (
        tuple(str(survey.column(c).name) for c in by) if by is not None else segment_columns(survey, time)
    )
    customer = str(survey.column(customer).name) if customer else _named(survey, CUSTOMERS)
    column, order = stages or (_named(survey, STAGES), ())
    stage = str(survey.column(column).name) if column else None
    # the stage is where a cause acts, no trait of the customer: held equal it would hide the cause
    places = tuple(column for column in columns if column != stage)
    quality = praise(survey, metric, by=columns, time=time, timezone=timezone, score=name, customer=customer)

    def explain(answers: Survey) -> Causes:
        return causes(
            answers,
            metric=metric,
            score=name,
            controls=tuple(dict.fromkeys((*places, *controls))),
            time=time,
            timezone=timezone,
            customer=customer,
            draws=500 if len(answers) < MANY else 300,
            **explained,
        )

    if compare:  # a wrong name is told before the long work
        _groups(survey, name, None, compare)
    found, whole = explain(survey), survey
    left: Json | None = None
    rows: list[int] = []
    if reasons:
        flags = [one for one in quality.flags if one.reason in reasons]
        rows = np.setdiff1d(np.arange(len(survey)), [one.row for one in flags]).tolist()
        survey = leave_out(whole, quality.flags, reasons=reasons)
        before, found = found, explain(survey)
        left = changed(
            whole,
            metric,
            quality.flags,
            reasons=reasons,
            before=before,
            after=found,
            score=name,
            customer=customer,
        )
    times = local_clock(survey.column(time), timezone).times if time else None
    pair, compared = _groups(survey, name, times, compare)
    return Results(
        survey,
        name,
        metric,
        columns,
        times,
        found.to_dict(),
        _change(survey, metric, name, pair=pair, mix=[c for c in places if c != compared], customer=customer),
        trends(
            survey, metric, time=time, timezone=timezone, every=every or _unit(times), score=name
        ).to_dict()
        if time
        else None,
        segments(survey, metric, places, depth=depth, score=name, customer=customer).to_dict()
        if places
        else None,
        journey(survey, metric, stage, order=order or None, score=name, customer=customer).to_dict()
        if stage
        else None,
        quality.to_dict(),
        topics,
        left,
        rows,
        compared,
    )


def segment_columns(survey: Survey, time: str | None = None) -> tuple[str, ...]:
    """The attributes with few values, which a reader may want to compare; at most `SEGMENT_COLUMNS`."""
    chosen = []
    for name in survey.attributes:
        values = survey.frame[name].astype("string").replace("", None).dropna()
        few = 2 <= values.nunique() <= min(SEGMENT_VALUES, len(values) / 10)
        if few and len(values) >= len(survey) / 2 and name != time and not _is(name, CUSTOMERS):
            chosen.append(name)
    return tuple(chosen[:SEGMENT_COLUMNS])


def _is(name: str, names: frozenset[str]) -> bool:
    return fold(name).replace("_", " ") in names


def _named(survey: Survey, names: frozenset[str]) -> str | None:
    return next((name for name in survey.attributes if _is(name, names)), None)


def _unit(times: pd.Series[Any] | None) -> Every:
    """Days, weeks or months, so that a trend has some twenty to a hundred and fifty places."""
    if times is None or times.isna().all():
        return "week"
    span = (times.max() - times.min()).days
    return "day" if span < 120 else "week" if span < 3 * 365 else "month"


def _groups(
    survey: Survey, score: str, times: pd.Series[Any] | None, compare: tuple[str, str, str] | None
) -> tuple[Pair | None, str | None]:
    """The two groups of answers whose scores are compared, and the column that tells them apart."""
    if compare:
        column = survey.column(compare[0])
        return two_values(column, *compare[1:]), str(column.name)
    if times is None:
        return None, None
    return last_two(times, survey.frame[score].notna().to_numpy()), None


def _change(
    survey: Survey,
    metric: Metric,
    score: str,
    *,
    pair: Pair | None,
    mix: Sequence[str],
    customer: str | None,
) -> Json | None:
    if pair is None:
        return None
    found = change(
        survey,
        metric,
        before=pair.before,
        after=pair.after,
        labels=pair.labels,
        mix=mix[:MIX],
        score=score,
        customer=customer,
    )
    return found.to_dict()
