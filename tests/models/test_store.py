from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import registry
from models.manifest import ModelFileError, read_manifest
from models.store import BUILTIN, available, load


def test_every_shipped_model_is_whole_and_small() -> None:
    shipped = available()
    assert "baseline" in shipped
    for directory in shipped.values():
        manifest = read_manifest(directory)
        assert load(str(directory)).aspects == manifest.aspects
        assert sum(file.stat().st_size for file in directory.iterdir()) < 30e6


def test_shipped_weights_carry_the_licence_of_their_sources() -> None:
    manifest = read_manifest(BUILTIN / "baseline")
    assert manifest.sources
    if set(manifest.sources.values()) - {"open"}:
        assert manifest.licence == "CC-BY-NC-SA-4.0"
    card = (BUILTIN / "baseline" / "CARD.md").read_text(encoding="utf-8")
    assert all(f"| {source} | {kind} |" in card for source, kind in manifest.sources.items())


def test_a_damaged_file_is_refused(tiny_model_directory: Path) -> None:
    path = tiny_model_directory / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is damaged: its sha256"):
        load(str(tiny_model_directory))


def test_a_missing_file_is_named(tiny_model_directory: Path) -> None:
    (tiny_model_directory / "model.safetensors").unlink()
    with pytest.raises(ModelFileError, match=r"model\.safetensors is missing"):
        load(str(tiny_model_directory))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": 1}', "\x80"])
def test_a_foreign_manifest_is_refused(tiny_model_directory: Path, content: str) -> None:
    (tiny_model_directory / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelFileError, match="no manifest of a vocnlp model"):
        load(str(tiny_model_directory))


def test_an_unknown_kind_is_refused(tiny_model_directory: Path) -> None:
    path = tiny_model_directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "kind": "pickle"}))
    with pytest.raises(ModelFileError, match="of kind 'pickle'; known: linear"):
        load(str(tiny_model_directory))


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ModelFileError, match="no model 'bert': give a directory, or one of baseline"):
        load("bert")


def test_the_linear_model_does_not_run_on_a_gpu(tiny_model_directory: Path) -> None:
    with pytest.raises(ModelFileError, match="runs on the CPU"):
        load(str(tiny_model_directory), device="cuda")


def test_promotions_are_recorded_and_taken_back(tiny_model_directory: Path, tmp_path: Path) -> None:
    root = tmp_path / "promoted"
    assert registry.active(root) is None
    first = registry.promote(root, tiny_model_directory, when="2026-01-01T00:00:00+00:00", by="ann")
    second = registry.promote(root, tiny_model_directory, when="2026-02-01T00:00:00+00:00", by="bo")
    assert registry.active(root) == root / second.directory
    assert [entry.by for entry in registry.history(root)] == ["ann", "bo"]
    assert registry.roll_back(root) == second
    assert registry.active(root) == root / first.directory
    assert load(str(root / first.directory)).version == "tiny@1"
    registry.roll_back(root)
    with pytest.raises(ModelFileError, match="nothing to roll back"):
        registry.roll_back(root)
