from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from evaluation.risks import main, measure
from vocnlp.batch.labelled import Example
from vocnlp.pipeline import load

LABELLED = [
    Example("a:1", "This is a scam, they sold me a counterfeit lamp.", "en", risks=["fraud"]),
    Example("a:2", "The lamp is nice and bright.", "en", risks=["safety"]),
    Example("a:3", "They cheated me, it is a scam.", "en"),
    Example("a:4", "The lamp is nice and bright.", "en"),
]


def test_flags_are_counted_as_right_wrong_or_missed() -> None:
    tallies = measure(LABELLED, load(model="baseline"))
    assert tallies["fraud", "*"].right == ["a:1"]
    assert tallies["fraud", "en"].wrong == ["a:3"]
    assert tallies["safety", "*"].missed == ["a:2"]
    found = tallies["fraud", "*"].to_dict()
    assert found["precision"][0] == 0.5
    assert found["precision"][1] < 0.5 < found["precision"][2]
    assert found["recall"][0] == 1


def test_the_command_prints_a_table_and_the_ids_of_errors(tmp_path: Path) -> None:
    data = tmp_path / "dev.jsonl"
    rows = [{"id": e.id, "text": e.text, "lang": e.language, "risks": e.risks} for e in LABELLED]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(main, [str(data), "--rules", "--misses", "--json", str(tmp_path / "out.json")])
    assert done.exit_code == 0, done.output
    assert "fraud, wrong: a:3" in done.output
    assert "safety, missed: a:2" in done.output
    assert "F1 over fraud, safety, legal, churn together: 0.500" in done.output
    assert json.loads((tmp_path / "out.json").read_text())["fraud *"]["labelled"] == 1
