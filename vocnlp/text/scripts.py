"""The writing system of every code point, looked up for whole batches at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["NAMES", "SIGNS_PER_WORD", "SOLE_LANGUAGE", "script_of"]

# Letters and the signs that belong to them; digits, punctuation and emoji have no script.
_RANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "Latin": (
        (0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2AF),
        (0x300, 0x36F), (0x1E00, 0x1EFF), (0xA720, 0xA7FF),
    ),
    "Cyrillic": ((0x400, 0x481), (0x48A, 0x52F), (0x1C80, 0x1C8F)),
    "Arabic": ((0x620, 0x65F), (0x66E, 0x6D3), (0x6D5, 0x6DC), (0x6E1, 0x6E8), (0x6EE, 0x6EF), (0x6FA, 0x6FF),
               (0x750, 0x77F), (0x8A0, 0x8FF)),
    "Devanagari": ((0x900, 0x963), (0x970, 0x97F)),
    "Han": ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)),
    "Kana": ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF)),
    "Hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FB)),
    "Thai": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "Lao": ((0xE81, 0xECD), (0xEDC, 0xEDF)),
    "Khmer": ((0x1780, 0x17D3), (0x17D7, 0x17D7), (0x17DC, 0x17DD)),
    "Myanmar": ((0x1000, 0x103F), (0x1050, 0x108F), (0xAA60, 0xAA7F)),
    "Greek": ((0x370, 0x37D), (0x37F, 0x3FF), (0x1F00, 0x1FFF)),
    "Hebrew": ((0x591, 0x5F2),),
    "Armenian": ((0x531, 0x587),),
    "Georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
    "Ethiopic": ((0x1200, 0x135F), (0x1380, 0x139F)),
    "Bengali": ((0x980, 0x9E3), (0x9F0, 0x9FE)),
    "Gurmukhi": ((0xA00, 0xA65), (0xA70, 0xA76)),
    "Gujarati": ((0xA80, 0xAE3), (0xAF0, 0xAFF)),
    "Oriya": ((0xB00, 0xB65), (0xB70, 0xB77)),
    "Tamil": ((0xB80, 0xBE5),),
    "Telugu": ((0xC00, 0xC65), (0xC77, 0xC7F)),
    "Kannada": ((0xC80, 0xCE5), (0xCF0, 0xCF3)),
    "Malayalam": ((0xD00, 0xD65), (0xD70, 0xD7F)),
    "Sinhala": ((0xD80, 0xDE5), (0xDF2, 0xDF3)),
}  # fmt: skip
NAMES: tuple[str, ...] = ("", *_RANGES)

# Scripts of which one language has nearly all the customers.
SOLE_LANGUAGE: dict[str, str] = {
    "Hangul": "ko", "Thai": "th", "Lao": "lo", "Khmer": "km", "Myanmar": "my", "Greek": "el", "Hebrew": "he",
    "Armenian": "hy", "Georgian": "ka", "Ethiopic": "am", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu",
    "Oriya": "or", "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si",
}  # fmt: skip

# Scripts written without spaces: so many signs count as one word.
SIGNS_PER_WORD: dict[str, int] = {"Han": 2, "Kana": 2, "Thai": 4, "Lao": 4, "Khmer": 4, "Myanmar": 4}

_LAST = max(last for ranges in _RANGES.values() for _, last in ranges)


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(_LAST + 2, np.uint8)
    for number, ranges in enumerate(_RANGES.values(), start=1):
        for first, last in ranges:
            table[first : last + 1] = number
    return table


def script_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """[C] code points -> [C] indices into `NAMES`; 0 for what belongs to no script."""
    return _table()[np.minimum(codes, _LAST + 1)]
