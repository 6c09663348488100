"""What each cause does to the score, all else equal, by standardisation over the answers that mention it.

The effect of cause k is the mean over all answers of D = mention of k * (points - points expected without k):
the score as it is, minus the score had k not been mentioned (g-formula, Robins 1986). The answers that
mention k enter as observed, so that shrinkage of k's own coefficient biases nothing; what is expected
without k comes from logistic models of the outcomes on all causes, praise and controls, with a weak ridge
penalty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, stats
from scipy.special import expit

from vocnlp.analysis.cells import Cells, Side
from vocnlp.analysis.logit import fit, information

__all__ = ["Estimates", "SideEstimates", "estimate", "fit_models", "influence", "interval"]

Floats = NDArray[np.float64]

RIDGE = 0.2  # the prior standard deviation of a log odds ratio is 1 / sqrt(0.2) = 2.2


@dataclass(frozen=True, slots=True)
class SideEstimates:
    """[K] effects in points, [K] attributed shares of the side's answers, and the unexplained share."""

    effects: Floats
    shares: Floats
    unexplained: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """The score and both sides, for one weighting of the answers."""

    score: float
    sides: tuple[SideEstimates, ...]


def fit_models(
    cells: Cells, weights: Floats, *, start: Floats | None = None, tolerance: float = 1e-8
) -> Floats:
    """[J, p] coefficients of the outcomes' models."""
    total = cells.totals(weights)
    return np.stack(
        [
            fit(
                cells.patterns,
                total,
                cells.successes(weights, j),
                penalty=penalty(cells),
                start=None if start is None else start[j],
                tolerance=tolerance,
            )
            for j in range(len(cells.scale))
        ]
    )


def penalty(cells: Cells) -> Floats:
    """[p] ridge penalty; none on the intercept, so that the models meet the observed shares exactly."""
    return np.where(np.arange(cells.patterns.width) == 0, 0.0, RIDGE)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Weights, and by pattern: [G] answers, sums of points, and 1 / odds of each outcome."""

    weights: Floats
    total: Floats
    points: Floats
    against: list[Floats]
    beta: Floats


def estimate(cells: Cells, weights: Floats, beta: Floats) -> Estimates:
    """Score, effects and shares under fitted models."""
    against = [np.exp(-(cells.patterns.matrix @ b)) for b in beta]
    fitted = _Fitted(weights, cells.totals(weights), cells.points_sums(weights), against, beta)
    score = float(weights @ cells.points / weights.sum())
    return Estimates(score, tuple(_side(cells, side, fitted) for side in cells.sides))


def _side(cells: Cells, side: Side, fitted: _Fitted) -> SideEstimates:
    lost = fitted.points[side.pattern]
    for j in np.flatnonzero(cells.scale):
        expected = _without(side, fitted.against[j], fitted.beta[j])
        lost -= cells.scale[j] * fitted.total[side.pattern] * expected
    effects = np.bincount(side.cause, lost, minlength=len(side)) / fitted.weights.sum()
    band = float(fitted.weights @ cells.outcomes[:, side.outcome])
    added = fitted.beta[side.outcome, side.columns]
    if not band:  # nobody is unhappy: nothing to split
        return SideEstimates(effects, np.zeros(len(side)), 1.0)
    shares = side.split.attribute(fitted.against[side.outcome], fitted.total, added) / band
    return SideEstimates(effects, shares, float(1 - shares.sum()))


def _without(side: Side, against: Floats, beta: Floats) -> Floats:
    """[T] expected outcome of each pair's pattern, had the cause not been mentioned.

    against: [G] 1 / odds of the outcome.   beta: [p] coefficients of its model.
    """
    removed = np.exp(beta[side.columns])
    return np.asarray(1 / (1 + against[side.pattern] * removed[side.cause]))


def influence(cells: Cells, weights: Floats, beta: Floats, side: Side) -> Floats:
    """[C, K] what one answer of each cell moves the effects by, times n; the weighted mean is zero.

    The first part is D itself, the second the answer's pull on the models (Huber's sandwich).
    """
    n = weights.sum()
    total = cells.totals(weights)
    rows = cells.pattern[cells.modelled]
    part = np.zeros((len(rows), len(side)))
    mentioned = np.zeros((len(total), len(side)), dtype=bool)
    mentioned[side.pattern, side.cause] = True
    for j in np.flatnonzero(cells.scale):
        eta = cells.patterns.matrix @ beta[j]
        mean = expit(eta)
        without = _without(side, np.exp(-eta), beta[j])
        expected = np.zeros((len(total), len(side)))
        expected[side.pattern, side.cause] = without
        gradient = _sums_by_cause(cells, side, total[side.pattern] * without * (1 - without))
        bread = information(cells.patterns, total, mean, penalty(cells))
        pull = cells.patterns.matrix @ np.linalg.solve(bread, gradient.T)
        outcome = cells.outcomes[cells.modelled, j][:, None]
        part += cells.scale[j] * (
            mentioned[rows] * (outcome - expected[rows]) - pull[rows] * (outcome - mean[rows, None])
        )
    values = np.zeros((len(weights), len(side)))
    values[cells.modelled] = part
    return np.asarray(values - weights @ values / n)


def _sums_by_cause(cells: Cells, side: Side, slope: Floats) -> Floats:
    """[K, p] sum over each cause's patterns of the slope times the pattern without the cause."""
    size = (len(side), cells.patterns.matrix.shape[0])
    weighted = sparse.csr_matrix((slope, (side.cause, side.pattern)), shape=size)
    sums: Floats = (weighted @ cells.patterns.matrix).toarray()
    sums[np.arange(len(side)), side.columns] = 0
    return sums


def interval(
    estimates: ArrayLike, errors: ArrayLike, skewness: ArrayLike, freedom: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Lower limits, upper limits and two-sided p-values of "no effect", which agree with the limits.

    A Student interval on Hall's transformed scale (Hall 1992, JRSS B 54(1): the cubic that removes the
    skewness of a studentised mean), where `skewness` is that of the estimate, `freedom` the degrees of
    freedom.
    """
    theta, se, g, df = (np.asarray(a, dtype=np.float64) for a in (estimates, errors, skewness, freedom))
    q = stats.t.isf((1 - level) / 2, df)
    lower, upper = theta - se * _inverse_hall(q, g), theta - se * _inverse_hall(-q, g)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(se > 0, theta / se, 0.0)
    p = 2 * stats.t.sf(np.abs(_hall(t, g)), df)
    return lower, upper, p


def _hall(t: Floats, g: Floats) -> Floats:
    return t + g * t**2 / 3 + g**2 * t**3 / 27 + g / 6


def _inverse_hall(x: Floats, g: Floats) -> Floats:
    safe = np.where(np.abs(g) < 1e-6, 1.0, g)
    return np.where(np.abs(g) < 1e-6, x, 3 / safe * (np.cbrt(1 + safe * (x - safe / 6)) - 1))
