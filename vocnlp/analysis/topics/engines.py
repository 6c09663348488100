"""What finds groups among vectors: the built-in engine, or BERTopic.

Built in: dense regions are found by HDBSCAN (Campello et al. 2013) in a few principal components; where
density tells nothing apart, as among the vectors of most encoders, k-means splits them. It works in few
components, for in few it finds nearly the same groups in like data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vocnlp.errors import InputError, MissingExtraError

__all__ = ["ENGINES", "NONE", "Engine", "builtin", "find_engine", "require"]

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

NONE = -1
"""The group of what belongs to none."""

Engine = Callable[[Floats, Codes, int, int], Codes]
"""Vectors of unit length [n, W], which texts they are of [n], least size of a group, seed -> [n] group or
`NONE`; the largest is 0."""

ENGINES = ("builtin", "bertopic")

_TYPICAL, _MOST_GROUPS = 80, 40
"""Different texts to a group of k-means, and how many groups it makes at most."""
_REDUCED, _SPLIT_IN = 5, 10
"""Principal components in which density is looked for, and in which k-means works."""
_NEIGHBOURS = 5
_STARTS = 3
_PROBED = 5_000
_SAME = 1e-6


def find_engine(name: str, texts: Sequence[str]) -> Engine:
    """One of `ENGINES` for these texts; raises InputError for another name, MissingExtraError without it."""
    if name == "builtin":
        require()
        return builtin
    if name != "bertopic":
        raise InputError(f"there is no engine {name!r}; the engines are: {', '.join(ENGINES)}")
    try:
        import bertopic  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("bertopic", "topics") from error

    def engine(unit: Floats, rows: Codes, smallest: int, seed: int) -> Codes:
        return _bertopic(unit, [texts[row] for row in rows.tolist()], smallest, seed)

    return engine


def require() -> None:
    """Raises MissingExtraError where scikit-learn is not installed."""
    try:
        import sklearn.cluster  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "topics") from error


def builtin(unit: Floats, rows: Codes, smallest: int, seed: int) -> Codes:  # noqa: ARG001
    """See `Engine`."""
    if len(unit) >= smallest and np.ptp(unit, axis=0).max(initial=0) < _SAME:
        return np.zeros(len(unit), np.int64)
    if len(unit) > 2 * _PROBED:  # looking for density among all takes longer than all else
        part = np.sort(np.random.default_rng(seed).choice(len(unit), _PROBED, replace=False))
        if _shapeless(_dense(unit[part], max(smallest * _PROBED // len(unit), _NEIGHBOURS))):
            return _even(unit, smallest, seed)
    core = _dense(unit, smallest)
    if len(core) >= 2 * _TYPICAL and _shapeless(core):
        core = _even(unit, smallest, seed)
    return core


def _bertopic(unit: Floats, texts: list[str], smallest: int, seed: int) -> Codes:
    """BERTopic (Grootendorst 2022) as it comes, but for the seed and the least size."""
    from bertopic import BERTopic
    from umap import UMAP

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed, n_jobs=1)
    model = BERTopic(
        language="multilingual", embedding_model=None, umap_model=reducer, min_topic_size=smallest
    )
    found, _ = model.fit_transform(texts, unit)
    return _by_size(np.asarray(found, np.int64), smallest)


def _reduced(unit: Floats, size: int) -> Floats:
    from sklearn.decomposition import PCA

    found = PCA(min(size, *unit.shape), svd_solver="covariance_eigh").fit_transform(unit)
    reduced: Floats = np.ascontiguousarray(found, np.float32)
    return reduced


def _dense(unit: Floats, smallest: int) -> Codes:
    from sklearn.cluster import HDBSCAN

    if len(unit) < 2 * smallest:
        return np.full(len(unit), NONE, np.int64)
    reduced = _reduced(unit, _REDUCED)
    settings = {"min_cluster_size": smallest, "min_samples": _NEIGHBOURS, "copy": True}
    found = HDBSCAN(**settings).fit_predict(reduced)
    if found.max() == NONE:  # nothing tells groups apart: there may be one
        found = HDBSCAN(**settings, allow_single_cluster=True).fit_predict(reduced)
    return _by_size(found, smallest)


def _shapeless(core: Codes) -> bool:
    """Whether more than half are in one group, or in none."""
    return bool(2 * np.bincount(core + 1).max() > len(core))


def _even(unit: Floats, smallest: int, seed: int) -> Codes:
    """Groups of k-means; those that are too small are left out."""
    from sklearn.cluster import KMeans

    count = min(len(unit) // _TYPICAL, _MOST_GROUPS)
    model = KMeans(count, n_init=_STARTS, random_state=seed)
    return _by_size(model.fit_predict(_reduced(unit, _SPLIT_IN)), smallest)


def _by_size(found: Codes, smallest: int) -> Codes:
    """Groups numbered from the largest; those below `smallest` are `NONE`."""
    sizes = np.bincount(found[found >= 0])
    order = np.argsort(-sizes, kind="stable")
    rank = np.full(len(sizes) + 1, NONE, np.int64)  # the last is the rank of NONE
    kept = order[sizes[order] >= smallest]
    rank[kept] = np.arange(len(kept))
    ranked: Codes = rank[found]
    return ranked
