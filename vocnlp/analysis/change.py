"""Why a score changed between two periods or groups: an exact split into mix, mentions and their weight.

In each group t the points y of an answer (`Metric.points`) are described by a linear model

    y = a_t + g_t[segment] + sum_k b_t[k] x[k] + rest,        x[k] = 1 if aspect k is mentioned so

whose rest has mean zero: mean(y_t) = a_t + sum_s p_t[s] g_t[s] + sum_k r_t[k] b_t[k], with the shares p of
the segments and the rates r of the mentions. With D for after minus before and ~ for the mean of both,

    D mean(y) = sum_s D p[s] g~[s]     mix: other customers answer
              + sum_k D r[k] b~[k]     mention rate: the aspect is mentioned more or less often
              + sum_k r~[k] D b[k]     score given mention: a mention goes with a better or worse score
              + D a                    baseline: what mentions and segments do not explain

is an identity. It is symmetric: each part is the Shapley value of swapping shares and weights, so that
neither group is the reference. Aspects may overlap, as each b[k] holds the others fixed. Segment effects are
measured from the average segment, so that the baseline does not depend on which segment is left out.

Sources: Kitagawa 1955, JASA 50(272); Oaxaca 1973, International Economic Review 14(3); Blinder 1973, Journal
of Human Resources 8(4); Yun 2005, Economic Inquiry 43(4). Derivation and limits: docs/change.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.decomposition import Split, decompose
from vocnlp.analysis.intervals import Interval, cross, customers, score_points
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.survey import Survey
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric

__all__ = ["Change", "Kind", "Part", "Total", "change"]

Kind = Literal["mix", "mention_rate", "score_given_mention", "baseline"]
KINDS: tuple[Kind, ...] = ("mix", "mention_rate", "score_given_mention", "baseline")
COMMENT = "comment written"
FEW = 30  # answers in a group below which its parts are called unsure
MOST = 100  # segments; the answers of smaller ones are one segment
TINY = 1e-9  # points; below it a spread is rounding
Z = float(stats.norm.isf(0.025))
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the difference, in points of the score.

    name: a segment ("EU / shop"), an aspect, or "" for the baseline. polarity: "neg" or "pos" of a mention,
    else "". before, after: what changed: the share of a segment, the share of answers with the mention, the
    points that go with a mention, or the score of an answer of the average segment that mentions nothing.
    q_value: `p_value` after Benjamini & Hochberg over all parts.
    """

    kind: Kind
    name: str
    polarity: str
    estimate: float
    interval: Interval
    p_value: float
    q_value: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the parts of one kind."""

    kind: Kind
    estimate: float
    interval: Interval
    p_value: float


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of a score between two groups; the estimates of `parts` sum to `difference`."""

    metric: str
    labels: tuple[str, str]
    n: tuple[int, int]
    score: tuple[float, float]
    difference: float
    interval: Interval
    p_value: float
    totals: tuple[Total, ...]
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, tuples and numbers, for JSON."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row a part: kind, name, polarity, estimate, low, high, p_value, q_value, before, after."""
        frame = pd.DataFrame([asdict(part) for part in self.parts])
        limits = pd.DataFrame(frame.pop("interval").tolist(), columns=["low", "high"])
        return pd.concat([frame.iloc[:, :4], limits, frame.iloc[:, 4:]], axis=1)


def change(
    survey: Survey,
    metric: Metric,
    *,
    before: Mask,
    after: Mask,
    labels: tuple[str, str] = ("before", "after"),
    mix: Sequence[str] = (),
    score: str | None = None,
    customer: str | None = None,
) -> Change:
    """Split score(after) - score(before) into mix, mention rates, scores given mention, and baseline.

    before, after: [n] which answers belong to the two groups; they must not overlap. mix: columns whose
    combinations are the segments; whether a comment was written is always part of the mix. score: the column
    of the metric if it has another name. customer: the column that tells whose answers belong together.
    Intervals are 95 %, from cluster robust standard errors (`decomposition.decompose`).
    Raises InputError if a group has no answers, an answer is in both, or a column is missing.
    """
    points = score_points(survey, metric, score)
    given = ~np.isnan(points)
    groups = (given & before, given & after)
    _check(groups, labels, metric.name)
    used = groups[0] | groups[1]
    segment, segments = _segments(survey, used, mix)
    mentions, mentioned = _mentions(survey, used)
    names = _names(segments, mentioned)
    split = decompose(
        points[used],
        after=groups[1][used],
        customer=customers(survey, customer)[used],
        segment=segment,
        markers=survey.commented[used, None],
        mentions=mentions,
        sums=_sums(names),
    )
    means = (float(points[groups[0]].mean()), float(points[groups[1]].mean()))
    parts, totals, whole = _read(split, names)
    n = (int(groups[0].sum()), int(groups[1].sum()))
    return Change(
        metric.name, labels, n, means, means[1] - means[0], *whole, totals, parts, _warnings(labels, n)
    )


def _check(groups: tuple[Mask, Mask], labels: tuple[str, str], metric: str) -> None:
    for group, label in zip(groups, labels, strict=True):
        if not group.any():
            raise InputError(f"no answer to {metric} in {label!r}: a change needs answers in both groups")
    both = int((groups[0] & groups[1]).sum())
    if both:
        raise InputError(
            f"{both} answers are in both {labels[0]!r} and {labels[1]!r}: the groups must not overlap"
        )


def _segments(survey: Survey, used: Mask, mix: Sequence[str]) -> tuple[NDArray[np.intp], list[str]]:
    """Codes and names of the segments of the used answers."""
    code, combinations = cross(survey, mix)
    code = code[used]
    size = np.bincount(code, minlength=len(combinations))
    kept = np.argsort(-size, kind="stable")[:MOST]
    kept = np.sort(kept[size[kept] > 0])
    number = np.full(len(combinations), len(kept))
    number[kept] = np.arange(len(kept))
    names = [" / ".join(combinations[k]) or "all" for k in kept]
    return number[code], names + ["(other)"] * bool((number[code] == len(kept)).any())


def _mentions(survey: Survey, used: Mask) -> tuple[Mask, list[tuple[str, str]]]:
    """[n, k] negative and positive mentions of the aspects that anybody mentions so, and their names."""
    both = np.column_stack([survey.negative[used], survey.positive[used]])
    names = [(aspect, polarity) for polarity in ("neg", "pos") for aspect in survey.aspects]
    present = np.flatnonzero(both.any(axis=0))
    return both[:, present], [names[k] for k in present]


def _names(segments: list[str], mentioned: list[tuple[str, str]]) -> list[tuple[Kind, str, str]]:
    """Kind, name and polarity of the parts in the order of `Split.parts`."""
    names: list[tuple[Kind, str, str]] = [("baseline", "", "")]
    names += [("mix", name, "") for name in (*segments, COMMENT)]
    names += [("mention_rate", *name) for name in mentioned]
    names += [("score_given_mention", *name) for name in mentioned]
    return names


def _sums(names: list[tuple[Kind, str, str]]) -> Floats:
    """Every part alone, every kind, and all."""
    kinds = np.array([[kind == name[0] for name in names] for kind in KINDS], dtype=np.float64)
    return np.vstack([np.eye(len(names)), kinds, np.ones(len(names))])


def _read(
    split: Split, names: list[tuple[Kind, str, str]]
) -> tuple[tuple[Part, ...], tuple[Total, ...], tuple[Interval, float]]:
    """The parts, the totals, and the interval and p-value of the whole difference."""
    estimates = _sums(names) @ split.parts
    certain = [_certainty(e, s) for e, s in zip(estimates.tolist(), split.errors.tolist(), strict=True)]
    q_values = benjamini_hochberg([p for _, p in certain[: len(names)]]).tolist()
    parts = tuple(
        Part(*name, estimate, *sure, q, before, after)
        for name, estimate, sure, q, (before, after) in zip(
            names, split.parts.tolist(), certain, q_values, split.levels.T.tolist(), strict=False
        )
    )
    totals = tuple(
        Total(kind, estimate, *sure)
        for kind, estimate, sure in zip(
            KINDS, estimates[len(names) :].tolist(), certain[len(names) :], strict=False
        )
    )
    return parts, totals, certain[-1]


def _certainty(estimate: float, error: float) -> tuple[Interval, float]:
    """95 % interval and two-sided p-value; without any spread there is no evidence, p = 1."""
    p_value = float(2 * stats.norm.sf(abs(estimate) / error)) if error > TINY else 1.0
    return (estimate - Z * error, estimate + Z * error), p_value


def _warnings(labels: tuple[str, str], n: tuple[int, int]) -> tuple[str, ...]:
    return tuple(
        f"{label!r} has only {count} answers: its parts are unsure and their intervals may be too narrow"
        for label, count in zip(labels, n, strict=True)
        if count < FEW
    )
