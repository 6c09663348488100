"""Han characters that are written in simplified Chinese, traditional Chinese or Japanese only."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.language_texts import Corpora
from vocnlp.errors import MissingExtraError
from vocnlp.text.language import HAN_FIRST, HAN_LAST, JAPANESE, SIMPLIFIED, TRADITIONAL

__all__ = ["han_kinds"]

# A character is Japanese if Japanese comments have it this much more often than Chinese ones.
_LEAST_TEXTS, _TIMES = 10, 200


def han_kinds(corpora: Corpora) -> NDArray[np.uint8]:
    """[HAN_LAST - HAN_FIRST + 1] kind of each character, 0 for those that more than one has.

    Simplified and traditional ones are those that OpenCC always converts; Japanese ones are neither, and are
    OpenCC's Japanese variants or far more frequent in Japanese than in Chinese comments.
    """
    to_traditional, to_simplified = _table("STCharacters.txt"), _table("TSCharacters.txt")
    simplified = {sign for sign, others in to_traditional.items() if sign not in others}
    traditional = {sign for sign, others in to_simplified.items() if sign not in others}
    variants = {sign for others in _table("JPVariants.txt").values() for sign in others}
    chinese, japanese = _rates(corpora, "zh"), _rates(corpora, "ja")
    frequent = {sign for sign, rate in japanese.items() if rate > _TIMES * chinese.get(sign, 0.0)}
    rare = {sign for sign in variants if chinese.get(sign, 0.0) <= japanese.get(sign, 0.0)}
    either = simplified & traditional
    kinds = np.zeros(HAN_LAST - HAN_FIRST + 1, np.uint8)
    for kind, signs in (
        (JAPANESE, (frequent | rare) - simplified - traditional),
        (SIMPLIFIED, simplified - either),
        (TRADITIONAL, traditional - either),
    ):
        codes = np.array([ord(sign) for sign in signs if HAN_FIRST <= ord(sign) <= HAN_LAST], dtype=np.int64)
        kinds[codes - HAN_FIRST] = kind
    return kinds


def _table(name: str) -> dict[str, list[str]]:
    try:
        import opencc
    except ImportError as error:
        raise MissingExtraError("opencc-python-reimplemented", "train") from error
    path = Path(opencc.__file__).with_name("dictionary") / name
    pairs = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {sign: others.split() for sign, others in pairs if len(sign) == 1}


def _rates(corpora: Corpora, language: str) -> dict[str, float]:
    """Share of texts with the character, of characters in at least a few texts of this language."""
    texts = corpora.all(language)
    counts = Counter(sign for text in texts for sign in set(text))
    return {
        sign: count / len(texts)
        for sign, count in counts.items()
        if count >= _LEAST_TEXTS and HAN_FIRST <= ord(sign) <= HAN_LAST
    }
