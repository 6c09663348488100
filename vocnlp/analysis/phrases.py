"""Long phrases that many texts share, and whether one group of texts holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Phrases", "Shared"]

Codes = NDArray[np.intp]
WIDTH = 24  # bytes of UTF-8: four or five English words, eight Chinese characters
SAMPLED = 8  # one window in eight is looked at, chosen by its content, so that all texts choose the same
CHUNK = 20_000
BASE = 0x9E3779B97F4A7C15


class Shared(NamedTuple):
    """A text that shares a phrase with others of its group."""

    text: int
    group: int
    phrase: str
    in_group: int
    in_all: int


class Phrases:
    """The long phrases that at least `least` of n distinct texts (as from `duplicates.plain`) share."""

    def __init__(self, texts: Sequence[str], *, least: int = 5) -> None:
        self._encoded = [text.encode("utf-8", "replace") for text in texts]
        self._least = least
        self._window, self._text, self._position = _windows(self._encoded, least)

    def concentrated(self, groups: Codes, *, share: float = 0.5, p_value: float = 0.01) -> list[Shared]:
        """Texts whose group uses a phrase so much more than all others that it was hardly their own idea.

        groups: [n] from 0, or -1 for none. A phrase counts when `least` texts of one group hold it, at least
        `share` of all that hold it, and when that is odd: a binomial test of the group's count against the
        group's part of all texts, with Bonferroni's correction for all phrases and groups. Phrases that
        everybody uses ("would recommend to my friends") are no one's.
        """
        known = groups[self._text] >= 0
        window, text, position = self._window[known], self._text[known], self._position[known]
        if not len(window):
            return []
        size = np.bincount(groups[groups >= 0])
        total = np.bincount(window)
        pair, pairs = pd.factorize(window * len(size) + groups[text])
        of_phrase, of_group = pairs // len(size), pairs % len(size)
        inside = np.bincount(pair)
        p = stats.binom.sf(inside - 1, total[of_phrase], size[of_group] / size.sum())
        odd = (inside >= self._least) & (inside >= share * total[of_phrase])
        odd &= p * len(total) * len(size) <= p_value
        hits = pd.DataFrame(
            {"text": text, "position": position, "inside": inside[pair], "total": total[window]}
        )
        return [
            Shared(int(number), int(groups[number]), *_longest(self._encoded[number], rows))
            for number, rows in hits[odd[pair]].groupby("text")
        ]


def _windows(encoded: Sequence[bytes], least: int) -> tuple[Codes, Codes, Codes]:
    """Numbers of the sampled windows that at least `least` texts hold, their texts, and their positions."""
    chunks = [_hashed(encoded[k : k + CHUNK], k) for k in range(0, len(encoded), CHUNK)]
    if not chunks:
        return (np.zeros(0, dtype=np.intp),) * 3
    window, text, position = (np.concatenate(arrays) for arrays in zip(*chunks, strict=True))
    number, distinct = pd.factorize(window)
    often = np.bincount(number, minlength=len(distinct))[number] >= least
    number, _ = pd.factorize(number[often])
    return number, text[often], position[often]


def _hashed(encoded: Sequence[bytes], first: int) -> tuple[NDArray[np.uint64], Codes, Codes]:
    """Hash, text (numbered from `first`) and position of each sampled window, once a text."""
    length = np.array([len(text) for text in encoded])
    end = np.cumsum(length)
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8).astype(np.uint64)
    # polynomial hashes modulo 2^64: 2k bytes from two neighbours of k bytes, then 24 from 16 and 8
    hashes, by_width = data + np.uint64(1), {}
    for width in (1, 2, 4, 8, 16):
        by_width[width] = hashes
        factor = np.uint64(pow(BASE, width, 2**64))
        hashes = hashes[: max(len(hashes) - width, 0)] * factor + hashes[width:]
    count = max(len(data) - WIDTH + 1, 0)
    hashes = by_width[16][:count] * np.uint64(pow(BASE, 8, 2**64)) + by_width[8][16 : 16 + count]
    start = np.flatnonzero((hashes >> np.uint64(40)) % np.uint64(SAMPLED) == 0)
    text = np.searchsorted(end, start, side="right")
    inside = start + WIDTH <= end[text]
    found = pd.DataFrame({"window": hashes[start], "text": text, "position": start - (end - length)[text]})[
        inside
    ]
    found = found.drop_duplicates(["window", "text"])
    return found["window"].to_numpy(), found["text"].to_numpy() + first, found["position"].to_numpy()


def _longest(text: bytes, hits: pd.DataFrame) -> tuple[str, int, int]:
    """The phrase that the most common window and those that overlap it cover, and how often it is used."""
    hits = hits.sort_values("position")
    run = (hits["position"].diff() > WIDTH).cumsum().to_numpy()
    best = hits[run == run[int(hits["inside"].to_numpy().argmax())]]
    phrase = text[best["position"].min() : best["position"].max() + WIDTH].decode("utf-8", "ignore")
    return phrase.strip(), int(best["inside"].max()), int(best["total"].max())
