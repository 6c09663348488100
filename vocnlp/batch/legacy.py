"""Which encoding of before Unicode a text is in, told by the characters that it would then be made of.

Every candidate decodes many texts of the others, but into characters that its own language hardly uses: rare
ideographs, half-width kana, capitals inside words. A dozen characters mostly suffice, where detectors that
count byte frequencies want a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["EAST_ASIAN", "detect"]

EAST_ASIAN = frozenset({"cp932", "euc_jp", "cp949", "gb18030", "big5"})

_SAMPLE = 2000  # characters
_HIGH = re.compile(r"[^\x00-\x7f]+")
_KANA = "\u3041-\u30ff"
_HANGUL = "\uac00-\ud7a3"
_HAN = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff"
# punctuation, symbols, full-width forms and emoji of East Asian texts
_MARKS = (
    "\xa3-\xb7\xd7\xf7\u2010-\u205e\u20ac\u2103\u2160-\u217f\u2190-\u25ff\u2600-\u27bf\u3000-\u303f\u3131-\u318e"
    "\uff01-\uff5e\uffe0-\uffe5\U0001f000-\U0001ffff"
)
_WESTERN_MARKS = "\xa0-\xbf\u2010-\u203a\u20ac\u2116"


class _Look(NamedTuple):
    """What texts of an encoding are made of, beyond ASCII.

    own: the share of the characters that are typical, which must reach `share`.
    allowed: a class of characters to which nearly all must belong.
    run: bounds for the mean length of runs of non-ASCII characters, and the fewest of them to go by.
    """

    encoding: str
    own: Callable[[str], float]
    share: float
    allowed: str
    run: tuple[float, float] = (1, float("inf"))
    fewest: int = 1


def _of(characters: str) -> Callable[[str], float]:
    pattern = re.compile(f"[{characters}]")
    return lambda text: len(pattern.findall(text)) / len(text)


def _common(encoding: str, first: range, second: range) -> Callable[[str], float]:
    """The share of ideographs whose two bytes lie in the part of the table that holds the common ones."""

    def share(text: str) -> float:
        ideographs = re.findall(f"[{_HAN}]", text)
        codes = [character.encode(encoding, "ignore") for character in ideographs]
        common = sum(len(code) == 2 and code[0] in first and code[1] in second for code in codes)
        return common / len(codes) if codes else 0.0

    return share


# Tried in this order: kana and Hangul tell more than ideographs, words of long runs more than of accents.
_LOOKS = (
    _Look("cp932", _of(_KANA), 0.2, _KANA + _HAN + _MARKS),
    _Look("euc_jp", _of(_KANA), 0.2, _KANA + _HAN + _MARKS),
    _Look("cp949", _of(_HANGUL), 0.9, _HANGUL + _HAN + _MARKS, fewest=8),
    _Look("gb18030", _common("gb18030", range(0xB0, 0xD8), range(0xA1, 0xFF)), 0.75, _HAN + _MARKS),
    _Look("big5", _common("big5", range(0xA4, 0xC7), range(0x40, 0xFF)), 0.75, _HAN + _MARKS),
    _Look("cp1251", _of("а-яё"), 0.6, "а-яА-ЯёЁ" + _WESTERN_MARKS, run=(2.2, float("inf"))),
    _Look(
        "cp1252",
        _of("\xc0-\xff\u0152\u0153" + _WESTERN_MARKS),
        0.9,
        "\xa0-\xff\u0152\u0153" + _WESTERN_MARKS,
        run=(1, 2.2),
    ),
    _Look("cp874", _of("\u0e01-\u0e4e"), 0.9, "\u0e01-\u0e5b" + _WESTERN_MARKS, run=(2.2, float("inf"))),
)


def detect(data: bytes) -> str | None:
    """The encoding of bytes that are no UTF-8 (a Python name), None if they look like none of those known."""
    for look in _LOOKS:
        try:
            runs = _HIGH.findall(data.decode(look.encoding))
        except UnicodeDecodeError:
            continue
        text = "".join(runs)[:_SAMPLE]
        shortest, longest = look.run
        if (
            len(text) >= look.fewest
            and look.own(text) >= look.share
            and _of(look.allowed)(text) > 0.97
            and shortest <= len("".join(runs)) / len(runs) <= longest
        ):
            return look.encoding
    return None
