"""`vocnlp topics`, from records tagged before to its files."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click
import numpy as np
import orjson
import pytest
from click.testing import CliRunner, Result

from vocnlp.analysis.topics.engines import ENGINES
from vocnlp.analysis.topics.progress import Stage
from vocnlp.cli.topics import topics
from vocnlp.errors import InputError

pytestmark = pytest.mark.slow

SAID = ("the parcel came late", "the lamp is bright", "our waiter was rude")


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """Of three things, of which the third has no aspect."""
    rng = np.random.default_rng(3)
    lines = []
    for i in range(240):
        text = f"{SAID[i % 3]} on day {rng.integers(10_000)}"
        evidence = [{"start": 0, "end": len(text), "text": text}]
        tag = {"aspect": "logistics", "polarity": "neg", "confidence": 0.9, "evidence": evidence}
        lines.append(
            {
                "id": f"c{i}",
                "text": text,
                "language": {"code": "en", "confidence": 0.9},
                "sentiment": {"label": "neg", "score": -0.8, "probabilities": {}},
                "aspects": [tag] if i % 3 < 2 else [],
                "risks": [],
                "scores": {"nps": float(i % 3)},
                "attributes": {},
                "versions": {},
            }
        )
    path = tmp_path / "tagged.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)) + b"\n")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(
        topics, list(map(str, arguments)), standalone_mode=False, catch_exceptions=False
    )


def test_topics_are_written_kept_and_proposed(tagged: Path, tmp_path: Path) -> None:
    out, kept, proposals = tmp_path / "out.json", tmp_path / "registry", tmp_path / "proposals.jsonl"
    options = ["--nps", "nps", "--encoder", "words", "--registry", kept]
    done = run(tagged, "-o", out, *options, "--proposals", proposals)
    assert done.return_value == 0
    found = json.loads(out.read_bytes())
    assert found["version"] == 1
    assert found["encoder"] == "words"
    assert any("parcel" in " ".join(topic["keywords"]) for topic in found["topics"])
    assert all(topic["score"] == -100 for topic in found["topics"])
    assert {need["id"] for need in found["uncovered"]["needs"]} == {
        name
        for line in proposals.read_text().splitlines()
        for name in json.loads(line)["aspects"]
        if name.startswith("need_")
    }
    before = [path.read_bytes() for path in sorted(kept.rglob("*")) if path.is_file()]
    done = run(tagged, "-o", out, *options, "--assign")
    assert done.return_value == 0
    placed = json.loads(out.read_bytes())
    assert placed["comments"] == found["comments"]
    assert before == [path.read_bytes() for path in sorted(kept.rglob("*")) if path.is_file()]


def test_every_engine_can_be_chosen() -> None:
    option = next(one for one in topics.params if one.name == "engine")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == ENGINES


def test_assigning_needs_a_registry(tagged: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--registry"):
        run(tagged, "-o", tmp_path / "out.json", "--assign")


def test_times_names_and_the_bar(tagged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    for line in lines:
        line["attributes"]["when"] = "2026-02-02" if "parcel" not in line["text"] else "2026-03-02"
    tagged.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    out = tmp_path / "out.json"
    code = "import sys; print('On ' + sys.stdin.read().split('Keywords: ')[1].split(',')[0].split()[0])"
    namer = shlex.join([sys.executable, "-c", code])
    monkeypatch.setattr("vocnlp.cli.topics._is_terminal", lambda: True)
    done = run(tagged, "-o", out, "--encoder", "words", "--time", "when", "--namer", namer)
    found = json.loads(out.read_bytes())
    assert all(topic["name"].startswith("On ") for topic in found["topics"])
    rising = [topic for topic in found["topics"] if topic["emerging"]]
    assert rising
    assert all("parcel" in " ".join(topic["keywords"]) for topic in rising)
    assert "emerging: 0.0% -> " in done.output
    for stage in (Stage.CLAUSES, Stage.VECTORS, Stage.GROUPS, Stage.NAMES, Stage.NAMER):
        assert stage in done.stderr
    assert "█" in done.stderr
    quiet = run(tagged, "-o", out, "--encoder", "words", "-q")
    assert quiet.stderr == ""
