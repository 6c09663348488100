"""Logistic regression on counted patterns of 0/1 columns, fast enough to refit for every resample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

__all__ = ["Patterns", "fit", "information"]

Floats = NDArray[np.float64]

SAFE_STEP = 1.0  # log odds; a longer Newton step is checked,
MAX_STEP = 5.0  # and a still longer one cut
MAX_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class Patterns:
    """G distinct rows of p columns with values 0 or 1; column 0 is the intercept.

    matrix: [G, p] CSR, and transposed.   products: [q, G] CSR, 1 where a row has ones in both columns of
    the pair `upper[q]`, so that the information matrix of any weights v is `products @ v`; rows have few
    ones, so this is cheap.
    """

    matrix: Any
    transposed: Any
    products: Any
    upper: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, rows: NDArray[np.bool_]) -> Self:
        """From a dense [G, p] matrix."""
        matrix = sparse.csr_matrix(rows.astype(np.float64))
        ones = np.diff(matrix.indptr)
        g, p = rows.shape
        # every pair (i, j), i <= j, of ones of a row
        row = np.repeat(np.arange(g), ones**2)
        start = np.repeat(matrix.indptr[:-1], ones**2)
        width = np.repeat(ones, ones**2)
        place = np.arange(len(row)) - np.repeat(np.cumsum(ones**2) - ones**2, ones**2)
        first, second = matrix.indices[start + place // width], matrix.indices[start + place % width]
        keep = first <= second
        pairs, index = np.unique(first[keep].astype(np.int64) * p + second[keep], return_inverse=True)
        products = sparse.csr_matrix((np.ones(len(index)), (index, row[keep])), shape=(len(pairs), g))
        return cls(matrix, matrix.T.tocsr(), products, (pairs // p, pairs % p))

    @property
    def width(self) -> int:
        return int(self.matrix.shape[1])


def information(patterns: Patterns, total: Floats, mean: Floats, penalty: Floats) -> Floats:
    """[p, p] Fisher information of the coefficients plus the penalty on its diagonal."""
    p = patterns.width
    matrix = np.zeros((p, p))
    values = patterns.products @ (total * mean * (1 - mean))
    matrix[patterns.upper], matrix[patterns.upper[::-1]] = values, values
    matrix[np.diag_indices(p)] += penalty
    return matrix


def fit(
    patterns: Patterns,
    total: Floats,
    successes: Floats,
    *,
    penalty: Floats,
    start: Floats | None = None,
    tolerance: float = 1e-8,
) -> Floats:
    """[p] coefficients that maximise the log likelihood minus `penalty * coefficient**2 / 2`.

    total: [G] answers of each pattern.   successes: [G] sum of their outcomes, each in [0, 1]: fractions are
    allowed (quasi-likelihood of Papke & Wooldridge 1996, Journal of Applied Econometrics 11(6)).
    tolerance: of the last Newton step, in log odds; the error that remains is of the order of its square.
    """

    def likelihood(at: Floats) -> float:
        eta = patterns.matrix @ at
        return float(successes @ eta - total @ np.logaddexp(0, eta) - penalty @ at**2 / 2)

    beta = np.zeros(patterns.width) if start is None else start
    for _ in range(MAX_ITERATIONS):
        mean = expit(patterns.matrix @ beta)
        gradient = patterns.transposed @ (successes - total * mean) - penalty * beta
        # the smallest amount keeps columns that a resample lost from making the matrix singular
        step = np.linalg.solve(information(patterns, total, mean, np.maximum(penalty, 1e-9)), gradient)
        size = float(np.abs(step).max())
        if size > SAFE_STEP:
            step *= min(1.0, MAX_STEP / size)
            least = likelihood(beta)
            while likelihood(beta + step) < least and np.abs(step).max() > SAFE_STEP:
                step /= 2
        beta = beta + step
        if size < tolerance:
            break
    return beta
