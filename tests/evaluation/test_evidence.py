from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evaluation import evidence
from evaluation.evidence import Finding, Statement, judge, main, measure, read, table
from vocnlp.errors import InputError
from vocnlp.pipeline import assemble
from vocnlp.taxonomy import taxonomy

TEXT = "The lamp was late. I paid little. It is a cheap lamp. The glass broke."
TEXTS = {"a:1": TEXT, "a:2": "All is well."}
STATEMENTS = [
    Statement("a:1", "en", "logistics", [[0, 18]]),
    Statement("a:1", "en", "price", [[19, 33]]),
    Statement("a:1", "fr", "quality", [[64, 69], [19, 33]]),
    Statement("a:2", "fr", "quality", [[0, 12]]),
]


@pytest.fixture
def findings(word_model: Any) -> list[Finding]:
    return judge(STATEMENTS, TEXTS, assemble(word_model))


def test_every_line_holds_an_id_an_aspect_and_ranges_and_no_text() -> None:
    statements = read()
    known = set(taxonomy.load().ids)
    assert len(statements) >= 300
    assert len({(s.id, s.aspect) for s in statements}) == len(statements)
    assert min(Counter(s.lang for s in statements).values()) >= 40
    assert len({s.lang for s in statements}) == 8
    for statement in statements:
        assert statement.aspect in known
        assert statement.spans == sorted(statement.spans)
        assert statement.spans
        assert all(0 <= start < end <= 400 for start, end in statement.spans)


def test_evidence_is_right_where_it_overlaps_a_labelled_range(findings: list[Finding]) -> None:
    assert [finding.detected for finding in findings] == [True, True, True, False]
    assert [finding.overlaps for finding in findings] == [True, False, True, False]


def test_chance_is_that_of_clauses_drawn_at_random(findings: list[Finding]) -> None:
    assert [finding.chance for finding in findings] == [1 / 4, 1 / 4, 2 / 4, 0]


def test_ranges_that_touch_do_not_overlap() -> None:
    assert not STATEMENTS[1].overlaps(0, 19)
    assert STATEMENTS[1].overlaps(0, 20)
    assert not STATEMENTS[1].overlaps(33, 40)


def test_shares_are_of_detected_aspects(findings: list[Finding]) -> None:
    result = measure(findings)
    assert result["*"]["labelled"] == 4
    assert result["*"]["detected"] == 3
    assert result["*"]["overlaps"][0] == 2 / 3
    assert result["en"]["overlaps"][0] == 1 / 2
    assert result["en"]["chance"] == 1 / 4
    assert result["fr"] == {"labelled": 2, "detected": 1, "overlaps": result["fr"]["overlaps"], "chance": 0.5}
    assert list(table(result))[1].split()[:4] == ["*", "4", "3", "0.67"]


def test_a_comment_that_the_data_lack_is_named(word_model: Any) -> None:
    with pytest.raises(InputError, match="lack 1 of 2 comments, such as 'a:2'"):
        judge(STATEMENTS, {"a:1": TEXT}, assemble(word_model))


def test_the_command_prints_a_table(
    tmp_path: Path, tiny_model_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = tmp_path / "dev.jsonl", tmp_path / "out.json"
    rows = [{"id": name, "text": text, "lang": "en"} for name, text in TEXTS.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(evidence, "read", lambda: STATEMENTS)
    done = CliRunner().invoke(main, [str(data), "--model", str(tiny_model_directory), "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "evidence overlaps" in done.output
    assert json.loads(out.read_text())["*"]["labelled"] == 4
