"""A two-stage linear n-gram model that runs on numpy and scipy alone.

Stage one scores every clause and the whole text with one linear classifier a column (one-vs-rest SVMs on
hashed n-grams weighted by inverse document frequency). Stage two is a small feed-forward network on those
scores (text, and maximum and minimum over clauses) that gives calibrated probabilities: stacking on
out-of-fold scores (Wolpert 1992). A clause's own score for an aspect is the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix
from scipy.special import expit, softmax

from models.interface import POLARITIES, Prediction, Spans
from models.manifest import Manifest, ModelFileError, sha256, write_manifest
from models.ngrams import NgramHasher

__all__ = ["LinearModel", "Scores", "load_linear", "pool", "save_linear", "score"]

TENSORS = "model.safetensors"

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Scores:
    """Stage one on a batch: scores of N texts [N, K] and of their clauses [C, K]; clause offsets [N + 1]."""

    texts: Floats
    clauses: Floats
    offsets: NDArray[np.int64]


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


def pool(scores: Scores) -> Floats:
    """Input of stage two, [N, 3K]: scores of the text, maximum and minimum over its clauses."""
    starts = scores.offsets[:-1]
    if len(scores.clauses) == 0:
        return np.tile(scores.texts, (1, 3))
    first = np.minimum(starts, len(scores.clauses) - 1)
    highest = np.maximum.reduceat(scores.clauses, first, axis=0)
    lowest = np.minimum.reduceat(scores.clauses, first, axis=0)
    empty = scores.offsets[1:] == starts
    highest[empty] = lowest[empty] = scores.texts[empty]
    return np.concatenate([scores.texts, highest, lowest], axis=1)


class LinearModel:
    """See the module; made by `training.linear`, loaded by `models.store.load`."""

    def __init__(self, manifest: Manifest, tensors: dict[str, NDArray[Any]]) -> None:
        self._manifest = manifest
        self.risks: tuple[str, ...] = ()
        self.risk_weights: dict[str, Any] = {}
        self.aspects = manifest.aspects
        self.version = f"{manifest.name}@{manifest.version}"
        settings = manifest.settings
        self._hasher = NgramHasher(
            bits=settings["bits"], characters=tuple(settings["characters"]), words=settings["words"]
        )
        self._rows = np.full(2 ** settings["bits"], -1, np.int32)
        self._rows[tensors["features"]] = np.arange(len(tensors["features"]), dtype=np.int32)
        self._idf = tensors["idf"].astype(np.float32)
        self._weights = tensors["weights"].astype(np.float32) * tensors["scale"]
        self._tensors = {
            name: value.astype(np.float32) for name, value in tensors.items() if name in _STAGE_TWO
        }
        self.thresholds: Floats = self._tensors["thresholds"]
        self._evidence = np.array(settings["evidence_columns"])

    def scores(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Scores:
        """Stage one on N texts."""
        counts = np.fromiter((len(spans) for spans in clauses), np.int64, len(clauses))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        ngrams = self._hasher(texts, [[start for start, _ in spans] for spans in clauses])
        rows = self._rows[ngrams.buckets]
        kept = np.concatenate([[0], np.cumsum(rows >= 0)])[ngrams.offsets]
        rows = rows[rows >= 0]
        shape = (len(kept) - 1, len(self._idf))
        features = csr_matrix((np.ones(len(rows), np.float32), rows, kept), shape=shape)
        return score(features, offsets, self._weights, self._idf, self._tensors["bias"])

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        """See `models.interface.Model.predict`."""
        scores = self.scores(texts, clauses)
        net = self._tensors
        hidden = np.maximum((pool(scores) - net["mean"]) / net["deviation"] @ net["w1"] + net["b1"], 0)
        out = hidden @ net["w2"] + net["b2"]
        count = len(self.aspects)
        sentiment, aspects, polarity = np.split(out, [len(POLARITIES), len(POLARITIES) + count], axis=1)
        return Prediction(
            sentiment=softmax(sentiment, axis=1),
            aspects=expit(aspects),
            polarity=softmax(polarity.reshape(len(texts), count, len(POLARITIES)), axis=2),
            clauses=scores.clauses[:, self._evidence],
            offsets=scores.offsets,
            risks=np.zeros((len(texts), 0), np.float32),
        )


_STAGE_TWO = ("bias", "mean", "deviation", "w1", "b1", "w2", "b2", "thresholds")
_NAMES = ("features", "idf", "weights", "scale", *_STAGE_TWO)


def load_linear(directory: Path, manifest: Manifest, device: str = "auto") -> LinearModel:
    """Load the tensors that `save_linear` wrote.

    Raises ModelFileError if one is missing, or if the device is `cuda`: this model runs on the CPU alone.
    """
    if device == "cuda":
        raise ModelFileError(
            f"{manifest.name} is a linear model and runs on the CPU; use the device cpu or auto"
        )
    try:
        tensors = load_file(directory / TENSORS)
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{directory / TENSORS} is no safetensors file: {error}") from error
    missing = [name for name in _NAMES if name not in tensors]
    if missing:
        raise ModelFileError(f"{directory / TENSORS} lacks the tensors {', '.join(missing)}")
    return LinearModel(manifest, tensors)


def save_linear(directory: Path, manifest: Manifest, tensors: dict[str, NDArray[Any]]) -> None:
    """Write tensors and manifest; the manifest's file hashes are filled in here."""
    directory.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(tensors[name]) for name in _NAMES}, directory / TENSORS)
    files = {TENSORS: sha256(directory / TENSORS)}
    write_manifest(directory, Manifest(**{**_fields(manifest), "files": files}))


def _fields(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__slots__}
