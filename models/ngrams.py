"""Hashed n-gram features of a batch of texts, computed on code points without a loop over texts.

Characters are folded one to one (compatibility form, lower case), so positions stay those of the text.
Features are character n-grams and word n-grams; each is hashed into `2 ** bits` buckets
(the hashing trick: Weinberger et al. 2009, arXiv 0902.2206).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NgramHasher", "Ngrams"]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SCRAMBLER = np.uint64(0xBF58476D1CE4E5B9)
_LAST_CODE_POINT = 0x110000
_SEPARATOR = 0
_DENSE_SCRIPTS = ((0x2E80, 0x2FDF), (0x3040, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


@dataclass(slots=True)
class Ngrams:
    """Features of a batch, as rows of a sparse matrix: row i owns `buckets[offsets[i]:offsets[i + 1]]`."""

    buckets: NDArray[np.int32]
    offsets: NDArray[np.int64]


@dataclass(slots=True)
class _Characters:
    """The folded code points of a batch, one separator after each text."""

    folded: NDArray[np.uint64]
    starts: NDArray[np.int64]
    word: NDArray[np.bool_]
    dense: NDArray[np.bool_]


class NgramHasher:
    """Turns texts into buckets.

    bits:  2 ** bits buckets.
    characters: shortest and longest character n-gram; in scripts that write a word in one or two characters
        (Han, Kana, Hangul) n-grams of any length down to 1 are taken.
    words: longest word n-gram; 0 for none.
    """

    def __init__(self, *, bits: int, characters: tuple[int, int], words: int) -> None:
        self.bits = bits
        self.characters = characters
        self.words = words
        self._fold = np.arange(_LAST_CODE_POINT, dtype=np.uint32)
        self._is_word = np.zeros(_LAST_CODE_POINT, dtype=bool)
        self._known = np.zeros(_LAST_CODE_POINT, dtype=bool)
        self._is_dense = np.zeros(_LAST_CODE_POINT, dtype=bool)
        for first, last in _DENSE_SCRIPTS:
            self._is_dense[first : last + 1] = True

    def __call__(self, texts: Sequence[str], cuts: Sequence[Sequence[int]] | None = None) -> Ngrams:
        """Features of N texts; `cuts[i]` are ascending start offsets of pieces, each of which becomes a row.

        Without cuts each text is one row. An n-gram belongs to the piece in which it starts; what lies before
        the first piece of its text belongs to none.
        """
        characters = self._characters(texts)
        rows = _row_starts(characters.starts[:-1], cuts)
        positions, hashes = [], []
        for position, value in [*self._character_ngrams(characters), *self._word_ngrams(characters)]:
            positions.append(position)
            hashes.append(value)
        position = np.concatenate(positions)
        buckets = (np.concatenate(hashes) * _SCRAMBLER) >> np.uint64(64 - self.bits)
        row = np.searchsorted(rows, position, side="right") - 1
        first_rows = np.searchsorted(rows, characters.starts[:-1])
        owned = row >= first_rows[np.searchsorted(characters.starts, position, side="right") - 1]
        row, buckets = row[owned], buckets[owned]
        order = np.argsort(row, kind="stable")
        counts = np.bincount(row, minlength=len(rows))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Ngrams(buckets[order].astype(np.int32), offsets)

    def _characters(self, texts: Sequence[str]) -> _Characters:
        joined = "\0".join(texts) + "\0"
        raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        fresh = np.unique(raw)
        self._learn(fresh[~self._known[fresh]])
        lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        folded = self._fold[raw]
        return _Characters(folded.astype(np.uint64), starts, self._is_word[raw], self._is_dense[folded])

    def _learn(self, code_points: NDArray[np.uint32]) -> None:
        for code in code_points.tolist():
            folded = (
                unicodedata.normalize("NFKC", chr(code)).lower() if not 0xD800 <= code < 0xE000 else chr(code)
            )
            if len(folded) == 1:
                self._fold[code] = ord(folded)
            self._is_word[code] = unicodedata.category(folded[0])[0] in "LMN"
        self._known[code_points] = True

    def _character_ngrams(self, chars: _Characters) -> list[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
        shortest, longest = self.characters
        code = chars.folded
        size = len(code)
        separator = code == _SEPARATOR
        space = ~chars.word & ~separator
        hashed = np.zeros(size, np.uint64)
        inside = np.ones(size, bool)
        result = []
        for length in range(1, longest + 1):
            end = size - length + 1
            hashed = hashed[:end] * _MULTIPLIER + code[length - 1 :]
            inside = inside[:end] & ~separator[length - 1 :]
            keep = inside if length >= shortest else inside & chars.dense[:end]
            if length == 1:
                keep = keep & ~space[:end]
            position = np.flatnonzero(keep)
            result.append((position, hashed[position] + np.uint64(length)))
        return result

    def _word_ngrams(self, chars: _Characters) -> list[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
        if self.words == 0:
            return []
        edge = np.diff(chars.word.astype(np.int8), prepend=0)
        start, stop = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
        powers = np.multiply.accumulate(np.full(int((stop - start).max(initial=0)) + 1, _MULTIPLIER))
        length = stop - start
        inside = np.flatnonzero(chars.word)
        weight = powers[np.arange(len(inside)) - np.repeat(np.cumsum(length) - length, length)]
        value = (
            np.add.reduceat(chars.folded[inside] * weight, np.cumsum(length) - length)
            if len(start)
            else inside
        )
        text = np.searchsorted(chars.starts, start, side="right")
        result = []
        hashed = np.zeros(len(start), np.uint64)
        for count in range(1, self.words + 1):
            end = max(len(start) - count + 1, 0)
            hashed = (hashed[:end] * _SCRAMBLER) ^ (
                value[count - 1 :].astype(np.uint64) + np.uint64(count << 40)
            )
            same = text[:end] == text[count - 1 :]
            result.append((start[:end][same], hashed[same]))
        return result


def _row_starts(text_starts: NDArray[np.int64], cuts: Sequence[Sequence[int]] | None) -> NDArray[np.int64]:
    if cuts is None:
        return text_starts
    counts = np.fromiter((len(pieces) for pieces in cuts), np.int64, len(cuts))
    local = np.fromiter((start for pieces in cuts for start in pieces), np.int64, int(counts.sum()))
    return np.repeat(text_starts, counts) + local
