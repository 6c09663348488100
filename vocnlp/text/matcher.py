"""Search for thousands of patterns at once.

Literals of all patterns form one Aho-Corasick automaton (Aho and Corasick, 1975). Only a pattern of which
every required literal occurs is tried as a regular expression.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from vocnlp.text.patterns import Pattern, PatternError
from vocnlp.text.searchable import Searchable

__all__ = ["Hit", "Matcher", "Span"]

REQUIRED = 3
"""Sets of required literals that are looked for; more would cost more than they save."""

REACH = 200
"""Code points on each side of an anchor within which its pattern is searched."""

Span = tuple[int, int]


class Hit(NamedTuple):
    """Pattern number `pattern` was found at `text[start:end]` of the searchable form."""

    pattern: int
    start: int
    end: int


class Matcher:
    """Finds patterns; build once, use for many texts.

    patterns: in the language of `vocnlp.text.patterns`.
    accents:  [len(patterns)] whether accents count in the pattern (Vietnamese); none by default.
    Raises PatternError, with the index of the pattern as its second argument.
    """

    def __init__(self, patterns: Sequence[str], *, accents: Sequence[bool] = ()) -> None:
        self._patterns: list[Pattern] = []
        numbers: dict[str, int] = {}
        self._required: list[list[frozenset[int]]] = []
        self._anchored: dict[int, list[int]] = {}
        for index, written in enumerate(patterns):
            try:
                pattern = Pattern(written, accents=bool(accents) and accents[index])
                required = pattern.required()[:REQUIRED]
            except PatternError as error:
                raise PatternError(error.args[0], index) from None
            self._patterns.append(pattern)
            sets = [frozenset(numbers.setdefault(x, len(numbers)) for x in literals) for literals in required]
            for number in sets[0]:
                self._anchored.setdefault(number, []).append(index)
            self._required.append(sets[1:])
        self._automaton = AhoCorasick(list(numbers))

    def find(self, searchable: Searchable, clauses: Sequence[Span] = ()) -> list[Hit]:
        """All hits, by start. `clauses`: ranges of the text that `&` must stay inside; none: the text."""
        places: dict[int, list[Span]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(searchable.text, overlapping=True):
            places.setdefault(number, []).append((start, end))
        present = places.keys()
        anchors: dict[int, list[Span]] = {}
        for number, spans in places.items():
            for index in self._anchored.get(number, ()):
                if not any(map(present.isdisjoint, self._required[index])):
                    anchors.setdefault(index, []).extend(spans)
        hits = {
            Hit(index, *span)
            for index, spans in anchors.items()
            for span in _verify(self._patterns[index], spans, searchable, clauses)
        }
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))


def _verify(
    pattern: Pattern, anchors: Sequence[Span], searchable: Searchable, clauses: Sequence[Span]
) -> Iterator[Span]:
    text = searchable.accented if pattern.accents else searchable.text
    first, *others = pattern.expressions
    if not others:
        for begin, end in _windows(anchors):
            yield from (found.span() for found in first.finditer(text, begin, end))
        return
    bounds = [searchable.position(start) for start, _ in clauses]
    by_clause = [
        {bisect_right(bounds, found.start()): found.span() for found in expression.finditer(text)}
        for expression in pattern.expressions
    ]
    for clause in set.intersection(*map(set, by_clause)):
        spans = [places[clause] for places in by_clause]
        yield min(start for start, _ in spans), max(end for _, end in spans)


def _windows(anchors: Sequence[Span]) -> Iterator[Span]:
    """Ranges around the anchors, merged where they overlap: keeps the cost linear in very long texts."""
    spans = sorted((max(0, start - REACH), end + REACH) for start, end in anchors)
    begin, end = spans[0]
    for following, last in spans[1:]:
        if following > end:
            yield begin, end
            begin = following
        end = max(end, last)
    yield begin, end
