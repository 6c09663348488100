"""A two-stage linear n-gram model that runs on numpy and scipy alone.

Stage one scores every clause and the whole text with one linear classifier a column (one-vs-rest SVMs on
hashed n-grams weighted by inverse document frequency). Stage two is a small feed-forward network on those
scores (text, and maximum and minimum over clauses) that gives calibrated probabilities: stacking on
out-of-fold scores (Wolpert 1992). A clause's own score for an aspect is the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from models.interface import POLARITIES, Prediction, Spans
from models.manifest import Manifest, ModelFileError, sha256, write_manifest
from models.ngram_classifiers import CLASSIFIERS, Floats, NgramClassifiers, Scores
from models.tensors import read_tensors, write_tensors

__all__ = ["LinearModel", "load_linear", "pool", "save_linear"]

TENSORS = "model.safetensors"


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
        self._classifiers = NgramClassifiers(manifest.settings, tensors)
        self._tensors = {
            name: value.astype(np.float32) for name, value in tensors.items() if name in _STAGE_TWO
        }
        self.thresholds: Floats = self._tensors["thresholds"]
        self._evidence = np.array(manifest.settings["evidence_columns"])

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        """See `models.interface.Model.predict`."""
        scores = self._classifiers(texts, clauses)
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


_STAGE_TWO = ("mean", "deviation", "w1", "b1", "w2", "b2", "thresholds")
_NAMES = (*CLASSIFIERS, *_STAGE_TWO)


def load_linear(directory: Path, manifest: Manifest, device: str = "auto") -> LinearModel:
    """Load the tensors that `save_linear` wrote.

    Raises ModelFileError if one is missing, or if the device is `cuda`: this model runs on the CPU alone.
    """
    if device == "cuda":
        raise ModelFileError(
            f"{manifest.name} is a linear model and runs on the CPU; use the device cpu or auto"
        )
    return LinearModel(manifest, read_tensors(directory / TENSORS, _NAMES))


def save_linear(directory: Path, manifest: Manifest, tensors: dict[str, NDArray[Any]]) -> None:
    """Write tensors and manifest; the manifest's file hashes are filled in here."""
    directory.mkdir(parents=True, exist_ok=True)
    write_tensors(directory / TENSORS, {name: tensors[name] for name in _NAMES})
    files = {TENSORS: sha256(directory / TENSORS)}
    write_manifest(directory, Manifest(**{**_fields(manifest), "files": files}))


def _fields(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__slots__}
