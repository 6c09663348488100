"""Keywords that belong together: telling ones, of which the comments that hold one hold the others too.

How well two terms go together is their normalised pointwise mutual information (Bouma 2009, GSCL), over the
comments of their language; its mean over the pairs of a list is what people find coherent (Lau et al. 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vocnlp.analysis.topics.terms import Term

__all__ = ["coherent", "npmi"]

Floats = NDArray[np.float64]


def npmi(holders: sparse.csr_array) -> Floats:
    """[V, V] of -1 (never together) to 1 (never apart), of the terms of [C, V], which comments hold which."""
    count = holders.shape[0]
    together = (holders.T @ holders).toarray()
    alone = together.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.log(together * count / np.outer(alone, alone)) / -np.log(together / count)
    found[together == 0] = -1
    found[together == count] = 1
    return found


def coherent(terms: Sequence[Term], telling: Floats, fit: Floats, *, most: int, weight: float) -> list[int]:
    """Places of at most so many of V terms, chosen one by one; none holds another.

    telling: [V] how much each says of its topic.   fit: [V, V] of `npmi`.   weight: that the mean fit to the
    terms chosen before has beside how telling a term is, in parts of the most telling one.
    """
    share = telling / max(telling.max(initial=0.0), 1e-12)
    free = np.ones(len(terms), bool)
    fits = np.zeros(len(terms))
    chosen: list[int] = []
    while free.any() and len(chosen) < most:
        worth = share + weight * fits / max(len(chosen), 1)
        best = int(np.where(free, worth, -np.inf).argmax())
        chosen.append(best)
        fits += fit[best]
        free &= [not (_holds(term, terms[best]) or _holds(terms[best], term)) for term in terms]
    return chosen


def _holds(longer: Term, shorter: Term) -> bool:
    return any(longer[at : at + len(shorter)] == shorter for at in range(len(longer) - len(shorter) + 1))
