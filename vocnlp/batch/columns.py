"""Which column is which, judged by name; and a row as a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import category

import yaml

from vocnlp.batch.dates import is_date
from vocnlp.batch.identifiers import SeenIds
from vocnlp.batch.rows import Row, warning
from vocnlp.errors import ErrorCode, InputError
from vocnlp.schema import Comment, FailedComment, Problem
from vocnlp.scores.metrics import recognise
from vocnlp.scores.scale import Metric, fold

__all__ = ["Columns", "CommentMaker"]


# inside "reviewText" and "评论ID"
_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[\u3040-\u9fff])|(?<=[\u3040-\u9fff])(?=[A-Za-z])")


class _Names(NamedTuple):
    text: frozenset[str]
    text_part: re.Pattern[str]
    question: re.Pattern[str]
    not_text: re.Pattern[str]
    ids: tuple[str, ...]
    dates: frozenset[str]


@cache
def _names() -> _Names:
    content = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"))

    def listed(key: str) -> tuple[str, ...]:
        return tuple(_folded(name) for line in content[key] for name in str(line).split(","))

    def pattern(key: str) -> re.Pattern[str]:
        return re.compile(content[key].replace("\n", "").replace(" |", "|"))

    return _Names(
        frozenset(listed("text")),
        pattern("text_part"),
        pattern("question"),
        pattern("not_text"),
        listed("id"),
        frozenset(listed("date")),
    )


def _folded(name: str) -> str:
    spaced = _BORDER.sub(" ", name)
    # marks (categories M*) are parts of Thai, Hindi and Arabic words
    return fold("".join(c if c.isalnum() or category(c)[0] == "M" else " " for c in fold(spaced)))


class Columns(NamedTuple):
    """The names of the columns of text and id; `id` is None where rows are numbered instead."""

    text: str
    id: str | None

    @classmethod
    def find(cls, names: Sequence[str], *, source: str, text: str | None, id: str | None) -> Columns:
        """The columns that the user named, else those whose names tell.

        Raises InputError when a named column is missing, or when no column or several may hold the comments.
        """
        for option, named in (("--text", text), ("--id", id)):
            if named is not None and named not in names:
                raise InputError(f"{source} has no column {named!r} ({option}); it has: {_list(names)}")
        return cls(text or _find_text(names, source), id or _find_id(names))


def _find_text(names: Sequence[str], source: str) -> str:
    if "text" in names:  # the name in this project's own records
        return "text"
    known = _names()
    folded = {name: _folded(name) for name in names}
    found = [name for name, short in folded.items() if short in known.text]
    if not found:
        about = {name: short for name, short in folded.items() if not known.not_text.search(short)}
        found = [name for name, short in about.items() if known.text_part.search(short)]
    if not found:
        found = [name for name, short in folded.items() if known.question.search(short)]
    if len(found) == 1:
        return found[0]
    if found:
        what = f"{len(found)} columns may hold the comments: {_list(found)}"
        raise InputError(f"{source}: {what}. Say which, such as: --text {_quoted(found[0])}")
    raise InputError(
        f"{source}: no column's name says that it holds the comments. "
        f"The columns are: {_list(names)}. Say which: --text COLUMN"
    )


def _find_id(names: Sequence[str]) -> str | None:
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(_folded(name), name)
    return next((folded[known] for known in _names().ids if known in folded), None)


def _list(names: Sequence[str]) -> str:
    """The names as messages show them: a first line that is no header may hold what a customer wrote."""
    from vocnlp.text import pii  # imported here: it is large, and seldom needed

    shown = ", ".join(repr(pii.mask(name)[0][:60]) for name in names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown or "none"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) else f'"{name}"'


class CommentMaker:
    """Makes comments of rows: scores recognised and checked, all other columns as they came.

    Remembers the ids (see `SeenIds`) and which columns are scores; nothing else of the rows.
    """

    def __init__(self, columns: Columns, names: Sequence[str], unit: str) -> None:
        self.columns = columns
        self.unit = unit
        self.seen = SeenIds()
        self.count = 0
        self.metrics: dict[str, Metric | None] = {}
        self.dates: dict[str, bool] = {}
        for name in names:
            self._classify(name)

    def _classify(self, name: str) -> None:
        """Decide once a column; of two columns that hold one metric the first is the score."""
        metric = None if name in self.columns else recognise(name)
        taken = {known.name for known in self.metrics.values() if known}
        self.metrics[name] = metric if metric and metric.name not in taken else None
        self.dates[name] = _folded(name) in _names().dates

    def make(self, row: Row) -> Comment | FailedComment:
        """The comment of a row, or what is wrong with it."""
        self.count += 1
        if row.problem:
            return FailedComment(None if self.columns.id else str(self.count), row.problem)
        warnings = row.warnings
        cells = row.cells
        identifier = self._identify(cells, row.number, warnings)
        text = cells.get(self.columns.text)
        if isinstance(text, dict | list):
            what = f"column {self.columns.text!r} holds a {type(text).__name__}, no text"
            problem = Problem(ErrorCode.BAD_ROW, f"{self.unit} {row.number}: {what}", row.number)
            return FailedComment(identifier, problem)
        comment = Comment(identifier, "" if text is None else str(text), warnings=warnings)
        for name, value in cells.items():
            if name not in self.columns:
                self._add(comment, name, value, row.number)
        if not comment.text.strip() and not comment.scores:
            what = f"{self.unit} {row.number} has no text in column {self.columns.text!r} and no score"
            return FailedComment(identifier, Problem(ErrorCode.MISSING_TEXT, what, row.number))
        return comment

    def _identify(self, cells: dict[str, Any], number: int, warnings: list[str]) -> str:
        if self.columns.id is None:
            return str(self.count)
        value = cells.get(self.columns.id)
        if value is None or value == "":
            return f"row-{self.count}"
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # sheets and Parquet keep whole numbers so
        identifier = str(value)
        if not self.seen.add(identifier):
            what = f"the id of {self.unit} {number} was seen before; both are kept"
            warnings.append(warning(ErrorCode.DUPLICATE_ID, what))
        return identifier

    def _add(self, comment: Comment, name: str, value: Any, number: int) -> None:
        if name not in self.metrics:
            self._classify(name)
        if isinstance(value, dict) and name in ("scores", "attributes"):
            # a record of this project before it was tagged
            for inner, item in value.items():
                self._add(comment, inner, item, number)
            return
        metric = self.metrics[name]
        if metric and (value is None or value == ""):
            return
        if metric:
            try:
                comment.scores[metric.name] = metric.check(value)
            except ValueError:
                what = f"{self.unit} {number}, column {name!r}: {metric.describe()}; it stays an attribute"
                comment.warnings.append(warning(ErrorCode.SCORE_REJECTED, what))
            else:
                return
        elif self.dates[name] and isinstance(value, str | int | float) and value and not is_date(value):
            what = f"{self.unit} {number}, column {name!r} holds no date; use ISO 8601, such as 2026-05-31"
            comment.warnings.append(warning(ErrorCode.DATE_REJECTED, what))
        comment.attributes[name] = value
