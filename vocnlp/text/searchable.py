"""The form of a text in which phrases are searched: folded, and with disguises of words undone.

On top of `fold` (width, case, compatibility forms): traditional characters become simplified, Latin and Greek
letters lose their accents, Arabic letters their variants and vowel marks, separators inside words go
(`诈-骗`, `s.c.a.m`), letters repeated three times and more become one, digits inside Latin words are read as
the letters they stand for (`sc4m`). Every character knows where it came from.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from vocnlp.text.normalize import fold

__all__ = ["Searchable"]

_TRADITIONAL = Path(__file__).with_name("traditional.txt")

# Ideographs, kana and hangul: scripts in which a space carries no meaning that a phrase depends on.
_DENSE = "\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_MARKS = "\u00ad\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u2060-\u2064\ufe0f\ufeff"
_LETTER = "[^\\W\\d_]"

# What is cut out. Group 1, where it takes part, is kept: the first of a run of equal letters.
_CUTS = (
    rf"[{_MARKS}]+",
    rf"[ .、](?:(?<=[{_DENSE}][ .、])(?=[ .、]?[{_DENSE}])|(?<=[{_DENSE}][ .、]{{2}})(?=[{_DENSE}]))",
    " (?= )",
    r"'(?=(?:[dmst]|ll|re|ve)\b)(?<=[a-z]')",
    rf"[ .](?:(?<=\b{_LETTER}[ .])(?={_LETTER}[ .]{_LETTER}\b)"
    rf"|(?<=\b{_LETTER}[ .]{_LETTER}[ .])(?={_LETTER}\b))",
    r"([a-z])\1\1+",
)
_CUT = re.compile("|".join(_CUTS))
_PROBES = tuple(map(re.compile, _CUTS))  # alone each is fast, and few texts need any
_LEET = re.compile(r"[013457@$](?:(?<=[a-z].)[013457@$]*(?=[a-z])|(?<=\$)(?=[a-z]{3}))")
_LEET_LETTERS = str.maketrans("013457@$", "oieastas")


def _base(character: str) -> str:
    """The letter without its accents; the letter itself if it does not decompose into one base and marks."""
    decomposed = unicodedata.normalize("NFD", character)
    return decomposed[0] if all(map(unicodedata.combining, decomposed[1:])) else character


class _Table(dict[int, str]):
    """For `str.translate`, to which a missing character costs an exception, the second time none."""

    def __missing__(self, codepoint: int) -> str:
        same = self[codepoint] = chr(codepoint)
        return same


def _table() -> dict[int, str]:
    pairs = "".join(
        line for line in _TRADITIONAL.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    accented = [*range(0xC0, 0x250), *range(0x386, 0x3CF), *range(0x1E00, 0x2000)]
    return {
        **{code: _base(chr(code)) for code in accented if _base(chr(code)) != chr(code)},
        **dict(zip(map(ord, "ıłđøðħŧ\u0451"), "ildodht\u0435", strict=True)),
        **dict(zip(map(ord, "أإآٱىةیک"), "اااايهيك", strict=True)),
        **dict.fromkeys(map(ord, "’ʼ‘`´′"), "'"),
        **dict.fromkeys(map(ord, "-_/|*·•‧~^+\u2010\u2011\u2012\u2013\u2014\t\r\u00a0\u3000"), " "),
        **dict(zip(map(ord, pairs[::2]), pairs[1::2], strict=True)),
    }


_TABLE = _Table(_table())
_SEPARATORS = _Table({code: space for code, space in _TABLE.items() if space == " "})


class Searchable:
    """`text` is the searchable form; `origin` leads back to the text that was given."""

    __slots__ = ("_accented", "_folded", "_kept", "_mapped", "text")

    def __init__(self, text: str) -> None:
        self._folded = fold(text)
        self._mapped = self._folded.text.translate(_TABLE)
        self._kept: Sequence[int] | None = None
        self._accented: str | None = None
        needed = any(probe.search(self._mapped) for probe in _PROBES)
        cut = _CUT.sub(r"\1", self._mapped) if needed else self._mapped
        self.text = _LEET.sub(lambda run: run[0].translate(_LEET_LETTERS), cut)

    @property
    def kept(self) -> Sequence[int]:
        """[len(text)] index of each character of `text` in the folded text."""
        if self._kept is None:
            self._kept = self._kept_indices()
        return self._kept

    def _kept_indices(self) -> Sequence[int]:
        if len(self.text) == len(self._mapped):
            return range(len(self._mapped))
        kept: list[int] = []
        at = 0
        for cut in _CUT.finditer(self._mapped):
            kept.extend(range(at, cut.start() + bool(cut[1])))
            at = cut.end()
        kept.extend(range(at, len(self._mapped)))
        return kept

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of the given text that became `text[start:end]`, which must not be empty."""
        return self._folded.span(self.kept[start], self.kept[end - 1] + 1)

    def position(self, offset: int) -> int:
        """Where in `text` the character at `offset` of the given text begins."""
        return bisect_left(self.kept, offset, key=self._folded.starts.__getitem__)

    @property
    def accented(self) -> str:
        """`text` with its accents, character by character, for languages in which they tell words apart."""
        if self._accented is None:
            spaced = self._folded.text.translate(_SEPARATORS)
            self._accented = "".join(map(spaced.__getitem__, self.kept))
        return self._accented
