"""Which comments a report quotes, and how: a random draw per number, cut to size, evidence highlighted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from vocnlp.analysis.survey import Mark, Survey

__all__ = ["Pool", "Quote", "excerpt", "tag"]

LIMIT = 480  # code points of a quote; longer comments are cut around their evidence
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment as it is shown; `row` is its place in the survey."""

    row: int
    html: Markup
    tags: str


class Pool:
    """Draws rows of a survey to quote; every comment is kept once, however many numbers it stands behind."""

    def __init__(self, survey: Survey, *, seed: int = 0) -> None:
        self._survey = survey
        self._random = np.random.default_rng(seed)
        text = survey.frame["text"].fillna("").astype(str)
        size = text.str.len().to_numpy()
        self._usable = (size > 0) & ~text.str.casefold().str.strip().duplicated().to_numpy()
        self._unwieldy = (size < 8) | (size > LIMIT)
        self._language = survey.frame["language"].astype("category").cat.codes.to_numpy()
        self._rows: dict[int, None] = {}
        self._kinds: dict[str, tuple[Sequence[str], Mask]] = {
            "neg": (survey.aspects, survey.negative),
            "pos": (survey.aspects, survey.positive & ~survey.negative),
            "risk": (survey.risk_categories, survey.risks),
        }

    def draw(self, mask: Mask, count: int) -> list[int]:
        """Up to `count` distinct comments of the rows in `mask`, drawn at random.

        One comment of each language comes first, so that a reader who filters by language finds one;
        comments of a few characters and those that must be cut come last.
        """
        rows = self._random.permutation(np.flatnonzero(mask & self._usable))
        _, first = np.unique(self._language[rows], return_index=True)
        repeated = np.ones(len(rows), dtype=bool)
        repeated[first] = False
        order = np.lexsort((repeated, self._unwieldy[rows]))
        drawn = [int(row) for row in rows[order][:count]]
        self._rows.update(dict.fromkeys(drawn))
        return drawn

    def tag_rows(self, kind: str, names: Sequence[str], table: Mask) -> None:
        """Let quotes also answer to `kind:name`; table: [n, len(names)] which rows have it."""
        self._kinds[kind] = (names, table)

    def quotes(self) -> list[Quote]:
        """All comments drawn so far, in the order of the survey."""
        marks, text = self._survey.marks, self._survey.frame["text"]
        return [
            Quote(row, excerpt(str(text.iloc[row]), marks[row] if row < len(marks) else ()), self.tags(row))
            for row in sorted(self._rows)
        ]

    def tags(self, row: int) -> str:
        """What a quote answers to in the page: `neg:aspect`, `pos:aspect`, `risk:category` (see `tag`)."""
        return " ".join(
            tag(kind, names[int(i)])
            for kind, (names, table) in self._kinds.items()
            for i in np.flatnonzero(table[row])
        )


def tag(kind: str, name: str) -> str:
    """One word that names a tag in the page; kind is neg, pos, neu, risk, severity or flag."""
    return f"{kind}:{'_'.join(name.split())}"


def excerpt(text: str, marks: Iterable[Mark] = (), *, limit: int = LIMIT) -> Markup:
    """The text, escaped, with its evidence in `<mark>`; cut to `limit` code points around the first mark.

    Marks may overlap: each stretch of text names in `data-t` all tags it speaks for.
    """
    marks = [m for m in marks if 0 <= m.start < m.end <= len(text)]
    start, end = _window(len(text), min((m.start for m in marks), default=0), limit)
    cuts = sorted({start, end, *(min(max(p, start), end) for m in marks for p in (m.start, m.end))})
    pieces = [Markup("\u2026")] if start else []
    for left, right in pairwise(cuts):
        pieces.append(_stretch(text[left:right], [m for m in marks if m.start <= left and right <= m.end]))
    if end < len(text):
        pieces.append(Markup("\u2026"))
    return Markup("").join(pieces)


def _window(length: int, first: int, limit: int) -> tuple[int, int]:
    if length <= limit:
        return 0, length
    start = max(0, min(first - limit // 4, length - limit))
    return start, start + limit


def _stretch(text: str, marks: Sequence[Mark]) -> Markup:
    if not marks:
        return escape(text)
    kinds = {(_kind(m), m.name) for m in marks}
    tone = next(t for t in ("risk", "neg", "pos", "neu") if t in {kind for kind, _ in kinds})
    tags = " ".join(sorted(tag(*k) for k in kinds))
    return Markup('<mark class="{}" data-t="{}">{}</mark>').format(tone, tags, text)


def _kind(mark: Mark) -> str:
    return "risk" if mark.kind == "risk" else "neg" if mark.label == "mix" else mark.label
