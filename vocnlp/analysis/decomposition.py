"""The arithmetic of `change`: two linear models held together, the identity their means obey, its errors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Split", "decompose"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]
CHUNK = 10_000  # customers whose influences are in memory at once


class Split(NamedTuple):
    """A difference of means split over s segments, m markers (other features of the mix) and k mentions.

    parts:   [1 + s + m + 2k] points; baseline, mix, rates and weights; they sum to the difference of means.
    levels:  [2, 1 + s + m + 2k] what changed, in each group: intercept, shares, rates, coefficients.
    errors:  [t] standard errors of the t sums of parts that were asked for.
    """

    parts: Floats
    levels: Floats
    errors: Floats


class _Moments(NamedTuple):
    """The numbers that the parts are made of; [2, ...] for the two groups."""

    means: NDArray[Any]  # [2]
    shares: NDArray[Any]  # [2, q] of the q features but the intercept
    effects: NDArray[Any]  # [2, q]


def decompose(
    points: Floats,
    *,
    after: Mask,
    customer: Codes,
    segment: Codes,
    markers: Mask,
    mentions: Mask,
    sums: Floats,
) -> Split:
    """Split mean(points[after]) - mean(points[~after]) exactly.

    points, after, customer, segment (0 to s - 1): [n]. markers: [n, m]. mentions: [n, k].
    sums: [t, parts] weights of the t sums of parts whose standard errors are wanted.

    The errors are those of the infinitesimal jackknife (Efron 1982, The Jackknife, the Bootstrap and Other
    Resampling Plans): the sum over customers of their squared influence on the parts, with residuals enlarged
    by their leverage (HC3: MacKinnon & White 1985, Journal of Econometrics 29(3)).
    """
    order = np.argsort(customer, kind="stable")
    points, after, customer = points[order], after[order], customer[order]
    features = _features(segment[order], np.column_stack([markers, mentions])[order])
    p = features.shape[1]
    both = _side_by_side(features, after)
    gram = (both.T @ both).toarray()
    inverse = np.linalg.inv(gram + _hold(p))
    coefficients = inverse @ (both.T @ points)
    n = np.array([gram[0, 0], gram[p, p]])
    shares = np.stack([gram[0, 1:p], gram[p, p + 1 :]]) / n[:, None]
    means = np.array([points[~after].mean(), points[after].mean()])
    moments = _Moments(means, shares, coefficients.reshape(2, p)[:, 1:])
    mix, segments = p - 1 - mentions.shape[1], int(segment.max()) + 1
    parts, levels = _parts(moments, mix, segments)
    errors = _errors(
        both,
        points,
        customer,
        moments=moments,
        coefficients=coefficients,
        inverse=inverse,
        slope=sums @ _slopes(moments, mix, segments),
        n=n,
    )
    return Split(parts, levels, errors)


def _features(segment: Codes, flags: Mask) -> sparse.csr_array:
    """[n, 1 + s + m + k] ones, segments, flags."""
    n = len(segment)
    one = sparse.csr_array(np.ones((n, 1)))
    cell = sparse.csr_array((np.ones(n), (np.arange(n), segment)))
    return sparse.csr_array(sparse.hstack([one, cell, sparse.csr_array(flags, dtype=np.float64)]))


def _side_by_side(features: sparse.csr_array, after: Mask) -> sparse.csr_array:
    """[n, 2p] the first group's answers in the first p columns, the second's in the last p."""
    shift = np.repeat(after * features.shape[1], np.diff(features.indptr))
    shape = (features.shape[0], 2 * features.shape[1])
    return sparse.csr_array((features.data, features.indices + shift, features.indptr), shape=shape)


def _hold(p: int) -> Floats:
    """[2p, 2p] ridge: all but intercepts are held to their twins as if by one answer each, barely to zero.

    That is nothing where there are data; a group that never mentions an aspect takes the other's weight.
    """
    one = np.eye(p)
    one[0, 0] = 0.0
    return np.block([[1.01 * one, -one], [-one, 1.01 * one]])


def _parts(moments: _Moments, mix: int, segments: int) -> tuple[NDArray[Any], NDArray[Any]]:
    means, shares, effects = moments
    average = (shares[0] + shares[1]) / 2
    # the effect of a segment is its distance from the average segment
    centred = effects[:, :segments] - (effects[:, :segments] @ average[:segments])[:, None]
    effects = np.concatenate([centred, effects[:, segments:]], axis=1)
    centre = np.where(np.arange(len(average)) < mix, average, 0.0)
    # the levels follow from the means, so that the identity holds whatever the solver's precision
    level = means - ((shares - centre) * effects).sum(axis=1)
    moved = (shares[1] - shares[0]) * (effects[0] + effects[1]) / 2
    weighed = average * (effects[1] - effects[0])
    parts = np.concatenate([[level[1] - level[0]], moved, weighed[mix:]])
    return parts, np.concatenate([level[:, None], shares, effects[:, mix:]], axis=1)


def _slopes(moments: _Moments, mix: int, segments: int) -> Floats:
    """[parts, 2 + 4q] derivatives of the parts by means, shares and effects.

    The parts are polynomials, so a step along the imaginary axis gives them without rounding error
    (Squire & Trapp 1998, SIAM Review 40(1)).
    """
    flat = np.concatenate([moments.means, moments.shares.ravel(), moments.effects.ravel()]).astype(complex)
    q, step = moments.shares.shape[1], 1e-30
    columns = []
    for k in range(len(flat)):
        flat[k] += step * 1j
        moved = _Moments(flat[:2], flat[2 : 2 + 2 * q].reshape(2, q), flat[2 + 2 * q :].reshape(2, q))
        columns.append(_parts(moved, mix, segments)[0].imag / step)
        flat[k] = flat[k].real
    return np.column_stack(columns)


def _errors(
    both: sparse.csr_array,
    points: Floats,
    customer: Codes,
    *,
    moments: _Moments,
    coefficients: Floats,
    inverse: Floats,
    slope: Floats,
    n: Floats,
) -> Floats:
    """[t] root of the sum over customers (in order) of their squared influence on t sums of parts.

    An answer (x, y) of group t moves the mean by (y - mean_t) / n_t, the shares by (x - shares_t) / n_t and
    the coefficients by inverse x (y - x coefficients).
    """
    t, q, p = len(slope), moments.shares.shape[1], len(inverse) // 2
    by_mean = slope[:, :2] / n
    by_share = slope[:, 2 : 2 + 2 * q].reshape(t, 2, q) / n[None, :, None]
    by_effect = slope[:, 2 + 2 * q :].reshape(t, 2, q)
    shift = -by_mean * moments.means - (by_share * moments.shares).sum(axis=2)
    of_features = np.concatenate([shift[:, :, None], by_share], axis=2).reshape(t, 2 * p).T
    of_residual = inverse @ np.concatenate([np.zeros((t, 2, 1)), by_effect], axis=2).reshape(t, 2 * p).T
    first = np.flatnonzero(np.diff(customer, prepend=-1))
    squares = np.zeros(t)
    for start, end in pairwise([*first[::CHUNK], len(points)]):
        rows, y = both[start:end], points[start:end]
        leverage = rows.multiply(rows @ inverse).sum(axis=1)
        residual = (y - rows @ coefficients) / np.maximum(1 - leverage, 0.01)
        group = rows[:, [0, p]].toarray()
        moved = rows @ of_features + (group * y[:, None]) @ by_mean.T
        moved += (rows @ of_residual) * residual[:, None]
        whose = first[(first >= start) & (first < end)] - start
        squares += (np.add.reduceat(moved, whose) ** 2).sum(axis=0)
    return np.sqrt(squares * len(first) / max(len(first) - 1, 1))
