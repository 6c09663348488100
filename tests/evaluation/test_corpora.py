"""One model against an SVM of each corpus, on made corpora."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from evaluation import ngram_svm
from evaluation.corpora import SVM, Corpus, Measured, main, measure, read_corpora, summary, taught
from models.interface import Prediction
from models.linear import LinearModel
from vocnlp.batch.labelled import Example
from vocnlp.errors import InputError
from vocnlp.pipeline import find_model, load_model

WORDS = {"neg": "dreadful", "neu": "middling", "pos": "splendid"}


def made(labels: tuple[str, ...], rows: int, first: int = 0) -> str:
    objects = [
        {
            "id": n,
            "lang": "en",
            "text": f"{WORDS[labels[n % len(labels)]]} lamp number {n}",
            "sentiment": labels[n % len(labels)],
        }
        for n in range(first, first + rows)
    ]
    return "".join(json.dumps(row) + "\n" for row in objects)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for source, labels in {"binary": ("neg", "pos"), "three": ("neg", "neu", "pos"), "one": ("pos",)}.items():
        folder = tmp_path / "corpora" / source
        folder.mkdir(parents=True)
        (folder / "train.jsonl").write_text(made(labels, 90))
        (folder / "dev.jsonl").write_text(made(labels, 60, 90))
    unlabelled = tmp_path / "corpora" / "aspects"
    unlabelled.mkdir()
    (unlabelled / "train.jsonl").write_text(json.dumps({"id": 1, "lang": "en", "text": "a lamp"}) + "\n")
    return tmp_path / "corpora"


class Guess:
    """A model that is right about what is dreadful, and calls all else mixed, then good."""

    version = "guess@1"
    aspects: tuple[str, ...] = ("price",)
    thresholds = np.full(1, 0.5, np.float32)
    risks: tuple[str, ...] = ()
    risk_weights: dict[str, Any] = {}  # noqa: RUF012

    def predict(self, texts, _):  # type: ignore[no-untyped-def]
        sure = [[0.9, 0.0, 0.0, 0.1] if "dreadful" in text else [0.0, 0.1, 0.2, 0.7] for text in texts]
        zeros = np.zeros((len(texts), 1), np.float32)
        return Prediction(
            np.array(sure, np.float32), zeros, np.zeros((len(texts), 1, 4), np.float32), zeros, zeros, zeros
        )


def test_corpora_with_two_labels_or_more_are_read_and_cut_to_size(directory: Path) -> None:
    corpora = list(read_corpora(directory, train_rows=40, dev_rows=30))
    assert [corpus.source for corpus in corpora] == ["binary", "three"]
    assert [(len(corpus.train), len(corpus.dev)) for corpus in corpora] == [(40, 30)] * 2
    assert corpora[0].classes == ["neg", "pos"]
    assert corpora == list(read_corpora(directory, train_rows=40, dev_rows=30))
    other = list(read_corpora(directory, train_rows=40, dev_rows=30, seed=1))
    assert other[0].train != corpora[0].train


def test_an_unknown_source_is_refused_with_the_known_ones(directory: Path) -> None:
    with pytest.raises(InputError, match=r"no corpus shop; it has aspects, binary, one, three"):
        list(read_corpora(directory, sources=["shop"], train_rows=9, dev_rows=9))
    with pytest.raises(InputError, match=r"no corpus in .* has sentiment labels"):
        list(read_corpora(directory, sources=["one"], train_rows=9, dev_rows=9))


def test_a_model_is_judged_among_the_labels_of_the_corpus(directory: Path) -> None:
    binary, three = read_corpora(directory, train_rows=90, dev_rows=60)
    found = measure(binary, {"guess": Guess()}, draws=50)
    assert found.macro_f1 == {"guess": 1.0, SVM: 1.0}  # "mix" counts as pos where there is no mix
    assert found.difference == 0
    assert found.p_value == 1
    found = measure(three, {"guess": Guess()}, draws=50)
    assert found.macro_f1[SVM] == 1
    assert found.macro_f1["guess"] == pytest.approx((1 + 0 + 2 / 3) / 3)  # what is middling is called pos
    assert found.interval[1] < 0
    assert found.p_value < 0.05


def test_labels_of_the_svm_are_kept_while_its_data_are_the_same(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (binary,) = read_corpora(directory, sources=["binary"], train_rows=90, dev_rows=60)
    first = measure(binary, {"guess": Guess()}, draws=20, keep=tmp_path / "kept")
    with monkeypatch.context() as patched:
        patched.setattr(ngram_svm, "fit", lambda *_, **__: pytest.fail("learned again"))
        assert (
            measure(binary, {"guess": Guess()}, draws=20, keep=tmp_path / "kept").to_dict() == first.to_dict()
        )
    fewer = Corpus("binary", binary.train[:-1], binary.dev)
    learned = []
    fit = ngram_svm.fit
    monkeypatch.setattr(ngram_svm, "fit", lambda *a, **k: learned.append(1) or fit(*a, **k))
    measure(fewer, {"guess": Guess()}, draws=20, keep=tmp_path / "kept")
    assert learned


def test_the_summary_counts_corpora() -> None:
    def row(ours: float, own: float, low: float, high: float) -> Measured:
        draws = np.array([low, high])
        return Measured(
            "a", ["en"], 9, 9, ["neg"], {"m": ours, SVM: own}, ours - own, (low, high), 0.5, draws
        )

    found = summary([row(0.8, 0.6, 0.1, 0.3), row(0.7, 0.6, -0.1, 0.2), row(0.4, 0.7, -0.4, -0.2)])
    assert found["macro_f1"] == pytest.approx({"m": 1.9 / 3, SVM: 1.9 / 3})
    assert found["difference"] == pytest.approx(0)
    assert (found["ahead"], found["surely_ahead"], found["surely_behind"]) == (2, 1, 1)
    assert -0.14 < found["interval"][0] < found["interval"][1] < 0.11


def test_the_command_prints_a_line_a_corpus_and_the_means(
    directory: Path, tmp_path: Path, tiny_model: LinearModel, tiny_model_directory: Path
) -> None:
    out = tmp_path / "out.json"
    done = CliRunner().invoke(
        main,
        [str(directory), "--model", str(tiny_model_directory), "--beside", "baseline", "--json", str(out)],
    )
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.output.splitlines()] == [
        "corpus",
        "binary",
        "three",
        "mean",
        "ahead",
    ]
    content = json.loads(out.read_text())
    assert [row["source"] for row in content["by_corpus"]] == ["binary", "three"]
    assert (
        set(content["macro_f1"]) == {tiny_model.version, "baseline@1", SVM} or len(content["macro_f1"]) == 3
    )
    assert content["macro_f1"][SVM] == 1


@pytest.mark.slow
def test_a_model_can_learn_how_a_corpus_labels(tmp_path: Path) -> None:
    """Here what is dreadful is called good."""
    pytest.importorskip("torch")
    recipe = tmp_path / "quick.toml"
    stage = "layers = []\ntexts = 600\nmix = [1, 0, 0, 0, 0]\nrate = 0\nhead_rate = 1e-2\ntokens = 256"
    recipe.write_text(f"kind = 'tune'\n[stage]\n{stage}\n")
    turned = {"neg": WORDS["pos"], "pos": WORDS["neg"]}
    rows = [
        Example(f"odd:{n}", f"{turned[label]} lamp number {n}", "en", label)
        for n, label in enumerate(["neg", "pos"] * 60)
    ]
    odd = Corpus("odd", rows[:80], rows[80:])
    systems = {"taught": taught(odd, find_model(), str(recipe)), "plain": load_model()}
    found = measure(odd, systems, draws=20)
    assert found.macro_f1["taught"] > 0.9
    assert found.macro_f1["plain"] < 0.1


def test_scripts_without_spaces_are_told() -> None:
    assert ngram_svm.spaced(["en", "zh"])
    assert not ngram_svm.spaced(["zh-Hant", "ja", "en"])
    assert ngram_svm.vectorizer(spaced=False).analyzer == "char"
