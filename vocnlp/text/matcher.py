"""Search for thousands of phrases at once, with gaps and wildcards, in any script.

The language of patterns, matched against the searchable form of a text:

    never again           the words, next to each other
    scam*  *fraude        `*` lets a word go on (or begin) with other letters
    (never|not) buy       one of the alternatives; `(really|)` makes a word optional
    never ... again       a gap of up to 5 words, or 10 characters in scripts without spaces, inside a sentence
    drink & vomit*        all of these inside one clause, in any order

Words end where letters end, except in scripts without spaces between words.
Method: the literal pieces of all patterns form one Aho-Corasick automaton (Aho and Corasick, 1975); what it
finds is verified for word boundaries, gaps and clauses.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from vocnlp.text.searchable import Searchable

__all__ = ["Hit", "Matcher", "PatternError"]

GAP_WORDS = 5
GAP_CHARACTERS = 10

_GROUP = re.compile(r"\(([^()]*)\)")
_SENTENCE_END = re.compile(r"[.!?。;\n]")
_DENSE_GAP_END = re.compile(r"[.!?。;,:、\n]")

Span = tuple[int, int]


class PatternError(ValueError):
    """A pattern is not in the language of patterns; the message says why."""


class Hit(NamedTuple):
    """Pattern number `pattern` was found at `text[start:end]` of the searchable form."""

    pattern: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Literal:
    """A piece of text to find; an edge that is `bound` must not touch another letter of a word."""

    text: str
    bound_left: bool
    bound_right: bool
    accented: str | None  # as written, where accents count


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Slots in order, each a set of alternative literals; `ordered` for gaps, otherwise all in one clause."""

    slots: tuple[frozenset[int], ...]
    ordered: bool


def _spaced(character: str) -> bool:
    """Whether it belongs to a word of a script that puts spaces between words (all lie below Thai)."""
    return character < "\u0e00" and character.isalnum()


def _expand(text: str) -> Iterator[str]:
    group = _GROUP.search(text)
    if group is None:
        yield text
        return
    for alternative in group[1].split("|"):
        yield from _expand(text[: group.start()] + alternative + text[group.end() :])


def _literal(written: str, accents: bool) -> _Literal:
    written = " ".join(written.split())
    inner = written.removeprefix("*").removesuffix("*")
    key = Searchable(inner)
    if not key.text.strip() or set(inner) & set("*()|&") or "..." in inner:
        raise PatternError(f"{written!r} is no phrase: give words, with `*` only at an end of them")
    return _Literal(
        text=key.text,
        bound_left=_spaced(key.text[0]) and not written.startswith("*"),
        bound_right=_spaced(key.text[-1]) and not written.endswith("*"),
        accented=key.accented(0, len(key.text)) if accents else None,
    )


class Matcher:
    """Finds patterns; build once, use for many texts.

    patterns: in the language of this module.
    accents:  [len(patterns)] whether accents count in the pattern (Vietnamese); none by default.
    Raises PatternError, with the index of the pattern as its second argument.
    """

    def __init__(self, patterns: Sequence[str], *, accents: Sequence[bool] = ()) -> None:
        numbers: dict[_Literal, int] = {}
        self._patterns: list[_Pattern] = []
        for index, written in enumerate(patterns):
            try:
                self._patterns.append(self._parse(written, bool(accents) and accents[index], numbers))
            except PatternError as error:
                raise PatternError(error.args[0], index) from None
        self._literals = list(numbers)
        texts = {literal.text: i for i, literal in enumerate({x.text: x for x in numbers}.values())}
        self._automaton = AhoCorasick(list(texts))
        self._literals_of: list[list[int]] = [[] for _ in texts]
        for literal, number in numbers.items():
            self._literals_of[texts[literal.text]].append(number)
        self._anchored = self._anchor()

    @staticmethod
    def _parse(written: str, accents: bool, numbers: dict[_Literal, int]) -> _Pattern:
        if "..." in written and "&" in written:
            raise PatternError(f"{written!r} has both a gap and `&`; write two patterns")
        slots = []
        for piece in re.split(r"\.\.\.|&", written):
            literals = {_literal(text, accents) for text in _expand(piece)}
            slots.append(frozenset(numbers.setdefault(literal, len(numbers)) for literal in literals))
        return _Pattern(slots=tuple(slots), ordered="&" not in written)

    def _anchor(self) -> dict[int, list[int]]:
        """Patterns by the literals of their longest slot: the rest is looked for only where one of these is."""
        anchored: dict[int, list[int]] = {}
        for index, pattern in enumerate(self._patterns):
            longest = max(pattern.slots, key=lambda slot: min(len(self._literals[i].text) for i in slot))
            for number in longest:
                anchored.setdefault(number, []).append(index)
        return anchored

    def find(self, searchable: Searchable, clauses: Sequence[Span] = ()) -> list[Hit]:
        """All hits, by start. `clauses` are ranges of the given text that `&` must stay inside; none: the text."""
        found = self._find_literals(searchable)
        if not found:
            return []
        candidates = {index for number in found for index in self._anchored.get(number, ())}
        hits: set[Hit] = set()
        for index in candidates:
            pattern = self._patterns[index]
            places = [[span for i in slot for span in found.get(i, ())] for slot in pattern.slots]
            if not all(places):
                continue
            if pattern.ordered:
                spans = self._chains(searchable.text, places)
            else:
                spans = self._together(searchable, places, clauses)
            hits.update(Hit(index, start, end) for start, end in spans)
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))

    def _find_literals(self, searchable: Searchable) -> Mapping[int, list[Span]]:
        text = searchable.text
        found: dict[int, list[Span]] = {}
        for key, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            before = start > 0 and _spaced(text[start - 1])
            after = end < len(text) and _spaced(text[end])
            for number in self._literals_of[key]:
                literal = self._literals[number]
                if (before and literal.bound_left) or (after and literal.bound_right):
                    continue
                if literal.accented is None or literal.accented == searchable.accented(start, end):
                    found.setdefault(number, []).append(_whole_words(text, start, end, literal))
        return found

    @staticmethod
    def _chains(text: str, places: Sequence[Sequence[Span]]) -> Iterator[Span]:
        """Spans from a place of the first slot to one of the last, each reached over a permitted gap."""
        if len(places) == 1:
            yield from places[0]
            return
        ends_of: dict[int, set[int]] = {}
        for start, end in places[0]:
            ends_of.setdefault(start, set()).add(end)
        for following in places[1:]:
            for start, ends in ends_of.items():
                ends_of[start] = {
                    end for left, (begin, end) in product(ends, following) if _gap(text, left, begin)
                }
        for start, ends in ends_of.items():
            if ends:
                yield start, min(ends)

    @staticmethod
    def _together(
        searchable: Searchable, places: Sequence[Sequence[Span]], clauses: Sequence[Span]
    ) -> Iterator[Span]:
        bounds = [searchable.position(start) for start, _ in clauses]
        by_clause = [{bisect_right(bounds, start): (start, end) for start, end in slot} for slot in places]
        for clause in set.intersection(*map(set, by_clause)):
            spans = [slot[clause] for slot in by_clause]
            yield min(start for start, _ in spans), max(end for _, end in spans)


def _whole_words(text: str, start: int, end: int, literal: _Literal) -> Span:
    """The span of the literal, drawn out to the ends of words where a wildcard let it stop inside one."""
    while not literal.bound_left and start > 0 and _spaced(text[start]) and _spaced(text[start - 1]):
        start -= 1
    while not literal.bound_right and end < len(text) and _spaced(text[end - 1]) and _spaced(text[end]):
        end += 1
    return start, end


def _gap(text: str, left: int, right: int) -> bool:
    """Whether text[left:right] may lie between two pieces of a pattern."""
    if right < left:
        return False
    between = text[left:right]
    if right < len(text) and (_spaced(text[left - 1]) or _spaced(text[right])):
        return between.strip().count(" ") < GAP_WORDS and not _SENTENCE_END.search(between)
    return len(between) <= GAP_CHARACTERS and not _DENSE_GAP_END.search(between)
