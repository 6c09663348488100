"""`vocnlp train`: what it refuses, and that `--from` goes on from an encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from models.encoder import TENSORS, EncoderModel
from models.manifest import ModelFileError, read_manifest
from models.store import load, resolve
from models.subword_branch import SUBWORDS
from training.cli import train


def labelled(path: Path) -> Path:
    rows = [
        {"id": f"a:{n}", "text": f"the parcel {n} was bad", "lang": "en", "sentiment": "neg",
         "aspects": {"logistics": "neg"}}
        for n in range(5)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_recipe_and_a_start_must_fit(tmp_path: Path) -> None:
    data = str(labelled(tmp_path / "mine.jsonl"))
    for options in (["--recipe", "tune"], ["--recipe", "fast"], ["--from", "baseline", "--recipe", "full"]):
        done = CliRunner().invoke(train, [data, "-o", str(tmp_path / "out"), *options])
        assert "--from needs a recipe of kind tune" in str(done.exception)


def test_a_linear_model_cannot_be_taken_further(tmp_path: Path) -> None:
    data = str(labelled(tmp_path / "mine.jsonl"))
    done = CliRunner().invoke(train, [data, "-o", str(tmp_path / "out"), "--from", "baseline"])
    assert isinstance(done.exception, ModelFileError)
    assert "only an encoder can be taken further" in str(done.exception)
    assert not (tmp_path / "out").exists()


def corpora(directory: Path, sentiments: tuple[str | None, ...]) -> Path:
    """A directory of one corpus, with the index of licence classes above it."""
    (directory / "INDEX.md").write_text("| shop | en | open |\n")
    said = {"neg": "what a letdown", "pos": "what a treat", None: "what a day"}
    rows = [
        {"id": str(n), "lang": "en", "text": f"{said[label]}, visit {n}"}
        | ({"sentiment": label} if label else {})
        for n in range(30)
        for label in sentiments
    ]
    folder = directory / "corpora" / "shop"
    folder.mkdir(parents=True)
    packed = zstandard.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    (folder / "train.jsonl.zst").write_bytes(packed)
    return directory / "corpora"


def test_sub_words_need_corpora_with_a_sentiment(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data, out = str(labelled(tmp_path / "mine.jsonl")), tmp_path / "out"
    options = [data, "-o", str(out), "--from", "default", "--recipe", "subwords"]
    done = CliRunner().invoke(train, options)
    assert "give --corpora" in str(done.exception)
    done = CliRunner().invoke(train, [*options, "--corpora", str(corpora(tmp_path, (None,)))])
    assert "has enough comments with a sentiment" in str(done.exception)
    assert not out.exists()


@pytest.mark.slow
def test_sub_words_are_put_beside_an_encoder_that_stays_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data, out = str(labelled(tmp_path / "mine.jsonl")), tmp_path / "out"
    options = ["--recipe", "subwords", "--corpora", str(corpora(tmp_path, ("neg", "pos")))]
    done = CliRunner().invoke(train, [data, "-o", str(out), "--from", "default", *options])
    assert done.exit_code == 0, done.exception
    before, after = read_manifest(resolve("default")), read_manifest(out)
    assert before.files[TENSORS] == after.files[TENSORS]
    assert before.files.get(SUBWORDS) != after.files[SUBWORDS]
    assert {*before.sources, "a", "shop"} == {*after.sources}
    assert after.licence == before.licence
    model = load(str(out), device="cpu")
    assert isinstance(model, EncoderModel)
    texts = ["what a letdown", "what a treat"]
    neg, pos = model.predict(texts, [[(0, len(text))] for text in texts]).sentiment
    assert neg.argmax() == 0
    assert pos.argmax() == 2
