"""`vocnlp topics`, from records tagged before to its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import orjson
import pytest
from click.testing import CliRunner, Result

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


def test_assigning_needs_a_registry(tagged: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--registry"):
        run(tagged, "-o", tmp_path / "out.json", "--assign")
