"""What is written comes back equal from every format, is safe to open, and is whole or absent."""

from __future__ import annotations

import csv
import io
import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import orjson
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vocnlp.batch import writers, xlsx
from vocnlp.batch.layout import neutralise
from vocnlp.batch.readers import is_tagged, read_records, read_tagged
from vocnlp.batch.writers import open_writer
from vocnlp.errors import InputError, OutputError
from vocnlp.schema import Comment, FailedComment, Problem, TaggedComment, to_json

SUFFIXES = [".jsonl", ".csv", ".tsv", ".parquet", ".xlsx"]
Make = Callable[[Comment], TaggedComment]
Record = TaggedComment | FailedComment


def write(path: Path, records: Iterable[Record]) -> Path:
    with open_writer(path) as writer:
        for record in records:
            writer.write(record)
    return path


def then_raise(records: list[Record], error: type[BaseException]) -> Iterator[Record]:
    yield from records
    raise error


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def sheet(path: Path) -> list[dict[str, Any]]:
    """The cells as another program reads them."""
    if path.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(path)["comments"].iter_rows(values_only=True)
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture
def records(tagged: Make) -> list[Record]:
    return [
        tagged(
            Comment(
                "c1", "送货慢\nbut fine", {"nps": 3.0, "csat": 2.0}, {"product": "lamp", "n": 7, "vip": True}
            )
        ),
        FailedComment("c2", Problem("bad_row", "line 3 has 4 cells where the header names 3", 3)),
        tagged(
            Comment(
                "c3",
                "",
                {"nps": 9.0},
                {"product": None, "deep": {"a": [1, "x"]}, "late": 1.5},
                ["long_comment: x"],
            )
        ),
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_records_come_back_equal(tmp_path: Path, records: list[Record], suffix: str) -> None:
    path = write(tmp_path / f"out{suffix}", records)
    assert is_tagged(path)
    assert list(read_tagged(path)) == records
    assert [orjson.dumps(record) for record in read_records(path)] == [to_json(record) for record in records]
    assert names(tmp_path) == [path.name]


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    comments=st.lists(
        st.builds(
            Comment,
            TEXT,
            TEXT,
            st.dictionaries(st.sampled_from(["nps", "csat"]), st.floats(0, 10)),
            st.dictionaries(TEXT, VALUES, max_size=3),
            st.lists(TEXT, max_size=1),
        ),
        min_size=1,
        max_size=4,
    ),
    suffix=st.sampled_from(SUFFIXES),
)
def test_any_record_comes_back_equal(
    tmp_path: Path, tagged: Make, comments: list[Comment], suffix: str
) -> None:
    made: list[Record] = [tagged(comment) for comment in comments]
    assert list(read_tagged(write(tmp_path / f"any{suffix}", made))) == made


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_records_are_a_valid_file(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"none{suffix}", [])
    if suffix == ".jsonl":
        assert path.read_bytes() == b""
    else:
        assert list(read_tagged(path)) == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_person_reads_the_columns(tmp_path: Path, records: list[Record], suffix: str) -> None:
    first, second, third = sheet(write(tmp_path / f"out{suffix}", records))
    assert list(first) == [
        "id", "text", "language", "sentiment", "sentiment_score", "aspects", "risks", "nps", "csat",
        "product", "n", "vip", "deep", "late", "warnings", "error", "record",
    ]  # fmt: skip
    assert (first["text"], first["language"], first["sentiment"]) == ("送货慢\nbut fine", "pt", "neg")
    assert (first["aspects"], first["risks"]) == ("logistics:neg price:pos", "fraud:critical")
    assert float(first["nps"]) == 3
    assert second["error"] == "bad_row: line 3 has 4 cells where the header names 3"
    assert third["warnings"] == "long_comment: x"
    assert third["deep"] == '{"a":[1,"x"]}'


def test_parquet_has_numbers_and_texts(tmp_path: Path, records: list[Record]) -> None:
    table = pq.read_table(write(tmp_path / "out.parquet", records))
    assert str(table.schema.field("nps").type) == "double"
    assert table["nps"].to_pylist() == [3.0, None, 9.0]
    assert table["n"].to_pylist() == ["7", None, None]


def test_columns_whose_name_is_taken(tmp_path: Path, tagged: Make) -> None:
    record = tagged(Comment("c", "a", {"nps": 3.0}, {"language": "de", "nps": "eleven", "input.nps": 1}))
    path = write(tmp_path / "out.csv", [record])
    row = sheet(path)[0]
    assert (row["language"], row["input.language"]) == ("pt", "de")
    assert (row["nps"], row["input.nps"], row["input.input.nps"]) == ("3.0", "eleven", "1")
    assert list(read_tagged(path)) == [record]


def test_columns_that_come_late_are_in_the_record_and_told(
    tmp_path: Path, tagged: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writers, "LAYOUT_ROWS", 2)
    made: list[Record] = [
        tagged(Comment(str(i), "a", {}, {"new": i} if i > 2 else {"old": i})) for i in range(5)
    ]
    path = write(tmp_path / "late.csv", made)
    assert "new" not in sheet(path)[0]
    assert list(read_tagged(path)) == made
    assert "in column record alone: 'new'" in caplog.text


def test_keys_without_end_are_no_columns(tmp_path: Path, tagged: Make) -> None:
    made: list[Record] = [
        tagged(Comment(str(i), "a", {}, {f"k{i}_{j}": j for j in range(600)})) for i in range(3)
    ]
    path = write(tmp_path / "wide.xlsx", made)
    assert len(sheet(path)[0]) == 1010
    assert list(read_tagged(path)) == made


ATTACKS = [
    "=cmd|'/C calc'!A0",
    "+1+cmd|x",
    "-2+3+cmd|x",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "－1＋1",
    "=1",
]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx"])
def test_no_cell_runs_as_a_formula(tmp_path: Path, tagged: Make, suffix: str) -> None:
    made: list[Record] = [tagged(Comment(attack, attack, {}, {attack: attack})) for attack in ATTACKS]
    path = write(tmp_path / f"attack{suffix}", made)
    for row in sheet(path):
        for cell in (*row, *row.values()):
            assert not str(cell).startswith(("=", "+", "@", "\t", "\r", "\n", "＝", "－"))
            assert not str(cell).startswith("-") or float(str(cell))
    if suffix == ".xlsx":
        cells = (cell for row in openpyxl.load_workbook(path)["comments"] for cell in row)
        assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert list(read_tagged(path)) == made


@pytest.mark.parametrize("number", ["-3", "+5", "-0.81", "-1,250.00", "-12%", "-1e-7", "+4915112345678"])
def test_numbers_stay_numbers(number: str) -> None:
    assert neutralise(number) == number


def test_negative_numbers_stay_numbers_in_cells(tmp_path: Path, tagged: Make) -> None:
    path = write(
        tmp_path / "n.xlsx", [tagged(Comment("c", "a", {}, {"delta": -3, "order": 12345678901234567}))]
    )
    row = sheet(path)[0]
    assert (row["sentiment_score"], row["delta"]) == (-0.81, -3)
    assert row["order"] == "12345678901234567"  # Excel would round the number


@pytest.mark.parametrize("length", [32_767, 32_768, 100_000])
@pytest.mark.parametrize("character", ["很", "😀", "_x0041_"])
def test_cells_longer_than_excel_allows(tmp_path: Path, tagged: Make, length: int, character: str) -> None:
    record = tagged(Comment("c", character * (length // len(character)), {}, {"note": "short"}))
    other = tagged(Comment("d", "brief"))
    path = write(tmp_path / "long.xlsx", [record, other])
    book = openpyxl.load_workbook(path)
    cells = [str(cell) for row in book["comments"].iter_rows(values_only=True) for cell in row]
    assert max(len(cell.encode("utf-16-le")) // 2 for cell in cells) <= 32_767
    cut = sheet(path)[0]["text"].endswith("[cut; the whole record is number 1 in sheet 'continued']")
    assert cut == (len(record.text.encode("utf-16-le")) // 2 > 32_767 or "_x" in character)
    assert list(read_tagged(path)) == [record, other]


def test_characters_that_xml_cannot_hold(tmp_path: Path, tagged: Make) -> None:
    record = tagged(Comment("c", "a\x00b\x0bc\ufffed\x1b", {}, {"k\x01": "_x0001_ \x08"}))
    path = write(tmp_path / "control.xlsx", [record])
    assert sheet(path)[0]["text"] == "a_x0000_b_x000B_c_xFFFE_d_x001B_"
    assert sheet(path)[0]["k_x0001_"] == "_x005F_x0001_ _x0008_"
    assert list(read_tagged(path)) == [record]


def test_more_rows_than_a_sheet_holds(tmp_path: Path, tagged: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 3)
    made: list[Record] = [tagged(Comment(str(i), "a")) for i in range(5)]
    path = write(tmp_path / "many.xlsx", made)
    assert openpyxl.load_workbook(path).sheetnames == ["comments", "comments 2", "comments 3"]
    assert list(read_tagged(path)) == made


# --- whole or not at all ---


def test_the_file_appears_at_the_end(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    with open_writer(path) as writer:
        writer.write(records[0])
        assert path.read_text() == "before"
    assert path.read_bytes() == to_json(records[0]) + b"\n"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_error_leaves_nothing_behind(tmp_path: Path, records: list[Record], suffix: str) -> None:
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / f"out{suffix}", then_raise(records * 400, ZeroDivisionError))
    assert names(tmp_path) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupt_keeps_what_is_whole(
    tmp_path: Path, records: list[Record], suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / f"out{suffix}", then_raise(records, KeyboardInterrupt))
    assert names(tmp_path) == [f"out.partial{suffix}"]
    assert list(read_tagged(tmp_path / f"out.partial{suffix}")) == records
    assert f"the 3 records done so far are in {tmp_path}/out.partial{suffix}" in caplog.text


def test_an_interrupt_before_the_first_record_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / "out.jsonl"):
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """A disk with so much space left, as far as this process can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk(tmp_path: Path, tagged: Make, suffix: str) -> None:
    records = (tagged(Comment("c", os.urandom(1000).hex())) for _ in range(2500))
    with file_size_limit(100_000), pytest.raises(OutputError, match=r"cannot write .*: no space left .*-o"):
        write(tmp_path / f"out{suffix}", records)
    assert names(tmp_path) == []


def test_a_full_device(tmp_path: Path, records: list[Record]) -> None:
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"full\.jsonl .*: no space left \(No space left on device\)"):
        write(tmp_path / "full.jsonl", records)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no/such/out.jsonl", "No such file or directory"), ("folder.jsonl", "Is a directory")],
)
def test_a_place_that_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(OutputError, match=f"{name} at all: {reason}"), open_writer(tmp_path / name):
        pass


@pytest.mark.parametrize("name", ["out.xls", "out", "out.json"])
def test_an_unknown_extension_lists_those_that_work(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(InputError, match=r"\.jsonl \.csv \.tsv \.parquet \.xlsx"),
        open_writer(tmp_path / name),
    ):
        pass


def test_standard_output_is_json_lines(records: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    with open_writer("-") as writer:
        for record in records:
            writer.write(record)
    assert out.getvalue() == b"".join(to_json(record) + b"\n" for record in records)


def test_a_link_keeps_its_target(tmp_path: Path, records: list[Record]) -> None:
    (tmp_path / "real.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    write(tmp_path / "link.jsonl", records)
    assert (tmp_path / "link.jsonl").is_symlink()
    assert list(read_tagged(tmp_path / "real.jsonl")) == records
