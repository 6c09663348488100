"""CSV as people export it; a broken row costs that row alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.batch.delimited import read_delimited
from vocnlp.batch.rows import MAX_ROW_BYTES, Row
from vocnlp.errors import InputError


def rows(path: Path, content: str, **options: str) -> list[Row]:
    path.write_text(content, encoding="utf-8", newline="")
    return list(read_delimited(path, **options).rows)


def brief(found: list[Row]) -> list[object]:
    """Cells of good rows, code and line of bad ones."""
    return [(r.problem.code.value, r.number) if r.problem else list(r.cells.values()) for r in found]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_header(tmp_path: Path, delimiter: str) -> None:
    lines = [["id", "comment", "nps"], ["1", "a; b | c, d", "9"], ["2", "x|y,z;w", "3"]]
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert brief(rows(tmp_path / "d.csv", quoted)) == lines[1:]


def test_a_delimiter_that_occurs_in_comments_only(tmp_path: Path) -> None:
    assert brief(rows(tmp_path / "d.csv", "id;text\n1;slow, rude, dear\n2;ok, fine, good\n")) == [
        ["1", "slow, rude, dear"],
        ["2", "ok, fine, good"],
    ]


def test_one_column(tmp_path: Path) -> None:
    assert brief(rows(tmp_path / "d.csv", "text\nslow\n\nfine\n")) == [["slow"], ["fine"]]


def test_the_named_delimiter_is_taken(tmp_path: Path) -> None:
    assert brief(rows(tmp_path / "d.csv", "id~text\n1~a,b\n", delimiter="~")) == [["1", "a,b"]]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_an_impossible_delimiter(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(InputError, match="must be one character"):
        rows(tmp_path / "d.csv", "id,text\n", delimiter=delimiter)


def test_line_breaks_in_quotes_and_the_lines_of_rows(tmp_path: Path) -> None:
    found = rows(tmp_path / "q.csv", 'id,text\r\n1,"two\r\nlines ""quoted"""\r\n\r\n2,"x"\r\n')
    assert brief(found) == [["1", 'two\r\nlines "quoted"'], ["2", "x"]]
    assert [row.number for row in found] == [2, 5]


def test_too_many_cells_are_an_error_and_too_few_a_warning(tmp_path: Path) -> None:
    found = rows(tmp_path / "w.csv", "id,text,nps\n1,slow, rude,3\n2,fine\n3,good,9,,\n,,\n4,ok,7\n")
    assert brief(found) == [("bad_row", 2), ["2", "fine"], ["3", "good", "9"], ["4", "ok", "7"]]
    assert "has 4 cells where the header names 3; put double quotes around" in found[0].problem.message  # type: ignore[union-attr]
    assert found[1].warnings == [
        "bad_row: line 3 has 2 cells where the header names 3; the others are taken as empty"
    ]
    assert not found[2].warnings


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    body = "".join(f"{i},fine,9\n" for i in range(3, 2000))
    found = rows(tmp_path / "u.csv", f'id,text,nps\n1,good,8\n2,"bad,1\n{body}')
    assert brief(found)[:3] == [["1", "good", "8"], ("bad_row", 3), ["3", "fine", "9"]]
    assert len(found) == 1999


def test_a_quote_that_is_closed_by_a_later_rows_quote(tmp_path: Path) -> None:
    found = rows(tmp_path / "u.csv", 'id,text,nps\n1,"bad,1\n2,good,4\n3,"fine",3\n4,"ok",2\n')
    assert brief(found) == [("bad_row", 2), ["2", "good", "4"], ["3", "fine", "3"], ["4", "ok", "2"]]


def test_quotes_that_are_not_doubled_are_read_with_a_warning(tmp_path: Path) -> None:
    found = rows(tmp_path / "u.csv", 'id,text,nps\n1,"he said "no" twice",3\n2,say "hi",4\n')
    assert [list(row.cells.values())[0::2] for row in found] == [["1", "3"], ["2", "4"]]
    assert "no" in found[0].cells["text"]
    assert found[0].warnings[0].startswith("bad_row: line 2 breaks the rules of quoting")
    assert (found[1].cells["text"], found[1].warnings) == ('say "hi"', [])


def test_an_open_quote_before_much_text_costs_one_row(tmp_path: Path) -> None:
    line = "7," + "fine " * 2000 + "\n"
    count = 2 * MAX_ROW_BYTES // len(line)
    found = rows(tmp_path / "u.csv", 'id,text\n1,"open\n' + line * count)
    assert [row.problem is None for row in found] == [True] + [True] * count
    assert found[0].warnings[0].startswith("bad_row: line 2")
    assert found[0].cells["text"].strip() == "open"


def test_names_of_columns_are_made_unique(tmp_path: Path) -> None:
    found = rows(tmp_path / "n.csv", "a,,a, b ,column_2\n1,2,3,4,5\n")
    assert found[0].cells == {"a": "1", "column_2": "2", "a_2": "3", "b": "4", "column_2_2": "5"}


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_any_cells_come_back(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("h") / "any.csv"
    quoted = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in table)
    found = rows(path, f"a,b,c\n{quoted}", delimiter=",")
    assert brief(found) == [row for row in table if any(row)]


@given(st.text(st.sampled_from('a,"\n;é'), max_size=80))
def test_no_content_stops_the_reader(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.mktemp("h") / "any.csv"
    found = rows(path, f"x,y\n{content}\nlast,row\n", delimiter=",")
    assert [row.number for row in found] == sorted(row.number for row in found)
    if '"' not in content:
        assert brief(found)[-1] == ["last", "row"]
