"""Files and standard input as comments, and tagged records read back; see docs/files.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from vocnlp.batch.columns import Columns, CommentMaker
from vocnlp.batch.delimited import read_delimited
from vocnlp.batch.jsonl import read_jsonl
from vocnlp.batch.layout import RECORD, is_layout
from vocnlp.batch.lines import STDIN, source_name
from vocnlp.batch.rows import Row, Table
from vocnlp.errors import ErrorCode, InputError
from vocnlp.schema import Comment, FailedComment, Problem, TaggedComment, from_dict, to_json

__all__ = ["Input", "is_tagged", "open_input", "read", "read_records", "read_tagged"]

_PEEKED_ROWS = 100


@dataclass(slots=True)
class Input:
    """An opened input, to be read once: raw comments, or records tagged before."""

    source: str
    tagged: bool
    table: Table

    def comments(
        self, *, text: str | None = None, id: str | None = None
    ) -> Iterator[Comment | FailedComment]:
        """The rows as comments; raises InputError when the column of text cannot be told."""
        columns = Columns.find(self.table.columns, source=self.source, text=text, id=id)
        return map(CommentMaker(columns, self.table.columns, self.table.unit).make, self.table.rows)

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows as tagged records in plain form; a row that cannot be read as an object with `error`."""
        return map(_from_cell if is_layout(self.table.columns) else _from_object, self.table.rows)


def open_input(path: str | Path, *, encoding: str | None = None, delimiter: str | None = None) -> Input:
    """Open a .csv .tsv .jsonl .parquet or .xlsx file, or JSON Lines on standard input (`-`).

    encoding, delimiter: of text files; by default found by looking.
    Raises InputError when the input is missing, empty or of another kind.
    """
    table = _table(path, encoding, delimiter)
    tagged = is_layout(table.columns)
    if not tagged and ("aspects" in table.columns or set(table.columns) <= {"id", "error"}):
        sample = list(islice(table.rows, _PEEKED_ROWS))
        table.rows = chain(sample, table.rows)
        tagged = _are_tagged(sample)
    return Input(source_name(path), tagged, table)


def read(
    path: str | Path,
    *,
    text: str | None = None,
    id: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Comment | FailedComment]:
    """The comments of an input (see `open_input`), read as they are asked for.

    text, id: the columns of the comment and its id; by default their names tell, and rows without an id are
    numbered.
    A row that cannot be read is a FailedComment in its place. Memory does not grow with the rows, but for
    hashes of their ids.
    Raises InputError at the call when the file or a column is missing or ambiguous, and while reading when
    the file goes away.
    """
    return open_input(path, encoding=encoding, delimiter=delimiter).comments(text=text, id=id)


def is_tagged(path: str | Path) -> bool:
    """Whether a file holds records tagged before; False for standard input, which can be read once only."""
    return str(path) != STDIN and open_input(path).tagged


def read_records(
    path: str | Path, *, text: str | None = None, model: str | None = None
) -> Iterator[Mapping[str, Any]]:
    """Records in the form of docs/records.md as plain objects: as tagged before, or tagged on the way.

    text, model: for raw comments, as in `read` and `pipeline.load`.
    A row that cannot be read gives an object with `error`. Raises InputError as `read` does.
    """
    opened = open_input(path)
    if opened.tagged:
        return opened.records()
    from vocnlp import pipeline
    from vocnlp.batch.local import tag

    load: Callable[[], Any] = partial(pipeline.load, model=model) if model else pipeline.load
    return (orjson.loads(to_json(record)) for record in tag(opened.comments(text=text), load))


def read_tagged(path: str | Path) -> Iterator[TaggedComment | FailedComment]:
    """Tagged records from any format, equal to those that were written.

    Raises InputError as `read` does, and when the file holds no tagged records.
    """
    opened = open_input(path)
    if not opened.tagged:
        raise InputError(f"{opened.source} holds no tagged records; make some with: vocnlp tag")
    return map(as_tagged, opened.records())


def as_tagged(record: Mapping[str, Any]) -> TaggedComment | FailedComment:
    """A record in plain form as an object; one that lacks something becomes a FailedComment."""
    try:
        return from_dict(record)
    except (KeyError, TypeError, AttributeError) as error:
        what = f"the record is no tagged comment: {type(error).__name__} {error}"
        return FailedComment(record.get("id"), Problem(ErrorCode.BAD_ROW, what))


def _table(path: str | Path, encoding: str | None, delimiter: str | None) -> Table:
    suffix = Path(path).suffix.lower()
    if str(path) == STDIN or suffix == ".jsonl":
        return read_jsonl(path, encoding=encoding)
    if suffix in (".csv", ".tsv"):
        return read_delimited(path, encoding=encoding, delimiter=delimiter)
    if suffix == ".parquet":
        from vocnlp.batch.parquet import read_parquet

        return read_parquet(path)
    if suffix == ".xlsx":
        from vocnlp.batch.xlsx import read_xlsx

        return read_xlsx(path)
    formats = "use .csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines on standard input"
    raise InputError(f"{path}: cannot read {suffix or 'a name without extension'!r}; {formats}")


def _are_tagged(rows: list[Row]) -> bool:
    """By the first row that was tagged or could not be; a raw column may be called `aspects` too."""
    for row in rows:
        if not row.problem and "error" not in row.cells:
            tags = row.cells.get("aspects"), row.cells.get("sentiment"), row.cells.get("language")
            return [type(tag) for tag in tags] == [list, dict, dict]
    return all(isinstance(row.cells.get("error"), dict) for row in rows)


def _from_object(row: Row) -> dict[str, Any]:
    return row.cells if row.problem is None else _failed(row.problem)


def _from_cell(row: Row) -> dict[str, Any]:
    if row.problem:
        return _failed(row.problem)
    try:
        record = orjson.loads(row.cells.get(RECORD) or "")
    except orjson.JSONDecodeError:
        record = None
    if isinstance(record, dict):
        return record
    return _failed(
        Problem(ErrorCode.BAD_ROW, f"row {row.number}: column {RECORD!r} is no record", row.number)
    )


def _failed(problem: Problem) -> dict[str, Any]:
    error = {"code": problem.code, "message": problem.message, "row": problem.row}
    return {"id": None, "error": error}
