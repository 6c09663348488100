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
from functools import cached_property

from vocnlp.text.searchable import Searchable

__all__ = ["Pattern", "PatternError", "is_spaced"]

GAP_WORDS = 5
GAP_CHARACTERS = 10

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
_OPERATORS = {"(": "(?:", ")": ")", "|": "|", "*": f"{_SPACED}*"}


class PatternError(ValueError):
    """A pattern is not in the language of patterns; the message says why."""


def is_spaced(character: str) -> bool:
    """Whether it belongs to a word of a script that puts spaces between words."""
    return (character < "\u0e00" or "\u1e00" <= character < "\u2000") and character.isalnum()


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

    def required(self) -> list[frozenset[str]]:
        """Sets of literals, the most telling first: a text without one of each set cannot match."""
        sets = [literals for part in self._parts for literals in _required(part)]
        if not sets:
            raise PatternError(f"{self.written!r} would match too much; give a word that must occur")
        return sorted(sets, key=lambda literals: min(map(_weight, literals)), reverse=True)


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


def _required(tokens: list[str]) -> list[frozenset[str]]:
    """Texts outside of groups, and of each group without an empty choice the text of every choice."""
    sets: list[frozenset[str]] = []
    depth = 0
    choices: list[str] = []
    for token in tokens:
        if token == "(":
            depth += 1
            choices = [""] if depth == 1 else choices
        elif token == ")":
            depth -= 1
            if not depth and all(choices):
                sets.append(frozenset(choices))
        elif token == "|":
            choices += [""] if depth == 1 else []
        elif token != "*" and token.strip() != "..." and depth <= 1:
            literal = Searchable(token).text.strip()
            if depth:
                choices[-1] = max(choices[-1], literal, key=_weight)
            elif literal:
                sets.append(frozenset([literal]))
    return sets


def _weight(literal: str) -> int:
    """How much a literal tells: an ideograph about as much as two letters."""
    return sum(1 if is_spaced(character) or character == " " else 2 for character in literal)
