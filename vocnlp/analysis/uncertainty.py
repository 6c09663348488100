"""Intervals of effects and shares, from resampled fits or, where speed matters, from influence functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.bootstrap import Resampler
from vocnlp.analysis.cells import Cells, Side
from vocnlp.analysis.effects import Estimates, estimate, fit_models, influence, interval

__all__ = ["Limits", "Sampled", "fitting_factor", "quick", "resample"]

Floats = NDArray[np.float64]

CARRIERS_TO_TRUST = 20
ROUGH = 0.03  # log odds; a refit of a resample may stop here, its error is then about 0.001


@dataclass(frozen=True, slots=True)
class Limits:
    """[K] estimates, lower and upper limits, and p-values."""

    estimate: Floats
    lower: Floats
    upper: Floats
    p_value: Floats

    def first(self, number: int) -> Limits:
        """Those of the first causes."""
        return Limits(*(values[:number] for values in self._all()))

    @classmethod
    def joined(cls, parts: Sequence[Limits]) -> Self:
        return cls(*(np.concatenate(values) for values in zip(*(part._all() for part in parts), strict=True)))

    def _all(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.estimate, self.lower, self.upper, self.p_value


@dataclass(frozen=True, slots=True)
class Sampled:
    """Estimates of the answers as they are and of the resamples."""

    cells: Cells
    resampler: Resampler
    beta: Floats
    point: Estimates
    drawn: list[Estimates]

    def score(self) -> tuple[float, float]:
        """Interval of the score."""
        centred = (self.cells.points - self.point.score)[:, None]
        skewness, _ = _moments(self.resampler.unit_sums(centred))
        errors = np.std([d.score for d in self.drawn], ddof=1)
        low, high, _ = interval(
            self.point.score, errors, skewness[0], self._freedom(self.resampler.units - 1)
        )
        return float(low), float(high)

    def effects(self, which: int) -> Limits:
        """Of the causes (0) or the drivers (1)."""
        side = self.cells.sides[which]
        sums = self.resampler.unit_sums(influence(self.cells, self.cells.counts, self.beta, side))
        carriers = _mentioning(self.cells, side, self.resampler)
        return _limits(
            self.point.sides[which].effects,
            np.std([d.sides[which].effects for d in self.drawn], axis=0, ddof=1),
            _shrunk(_moments(sums)[0], carriers),
            self._freedom(carriers),
        )

    def shares(self, which: int) -> Limits:
        """Attributed shares; the last entry is the unexplained one."""
        estimates = _shares(self.point, which)
        errors = np.std([_shares(d, which) for d in self.drawn], axis=0, ddof=1)
        return _limits(estimates, errors, np.zeros(len(errors)), self._freedom(np.full(len(errors), np.inf)))

    def _freedom(self, units: Floats | float) -> Floats:
        """Degrees of freedom: of the customers who carry the estimate, and of a spread seen in few draws."""
        return np.asarray(1 / (1 / np.maximum(units, 2) + 1 / (len(self.drawn) - 1)))


def resample(cells: Cells, resampler: Resampler, *, draws: int, seed: int) -> Sampled:
    """Fit the answers as they are, then `draws` resamples, each starting from that fit."""
    beta = fit_models(cells, cells.counts)
    drawn = []
    for weights in resampler.draws(draws, seed=seed):
        refitted = fit_models(cells, weights, start=beta, tolerance=ROUGH)
        drawn.append(estimate(cells, weights, refitted))
    return Sampled(cells, resampler, beta, estimate(cells, cells.counts, beta), drawn)


def quick(cells: Cells, resampler: Resampler, which: int = 0) -> Limits:
    """Effects with the standard errors that resampling approaches in large samples.

    They are the cluster-robust sandwich of the influence, with the factor for fitted columns that refits of
    resamples, which spread the more, do not need.
    """
    side = cells.sides[which]
    beta = fit_models(cells, cells.counts)
    effects = estimate(cells, cells.counts, beta).sides[which].effects
    skewness, squares = _moments(resampler.unit_sums(influence(cells, cells.counts, beta, side)))
    errors = np.sqrt(squares) / cells.counts.sum() * fitting_factor(cells)
    carriers = _mentioning(cells, side, resampler)
    return _limits(effects, errors, _shrunk(skewness, carriers), np.maximum(carriers, 2))


def fitting_factor(cells: Cells) -> float:
    """sqrt(n / (n - p)) for n modelled answers and p columns with mentions, as in a linear regression."""
    n = float(cells.counts[cells.modelled].sum())
    p = np.count_nonzero(cells.patterns.matrix.getnnz(axis=0))
    return float(np.sqrt(n / max(n - p, 1.0)))


def _shrunk(skewness: Floats, carriers: Floats) -> Floats:
    """The skewness that few customers show is itself uncertain, and a full correction overshoots."""
    return skewness * carriers / (carriers + CARRIERS_TO_TRUST)


def _limits(estimates: Floats, errors: Floats, skewness: Floats, freedom: Floats) -> Limits:
    low, high, p = interval(estimates, errors, skewness, freedom)
    return Limits(estimates, low, high, p)


def _shares(estimates: Estimates, which: int) -> Floats:
    side = estimates.sides[which]
    return np.append(side.shares, side.unexplained)


def _moments(sums: Floats) -> tuple[Floats, Floats]:
    """[K] skewness of the total of independent units, and its variance, from their [u, K] values."""
    squares = (sums**2).sum(axis=0)
    spread = np.where(squares > 0, squares, 1.0) ** 1.5
    return (sums**3).sum(axis=0) / spread, squares


def _mentioning(cells: Cells, side: Side, resampler: Resampler) -> Floats:
    """[K] customers who mention each cause."""
    mentions = np.zeros((len(cells.counts), len(side)))
    mentions[cells.modelled] = cells.patterns.matrix[:, side.columns].toarray()[cells.pattern[cells.modelled]]
    return np.asarray((resampler.unit_sums(mentions) > 0).sum(axis=0), dtype=np.float64)
