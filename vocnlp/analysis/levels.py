"""How odd is a score? Baselines of many series of period means, the twin of `counts` for scores.

The mean y_t of n_t answers varies by s^2 / n_t, as any sample does, and by k s^2, as periods differ beyond
that. Its expectation is x_t b with the regressors and priors of `calendar.regressors`, in units of s. The
tail probability is averaged over k on a grid, weighed by its likelihood with b integrated out. As answers sit
at the ends of short scales, their mean is skewed: tails are those of a Pearson type III distribution with the
mean's own skewness, and of Student's t: where s is known from few answers, and as far as the variance is
between periods, whose distribution nobody knows so far out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.counts import pooled_weights

__all__ = ["LevelBaseline", "Moments", "fit_levels"]

Floats = NDArray[np.float64]
PERIOD_FREEDOM = 8.0  # of what periods differ by: tails as heavy as a lognormal's with 30 % of variation
EXTRA = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 11)])  # variance between periods, in units of s^2


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the single answers of each series [S], around the means of their periods."""

    deviation: Floats
    skewness: Floats
    freedom: Floats


@dataclass(frozen=True, slots=True)
class LevelBaseline:
    """S series fitted, in units of s: [S, G, p] coefficients, [S, G] weights, [S, G, p, p] covariances."""

    moments: Moments
    coefficients: Floats
    weights: Floats
    covariance: Floats

    def tail(self, regressors: Floats, n: Floats, observed: Floats) -> tuple[Floats, Floats, Floats]:
        """[S] P(a mean as odd as observed, both sides), [S] expected mean and [S] its standard deviation.

        regressors: [h, p]. n: [S, h] answers. observed: [S] means of all answers of the h periods.
        """
        total = np.maximum(n.sum(axis=1), 1)
        share = n / total[:, None]
        slope = share @ regressors
        s = self.moments.deviation
        expected = np.einsum("sp,sgp->sg", slope, self.coefficients)
        between = EXTRA * (share**2).sum(axis=1)[:, None]
        variance = np.einsum("sp,sgpq,sq->sg", slope, self.covariance, slope) + 1 / total[:, None] + between
        skewness = (self.moments.skewness / total**2)[:, None] / variance**1.5
        # excess kurtosis adds up as variances squared; a few periods average it out
        few = (share**4).sum(axis=1) / np.maximum((share**2).sum(axis=1), 1e-12) ** 2
        heavy = (between / variance) ** 2 * few[:, None] / (PERIOD_FREEDOM - 4)
        freedom = 1 / (1 / self.moments.freedom[:, None] + heavy / (1 + 4 * heavy))
        z = ((observed / s)[:, None] - expected) / np.sqrt(variance)
        t = z * np.sqrt(np.maximum(freedom, 3.0) / np.maximum(freedom - 2, 1.0))
        z = stats.norm.ppf(np.clip(stats.t.cdf(t, freedom), 1e-300, 1 - 1e-16))
        lower = (self.weights * stats.pearson3.cdf(z, skewness)).sum(axis=1)
        upper = (self.weights * stats.pearson3.sf(z, skewness)).sum(axis=1)
        middle = (self.weights * expected).sum(axis=1)
        spread = np.sqrt((self.weights * (variance + expected**2)).sum(axis=1) - middle**2)
        return np.minimum(2 * np.minimum(lower, upper), 1.0), middle * s, spread * s


def fit_levels(
    means: Floats, n: Floats, moments: Moments, regressors: Floats, precision: Floats
) -> LevelBaseline:
    """Fit S series. means (any where n is 0), n: [S, T]. regressors: [T, p]. precision: [p], of priors."""
    y = np.where(n > 0, means, 0.0) / moments.deviation[:, None]
    p = len(precision)
    centre = np.zeros((len(y), p))
    centre[:, 0] = (y * n).sum(axis=1) / np.maximum(n.sum(axis=1), 1)
    products = (regressors[:, :, None] * regressors[:, None, :]).reshape(-1, p * p)
    likelihood = np.empty((len(y), len(EXTRA)))
    coefficients = np.empty((len(y), len(EXTRA), p))
    covariance = np.empty((len(y), len(EXTRA), p, p))
    for g, extra in enumerate(EXTRA):
        weight = n / (1 + extra * n)
        information = (weight @ products).reshape(-1, p, p) + np.diag(precision)
        covariance[:, g] = np.linalg.inv(information)
        wanted = (weight * y) @ regressors + centre * precision
        b = coefficients[:, g] = np.einsum("spq,sq->sp", covariance[:, g], wanted)
        rest = weight * (y - b @ regressors.T) ** 2
        prior = (precision * (b - centre) ** 2).sum(axis=1)
        scale = np.log(np.where(n > 0, weight, 1.0)).sum(axis=1)
        likelihood[:, g] = 0.5 * (scale - rest.sum(axis=1) - prior - np.linalg.slogdet(information)[1])
    return LevelBaseline(moments, coefficients, pooled_weights(likelihood), covariance)
