"""The language of patterns, compiled to regular expressions and to literals that must occur.

    never again           the words, next to each other
    scam*  sexual* harass*  *fraude     `*` lets a word go on (or begin) with other letters
    (never|not) buy       one of the alternatives; `(really |)` makes a word optional
    never ... again       a gap of up to 5 words, or 10 characters without spaces, inside a sentence
    drink & vomit*        all of these inside one clause, in any order

Words end where letters end, except in scripts without spaces between words: Thai and its like, ideographs,
kana, hangul.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import NamedTuple

from vocnlp.text.searchable import Searchable

__all__ = ["Anchors", "Pattern", "PatternError", "is_inside_word", "is_spaced"]

GAP_WORDS = 5
GAP_CHARACTERS = 10
WORDINGS = 64
"""Up to so many wordings the alternatives of a pattern are multiplied out, for literals that tell more."""

_TOKEN = re.compile(r" *\.\.\. *|[()|*]|(?:(?! *\.\.\.)[^()|*])+")
_SPACED = (
    r"(?:(?![^\x00-\u0dff\u1e00-\u1fff])[^\W_])"  # a letter or digit of a script with spaces between words
)
# (a class that itself reached to U+10FFFF would take milliseconds to compile)
_EDGE_BEFORE = rf"(?:(?<!{_SPACED})|(?!{_SPACED}))"
_EDGE_AFTER = rf"(?:(?!{_SPACED})|(?<!{_SPACED}))"
_SPACE = r"(?:[ \n]|(?<=[ \n]))"  # an optional word before it may have brought the space along
_WORDS = rf"[^\w.!?。;\n]+(?:\w[^\s.!?。;\n]*[^\w.!?。;\n]+){{0,{GAP_WORDS}}}?"
_DENSE = rf"[^.!?。;,:、\n]{{0,{GAP_CHARACTERS}}}?"
_GAP = rf"(?:(?<={_SPACED}){_WORDS}|(?<!{_SPACED})(?:{_WORDS}(?={_SPACED})|{_DENSE}(?!{_SPACED})))"
_BREAK = "\0"
_OPERATORS = {"(": "(?:", ")": ")", "|": "|", "*": f"{_SPACED}*"}


class PatternError(ValueError):
    """A pattern is not in the language of patterns; the message says why."""


def is_spaced(character: str) -> bool:
    """Whether it belongs to a word of a script that puts spaces between words."""
    return (character < "\u0e00" or "\u1e00" <= character < "\u2000") and character.isalnum()


def is_inside_word(text: str, place: int) -> bool:
    """Whether a word of such a script goes on from `text[place - 1]` to `text[place]`."""
    return 0 < place < len(text) and is_spaced(text[place - 1]) and is_spaced(text[place])


class Anchors(NamedTuple):
    """Literals of which every match of a pattern holds one; `first`: begins with one; `whole`: is one."""

    literals: frozenset[str]
    first: bool
    whole: bool


class Pattern:
    """One pattern. `accents`: whether they count; its expressions are then for the accented text.

    Raises PatternError.
    """

    def __init__(self, written: str, *, accents: bool = False) -> None:
        self.written = written
        self.accents = accents
        self._parts = [_TOKEN.findall(part.strip()) for part in written.split("&")]
        for part in self._parts:
            _check(part, written)

    @cached_property
    def expressions(self) -> tuple[re.Pattern[str], ...]:
        """One for each part between `&`. Compiled when first asked for: most patterns never are."""
        return tuple(re.compile(self._expression(part)) for part in self._parts)

    def _expression(self, tokens: list[str]) -> str:
        translated = []
        for token in tokens:
            if token in _OPERATORS:
                translated.append(_OPERATORS[token])
            elif token.strip() == "...":
                translated.append(_GAP)
            else:
                key = Searchable(token)
                literal = key.accented if self.accents else key.text
                translated.append(re.escape(literal).replace(r"\ ", _SPACE))
        return f"{_EDGE_BEFORE}{''.join(translated)}{_EDGE_AFTER}"

    @cached_property
    def anchors(self) -> Anchors:
        """The most telling literals of which every match holds one."""
        best = self._sets[0]
        return best._replace(whole=best.whole and len(self._parts) == 1 and not self.accents)

    def may_match(self, text: str) -> bool:
        """Whether a searchable text, with spaces for line ends, holds a literal of each set that it must."""
        return all(any(map(text.__contains__, anchors.literals)) for anchors in self._sets[1:])

    @cached_property
    def _sets(self) -> list[Anchors]:
        found = (anchors for part in self._parts for anchors in _anchors(part))
        sets = [anchors for anchors in found if all(map(str.strip, anchors.literals))]
        if not sets:
            raise PatternError(f"{self.written!r} would match too much; give a word that must occur")
        return sorted(sets, key=lambda anchors: sum(map(_frequency, anchors.literals)))


def _check(tokens: list[str], written: str) -> None:
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth < 0 or (depth and token.strip() == "...") or (token == "|" and not depth):
            raise PatternError(
                f"{written!r}: `{token.strip()}` is misplaced; alternatives go in parentheses, gaps not"
            )
    edges = [token.strip() for token in (*tokens[:1], *tokens[-1:])]
    if depth or "..." in edges or not edges:
        raise PatternError(f"{written!r}: a parenthesis or one side of `...` or `&` is missing")


def _anchors(tokens: list[str]) -> Iterator[Anchors]:
    """Of each run of words and groups that can be multiplied out, the most telling piece of each wording."""
    runs = [[""]]
    for spellings in _parse(iter(tokens))[0]:
        if spellings == [_BREAK] or len(runs[-1]) * len(spellings) > WORDINGS:
            runs.append([""])
        runs[-1] = ["".join(pair) for pair in product(runs[-1], spellings)]
    for number, run in enumerate(runs):
        wordings = [re.sub(r"\s+", " ", wording) for wording in run]
        literals = [min(wording.split(_BREAK), key=_frequency) for wording in wordings]
        first = number == 0 and all(map(str.startswith, wordings, literals))
        yield Anchors(frozenset(literals), first, whole=len(runs) == 1 and wordings == literals)


def _parse(tokens: Iterator[str]) -> list[list[list[str]]]:
    """Alternatives up to a closing parenthesis: each a sequence of parts, a part a list of its spellings."""
    alternatives: list[list[list[str]]] = [[]]
    for token in tokens:
        if token == ")":
            break
        if token == "|":
            alternatives.append([])
        elif token == "(":
            inner = _parse(tokens)
            alternatives[-1].append(["".join(texts) for parts in inner for texts in product(*parts)])
        else:
            literal = _BREAK if token == "*" or token.strip() == "..." else Searchable(token).text
            alternatives[-1].append([literal])
    return alternatives


def _frequency(literal: str) -> float:
    """How often a literal occurs, roughly: an ideograph tells about as much as two letters."""
    return 4.0 ** -sum(1 if is_spaced(character) or character == " " else 2 for character in literal)
