"""What n-grams say beside an encoder, in a model that learned a user's own labels.

A few thousand labels teach a linear classifier what words mean in one place better than they teach an
encoder, which knows languages better; the two err on different comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

from models.interface import POLARITIES
from models.ngram_classifiers import CLASSIFIERS, Floats, NgramClassifiers
from models.tensors import read_tensors

__all__ = ["NGRAMS", "NgramBranch", "load_branch", "product"]

NGRAMS = "ngrams.safetensors"

_LEAST = 1e-9


def product(sentiment: Floats, scores: Floats, temperature: float) -> Floats:
    """[N, 4] probabilities of sentiment by both, from those by the encoder and weighted scores by another.

    A product of experts (Hinton 2002): softmax((log p + scores) / temperature).
    """
    summed = np.log(np.maximum(sentiment, _LEAST)) + scores
    found: Floats = softmax(summed / temperature, axis=1)
    return found


class NgramBranch:
    """Made by `training.encoder.branch`.

    settings: of `NgramClassifiers`, and `weight` of their scores. Where they have a say in sentiment,
        `temperature` of the sum; where in aspects, which ones (`aspects`), `scale` and `shift` of the sums.
    tensors: of `NgramClassifiers`, with a column for each of `POLARITIES`, then for each of `aspects`.
    """

    def __init__(self, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._classifiers = NgramClassifiers(settings, tensors)
        self._weight = float(settings["weight"])
        self._temperature: float | None = settings.get("temperature")
        self._aspects: list[int] = settings.get("aspects", [])
        self._scale, self._shift = float(settings.get("scale", 1)), float(settings.get("shift", 0))

    def joined(self, sentiment: Floats, aspects: Floats, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Probabilities of sentiment [N, 4] and aspects [N, A] by both, from those by the encoder.

        A product of experts: see `product`, with weight x scores, of sentiment,
        expit(scale x (logit p + weight x score) + shift) of an aspect.
        """
        scores = self._weight * self._classifiers(texts, [[(0, len(text))] for text in texts]).texts
        felt, judged = np.split(scores, [len(POLARITIES)], axis=1)
        if self._temperature is not None:
            sentiment = product(sentiment, felt, self._temperature)
        aspects = aspects.copy()
        some = aspects[:, self._aspects].astype(float)
        odds = logit(np.clip(some, _LEAST, 1 - _LEAST)) + judged[:, : len(self._aspects)]
        aspects[:, self._aspects] = expit(self._scale * odds + self._shift)
        return sentiment, aspects


def load_branch(directory: Path, settings: Mapping[str, Any]) -> NgramBranch:
    """Raises ModelFileError if the file is no safetensors file, or lacks a tensor."""
    return NgramBranch(settings, read_tensors(directory / NGRAMS, CLASSIFIERS))
