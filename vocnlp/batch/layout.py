"""The tabular form of tagged records: columns that a person can read; in the last one, the whole record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from vocnlp.schema import FailedComment, TaggedComment, to_json

__all__ = ["RECORD", "Layout", "is_layout", "neutralise"]

FIRST = ("id", "text", "language", "sentiment", "sentiment_score", "aspects", "risks")
LAST = ("warnings", "error")
RECORD = "record"
MOST_ATTRIBUTES = 1000  # keys that differ from row to row are no columns; a sheet ends at 16,384

# What spreadsheets take for the start of a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s?%?")


def neutralise(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet would run it as a formula; numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def is_layout(columns: Iterable[str]) -> bool:
    """Whether a table's header is that of tagged records."""
    return {"sentiment", "aspects", RECORD} <= set(columns)


@dataclass(slots=True)
class Layout:
    """Which scores and attributes have a column of their own, and under which name."""

    scores: dict[str, str]
    attributes: dict[str, str]

    @classmethod
    def of(cls, records: Iterable[TaggedComment | FailedComment]) -> Layout:
        """The layout of the scores and the first 1,000 attributes that occur in the records, in that order.

        An attribute whose name is taken becomes `input.NAME`.
        """
        scores: dict[str, str] = {}
        attributes: dict[str, str] = {}
        for record in records:
            if isinstance(record, TaggedComment):
                scores |= dict.fromkeys(record.scores, "")
                attributes |= dict.fromkeys(record.attributes, "")
        attributes = dict(islice(attributes.items(), MOST_ATTRIBUTES))
        taken = {*FIRST, *LAST, RECORD}
        for names in (scores, attributes):
            for name in names:
                column = name
                while column in taken:
                    column = f"input.{column}"
                names[name] = column
                taken.add(column)
        return cls(scores, attributes)

    @property
    def columns(self) -> list[str]:
        """The header."""
        return [*FIRST, *self.scores.values(), *self.attributes.values(), *LAST, RECORD]

    @property
    def numbers(self) -> frozenset[str]:
        """The columns that hold numbers alone."""
        return frozenset({"sentiment_score", *self.scores.values()})

    def row(self, record: TaggedComment | FailedComment) -> list[Any]:
        """The cells of one record; the last is the whole record as JSON."""
        whole = to_json(record).decode()
        if isinstance(record, FailedComment):
            empty = [None] * (len(FIRST) - 1 + len(self.scores) + len(self.attributes) + 1)
            return [record.id, *empty, f"{record.error.code}: {record.error.message}", whole]
        return [
            record.id,
            record.text,
            record.language.code,
            record.sentiment.label,
            record.sentiment.score,
            " ".join(f"{tag.aspect}:{tag.polarity}" for tag in record.aspects),
            " ".join(dict.fromkeys(f"{risk.category}:{risk.severity}" for risk in record.risks)),
            *(record.scores.get(name) for name in self.scores),
            *_cells(record.attributes, self.attributes),
            "\n".join(record.warnings),
            None,
            whole,
        ]


def _cells(attributes: Mapping[str, Any], names: Iterable[str]) -> Iterable[Any]:
    for name in names:
        value = attributes.get(name)
        yield orjson.dumps(value).decode() if isinstance(value, dict | list) else value
