"""What is counted about each cause before any model: mentions, rates, leave-out impact, company, examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.findings import Factor

__all__ = ["describe", "leave_out_impact"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

EXAMPLES = 20
COMPANIONS = 5
LEAST_TOGETHER = 5
LEAST_LIFT = 1.5


def leave_out_impact(points: Floats, judged: Mask) -> float | None:
    """Score of all minus score without the answers of the mask; None if none would be left."""
    scored = ~np.isnan(points)
    rest = scored & ~judged
    return float(points[scored].mean() - points[rest].mean()) if rest.any() else None


def describe(
    names: Sequence[str],
    kinds: Sequence[str],
    *,
    mentioned: Mask,
    judged: Mask,
    points: Floats,
    band: Mask,
    wrote: Mask,
    order: NDArray[np.intp],
    ids: Sequence[Any],
) -> list[Factor]:
    """A Factor for each of K columns, without effect.

    mentioned, judged: [n, K].   points: [n] of the score, NaN without.   band: [n] the answer is unhappy
    (happy).
    wrote: [n] the answer enters the model.   order: [n] rows, the best examples first.   ids: [n].
    """
    scored = ~np.isnan(points)
    base = judged & (scored & wrote)[:, None]
    together = base.T.astype(np.float64) @ base
    n = int(scored.sum())
    found = []
    for k, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        mention, judge = mentioned[:, k] & scored, judged[:, k] & scored
        size = int(judge.sum())
        found.append(
            Factor(
                aspect=name,
                kind=kind,
                mentions=int(mention.sum()),
                judged=size,
                mention_rate=float(mention.sum() / n),
                judged_rate=float(size / n),
                score_if_mentioned=_mean(points[mention]),
                score_if_judged=_mean(points[judge]),
                rate=_mean(band[judge].astype(np.float64)),
                leave_out_impact=leave_out_impact(points, judge) if size else None,
                effect=None,
                attributed=None,
                co_mentioned_with=_company(k, names, together, int((scored & wrote).sum())),
                comments=_examples(order[judge[order]], band, ids),
            )
        )
    return found


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _company(k: int, names: Sequence[str], together: Floats, n: int) -> list[dict[str, Any]]:
    """Other causes that the same answers mention more often than chance would have it."""
    own = together[k, k]
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = together[k] * n / (own * np.diag(together))
        # against chance, by the normal approximation of the Poisson count
        surprise = (together[k] - own * np.diag(together) / n) / np.sqrt(own * np.diag(together) / n)
    lift[k] = 0
    frequent = (together[k] >= LEAST_TOGETHER) & (lift >= LEAST_LIFT) & (surprise > 3)
    best = sorted(np.flatnonzero(frequent).tolist(), key=lambda j: (-lift[j], names[j]))[:COMPANIONS]
    return [{"aspect": names[j], "lift": round(float(lift[j]), 2)} for j in best]


def _examples(rows: NDArray[np.intp], band: Mask, ids: Sequence[Any]) -> list[str]:
    """Ids of the band's answers first."""
    chosen = np.concatenate([rows[band[rows]][:EXAMPLES], rows[~band[rows]][:EXAMPLES]])[:EXAMPLES]
    return [str(ids[row]) for row in chosen]
