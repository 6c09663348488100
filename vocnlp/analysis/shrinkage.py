"""Estimates for many cells of which some are small: moderated errors and empirical Bayes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.intervals import Cells

__all__ = ["Shrunk", "moderate", "shrink"]

Floats = NDArray[np.float64]
PRIOR_FREEDOM = 4.0


class Shrunk(NamedTuple):
    """[c] estimates and their standard errors."""

    mean: Floats
    error: Floats


def moderate(cells: Cells, overall: Cells) -> tuple[Floats, Floats]:
    """[c] standard errors of cells, and their degrees of freedom, that small cells cannot get wrong by luck.

    The variance of a cell is averaged with that of all answers, which weighs as much as `PRIOR_FREEDOM`
    degrees of freedom: three equal answers are not certain. overall: all answers as one cell. Source: Smyth
    2004, Statistical Applications in Genetics and Molecular Biology 3(1), with a fixed prior.
    """
    usual = overall.error[0] ** 2 * overall.n[0] / np.maximum(cells.n, 1)
    freedom = np.maximum(cells.freedom, 0)
    own = np.where(freedom > 0, cells.error**2, 0.0)
    error = np.sqrt((PRIOR_FREEDOM * usual + freedom * own) / (PRIOR_FREEDOM + freedom))
    return error, PRIOR_FREEDOM + freedom


def shrink(cells: Shrunk, towards: Shrunk) -> Shrunk:
    """Draw estimates to what is expected of them, each as far as its error says.

    The variance of the true values around `towards` is estimated from all cells by moments (DerSimonian &
    Laird 1986, Controlled Clinical Trials 7(3)); where it is nought the cells become what is expected of
    them.
    """
    if not len(cells.mean):
        return cells
    variance = np.maximum(cells.error, 1e-9) ** 2
    excess = ((cells.mean - towards.mean) ** 2 / variance).sum() - (len(variance) - 1)
    between = max(0.0, float(excess / (1 / variance).sum()))
    kept = between / (between + variance)
    error = np.sqrt(kept * variance + ((1 - kept) * towards.error) ** 2)
    return Shrunk(towards.mean + kept * (cells.mean - towards.mean), error)
