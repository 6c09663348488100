"""Texts that are copies of each other, or were made from one template, found in seconds among many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["plain", "similar"]

Codes = NDArray[np.intp]
Hashes = NDArray[np.uint64]
SHINGLE = 6  # bytes of UTF-8: six letters, two Chinese characters
BANDS, ROWS = 8, 3  # pairs of Jaccard similarity 0.6 share a band with probability 0.86, of 0.7 with 0.96
SLACK = 0.2  # two deviations of a similarity that is estimated from 24 hashes
CHUNK = 2000  # texts whose shingles are hashed at once, few enough for the processor's cache
PAIRS = 50_000  # pairs compared at once


def plain(text: str) -> str:
    """A text without what copies are varied by: width, case, punctuation and doubled spaces."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def similar(texts: Sequence[str], *, least: float = 0.7) -> Codes:
    """[n] group numbers of distinct texts (as from `plain`), linked by pairs of at least this similarity.

    The similarity is Jaccard's, of the sets of six-byte shingles. Candidate pairs come from MinHash (Broder
    1997, Compression and Complexity of Sequences) and banding (Leskovec, Rajaraman & Ullman, Mining of
    Massive Datasets, chapter 3); each is then checked exactly. Time and memory grow with the texts, not with
    their pairs.
    """
    if not len(texts):
        return np.zeros(0, dtype=np.intp)
    encoded = [text.encode("utf-8", "replace").ljust(SHINGLE, b"\0") for text in texts]
    signatures = np.concatenate([_signatures(encoded[k : k + CHUNK]) for k in range(0, len(encoded), CHUNK)])
    pairs = _candidates(signatures, least - SLACK)
    close = pairs[_jaccard(encoded, pairs) >= least]
    graph = sparse.coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(texts),) * 2)
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1], dtype=np.intp)


def _shingles(encoded: Sequence[bytes]) -> tuple[Hashes, Codes]:
    """All shingles of all texts as numbers, and where those of each text begin."""
    length = np.array([len(text) for text in encoded])
    end = np.cumsum(length)
    data = np.frombuffer(b"".join(encoded) + bytes(SHINGLE), dtype=np.uint8)
    inside = np.ones(int(end[-1]), dtype=np.bool_)
    inside[(end[:, None] - np.arange(1, SHINGLE)).ravel()] = False  # they would reach into the next text
    start = np.flatnonzero(inside)
    numbers = np.zeros(len(start), dtype=np.uint64)
    for k in range(SHINGLE):
        numbers |= data[start + k].astype(np.uint64) << np.uint64(8 * k)
    return numbers, np.concatenate([[0], np.cumsum(length - SHINGLE + 1)[:-1]]).astype(np.intp)


def _signatures(encoded: Sequence[bytes]) -> NDArray[np.uint32]:
    """[n, BANDS * ROWS] the least of each hash over the shingles of each text."""
    shingles, begin = _shingles(encoded)
    # multiply-shift hashes of well mixed numbers (the finaliser of SplitMix64)
    mixed = (shingles ^ (shingles >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    factors = np.random.default_rng(0).integers(2**62, size=BANDS * ROWS, dtype=np.uint64) * np.uint64(2)
    hashes = (
        np.minimum.reduceat(((mixed * (f + np.uint64(1))) >> np.uint64(32)).astype(np.uint32), begin)
        for f in factors
    )
    return np.column_stack(list(hashes))


def _candidates(signatures: NDArray[np.uint32], least: float) -> Codes:
    """[m, 2] pairs that share a band and, by their whole signatures, may be similar enough.

    In each bucket a text is paired with the first and with the one before it.
    """
    pairs = [np.zeros((0, 2), dtype=np.intp)]
    for band in np.hsplit(signatures.astype(np.uint64), BANDS):
        key = (
            (band[:, 0] << np.uint64(32))
            ^ (band[:, 1] << np.uint64(16))
            ^ (band[:, 2] * np.uint64(0x9E3779B1))
        )
        order = np.argsort(key, kind="stable")
        new = np.diff(key[order], prepend=np.uint64(0)) != 0
        new[:1] = True
        first = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
        follows = np.flatnonzero(~new)
        for other in (first[follows], order[follows - 1]):
            alike = (signatures[other] == signatures[order[follows]]).mean(axis=1) >= least
            pairs.append(np.column_stack([other[alike], order[follows[alike]]]))
    return np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)


def _jaccard(encoded: Sequence[bytes], pairs: Codes) -> NDArray[np.float64]:
    """[m] shared shingles over all shingles of each pair."""
    if not len(pairs):
        return np.zeros(0)
    involved, position = np.unique(pairs, return_inverse=True)
    numbers, begin = _shingles([encoded[k] for k in involved])
    text = np.repeat(np.arange(len(involved)), np.diff(begin, append=len(numbers)))
    _, column = np.unique(numbers, return_inverse=True)
    has = sparse.coo_array((np.ones(len(text), dtype=np.float32), (text, column))).tocsr()
    has.data[:] = 1.0  # a shingle that occurs twice counts once
    size = np.diff(has.indptr)
    position = position.reshape(-1, 2)
    shared = np.concatenate(
        [
            has[some[:, 0]].multiply(has[some[:, 1]]).sum(axis=1)
            for some in np.array_split(position, len(position) // PAIRS + 1)
        ]
    )
    return np.asarray(shared / (size[position].sum(axis=1) - shared))
