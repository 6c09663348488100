"""What sub-words and pairs of them say of sentiment, beside the encoder of a model.

Linear classifiers remember how the comments of many corpora are worded and labelled; an encoder knows what
words mean. The two err on different comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.ngram_branch import product
from models.ngram_classifiers import CLASSIFIERS, Floats, score
from models.pieces import BEGIN, END, PAD
from models.tensors import read_tensors

__all__ = ["SUBWORDS", "SubwordBranch", "keys", "load_subwords"]

SUBWORDS = "subwords.safetensors"

Ids = NDArray[np.int64]

_LEFT, _RIGHT = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)


def keys(ids: Ids, offsets: Ids) -> tuple[Ids, NDArray[np.uint32]]:
    """Features of N texts: the text [K] of each, and its key [K], a hash in 32 bits.

    ids: [M] sub-words without special pieces.   offsets: [N + 1] where texts begin.
    A text of n sub-words has those n, and n + 1 pairs of neighbours, its beginning and its end among them;
    padding, which no text has, stands before a sub-word alone.
    """
    count = len(offsets) - 1
    text = np.repeat(np.arange(count), np.diff(offsets))
    framed = np.full(len(ids) + 2 * count, END)
    framed[offsets[:-1] + 2 * np.arange(count)] = BEGIN
    framed[np.arange(len(ids)) + 2 * text + 1] = ids
    owner = np.repeat(np.arange(count), np.diff(offsets) + 2)
    paired = owner[:-1] == owner[1:]
    left = np.concatenate([np.full(len(ids), PAD), framed[:-1][paired]])
    right = np.concatenate([ids, framed[1:][paired]])
    return (
        np.concatenate([text, owner[:-1][paired]]),
        left.astype(np.uint32) * _LEFT + right.astype(np.uint32) * _RIGHT,
    )


class SubwordBranch:
    """Made by `training.encoder.subwords`.

    settings: `weight` of the scores beside log probabilities, `temperature` of the sum.
    tensors: features [F] keys in ascending order, idf [F], weights [F, 4] in eight bits with scale [4], bias
        [4]; a column for each of `POLARITIES`.
    """

    def __init__(self, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._weight, self._temperature = float(settings["weight"]), float(settings["temperature"])
        self._features = tensors["features"]
        self._idf = tensors["idf"].astype(np.float32)
        self._weights = tensors["weights"].astype(np.float32) * tensors["scale"]
        self._bias = tensors["bias"].astype(np.float32)

    def scores(self, ids: Ids, offsets: Ids) -> Floats:
        """[N, 4] margins of the classifiers; arguments as in `keys`."""
        text, found = keys(ids, offsets)
        column = np.minimum(np.searchsorted(self._features, found), len(self._features) - 1)
        known = self._features[column] == found
        shape = (len(offsets) - 1, len(self._features))
        ones = np.ones(known.sum(), np.float32)
        features = csr_matrix((ones, (text[known], column[known])), shape=shape)
        return score(features, np.arange(len(offsets)), self._weights, self._idf, self._bias).texts

    def joined(self, sentiment: Floats, ids: Ids, offsets: Ids) -> Floats:
        """[N, 4] probabilities by both, from those by the encoder: `product`, with weight x scores."""
        return product(sentiment, self._weight * self.scores(ids, offsets), self._temperature)


def load_subwords(directory: Path, settings: Mapping[str, Any]) -> SubwordBranch:
    """Raises ModelFileError if the file is no safetensors file, or lacks a tensor."""
    return SubwordBranch(settings, read_tensors(directory / SUBWORDS, CLASSIFIERS))
