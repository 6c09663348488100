"""Vectors of clauses from their words alone, where no encoder is at hand.

Latent semantic analysis: Deerwester et al. 1990, Journal of the American Society for
Information Science 41(6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import norm

from vocnlp.analysis.topics.terms import count, tokens

__all__ = ["WORDS", "Words"]

WORDS = "words"
"""The name of this encoder."""

Floats = NDArray[np.float32]

_DIMENSIONS = 50


@dataclass(frozen=True, slots=True)
class Words:
    """Fitted on clauses by `fit`; V words.   rarity: [V] inverse document frequency.   axes: [V, W]."""

    vocabulary: list[str]
    rarity: Floats
    axes: Floats

    name = WORDS

    @classmethod
    def fit(cls, texts: Sequence[str], languages: Sequence[str]) -> Words:
        """Of the words that at least two clauses hold; of all words where there are hardly any such."""
        from sklearn.decomposition import TruncatedSVD

        documents = [tokens(*pair) for pair in zip(texts, languages, strict=True)]
        counts, vocabulary = count(documents, least=2)
        if len(vocabulary) < 3:
            counts, vocabulary = count(documents)
        held = (counts > 0).sum(axis=0)
        rarity = np.log((1 + counts.shape[0]) / (1 + np.asarray(held).ravel())) + 1
        weighted = _weighted(counts, rarity)
        size = min(_DIMENSIONS, min(weighted.shape) - 1)
        if size < 1:
            axes = np.eye(len(vocabulary), max(len(vocabulary), 1), dtype=np.float32)
        else:
            axes = TruncatedSVD(size, random_state=0).fit(weighted).components_.T
            axes = np.ascontiguousarray(axes, dtype=np.float32)
        return cls(vocabulary, rarity.astype(np.float32), axes)

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """[N, W] of unit length; zeros for a text without known words."""
        known = set(self.vocabulary)
        documents = [
            [word for word in tokens(*pair) if word in known] for pair in zip(texts, languages, strict=True)
        ]
        counts, vocabulary = count([*documents, self.vocabulary])
        assert vocabulary == self.vocabulary  # noqa: S101  # both sorted; the last row holds every word
        vectors = _weighted(counts[:-1], self.rarity) @ self.axes
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Floats = (vectors / np.where(length > 0, length, 1)).astype(np.float32)
        return unit

    def state(self) -> dict[str, Floats]:
        """What `restore` needs besides the vocabulary."""
        return {"words.rarity": self.rarity, "words.axes": self.axes}

    @classmethod
    def restore(cls, vocabulary: list[str], state: Mapping[str, Floats]) -> Words:
        """As it was when `state` was taken."""
        return cls(vocabulary, state["words.rarity"], state["words.axes"])


def _weighted(counts: sparse.csr_array, rarity: NDArray[np.floating]) -> sparse.csr_array:
    """Rows of unit length: 1 + log(count), by rarity."""
    table = counts.copy()
    table.data = 1 + np.log(table.data)
    table = table.multiply(rarity[None, :]).tocsr()
    length = norm(table, axis=1)
    return sparse.diags_array(1 / np.where(length > 0, length, 1)) @ table
