"""Search for thousands of patterns at once.

The anchors of all patterns, literals of which a match must hold one, form one Aho-Corasick automaton (Aho and
Corasick, 1975). A pattern is tried as a regular expression only where one of its anchors stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from vocnlp.text.patterns import Pattern, PatternError, is_inside_word
from vocnlp.text.searchable import Searchable

__all__ = ["Hit", "Matcher", "Span"]

REACH = 200
"""Code points on each side of an anchor that is not the beginning within which its pattern is searched."""

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
        anchored: dict[str, list[int]] = {}
        for index, written in enumerate(patterns):
            try:
                pattern = Pattern(written, accents=bool(accents) and accents[index])
                literals = pattern.anchors.literals
            except PatternError as error:
                raise PatternError(error.args[0], index) from None
            self._patterns.append(pattern)
            for literal in literals:
                anchored.setdefault(literal, []).append(index)
        self._automaton = AhoCorasick(list(anchored))
        self._anchored = list(anchored.values())

    def find(
        self,
        searchable: Searchable,
        clauses: Sequence[Span] = (),
        *,
        wanted: Container[int] | None = None,
    ) -> list[Hit]:
        """All hits, by start.

        clauses: ranges of the text that `&` must stay inside; none: the text.   wanted: the patterns that
        are tried; by default all.
        """
        anchors: dict[int, list[Span]] = {}
        text = searchable.text.replace("\n", " ")
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for index in self._anchored[number]:
                if wanted is None or index in wanted:
                    anchors.setdefault(index, []).append((start, end))
        hits = {
            Hit(index, *span)
            for index, spans in anchors.items()
            if self._patterns[index].may_match(text)
            for span in _verify(self._patterns[index], spans, searchable, clauses)
        }
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))


def _verify(
    pattern: Pattern, anchors: Sequence[Span], searchable: Searchable, clauses: Sequence[Span]
) -> Iterator[Span]:
    if pattern.anchors.whole:
        yield from _words(searchable.text, anchors)
        return
    text = searchable.accented if pattern.accents else searchable.text
    expression, *others = pattern.expressions
    if others:
        yield from _together(pattern, text, [searchable.position(start) for start, _ in clauses])
    elif pattern.anchors.first:
        last = 0
        for begin in sorted({start for start, _ in anchors}):
            found = expression.match(text, begin) if begin >= last else None
            if found:
                yield found.span()
                last = found.end()
    else:
        for begin, end in _windows(anchors):
            yield from (found.span() for found in expression.finditer(text, begin, end))


def _words(text: str, anchors: Sequence[Span]) -> Iterator[Span]:
    """The anchors that are whole words, the longest where they overlap."""
    last = 0
    for begin, end in sorted(anchors, key=lambda span: (span[0], -span[1])):
        if begin >= last and not (is_inside_word(text, begin) or is_inside_word(text, end)):
            yield begin, end
            last = end


def _together(pattern: Pattern, text: str, bounds: Sequence[int]) -> Iterator[Span]:
    """Where all parts between `&` stand in one clause; `bounds` are the beginnings of the clauses."""
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
