"""Repair text as it was read, and fold it for matching.

`repair` makes the text of a record: what the customer wrote, free of damage; full-width and other
compatibility characters stay. `fold` makes a second text in which spellings that differ only in case,
width or compatibility form are equal, with a map back to the first.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product, repeat
from typing import NamedTuple

import ftfy
from ftfy import chardata, fixes

from vocnlp.errors import ErrorCode

__all__ = ["Folded", "fold", "repair"]

_MAX_MARKS = 30  # of one character; the Stream-Safe Text Format of UAX #15. Normalisation is quadratic in it.
_JOINED = "\u0600-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
"""What a zero-width joiner or non-joiner may follow: Arabic, Indic, Myanmar, Khmer, Mongolian, emoji."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\x0b\x0c\r\u2028\u2029]")
_JUNK = (
    "\x80-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff"
)
_INVISIBLE = re.compile(
    f"[{_JUNK}]+|(?<![{_JOINED}])[\u200c\u200d]+|(?<=[\u200c\u200d])[\u200c\u200d]+"
    # Tag characters stay where they belong: in the flags of England, Scotland and Wales.
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
_SUSPECT = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f&{_JUNK}\u200c\u200d\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKS = re.compile(rf"[^\w\s!-~]{{{_MAX_MARKS + 1}}}")  # holds every run of marks that is too long
_HAN = re.compile("[\u4e00-\u9fff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, the offset in the original that it came from.

    `starts` has len(text) + 1 entries, never falls, begins with 0 and ends with the length of the original.
    """

    text: str
    starts: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of the original that holds all of `text[start:end]`; needs start < end."""
        first, last = self.starts[start], self.starts[end - 1]
        return first, self.starts[bisect_right(self.starts, last, lo=end - 1)]


def repair(text: str) -> tuple[str, list[str]]:
    """Undo wrong encodings, control and invisible characters, lone surrogates and HTML entities; then NFC.

    Entities are undone once, and not beside a literal `<`. Joiners stay where emoji, Persian and Indic
    scripts need them. A surrogate without its pair becomes U+FFFD. Runs of combining marks are cut at 30.
    Returns the text and its warnings: one of code `characters_repaired` if characters were lost or wrong.
    """
    if _is_clean(text):
        return text, []
    fixed, controls = _CONTROL.subn("", fixes.remove_terminal_escapes(text))
    paired = fixes.SURROGATE_PAIR_RE.sub(fixes.convert_surrogate_pair, fixed)
    fixed, surrogates = _SURROGATE.subn("\ufffd", paired)
    if "<" not in fixed:
        fixed = fixes.unescape_html(fixed)
    fixed = _CONTROL.sub("", _SURROGATE.sub("\ufffd", fixed))
    decoded = "\n".join(_undo_wrong_encoding(line) for line in fixed.split("\n"))
    fixes_made = {
        "control characters were removed": controls,
        "lone surrogates were replaced": surrogates,
        "a wrong encoding was undone": decoded != fixed,
    }
    plain = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", fixes.fix_c1_controls(decoded)))
    reasons = ", ".join(reason for reason, made in fixes_made.items() if made)
    warnings = [f"{ErrorCode.CHARACTERS_REPAIRED}: {reasons}"] if reasons else []
    return unicodedata.normalize("NFC", _limit_marks(plain)), warnings


def _is_clean(text: str) -> bool:
    if _SUSPECT.search(text):
        return False
    return text.isascii() or not (
        _MARKS.search(text) or not unicodedata.is_normalized("NFC", text) or _maybe_mojibake(text)
    )


def _undo_wrong_encoding(line: str) -> str:
    return _undo_gb18030(ftfy.fix_encoding(line)) if _maybe_mojibake(line) else line


def _undo_gb18030(line: str) -> str:
    """Undo UTF-8 that was read as GB18030 (`鐗╂祦` for `物流`), which ftfy does not know.

    Bytes of real Chinese are hardly ever valid UTF-8 for other Chinese. A run of an odd number of bytes has
    lost its last one: its last character becomes U+FFFD.
    """
    try:
        decoded = _NOT_ASCII.sub(_as_utf8, line)
    except UnicodeError:
        return line
    han = len(_HAN.findall(decoded))
    return decoded if han >= 2 and 2 * han >= sum(not char.isascii() for char in decoded) else line


def _as_utf8(run: re.Match[str]) -> str:
    data = run.group().rstrip("\ufffd").encode("gb18030")
    decoder = getincrementaldecoder("utf-8")()
    complete = decoder.decode(data)
    return complete + "\ufffd" if decoder.getstate()[0] else complete


def _maybe_mojibake(text: str) -> bool:
    """Whether the costly look is worth it; never False where it would change the text."""
    if text.isascii():
        return False
    pairs = _mojibake()
    for at in pairs.pattern.finditer(text):
        begin = at.start()
        pair = text[begin : begin + 2]
        if pair in pairs.whole or (pair in pairs.begun and text[begin + 2 : begin + 3] in pairs.following):
            return True
    return _HAN.search(text) is not None and _undo_gb18030(text) != text


class _Mojibake(NamedTuple):
    """How UTF-8 looks when read in one of ftfy's single-byte encodings."""

    whole: frozenset[str]  # sequences of two bytes
    begun: frozenset[str]  # the first two bytes of a longer sequence
    following: frozenset[str]  # bytes after the first
    pattern: re.Pattern[str]  # where a pair may begin


@cache
def _mojibake() -> _Mojibake:
    following: set[str] = {"\ufffd", "\x1a"}  # a byte that was lost on the way
    whole = {first + second for first in "ÂÃĂ" for second in " ?"}  # a byte A0 that became a space
    begun: set[str] = set()
    for encoding in chardata.CHARMAP_ENCODINGS:
        continuations = bytes(range(0x80, 0xC0)).decode(encoding, "ignore") + "\ufffd\x1a"
        following.update(continuations)
        for leads, pairs in ((range(0xC0, 0xE0), whole), (range(0xE0, 0xF5), begun)):
            pairs.update(map("".join, product(bytes(leads).decode(encoding, "ignore"), continuations)))
    first, second = ("".join(sorted(set(column))) for column in zip(*whole, *begun, strict=True))
    pattern = re.compile(f"[{first}](?=[{re.escape(second)}])")
    return _Mojibake(frozenset(whole), frozenset(begun), frozenset(following), pattern)


def _limit_marks(text: str) -> str:
    if not _MARKS.search(text):
        return text
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _fold(text: str) -> str:
    """NFKC_Casefold of the Unicode standard (section 3.13) without its removal of ignorable characters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class _Characters(dict[int, str]):
    """Code point to its folding, filled as characters are met."""

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _fold(chr(codepoint))
        return folded


_CHARACTERS = _Characters()


def fold(text: str) -> Folded:
    """Fold case (also `ß` to `ss`), width and compatibility forms: NFKC, then case folding, then NFKC."""
    if text.isascii():
        return Folded(text.lower(), range(len(text) + 1))
    folded = text.translate(_CHARACTERS)
    if not unicodedata.is_normalized("NFKC", folded):  # some characters combine with their neighbours
        return _fold_pieces(text)
    if len(folded) == len(text):
        return Folded(folded, range(len(text) + 1))
    lengths = map(len, map(_CHARACTERS.__getitem__, map(ord, text)))
    starts = chain.from_iterable(map(repeat, range(len(text)), lengths))
    return Folded(folded, [*starts, len(text)])


def _fold_pieces(text: str) -> Folded:
    """Fold piece by piece, where a piece is the shortest run that does not combine with what follows."""
    pieces: list[str] = []
    starts: list[int] = []
    begin, piece = 0, ""
    for at, char in enumerate(text):
        alone = _CHARACTERS[ord(char)]
        if piece and (unicodedata.combining(alone[0]) or _fold(piece + alone) != piece + alone):
            piece = _fold(text[begin : at + 1])
            continue
        pieces.append(piece)
        starts += [begin] * len(piece)
        begin, piece = at, alone
    pieces.append(piece)
    starts += [begin] * len(piece)
    return Folded("".join(pieces), [*starts, len(text)])
