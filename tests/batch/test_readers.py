"""Every format gives the same comments, bad rows cost themselves alone, and what is wrong is located."""

from __future__ import annotations

import csv
import io
import json
import sys
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vocnlp.batch.readers import open_input, read
from vocnlp.batch.rows import MAX_ROW_BYTES
from vocnlp.errors import InputError
from vocnlp.schema import Comment, FailedComment

ROWS = [
    {"id": "a1", "comment": "配送很慢，客服不理人", "NPS": 3, "product": "lamp"},
    {"id": "a2", "comment": 'He said "fine",\nthen left', "NPS": 9, "product": "sofa"},
    {"id": "a3", "comment": "Ótimo; chegou antes", "NPS": 10, "product": None},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The rows in the format of the extension, as other programs write it."""
    columns = list(rows[0])
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(c) for c in columns])
        book.save(path)
    return path


def problems(path: Path, **options: Any) -> list[tuple[str, int | None]]:
    return [(r.error.code, r.error.row) for r in read(path, **options) if isinstance(r, FailedComment)]


def comments(path: Path, **options: Any) -> list[Comment]:
    found = list(read(path, **options))
    assert all(isinstance(row, Comment) for row in found), found
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".xlsx"])
def test_every_format_gives_the_same_comments(tmp_path: Path, suffix: str) -> None:
    found = comments(write(tmp_path / f"data{suffix}", ROWS))
    assert [c.id for c in found] == ["a1", "a2", "a3"]
    assert [c.text for c in found] == [row["comment"] for row in ROWS]
    assert [c.scores for c in found] == [{"nps": 3.0}, {"nps": 9.0}, {"nps": 10.0}]
    assert [c.attributes["product"] or None for c in found] == ["lamp", "sofa", None]
    assert not any(c.warnings for c in found)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), min_size=1).filter(
            lambda text: text.strip() and not text.isdigit()
        ),
        min_size=1,
        max_size=5,
    ),
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet"]),
)
def test_any_text_arrives_as_it_is(tmp_path: Path, texts: list[str], suffix: str) -> None:
    path = write(tmp_path / f"any{suffix}", [{"key": str(i), "text": text} for i, text in enumerate(texts)])
    assert [c.text for c in comments(path, delimiter=None)] == texts


def test_values_of_typed_formats_become_plain_json_values(tmp_path: Path) -> None:
    row = {"text": "ok", "at": datetime(2026, 5, 31, 14), "day": date(2026, 5, 31), "price": Decimal("9.90")}
    row |= {"n": 3, "ratio": float("nan"), "tags": ["a", "b"], "raw": b"\xffz"}
    found = comments(write(tmp_path / "typed.parquet", [row]))[0].attributes
    assert found == {
        "at": "2026-05-31T14:00:00",
        "day": "2026-05-31",
        "price": "9.90",
        "n": 3,
        "ratio": None,
        "tags": ["a", "b"],
        "raw": "\\xffz",
    }


def test_sheet_numbers_are_ids_and_text(tmp_path: Path) -> None:
    found = comments(write(tmp_path / "n.xlsx", [{"id": 17.0, "text": 42}, {"id": 18, "text": True}]))
    assert [(c.id, c.text) for c in found] == [("17", "42"), ("18", "True")]


def test_integers_beyond_64_bits_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    path.write_text('{"id": 123456789012345678901, "text": "a", "order": 98765432109876543210}\n')
    found = comments(path)[0]
    assert found.id == "123456789012345678901"
    assert found.attributes == {"order": "98765432109876543210"}


def test_missing_ids_are_row_numbers(tmp_path: Path) -> None:
    assert [c.id for c in comments(write(tmp_path / "no.csv", [{"text": "a"}, {"text": "b"}]))] == ["1", "2"]
    rows = [{"id": "x", "text": "a"}, {"id": "", "text": "b"}]
    assert [c.id for c in comments(write(tmp_path / "gap.csv", rows))] == ["x", "row-2"]


def test_duplicate_ids_are_kept_and_warned_of(tmp_path: Path) -> None:
    rows = [{"id": i, "text": "a"} for i in ("x", "y", "x")]
    found = comments(write(tmp_path / "twice.csv", rows))
    assert [c.id for c in found] == ["x", "y", "x"]
    assert [c.warnings for c in found][:2] == [[], []]
    assert found[2].warnings == ["duplicate_id: the id of line 4 was seen before; both are kept"]


def test_a_score_off_its_scale_stays_an_attribute(tmp_path: Path) -> None:
    path = write(
        tmp_path / "scale.csv", [{"text": "a", "NPS score": 11, "csat": 4}, {"text": "b", "NPS score": "n/a"}]
    )
    first, second = comments(path)
    assert (first.scores, first.attributes) == ({"csat": 4.0}, {"NPS score": "11"})
    assert first.warnings[0].startswith("score_rejected: line 2, column 'NPS score': nps must be")
    assert (second.scores, second.attributes) == ({}, {"NPS score": "n/a"})


@pytest.mark.parametrize(
    ("column", "metric"),
    [("NPS score", "nps"), ("净推荐值", "nps"), ("nps_score", "nps"), ("CSAT", "csat"), ("满意度", "csat")],
)
def test_scores_are_recognised_by_name(tmp_path: Path, column: str, metric: str) -> None:
    assert comments(write(tmp_path / "s.jsonl", [{"text": "a", column: 5}]))[0].scores == {metric: 5.0}


def test_the_second_column_of_a_metric_is_an_attribute(tmp_path: Path) -> None:
    found = comments(write(tmp_path / "two.csv", [{"text": "a", "NPS": 5, "nps score": 6}]))[0]
    assert (found.scores, found.attributes) == ({"nps": 5.0}, {"nps score": "6"})


def test_an_answer_without_words_counts_if_it_has_a_score(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", [{"id": "a", "text": "", "nps": 4}, {"id": "b", "text": " ", "nps": ""}])
    first, second = read(path)
    assert isinstance(first, Comment)
    assert (first.text, first.scores) == ("", {"nps": 4.0})
    assert isinstance(second, FailedComment)
    assert (second.id, second.error.code, second.error.row) == ("b", "missing_text", 3)


def test_dates_in_odd_formats_stay_and_only_nonsense_is_warned_of(tmp_path: Path) -> None:
    values = ["2026-05-31T10:00:00Z", "31.05.2026", "2026年5月31日 10:00", "soon", "", "2026-13-45"]
    found = comments(write(tmp_path / "d.jsonl", [{"text": "a", "created_at": v} for v in values]))
    assert [c.attributes["created_at"] for c in found] == values
    warned = [bool(c.warnings) for c in found]
    assert warned == [False, False, False, True, False, True]
    assert found[3].warnings == [
        "date_rejected: line 4, column 'created_at' holds no date; use ISO 8601, such as 2026-05-31"
    ]


def test_a_record_that_was_not_tagged_yet(tmp_path: Path) -> None:
    row = {"id": "c", "text": "a", "scores": {"nps": 3, "trust": 9}, "attributes": {"region": "EU"}}
    found = comments(write(tmp_path / "raw.jsonl", [row]))[0]
    assert found == Comment("c", "a", {"nps": 3.0}, {"trust": 9, "region": "EU"}, [])


# --- bad input ---


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".xlsx"])
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty{suffix}"
    path.touch()
    with pytest.raises(InputError, match=f"empty{suffix}"):
        read(path)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".xlsx"])
def test_only_a_header_is_no_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"header{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.table({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}), path)
    elif suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["id", "text"])
        book.save(path)
    else:
        path.write_text("id,text\n" if suffix == ".csv" else "id\ttext\n")
    assert list(read(path)) == []


@pytest.mark.parametrize("content", ["\n\n \n", "\ufeff\n"])
def test_a_csv_of_blank_lines_has_no_header(tmp_path: Path, content: str) -> None:
    path = tmp_path / "blank.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"no header|no column"):
        read(path)


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.jsonl", "nothing.parquet", "nothing.xlsx"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_a_file_of_another_kind(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"liar{suffix}"
    path.write_text("id,text\n1,a\n" * 1000)
    with pytest.raises(InputError, match=f"liar{suffix} as"):
        read(path)


@pytest.mark.parametrize("name", ["data.xls", "data", "data.pdf"])
def test_an_unknown_extension_lists_those_that_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.csv \.tsv \.jsonl \.parquet \.xlsx"):
        read(tmp_path / name)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(InputError, match="directory"):
        read(tmp_path / "x.csv")


def test_a_line_of_ten_megabytes_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    long = json.dumps({"id": "b", "text": "x" * 10_000_000})
    path.write_text(f'{{"id": "a", "text": "one"}}\n{long}\n{{"id": "c", "text": "three"}}\n')
    one, two, three = read(path)
    assert (one.id, three.id) == ("a", "c")
    assert isinstance(two, FailedComment)
    assert (two.error.code, two.error.row) == ("line_too_long", 2)


def test_a_file_that_is_one_line_of_ten_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(b"x" * 10_000_000)
    with pytest.raises(InputError, match=r"no header"):
        read(path)


def test_a_comment_of_a_million_characters_is_read_whole(tmp_path: Path) -> None:
    text = "很慢。" * 333_334
    for suffix in (".csv", ".jsonl"):
        assert comments(write(tmp_path / f"m{suffix}", [{"text": text}]))[0].text == text


def test_nul_bytes_go_on_to_the_text_repair(tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(b"id,text\n1,slow\x00 delivery\n2,fine\n")
    assert [c.text for c in comments(path)] == ["slow\0 delivery", "fine"]
    path = tmp_path / "nul.jsonl"
    path.write_bytes(b'{"id": 1, "text": "slow\x00 delivery"}\n{"id": 2, "text": "fine\\u0000"}\n')
    assert [c.text for c in comments(path)] == ["slow\0 delivery", "fine\0"]


def test_lone_surrogates_are_shown_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "half.jsonl"
    path.write_text(
        '{"id": "a", "text": "cut \\ud83d", "tag": ["\\udc00"]}\n'
        '{"id": "b", "text": "whole \\ud83d\\ude00"}\n'
    )
    first, second = comments(path)
    assert (first.text, first.attributes) == ("cut \ufffd", {"tag": ["\ufffd"]})
    assert first.warnings[0].startswith("characters_repaired: line 1 ")
    assert (second.text, second.warnings) == ("whole 😀", [])


@pytest.mark.parametrize(
    "line", ['{"id": 1, "text": "cut', "[1, 2]", "null", '"text"', "text", "{}}", "[" * 100_000]
)
def test_a_line_that_is_no_object_costs_itself_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"text": "a"}}\n\n{line}\n{{"text": "b"}}\n')
    rows = list(read(path))
    assert [getattr(row, "text", None) for row in rows] == ["a", None, "b"]
    assert problems(path) == [("bad_json", 3)]
    assert rows[1].id == "2"


def test_a_table_that_is_called_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text("id,text\n1,fine\n2,good\n")
    with pytest.raises(InputError, match=r"table\.jsonl is no JSON Lines: line 1 is no JSON at character 1;"):
        read(path)


def test_json_errors_do_not_repeat_what_customers_wrote(tmp_path: Path) -> None:
    path = tmp_path / "secret.jsonl"
    path.write_text('{"text": "a"}\n{"text": "call +49 170 1234567"\n')
    error = list(read(path))[1].error  # type: ignore[union-attr]
    assert "1234567" not in error.message


def test_a_text_that_is_a_list_is_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "list.jsonl", [{"id": "a", "text": ["x"]}, {"id": "b", "text": "ok"}])
    assert problems(path) == [("bad_row", 1)]


def test_no_column_of_text(tmp_path: Path) -> None:
    path = write(tmp_path / "none.csv", [{"a": 1, "b": 2}])
    with pytest.raises(InputError, match=r"The columns are: 'a', 'b'\. Say which: --text COLUMN"):
        read(path)
    assert comments(path, text="b")[0].text == "2"


def test_two_columns_of_text(tmp_path: Path) -> None:
    path = write(tmp_path / "two.csv", [{"review": "x", "Kommentar": "y"}])
    with pytest.raises(
        InputError, match=r"2 columns may hold the comments: 'review', 'Kommentar'.*--text review"
    ):
        read(path)
    found = comments(path, text="Kommentar")[0]
    assert (found.text, found.attributes) == ("y", {"review": "x"})


@pytest.mark.parametrize("option", ["text", "id"])
def test_a_named_column_that_is_missing(tmp_path: Path, option: str) -> None:
    path = write(tmp_path / "x.csv", [{"review": "x", "n": "y"}])
    with pytest.raises(InputError, match=rf"no column 'Review' \(--{option}\); it has: 'review', 'n'"):
        read(path, **{option: "Review"})


def test_a_file_that_is_deleted_midway_is_read_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "gone.csv", [{"text": f"{i} " + "x" * 1000} for i in range(5000)])
    rows = read(path)
    next(rows)
    path.unlink()
    assert sum(1 for _ in rows) == 4999


def test_a_file_that_is_cut_midway_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.csv", [{"text": f"{i} " + "x" * 1000} for i in range(5000)])
    rows = read(path)
    next(rows)
    with path.open("r+b") as file:
        file.truncate(2_500_000)
    with pytest.raises(InputError, match=r"cut\.csv shrank while it was read"):
        list(rows)


def test_a_disk_that_goes_away_midway_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise OSError(116, "Stale file handle")
            return super().read(min(30, size or 0))

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Failing(b'{"text": "aaaaaaaaaaaaaaaaa"}\n' * 9)))
    with pytest.raises(InputError, match="cannot read standard input: Stale file handle"):
        list(read("-"))


def test_a_parquet_file_that_breaks_midway(tmp_path: Path) -> None:
    path = tmp_path / "broken.parquet"
    table = pa.table({"text": [f"comment {i}" for i in range(4000)]})
    pq.write_table(table, path, row_group_size=2000, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    start = len(content) * 2 // 3
    content[start : start + 4000] = b"\xff" * 4000
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.parquet after row \d+"):
        list(read(path))


def test_parquet_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.parquet"
    raw = pa.array([b"fine", b"caf\xe9", None], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"id": ["a", "b", "c"], "text": raw, "nps": [1, 2, 3]}), path)
    first, second, third = comments(path)
    assert (first.text, second.text, third.text) == ("fine", "caf\ufffd", "")
    assert second.warnings[0].startswith("bad_encoding: row 2, column 'text'")


def test_standard_input_is_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    data = '{"id": "a", "text": "质量好"}\n{"id": "b"\n'.encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    opened = open_input("-")
    assert not opened.tagged
    first, second = opened.comments()
    assert isinstance(first, Comment)
    assert first.text == "质量好"
    assert isinstance(second, FailedComment)


def test_other_sheets_with_the_same_header_are_read_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = openpyxl.Workbook(write_only=True)
    for title, rows in {"May": [["text"], ["a"]], "June": [["text"], ["b"]], "Notes": [["by", "x"]]}.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "sheets.xlsx")
    assert [c.text for c in comments(tmp_path / "sheets.xlsx")] == ["a", "b"]
    assert "sheet 'Notes' is left out" in caplog.text


def test_cells_right_of_the_header_are_kept(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (["text", "x"], ["a", 1, "note"], ["b"]):
        sheet.append(row)
    book.save(tmp_path / "wide.xlsx")
    found = comments(tmp_path / "wide.xlsx")
    assert [c.attributes for c in found] == [{"x": 1, "column_3": "note"}, {"x": None, "column_3": None}]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "many.csv", [{"id": i, "text": "x" * 2000} for i in range(4_000)])
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(path)) == 4_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 8_000_000
    assert peak < 6 * 2**20  # chunks of a megabyte, not the file's rows
    assert peak < MAX_ROW_BYTES
