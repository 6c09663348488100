"""The clauses of a survey: where they stand, and the different texts among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.text.clauses import split
from vocnlp.text.pii import PLACEHOLDERS

__all__ = ["Clauses", "read"]

Codes = NDArray[np.int64]

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]")


@dataclass(frozen=True)
class Clauses:
    """C clauses with U different texts.

    row, start, end: [C] a clause is `text[start:end]` of that row of the survey.   which: [C] its text.
    texts, languages: [U], in the order of their first clause.
    """

    row: Codes
    start: Codes
    end: Codes
    which: Codes
    texts: list[str]
    languages: list[str]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def weights(self) -> Codes:
        """[U] how many clauses have each text."""
        return np.bincount(self.which, minlength=len(self.texts)).astype(np.int64)

    @cached_property
    def first(self) -> Codes:
        """[U] the first clause with each text."""
        return np.unique(self.which, return_index=True)[1].astype(np.int64)

    def select(self, chosen: NDArray[np.bool_]) -> Clauses:
        """Those where the [C] mask holds."""
        kept, which = np.unique(self.which[chosen], return_inverse=True)
        return Clauses(
            self.row[chosen],
            self.start[chosen],
            self.end[chosen],
            which.astype(np.int64),
            [self.texts[k] for k in kept.tolist()],
            [self.languages[k] for k in kept.tolist()],
        )


def read(survey: Survey) -> Clauses:
    """All clauses with at least two letters that are no placeholder of personal data."""
    places: list[tuple[int, int, int, int]] = []
    number: dict[str, int] = {}
    languages: list[str] = []
    frame = survey.frame
    for row, (text, language) in enumerate(zip(frame["text"], frame["language"], strict=True)):
        for start, end in split(text):
            clause = text[start:end]
            if sum(character.isalpha() for character in _PLACEHOLDER.sub("", clause)) < 2:
                continue
            which = number.setdefault(clause, len(number))
            if which == len(languages):
                languages.append(language)
            places.append((row, start, end, which))
    table = np.array(places, np.int64).reshape(-1, 4)
    return Clauses(table[:, 0], table[:, 1], table[:, 2], table[:, 3], list(number), languages)
