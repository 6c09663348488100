"""From columns and limits to described, tested and ranked causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.describe import describe
from vocnlp.analysis.findings import Effect, Factor, Share, number
from vocnlp.analysis.inputs import Columns, Inputs
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.uncertainty import Limits, quick
from vocnlp.scores.scale import Metric

__all__ = ["add_effects", "described", "mark_bystanders", "ranked", "risks", "segments", "share", "verdicts"]

Mask = NDArray[np.bool_]

LEAST_SEGMENT = 50  # commented answers
SURE = 0.05


def described(data: Inputs, columns: Columns, band: Mask, *, praise: bool = False) -> list[Factor]:
    """Factors without effects; the examples with the strongest sentiment come first."""
    mood = data.survey.frame["sentiment_score"].fillna(0).to_numpy(dtype=np.float64)
    return describe(
        columns.names,
        columns.kinds,
        mentioned=columns.mentioned,
        judged=columns.judged,
        points=data.points,
        band=band,
        wrote=data.wrote,
        order=np.argsort(-mood if praise else mood, kind="stable"),
        ids=data.survey.frame["id"].tolist(),
    )


def add_effects(factors: Sequence[Factor], found: Limits, min_mentions: int) -> None:
    """Give effects to those mentioned often enough, with q-values over just these."""
    enough = np.array([factor.judged >= min_mentions for factor in factors], dtype=bool)
    q_values = benjamini_hochberg(np.where(enough, found.p_value, np.nan))
    for k, factor in enumerate(factors):
        if enough[k]:
            factor.effect = Effect(
                estimate=float(found.estimate[k]),
                interval=(float(found.lower[k]), float(found.upper[k])),
                p_value=float(found.p_value[k]),
                q_value=float(q_values[k]),
            )
        else:
            factor.reason = f"{factor.judged} mentions are too few to judge; {min_mentions} are needed"


def share(found: Limits, k: int) -> Share:
    return Share(float(found.estimate[k]), (float(found.lower[k]), float(found.upper[k])))


def ranked(factors: Sequence[Factor], metric: Metric, *, best: bool = False) -> list[Factor]:
    """Those with an effect first, from the worst (or best) for the metric; names decide among equals."""
    sign = 1 if metric.higher_is_better != best else -1
    return sorted(
        factors, key=lambda f: (not f.ranked, sign * f.effect.estimate if f.effect else 0, f.aspect)
    )


def risks(data: Inputs, min_mentions: int) -> list[Factor]:
    """Risk categories, adjusted for the aspects.

    The aspects are not adjusted for them: a threat to leave is a consequence of what went wrong, no rival
    cause.
    """
    names = list(data.survey.risk_categories)
    if not names:
        return []
    columns = Columns(names, ["risk"] * len(names), data.survey.risks, data.survey.risks)
    cells = data.cells(causes=columns + data.causes)
    factors = described(data, columns, data.metric.detractor(data.answers))
    add_effects(factors, quick(cells, data.resampler(cells)).first(len(names)), min_mentions)
    return ranked(factors, data.metric)


def verdicts(data: Inputs, which: int, min_mentions: int) -> list[Factor]:
    """Complaints (0) or praise (1) about the whole, adjusted for the aspects; they are not ranked."""
    columns = data.verdicts[which]
    if not columns.names:
        return []
    cells = data.cells(drivers=columns + data.drivers) if which else data.cells(causes=columns + data.causes)
    band = (data.metric.detractor, data.metric.promoter)[which](data.answers)
    factors = described(data, columns, band, praise=which == 1)
    add_effects(factors, quick(cells, data.resampler(cells), which).first(len(columns.names)), min_mentions)
    for factor in factors:
        factor.attributed = Share(0.0, (0.0, 0.0))
        factor.reason = "a verdict on the whole, which says how the score is, not why"
    return factors


def segments(data: Inputs, column: str, min_mentions: int) -> dict[str, Any]:
    """Causes within each value of a column that has answers enough; q-values over all its values together."""
    text = data.survey.column(column).astype("string").fillna("(missing)")
    sizes = text[data.scored & data.wrote].value_counts()
    parts: list[tuple[str, Inputs, list[Factor], Limits]] = []
    for value in sorted(sizes.index[sizes >= LEAST_SEGMENT]):
        inside = data.among(np.asarray(text == value, dtype=bool))
        cells = inside.cells()
        factors = described(inside, inside.causes, inside.metric.detractor(inside.answers))
        parts.append((str(value), inside, factors, quick(cells, inside.resampler(cells))))
    if parts:
        everything = [factor for _, _, factors, _ in parts for factor in factors]
        add_effects(everything, Limits.joined([found for *_, found in parts]), min_mentions)
    return {value: _segment(inside, factors) for value, inside, factors, _ in parts}


def _segment(inside: Inputs, factors: list[Factor]) -> dict[str, Any]:
    unhappy = inside.metric.detractor(inside.answers)
    n = int(inside.scored.sum())
    return {
        "n": n,
        "score": number(float(np.nanmean(inside.points))),
        "detractors": {"n": int(unhappy.sum()), "share": number(float(unhappy.sum() / n))},
        "causes": [
            {
                "aspect": factor.aspect,
                "mentions": factor.mentions,
                "negative": factor.judged,
                "effect": factor.effect and factor.effect.to_dict(),
            }
            for factor in ranked(factors, inside.metric)
        ],
    }


def mark_bystanders(factors: Sequence[Factor], metric: Metric) -> list[str]:
    """Mark causes that leave-out impact blames though, all else equal, they may cost nothing; say so.

    `bystander_of` names those of their company that do cost points, or else the whole company.
    """
    sign = 1 if metric.higher_is_better else -1
    guilty = {
        f.aspect
        for f in factors
        if f.ranked and f.effect and max(sign * end for end in f.effect.interval) < 0
    }
    found = []
    for factor in factors:
        effect, impact = factor.effect, factor.leave_out_impact
        if not factor.ranked or effect is None or impact is None or not factor.co_mentioned_with:
            continue
        low, high = effect.interval
        if low <= 0 <= high and sign * impact < min(sign * low, sign * high):
            company = [other["aspect"] for other in factor.co_mentioned_with]
            others = [name for name in company if name in guilty] or company
            factor.extra["bystander_of"] = others
            found.append(
                f"{factor.aspect}: leaving its comments out moves the score by {impact:+.1f}, but all else "
                f"equal its effect is {effect.estimate:+.1f} ({low:+.1f} to {high:+.1f}): "
                f"it is mentioned together with {', '.join(others)}"
            )
    return found
