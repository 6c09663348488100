"""The words of a batch of texts and their hashed n-grams, computed on code points without a loop over texts.

Beside `models.ngrams`, whose n-grams run across words and keep their places in the text, these stay inside
words: each distinct word of a batch is hashed once, however often it occurs. Shipped weights depend on every
number here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vocnlp.text.scripts import script_of

__all__ = ["LONGEST_NGRAM", "MAX_CHARACTERS", "Grams", "Words", "grams", "split", "text_of"]

MAX_CHARACTERS = 1_000
"""Code points of a text that are looked at; more do not make its language any surer."""
LONGEST_NGRAM = 4
_LONGEST_WORD = 40

# Links, mentions, typed placeholders, entities and escapes: letters that say nothing about the language.
_NOISE = re.compile(r"(?:\bhttp|\bwww\.)\S*|@\w+|\[[A-Z_]+\]|&#?\w{2,8};|\\u[0-9a-f]{4}")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SCRAMBLER = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
_EDGE, _LINE_END = ord(" "), ord("\n")

Counts = NDArray[np.int64]


@dataclass(slots=True)
class Words:
    """Runs of letters of one script, W in a batch of `texts` texts, in order.

    codes: [C] folded code points of all texts, a line end around each.   scripts: [C] as `scripts.script_of`.
    start, length: [W] where a word lies in `codes`.   script, text: [W] its script and the text it is in.
    """

    texts: int
    codes: NDArray[np.uint32]
    scripts: NDArray[np.uint8]
    start: Counts
    length: Counts
    script: NDArray[np.uint8]
    text: Counts


@dataclass(slots=True)
class Grams:
    """Features of N texts with U distinct words in B buckets.

    words: [N, U] how often a text has a word.   buckets: [U, B] how often a word has a feature.
    counts: [N] features of each text.
    """

    words: csr_matrix
    buckets: csr_matrix
    counts: NDArray[np.float32]


def split(texts: Sequence[str]) -> Words:
    """Fold N texts (NFKC, lower case, no letter more than twice in a row) and find their words."""
    joined = "\n".join(["", *[text[:MAX_CHARACTERS].replace("\n", " ") for text in texts], ""])
    folded = _NOISE.sub(" ", unicodedata.normalize("NFKC", joined)).lower()
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
    again = codes[1:] == codes[:-1]
    keep = np.ones(len(codes), bool)
    keep[2:] = ~(again[1:] & again[:-1]) | (codes[2:] == _LINE_END)
    codes = codes[keep]
    scripts = script_of(codes)
    edge = np.flatnonzero(scripts[1:] != scripts[:-1]) + 1
    start, length = edge[:-1], edge[1:] - edge[:-1]
    is_word = scripts[start] > 0
    start, length = start[is_word], length[is_word]
    return Words(len(texts), codes, scripts, start, length, scripts[start], text_of(codes, start))


def text_of(codes: NDArray[np.uint32], places: Counts) -> Counts:
    """Number of the text in which each place of `Words.codes` lies."""
    return np.searchsorted(np.flatnonzero(codes == _LINE_END), places) - 1


def grams(words: Words, chosen: NDArray[np.bool_], *, buckets: int) -> Grams:
    """Hashed n-grams of chosen words ([W]): of 1 to `LONGEST_NGRAM` characters with their edges, and whole.

    The hashing trick: Weinberger et al. 2009, arXiv 0902.2206.
    """
    chosen = chosen & (words.length <= _LONGEST_WORD)
    start, length, text = words.start[chosen], words.length[chosen], words.text[chosen]
    if len(start) == 0:
        none = csr_matrix((words.texts, 0), dtype=np.float32), csr_matrix((0, buckets), dtype=np.float32)
        return Grams(*none, np.zeros(words.texts, np.float32))
    whole, first, place = np.unique(
        _whole(words.codes, start, length), return_index=True, return_inverse=True
    )
    hashed, counts = _hashes(words.codes, start[first], length[first], whole)
    bucket = (((hashed * _SCRAMBLER) >> _HALF) * np.uint64(buckets)) >> _HALF
    in_text = np.bincount(text, minlength=words.texts)
    return Grams(
        _counting(place, in_text, columns=len(whole)),
        _counting(bucket, counts, columns=buckets),
        np.bincount(text, weights=counts[place], minlength=words.texts).astype(np.float32),
    )


def _counting(columns_hit: NDArray[Any], hits: Counts, *, columns: int) -> csr_matrix:
    """A matrix that counts: row i has the next `hits[i]` of the columns hit."""
    offsets = np.zeros(len(hits) + 1, np.int32)
    np.cumsum(hits, out=offsets[1:])
    ones = np.ones(len(columns_hit), np.float32)
    return csr_matrix((ones, columns_hit.astype(np.int32), offsets), shape=(len(hits), columns))


def _whole(codes: NDArray[np.uint32], start: Counts, length: Counts) -> NDArray[np.uint64]:
    """[W] hash of each word as a whole."""
    offsets = np.cumsum(length) - length
    rank = np.arange(length.sum()) - np.repeat(offsets, length)
    powers = np.multiply.accumulate(np.full(_LONGEST_WORD + 1, _MULTIPLIER))
    letters = codes[np.repeat(start, length) + rank].astype(np.uint64)
    return np.add.reduceat(letters * powers[rank], offsets)


def _hashes(
    codes: NDArray[np.uint32], start: Counts, length: Counts, whole: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], Counts]:
    """Hashes of all features, word by word, and [U] how many each word has."""
    padded = length + 2
    offsets = np.cumsum(padded) - padded
    rank = np.arange(padded.sum()) - np.repeat(offsets, padded)
    place = np.repeat(start - 1, padded) + rank
    letters = codes[place].astype(np.uint64)
    letters[offsets] = letters[offsets + padded - 1] = _EDGE
    left = np.repeat(padded, padded) - rank
    size = len(letters)
    hashes = np.zeros((size, LONGEST_NGRAM + 1), np.uint64)
    valid = np.zeros((size, LONGEST_NGRAM + 1), bool)
    hashed = np.zeros(size, np.uint64)
    for n in range(1, LONGEST_NGRAM + 1):
        end = max(size - n + 1, 0)
        hashed = hashed[:end] * _MULTIPLIER + letters[n - 1 :]
        hashes[:end, n - 1] = hashed + np.uint64(n)
        valid[:end, n - 1] = left[:end] >= n
    valid[:, 0] &= letters != _EDGE
    hashes[offsets, LONGEST_NGRAM] = whole
    valid[offsets, LONGEST_NGRAM] = True
    return hashes[valid], np.add.reduceat(valid.sum(axis=1), offsets)
