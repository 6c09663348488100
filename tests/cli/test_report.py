"""`vocnlp report`, from records tagged before to its files, exit codes and one line on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from vocnlp.cli.report import report
from vocnlp.errors import InputError, OutputError, VocnlpError


def record(i: int) -> dict[str, Any]:
    """Every third customer complains of the delivery and is unhappy, mostly."""
    late = i % 3 == 0
    text = f"parcel {i} came late" if late else f"lamp {i} is bright"
    tag = {
        "aspect": "logistics" if late else "performance",
        "polarity": "neg" if late else "pos",
        "confidence": 0.9,
        "evidence": [{"start": 0, "end": len(text), "text": text}],
    }
    return {
        "id": f"c{i}",
        "text": text,
        "language": {"code": "en", "confidence": 0.9},
        "sentiment": {"label": tag["polarity"], "score": -0.8 if late else 0.8, "probabilities": {}},
        "aspects": [tag],
        "risks": [],
        "pii": [],
        "scores": {"nps": float(3 + i % 5 if late else 7 + i % 4), "csat": float(2 + i % 4)},
        "attributes": {"shop": "north" if i % 2 else "south", "day": f"2026-0{1 + i % 6}-1{i % 9}"},
        "warnings": [],
        "versions": {},
    }


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    path = tmp_path / "tagged.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(record(i)) for i in range(240)) + b"\n")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(report, list(map(str, arguments)), standalone_mode=False)


def test_one_line_says_the_score_and_where_the_page_is(tagged: Path, tmp_path: Path) -> None:
    page, results, book = (tmp_path / name for name in ("r.html", "r.json", "r.xlsx"))
    done = run(tagged, "-o", page, "--by", "shop", "--time", "day", "--json", results, "--xlsx", book)
    assert done.exception is None
    assert done.return_value == 0
    assert done.output.startswith("NPS ")
    assert done.output.count("\n") == 1
    assert "240 answers" in done.output
    assert done.output.endswith(f"{page}\n")
    assert page.read_text().startswith("<!doctype html>")
    content = orjson.loads(results.read_bytes())
    assert (content["answers"], content["by"], content["failed"]) == (240, ["shop"], 0)
    assert content["causes"]["causes"][0]["aspect"] == "logistics"
    assert book.stat().st_size > 0
    assert {path.name for path in tmp_path.iterdir()} == {"tagged.jsonl", "r.html", "r.json", "r.xlsx"}


def test_options_choose_score_language_and_title(tagged: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    done = run(tagged, "-o", page, "--csat", "csat", "--locale", "zh", "--title", "<年度> 报告")
    assert done.output.startswith("CSAT ")
    assert "份答卷" in done.output
    assert "<title>&lt;年度&gt; 报告</title>" in page.read_text()
    assert 'lang="zh-Hans"' in page.read_text()


def test_groups_costs_depth_and_scores_of_ones_own(tagged: Path, tmp_path: Path) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    for i, line in enumerate(lines):
        line["attributes"] |= {
            "trust": 10 * line["scores"]["nps"],
            "team": "ab"[i % 7 < 3],
            "size": "xy"[i % 3 < 1],
            "kind": "pq"[i % 5 < 2],
        }
    tagged.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    metrics, costs, results = (tmp_path / name for name in ("m.yaml", "c.csv", "r.json"))
    metrics.write_text("trust: {low: 0, high: 100}")
    costs.write_text("aspect,cost\nlogistics,4\n")
    options = ["--metrics", metrics, "--score", "trust", "--costs", costs, "--compare", "shop=south,north"]
    options += ["--every", "month", "--time", "day", "--stage", "size=y,x"]
    options += ["--by", "shop,team,kind,size", "--depth", "3", "--control", "language", "--json", results]
    assert run(tagged, "-o", tmp_path / "r.html", *options).exception is None
    found = orjson.loads(results.read_bytes())
    assert found["score"] == found["causes"]["metric"] == "trust"
    assert (found["compared"], found["change"]["labels"]) == ("shop", ["south", "north"])
    assert {row["depth"] for row in found["segments"]["table"]} == {1, 2, 3}
    assert found["causes"]["settings"]["controls"] == ["shop", "team", "kind", "language", "day"]
    assert found["trends"]["every"] == "month"
    assert len({row["period"] for row in found["trends"]["table"]}) == 6
    assert [stage["name"] for stage in found["journey"]["stages"]] == ["y", "x"]
    assert found["causes"]["causes"][0]["gain_if_halved"]["cost"] == 4


def test_days_are_those_of_the_customers_clocks_or_of_a_zone(tagged: Path, tmp_path: Path) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    for i, line in enumerate(lines):
        line["attributes"]["day"] = f"2026-01-1{i % 9}T02:00:00+08:00"
    tagged.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    page, results = tmp_path / "r.html", tmp_path / "r.json"
    first = {}
    for zone in ((), ("--timezone", "UTC")):
        assert run(tagged, "-o", page, "--time", "day", "--json", results, *zone).exception is None
        trends = orjson.loads(results.read_bytes())["trends"]
        first[trends["timezone"]] = trends["table"][0]["period"]
        assert f"the time zone {trends['timezone']}." in page.read_text().replace("&#43;", "+")
    assert first == {"UTC+08:00": "2026-01-10", "UTC": "2026-01-09"}


def test_scores_may_come_in_a_file_of_their_own(tagged: Path, tmp_path: Path) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    scores = tmp_path / "scores.csv"
    scores.write_text("response,nps\n" + "\n".join(f"{r['id']},{r['scores']['nps']:g}" for r in lines[:200]))
    tagged.write_bytes(b"\n".join(orjson.dumps({**line, "scores": {}}) for line in lines))
    page, results = tmp_path / "r.html", tmp_path / "r.json"
    done = run(tagged, "-o", page, "--scores", scores, "--key", "response", "--json", results)
    assert done.exception is None
    assert orjson.loads(results.read_bytes())["causes"]["n"] == 200
    assert "40 comments found no score" in page.read_text()


def test_rows_that_failed_are_counted_and_exit_with_1(tagged: Path, tmp_path: Path) -> None:
    failed = {"id": "x", "error": {"code": "bad_row", "message": "too few cells"}}
    tagged.write_bytes(tagged.read_bytes() + orjson.dumps(failed) + b"\n")
    done = run(tagged, "-o", tmp_path / "r.html")
    assert done.return_value == 1
    assert "1 row could not" in done.stderr
    assert "could not" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (["--nps", "npz"], InputError, "npz"),
        (["--by", "shop,city"], InputError, "city"),
        (["--time", "when"], InputError, "when"),
        (["--time", "shop"], InputError, "no date"),
        (["--timezone", "UTC"], InputError, "--time"),
        (["--time", "day", "--timezone", "Mars"], InputError, "Mars"),
        (["--customer", "buyer"], InputError, "buyer"),
        (["--leave-out", "copies"], InputError, "copies"),
        (["--compare", "shop"], InputError, "region=North,South"),
        (["--compare", "shop=north,west"], InputError, "no value 'west'"),
        (["--score", "trust"], InputError, "trust"),
        (["--taxonomy", "none.yaml"], VocnlpError, "none.yaml"),
        (["--topics", "none.json"], InputError, "vocnlp topics"),
    ],
)
def test_a_wrong_option_stops_before_anything_is_written(
    tagged: Path, tmp_path: Path, arguments: list[str], error: type[Exception], says: str
) -> None:
    done = run(tagged, "-o", tmp_path / "r.html", *arguments)
    assert isinstance(done.exception, error)
    assert says in str(done.exception)
    assert not (tmp_path / "r.html").exists()


def test_a_place_that_cannot_be_written_is_named(tagged: Path, tmp_path: Path) -> None:
    done = run(tagged, "-o", tmp_path / "no" / "r.html")
    assert isinstance(done.exception, OutputError)
    assert "r.html" in str(done.exception)
