"""Signs that a column is not on the scale it is read on: turned round, or two scales in one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from vocnlp.scores.scale import Metric

__all__ = ["suspicions"]

LEAST = 30  # answers; fewer prove nothing
SURE = 4.0  # standard errors; a warning is to be right
HALF = 5  # the best answer of the scale from 1 to 5

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def suspicions(
    metric: Metric, answers: ArrayLike, sentiment: ArrayLike, groups: Mapping[str, Mask] | None = None
) -> list[str]:
    """Sentences about what is suspicious; empty if nothing is.

    answers: [n], NaN where not given.   sentiment: [n] of the comments, from -1 to 1, NaN without comment.
    groups: name -> [n] answers that came together (a file, a channel) and may have a scale of their own.
    """
    y, mood = np.asarray(answers, dtype=np.float64), np.asarray(sentiment, dtype=np.float64)
    found = [_turned(metric, y, mood), _mixed(metric, y, mood), _short(metric, y)]
    found += [_short(metric, np.where(mask, y, np.nan), name) for name, mask in (groups or {}).items()]
    return [sentence for sentence in found if sentence]


def _turned(metric: Metric, y: Floats, mood: Floats) -> str | None:
    both = ~np.isnan(y) & ~np.isnan(mood)
    n = int(both.sum())
    if n < LEAST or np.ptp(y[both]) == 0 or np.ptp(mood[both]) == 0:
        return None
    r = float(stats.spearmanr(y[both], mood[both]).statistic)
    if r * (1 if metric.higher_is_better else -1) * np.sqrt(n) > -SURE:
        return None
    better = "higher" if metric.higher_is_better else "lower"
    return (
        f"{metric.name}: answers run against the comments' sentiment (rank correlation {r:.2f} in {n}), "
        f"though {better} is read as better: the scale may be reversed"
    )


def _mixed(metric: Metric, y: Floats, mood: Floats) -> str | None:
    """Customers who write happily and give 4 or 5, above those who give 6 or 7, answer on a scale to 5."""
    if metric.high != 2 * HALF or not metric.higher_is_better:
        return None
    five, ten = (mood[((y == a) | (y == a + 1)) & ~np.isnan(mood)] for a in (HALF - 1, HALF + 1))
    if min(len(five), len(ten)) < LEAST:
        return None
    error = np.sqrt(five.var(ddof=1) / len(five) + ten.var(ddof=1) / len(ten))
    if five.mean() - ten.mean() < SURE * max(error, 1e-9):
        return None
    return (
        f"{metric.name}: comments with 4 or 5 are happier (mean sentiment {five.mean():.2f}) than those with "
        f"6 or 7 ({ten.mean():.2f}): answers on scales to 5 and to {metric.high:g} seem mixed"
    )


def _short(metric: Metric, y: Floats, group: str = "") -> str | None:
    given = y[~np.isnan(y)]
    if metric.high != 2 * HALF or len(given) < LEAST or given.max() > HALF:
        return None
    where = f" where {group}" if group else ""
    return (
        f"{metric.name}: no answer above {HALF} among {len(given)}{where}: "
        f"were they given on a scale to {HALF}, not to {metric.high:g}?"
    )
