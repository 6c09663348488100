"""How odd is a count? Negative binomial baselines of many series at once, with honest tails.

Counts y_t of a series in exposures e_t (comments) have mean e_t exp(x_t b) and variance mu + a mu^2. The
regressors x are a level, a trend, weekdays and a season (`calendar.regressors`) under weak normal priors, so
that a series of few events borrows the shape "as always" instead of failing. As in Farrington, Andrews, Beale
& Catchpole 1996 (JRSS A 159(3)) and Noufaily et al. 2013 (Statistics in Medicine 32(7)) past outbreaks count
less and the newest periods stay out of the baseline. Instead of their plug-in limits, the tail probability is
averaged over what is not known: the dispersion a on a grid, weighed by its likelihood with the coefficients
integrated out (Cox & Reid 1987, JRSS B 49(1)) and by how other series are dispersed (empirical Bayes), and
the mean by Gauss-Hermite quadrature. A short history makes limits wider, not alarms more frequent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["CountBaseline", "fit_counts", "pooled_weights"]

Floats = NDArray[np.float64]
DISPERSIONS = np.concatenate([[0.0], np.geomspace(0.005, 2.0, 8)])
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
POOL = 5.0  # the even prior of the dispersion weighs as much as this many series
ODD = 1e-3  # past counts with a smaller tail probability are taken for outbreaks and count less
NO_EXPOSURE = -30.0  # log of an exposure of none


@dataclass(frozen=True, slots=True)
class CountBaseline:
    """S series fitted: [S, p] coefficients, [S, G] weights of dispersions, [S, G, p, p] covariances."""

    coefficients: Floats
    weights: Floats
    covariance: Floats

    def tail(self, regressors: Floats, exposure: Floats, observed: Floats) -> tuple[Floats, Floats, Floats]:
        """[S] tail probability, [S] expected count, [S] its standard deviation, over h periods together.

        regressors: [h, p]. exposure: [S, h]. observed: [S] sums over the h periods. The tail is P(count >
        observed) + P(count = observed) / 2, the mid-p-value (Lancaster 1961, JASA 56(294)): with few events
        P(count >= observed) would be far too careful.
        """
        mu = exposure * np.exp(self.coefficients @ regressors.T)
        median = np.maximum(mu.sum(axis=1), 1e-12)
        slope = (mu @ regressors) / median[:, None]
        spread = np.sqrt(np.einsum("sp,sgpq,sq->sg", slope, self.covariance, slope))
        mean = median[:, None, None] * np.exp(spread[:, :, None] * NODES)
        # negative binomials of one dispersion and unequal means sum to about one with their mean and variance
        pooled = DISPERSIONS * ((mu**2).sum(axis=1) / median**2)[:, None]
        weight = self.weights[:, :, None] * (NODE_WEIGHTS / NODE_WEIGHTS.sum())
        tails = (_upper_tail(observed[:, None, None] + k, mean, pooled[:, :, None]) for k in (0, 1))
        p = (sum(tails) / 2 * weight).sum(axis=(1, 2))
        expected = (mean * weight).sum(axis=(1, 2))
        variance = ((mean + (1 + pooled[:, :, None]) * mean**2) * weight).sum(axis=(1, 2)) - expected**2
        return np.minimum(p, 1.0), expected, np.sqrt(variance)


def fit_counts(counts: Floats, exposure: Floats, regressors: Floats, precision: Floats) -> CountBaseline:
    """Fit S series. counts, exposure: [S, T]. regressors: [T, p], first all ones. precision: [p], priors."""
    log_exposure = np.where(exposure > 0, np.log(np.maximum(exposure, 1e-12)), NO_EXPOSURE)
    open_ = (exposure > 0).astype(np.float64)
    centre = np.zeros((len(counts), regressors.shape[1]))
    centre[:, 0] = np.log((counts.sum(axis=1) + 0.5) / np.maximum(exposure.sum(axis=1), 0.5))
    fit = _Fit(counts, log_exposure, regressors, precision, centre)
    b, dispersion, used = centre, np.full(len(counts), 0.05), open_
    for _ in range(2):
        b = fit.maximise(b, dispersion, used)
        weights, information = fit.dispersions(b, used)
        dispersion = weights @ DISPERSIONS
        used = open_ * np.where(_odd(counts, fit.mean(b), dispersion[:, None]), 0.1, 1.0)
    return CountBaseline(b, weights, np.asarray(np.linalg.inv(information), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class _Fit:
    counts: Floats
    log_exposure: Floats
    regressors: Floats
    precision: Floats
    centre: Floats

    def mean(self, b: Floats) -> Floats:
        """[S, T]"""
        return np.exp(np.clip(self.log_exposure + b @ self.regressors.T, -30.0, 30.0))

    def information(self, weight: Floats) -> Floats:
        """[S, p, p] of the coefficients, for weights [S, T] of the periods."""
        p = len(self.precision)
        products = (self.regressors[:, :, None] * self.regressors[:, None, :]).reshape(-1, p * p)
        return (weight @ products).reshape(-1, p, p) + np.diag(self.precision)

    def maximise(self, b: Floats, dispersion: Floats, used: Floats) -> Floats:
        """Fisher scoring from b for given dispersions [S]."""
        for _ in range(25):
            mu = self.mean(b)
            work = used / (1 + dispersion[:, None] * mu)
            gradient = (work * (self.counts - mu)) @ self.regressors - (b - self.centre) * self.precision
            step = np.linalg.solve(self.information(work * mu), gradient[:, :, None])[:, :, 0]
            b = b + np.clip(step, -1.0, 1.0)
            if np.abs(step).max(initial=0.0) < 1e-3:
                break
        return b

    def dispersions(self, b: Floats, used: Floats) -> tuple[Floats, Floats]:
        """[S, G] posterior weights of `DISPERSIONS` and [S, G, p, p] information of the coefficients."""
        mu = self.mean(b)
        information = np.stack([self.information(used * mu / (1 + a * mu)) for a in DISPERSIONS], axis=1)
        fitted = [(used * self._log_likelihood(mu, a)).sum(axis=1) for a in DISPERSIONS]
        likelihood = np.column_stack(fitted) - 0.5 * np.linalg.slogdet(information)[1]
        return pooled_weights(likelihood), information

    def _log_likelihood(self, mu: Floats, a: float) -> Floats:
        """[S, T] negative binomial, without the term in the counts alone."""
        y = self.counts
        if a == 0:
            return np.asarray(y * np.log(mu) - mu)
        distinct, where = np.unique(y, return_inverse=True)
        rising = special.gammaln(distinct + 1 / a) - special.gammaln(1 / a) + distinct * np.log(a)
        return np.asarray(rising[where] + y * np.log(mu) - (y + 1 / a) * np.log1p(a * mu))


def _odd(counts: Floats, mean: Floats, dispersion: Floats) -> NDArray[np.bool_]:
    """Which counts have a tail probability below `ODD`; only those that are high at all are looked at."""
    odd = counts > mean + 2 * np.sqrt(mean + dispersion * mean**2)
    dispersion = np.broadcast_to(dispersion, counts.shape)
    odd[odd] = _upper_tail(counts[odd], mean[odd], dispersion[odd]) < ODD
    return np.asarray(odd)


def pooled_weights(log_likelihood: Floats) -> Floats:
    """[S, G] posterior weights under a common prior that is learned from all series (EM)."""
    scaled = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    groups = scaled.shape[1]
    prior = np.full(groups, 1 / groups)
    for _ in range(30):
        weights = scaled * prior
        weights /= weights.sum(axis=1, keepdims=True)
        prior = (weights.sum(axis=0) + POOL / groups) / (len(weights) + POOL)
    return np.asarray(weights)


def _upper_tail(observed: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """P(count >= observed) of a Poisson (dispersion 0) or negative binomial count."""
    k = np.maximum(observed, 1e-9)
    size = 1 / np.maximum(dispersion, 1e-9)
    negative_binomial = special.betainc(k, size, mean / (mean + size))
    return np.where(
        observed <= 0, 1.0, np.where(dispersion > 0, negative_binomial, special.gammainc(k, mean))
    )
