"""Groups of like vectors, and where a new vector belongs.

The centroids of the groups that an engine finds, moved by some steps of spherical k-means (Dhillon & Modha
2001), take every vector as near as 95 % of the group's core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vocnlp.analysis.topics.engines import NONE, Engine, builtin

__all__ = ["NONE", "Centres", "centred", "cluster"]

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

_STEPS = 3
_PERCENTILE = 5
_ROUNDING = 1e-4  # a core of equal vectors must hold them, whatever the order of its sums
_AT_ONCE = 16_384
MOST = 50_000
"""More vectors than this are not clustered but placed: the groups are those of a sample."""


@dataclass(frozen=True, slots=True)
class Centres:
    """K groups.   mean: [W] of all vectors, taken off before they are compared, for else all are alike.

    centroids: [K, W] of unit length.   least: [K] cosine to its centroid that a member has at least.
    """

    mean: Floats
    centroids: Floats
    least: Floats

    def nearest(self, vectors: Floats) -> tuple[Codes, Floats]:
        """[N] group of the nearest centroid, `NONE` where the vector is too far, and [N] cosine to it."""
        parts = [
            self.nearest_unit(centred(vectors[at : at + _AT_ONCE], self.mean))
            for at in range(0, max(len(vectors), 1), _AT_ONCE)
        ]
        return np.concatenate([found for found, _ in parts]), np.concatenate([cosine for _, cosine in parts])

    def nearest_unit(self, unit: Floats) -> tuple[Codes, Floats]:
        """As `nearest`, of vectors that `centred` has made."""
        if not len(self.centroids):
            return np.full(len(unit), NONE, np.int64), np.zeros(len(unit), np.float32)
        likeness = unit @ self.centroids.T
        best = likeness.argmax(axis=1).astype(np.int64)
        cosine: Floats = likeness[np.arange(len(best)), best]
        return np.where(cosine >= self.least[best], best, NONE), cosine


def centred(vectors: Floats, mean: Floats) -> Floats:
    """[N, W] of unit length around the mean; a vector of zeros, of which nothing is known, stays."""
    known = np.linalg.norm(vectors, axis=1, keepdims=True) > 0
    moved = np.where(known, vectors - mean, 0)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Floats = (moved / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def cluster(
    vectors: Floats, *, smallest: int, mean: Floats | None = None, seed: int = 0, engine: Engine = builtin
) -> Centres:
    """Groups of at least `smallest` of N vectors in the core, largest core first; there may be none.

    mean: by default of these vectors.   seed: of the engine, and of the sample where N is above `MOST`. The
    same input gives the same bytes. Raises MissingExtraError without the extra `topics`.
    """
    if mean is None:
        mean = vectors.mean(axis=0)
    rows = np.arange(len(vectors))
    if len(vectors) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(len(vectors), MOST, replace=False))
    unit = centred(vectors[rows], mean)
    return _centres(unit, engine(unit, rows, smallest, seed), mean)


def _centres(unit: Floats, core: Codes, mean: Floats) -> Centres:
    count = int(core.max(initial=NONE)) + 1
    if not count:
        return Centres(mean, np.zeros((0, unit.shape[1]), np.float32), np.zeros(0, np.float32))
    centroids = _centroids(unit, core, np.zeros((count, unit.shape[1]), np.float32))
    for _ in range(_STEPS):
        centres = Centres(mean, centroids, _least(unit, core, centroids))
        near, _ = centres.nearest_unit(unit)
        centroids = _centroids(unit, near, centroids)
    centres = Centres(mean, centroids, _least(unit, core, centroids))
    kept = np.unique(centres.nearest_unit(unit)[0])
    kept = kept[kept >= 0]
    return Centres(mean, centres.centroids[kept], centres.least[kept])


def _least(unit: Floats, core: Codes, centroids: Floats) -> Floats:
    """[K] cosine to the centroid that 95 % of a group's core have."""
    own = np.einsum("nw,nw->n", unit, centroids[core])
    least = [np.percentile(own[core == k], _PERCENTILE) - _ROUNDING for k in range(len(centroids))]
    return np.array(least, np.float32)


def _centroids(unit: Floats, labels: Codes, former: Floats) -> Floats:
    """[K, W] mean directions; a group without members stays where it was."""
    inside = np.flatnonzero(labels >= 0)
    members = sparse.coo_array(
        (np.ones(len(inside), np.float32), (labels[inside], inside)), shape=(len(former), len(unit))
    )
    sums = members.tocsr() @ unit
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    moved: Floats = np.where(length > 0, sums / np.where(length > 0, length, 1), former).astype(np.float32)
    return moved
