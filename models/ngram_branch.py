"""What n-grams say of sentiment beside an encoder, in a model that learned a user's own labels.

A few thousand labels teach a linear classifier what words mean in one place better than they teach an
encoder, which knows languages better; the two err on different comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from models.ngram_classifiers import CLASSIFIERS, Floats, NgramClassifiers
from models.tensors import read_tensors

__all__ = ["NGRAMS", "NgramBranch", "load_branch"]

NGRAMS = "ngrams.safetensors"

_LEAST = 1e-9


class NgramBranch:
    """Made by `training.encoder.branch`.

    settings: of `NgramClassifiers`, `weight` of their scores and `temperature` of the sum.
    tensors: of `NgramClassifiers`, with a column for each of `POLARITIES`.
    """

    def __init__(self, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._classifiers = NgramClassifiers(settings, tensors)
        self._weight = float(settings["weight"])
        self._temperature = float(settings["temperature"])

    def joined(self, sentiment: Floats, texts: Sequence[str]) -> Floats:
        """Probabilities [N, 4] of sentiment by both, from those by the encoder.

        A product of experts (Hinton 2002): softmax((log p + weight x scores) / temperature).
        """
        scores = self._classifiers(texts, [[(0, len(text))] for text in texts]).texts
        summed = np.log(np.maximum(sentiment, _LEAST)) + self._weight * scores
        both: Floats = softmax(summed / self._temperature, axis=1)
        return both


def load_branch(directory: Path, settings: Mapping[str, Any]) -> NgramBranch:
    """Raises ModelFileError if the file is no safetensors file, or lacks a tensor."""
    return NgramBranch(settings, read_tensors(directory / NGRAMS, CLASSIFIERS))
