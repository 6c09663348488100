"""Topics of topics, and where each topic stands on a map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_TOPICS", "layout", "themes"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]

LEAST_TOPICS = 6
"""Fewer topics than this are not grouped once more."""
_PERPLEXITY = 10


def themes(centroids: Floats) -> Codes:
    """[K] the theme of each of K topics, about the square root of K of them; all `-1` for too few topics.

    centroids: [K, W] of unit length. Ward 1963, Journal of the American Statistical Association 58(301).
    """
    from sklearn.cluster import AgglomerativeClustering

    count = len(centroids)
    if count < LEAST_TOPICS:
        return np.full(count, -1, np.int64)
    model = AgglomerativeClustering(round(count**0.5), linkage="ward")
    found: Codes = model.fit_predict(centroids).astype(np.int64)
    return found


def layout(centroids: Floats) -> NDArray[np.float64]:
    """[K, 2] places between 0 and 1 at which like topics stand near each other.

    Exact t-SNE (van der Maaten & Hinton 2008, Journal of Machine Learning Research 9) from the principal
    components; of a few topics, the components themselves.
    """
    count = len(centroids)
    axes = np.zeros((count, 2))
    if count > 1:
        moved = centroids.astype(np.float64) - centroids.mean(axis=0)
        rotated = np.linalg.svd(moved, full_matrices=False)
        size = min(2, len(rotated[1]))
        axes[:, :size] = rotated[0][:, :size] * rotated[1][:size]
    if count >= LEAST_TOPICS:
        from sklearn.manifold import TSNE

        start = axes / max(axes[:, 0].std(), 1e-12) * 1e-4
        perplexity = min(_PERPLEXITY, (count - 1) / 3)
        settings = {"perplexity": perplexity, "init": start, "method": "exact", "random_state": 0}
        axes = TSNE(2, metric="cosine", **settings).fit_transform(centroids).astype(np.float64)
    low, high = axes.min(axis=0, initial=np.inf), axes.max(axis=0, initial=-np.inf)
    spread = np.where(high > low, high - low, 1)
    places: NDArray[np.float64] = np.where(high > low, (axes - low) / spread, 0.5).round(4)
    return places
