"""A model whose risk flags are gone is not promoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evaluation.cli import models
from models import registry

TEXT = "I want a refund, this is a scam and they stole my money"


@pytest.fixture
def promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOCNLP_MODELS", str(tmp_path / "promoted"))
    return tmp_path / "promoted"


def promote(model: Path, risks: dict[str, list[str]], directory: Path) -> Result:
    """Promote a model by the gate of risks alone; comments and their risks."""
    data, gates = directory / "dev.jsonl", directory / "gates.toml"
    lines = [
        {"id": str(n), "lang": "en", "text": text, "sentiment": "neg", "aspects": {}, "risks": labels}
        for n, (text, labels) in enumerate(risks.items())
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    gates.write_text("risk_f1 = 0.6\n", encoding="utf-8")
    return CliRunner().invoke(models, ["promote", str(model), str(data), "--gates", str(gates)])


def test_flags_that_are_missed_are_told(promoted: Path, tiny_model_directory: Path, tmp_path: Path) -> None:
    done = promote(tiny_model_directory, {TEXT: ["fraud"], "Nice": ["safety"], "Fine": ["legal"]}, tmp_path)
    assert "risk_f1 is 0.500, the gate asks for 0.6" in str(done.exception)
    assert not registry.history(promoted)


def test_flags_that_are_found_pass(promoted: Path, tiny_model_directory: Path, tmp_path: Path) -> None:
    assert promote(tiny_model_directory, {TEXT: ["fraud"]}, tmp_path).exit_code == 0
    assert registry.history(promoted)


def test_without_labels_of_risks_there_is_no_such_gate(
    promoted: Path, tiny_model_directory: Path, tmp_path: Path
) -> None:
    done = promote(tiny_model_directory, {"Nice": ["privacy"], "Fine": []}, tmp_path)
    assert done.exit_code == 0
    assert "risks are not measured" in done.output
    assert registry.history(promoted)
