"""Data quality: suspicious answers, what leaving them out changes, who writes, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis import suspicion
from vocnlp.analysis.coverage import missing_values, writers
from vocnlp.analysis.intervals import cell_means, customers, score_points, wilson
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.suspicion import Reason
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric

__all__ = ["Flag", "Praise", "effect_of_leaving_out", "flag", "leave_out", "praise"]

Mask = NDArray[np.bool_]
LEAST_REVERSED = 0.1  # of sentiment, by which bad scores must be happier than good ones


@dataclass(frozen=True, slots=True)
class Flag:
    """Why an answer is suspicious; row: its place in the survey, from 0."""

    row: int
    id: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Praise:
    """Data quality of a survey.

    flags: ordered by row. effect: see `effect_of_leaving_out`, over all flags, then one reason at a time.
    response: see `coverage.writers`. missing: see `coverage.missing_values`.
    """

    metric: str
    n: int
    flags: tuple[Flag, ...]
    effect: pd.DataFrame
    response: pd.DataFrame
    missing: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many answers each reason flags, most first."""
        return dict(Counter(reason for _, reason in {(f.row, f.reason) for f in self.flags}).most_common())

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for JSON; tables as lists of rows with None for NaN."""
        tables = {
            name: table.astype(object).where(table.notna(), None).to_dict("records")
            for name, table in (
                ("effect", self.effect),
                ("response", self.response),
                ("missing", self.missing),
            )
        }
        plain = {"metric": self.metric, "n": self.n, "flagged": len({f.row for f in self.flags})}
        flags = [asdict(one) for one in self.flags]
        return plain | {"reasons": self.reasons, "flags": flags} | tables | {"warnings": self.warnings}

    def to_frame(self) -> pd.DataFrame:
        """One row a flag: row, id, reason, detail."""
        return pd.DataFrame([asdict(one) for one in self.flags], columns=["row", "id", "reason", "detail"])


def praise(
    survey: Survey,
    metric: Metric,
    *,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    score: str | None = None,
    customer: str | None = None,
) -> Praise:
    """Look at the quality of the data.

    by: columns of what could be praised on order and of who could write less: product, shop, channel, agent.
    time, timezone: see `times.local_clock`; without a time no bursts are looked for. score: the column of the
    metric if it has another name. customer: the column that tells whose answers belong together.
    Raises InputError when a column is missing or there are no answers.
    """
    if survey.column(score or metric.name).isna().all():
        raise InputError(f"no answer to {metric.name}: praise is told by the score")
    flags = flag(survey, metric, by=by, time=time, timezone=timezone, score=score, customer=customer)
    points, whose = score_points(survey, metric, score), customers(survey, customer)
    every: list[tuple[str, Collection[Reason] | None]] = [("all", None)]
    every += [(reason, {reason}) for reason in dict.fromkeys(one.reason for one in flags)]
    effects = []
    for name, reasons in every:
        table = effect_of_leaving_out(survey, metric, flags, reasons=reasons, score=score, customer=customer)
        effects.append(table.assign(left_out=name))
    return Praise(
        metric.name,
        len(survey),
        flags,
        pd.concat(effects, ignore_index=True),
        writers(survey, points, whose, by),
        missing_values(survey, points, whose),
        _reversed(survey, metric, score),
    )


def flag(
    survey: Survey,
    metric: Metric,
    *,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    score: str | None = None,
    customer: str | None = None,
) -> tuple[Flag, ...]:
    """All suspicious answers, in the order of the rows; an answer may have several flags.

    The arguments are those of `praise`. Praise is an answer in the metric's best band.
    """
    values = survey.column(score or metric.name)
    promoter, detractor = metric.promoter(values), metric.detractor(values)
    answered = values.notna().to_numpy(dtype=np.bool_)
    metrics = {name: survey.metric(name) for name in survey.scores if survey.frame[name].notna().any()}
    texts = suspicion.long_texts(survey, promoter)
    hits = [
        suspicion.copies(survey, texts, customers(survey, customer)),
        suspicion.coached(survey, texts, by),
        suspicion.incentives(survey),
        suspicion.contradictions(survey, promoter, detractor),
        suspicion.straight_lines(survey, metrics),
    ]
    if time is not None:
        hits.append(
            suspicion.bursts(survey, promoter, answered=answered, columns=by, time=time, timezone=timezone)
        )
    ids = survey.frame["id"].to_numpy()
    found = sorted(set(chain.from_iterable(hits)))
    return tuple(Flag(row, str(ids[row]), reason, detail) for row, reason, detail in found)


def leave_out(
    survey: Survey, flags: Collection[Flag], *, reasons: Collection[Reason] | None = None
) -> Survey:
    """The survey without the flagged answers; reasons: only those flagged for one of them."""
    return survey.select(~_flagged(len(survey), flags, reasons))


def _flagged(n: int, flags: Collection[Flag], reasons: Collection[Reason] | None) -> Mask:
    flagged = np.zeros(n, dtype=np.bool_)
    flagged[[one.row for one in flags if reasons is None or one.reason in reasons]] = True
    return flagged


def effect_of_leaving_out(
    survey: Survey,
    metric: Metric,
    flags: Collection[Flag],
    *,
    reasons: Collection[Reason] | None = None,
    score: str | None = None,
    customer: str | None = None,
) -> pd.DataFrame:
    """Every number with and without the flagged answers.

    Columns: number (answers, score, promoters, detractors, negative), name (of the aspect), before,
    before_low, before_high, after, after_low, after_high, change. Shares are of answers, `negative` of
    comments; intervals 95 %.
    """
    kept = leave_out(survey, flags, reasons=reasons)
    before, after = (_numbers(one, metric, score, customer) for one in (survey, kept))
    both = before.join(after[["value", "low", "high"]].add_prefix("after_"))
    both = both.rename(
        columns={"value": "before", "low": "before_low", "high": "before_high", "after_value": "after"}
    )
    return both.assign(change=both["after"] - both["before"])


def _numbers(survey: Survey, metric: Metric, score: str | None, customer: str | None) -> pd.DataFrame:
    """number, name, value, low, high."""
    values = survey.column(score or metric.name)
    points, whose = score_points(survey, metric, score), customers(survey, customer)
    one = cell_means(points, np.zeros(len(points), dtype=np.intp), whose, 1)
    n, comments = int(one.n[0]), int(survey.commented.sum())
    half = float(stats.t.isf(0.025, one.freedom[0]) * one.error[0]) if one.freedom[0] > 0 else np.nan
    mean = float(one.mean[0])
    counts = [
        ("promoters", "", int(metric.promoter(values).sum()), n),
        ("detractors", "", int(metric.detractor(values).sum()), n),
        *(
            ("negative", aspect, int(count), comments)
            for aspect, count in zip(
                survey.aspects, survey.negative[survey.commented].sum(axis=0), strict=True
            )
        ),
    ]
    rows: list[tuple[str, str, float, float, float]] = [("answers", "", n, np.nan, np.nan)]
    rows.append(("score", "", mean, mean - half, mean + half))
    for number, name, k, total in counts:
        low, high = wilson(k, total)
        rows.append((number, name, k / total if total else np.nan, float(low), float(high)))
    return pd.DataFrame(rows, columns=["number", "name", "value", "low", "high"])


def _reversed(survey: Survey, metric: Metric, score: str | None) -> tuple[str, ...]:
    """A warning if happy words go with bad scores: the scale was probably exported the wrong way round."""
    values = survey.column(score or metric.name)
    feeling = pd.to_numeric(survey.frame["sentiment_score"], errors="coerce").where(survey.commented)
    good, bad = feeling[metric.promoter(values)].dropna(), feeling[metric.detractor(values)].dropna()
    if min(len(good), len(bad)) < 2 or bad.mean() - good.mean() < LEAST_REVERSED:
        return ()
    told = [(side.mean(), side.std(), len(side)) for side in (good, bad)]
    if not stats.ttest_ind_from_stats(*told[0], *told[1], equal_var=False, alternative="less").pvalue < 0.001:
        return ()
    words = f"comments with the best scores are less happy ({good.mean():+.2f}) than with the worst "
    return (f"{words}({bad.mean():+.2f}): is the scale of {metric.name} reversed?",)
