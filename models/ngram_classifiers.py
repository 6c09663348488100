"""One linear classifier a column on hashed n-grams, weighted by inverse document frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.interface import Spans
from models.ngrams import NgramHasher

__all__ = ["CLASSIFIERS", "Floats", "NgramClassifiers", "Scores", "score"]

CLASSIFIERS = ("features", "idf", "weights", "scale", "bias")
"""Names of the tensors."""

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Scores:
    """Scores of a batch: scores of N texts [N, K] and of their clauses [C, K]; clause offsets [N + 1]."""

    texts: Floats
    clauses: Floats
    offsets: NDArray[np.int64]


class NgramClassifiers:
    """K classifiers of texts and clauses; trained by `training.linear`.

    settings: of `NgramHasher`.
    tensors: features [F] buckets that count, idf [F], weights [F, K] in eight bits with scale [K], bias [K].
    """

    def __init__(self, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._hasher = NgramHasher(
            bits=settings["bits"], characters=tuple(settings["characters"]), words=settings["words"]
        )
        self._rows = np.full(2 ** settings["bits"], -1, np.int32)
        self._rows[tensors["features"]] = np.arange(len(tensors["features"]), dtype=np.int32)
        self._idf = tensors["idf"].astype(np.float32)
        self._weights = tensors["weights"].astype(np.float32) * tensors["scale"]
        self._bias = tensors["bias"].astype(np.float32)

    def __call__(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Scores:
        """Score N texts and their clauses, which are half-open code point ranges in order."""
        counts = np.fromiter((len(spans) for spans in clauses), np.int64, len(clauses))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        ngrams = self._hasher(texts, [[start for start, _ in spans] for spans in clauses])
        rows = self._rows[ngrams.buckets]
        kept = np.concatenate([[0], np.cumsum(rows >= 0)])[ngrams.offsets]
        rows = rows[rows >= 0]
        shape = (len(kept) - 1, len(self._idf))
        features = csr_matrix((np.ones(len(rows), np.float32), rows, kept), shape=shape)
        return score(features, offsets, self._weights, self._idf, self._bias)


def score(
    features: csr_matrix, offsets: NDArray[np.int64], weights: Floats, idf: Floats, bias: Floats
) -> Scores:
    """Score clauses and texts.

    features: [C, F] counts a clause.   offsets: [N + 1] first clause of each text.
    weights: [F, K], already multiplied by idf.   idf: [F].   bias: [K].
    Each row is scaled to unit length (of its idf-weighted occurrences) before the bias is added.
    """
    raw = np.asarray(features @ weights, dtype=np.float32)
    squares = np.asarray(features @ (idf * idf), dtype=np.float32)
    starts = offsets[:-1]
    empty = offsets[1:] == starts
    raw_texts, square_texts = _sums(raw, starts, empty), _sums(squares[:, None], starts, empty)[:, 0]
    return Scores(_scale(raw_texts, square_texts) + bias, _scale(raw, squares) + bias, offsets)


def _sums(values: Floats, starts: NDArray[np.int64], empty: NDArray[np.bool_]) -> Floats:
    if len(values) == 0:
        return np.zeros((len(starts), values.shape[1]), np.float32)
    total = np.add.reduceat(values, np.minimum(starts, len(values) - 1), axis=0)
    total[empty] = 0
    return total.astype(np.float32)


def _scale(raw: Floats, squares: Floats) -> Floats:
    return (raw / np.sqrt(np.maximum(squares, 1e-6))[:, None]).astype(np.float32)
