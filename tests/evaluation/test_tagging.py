from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.compare import compare, failed_gates
from evaluation.tagging import Predictions, evaluate, groups, judged_sentiment, predict, save_card, table
from models.linear import LinearModel
from vocnlp.batch.labelled import Example

EXAMPLES = [
    Example(
        f"{'shop' if n % 2 else 'hotel'}:{n}",
        f"comment {n} about the price, and more",
        "en" if n % 3 else "de",
        ("neg", "neu", "pos", "mix")[n % 4],
        {"price": "neg"} if n % 2 else {},
    )
    for n in range(120)
]


class Oracle:
    """A model that gives back the labels of the examples it was made from."""

    version = "oracle@1"
    aspects = ("logistics", "price", "quality")
    thresholds = np.full(3, 0.5, np.float32)
    risks: tuple[str, ...] = ()

    def __init__(self, model: LinearModel, examples: list[Example]) -> None:
        self.inner = model
        self.by_text = {example.text: example for example in examples}

    def predict(self, texts, clauses):  # type: ignore[no-untyped-def]
        found = self.inner.predict(texts, clauses)
        for row, text in enumerate(texts):
            example = self.by_text[text]
            found.sentiment[row] = np.eye(4)[["neg", "neu", "pos", "mix"].index(example.sentiment)]
            found.aspects[row] = [aspect in example.aspects for aspect in self.aspects]
            found.polarity[row] = np.eye(4)[0]
        return found


def test_a_perfect_model_measures_as_perfect(tiny_model: LinearModel) -> None:
    result = evaluate(Oracle(tiny_model, EXAMPLES), EXAMPLES, draws=20)
    assert result["all"] == pytest.approx(
        {
            "sentiment_accuracy": 1,
            "sentiment_macro_f1": 1,
            "sentiment_ece": 0,
            "aspect_precision": 1,
            "aspect_recall": 1,
            "aspect_micro_f1": 1,
            "aspect_ece": 0,
            "polarity_accuracy": 1,
        }
    )
    assert result["aspects"]["price"]["n"] == 60
    assert {name: row["n"] for name, row in result["languages"].items()} == {"en": 80, "de": 40}
    assert {name: row["n"] for name, row in result["sources"].items()} == {"hotel": 60, "shop": 60}
    assert result["confusion"]["mix"] == {"neg": 0, "neu": 0, "pos": 0, "mix": 30}
    assert json.loads(json.dumps(result)) == result
    assert any("aspect_micro_f1" in line and "1.000" in line for line in table(result))


def test_a_random_model_does_not(tiny_model: LinearModel) -> None:
    result = evaluate(tiny_model, EXAMPLES, draws=20)
    low, high = result["intervals"]["sentiment_accuracy"]
    assert low <= result["all"]["sentiment_accuracy"] <= high
    assert result["all"]["sentiment_accuracy"] < 0.6


def test_without_aspect_labels_only_sentiment_is_measured(tiny_model: LinearModel) -> None:
    plain = [Example(e.id, e.text, e.language, e.sentiment) for e in EXAMPLES]
    assert set(evaluate(tiny_model, plain, draws=5)["all"]) == {
        "sentiment_accuracy",
        "sentiment_macro_f1",
        "sentiment_ece",
    }


def test_labels_that_a_corpus_does_not_have_are_not_held_against_the_model(tiny_model: LinearModel) -> None:
    binary = [Example(e.id, e.text, e.language, "pos") for e in EXAMPLES]

    class Mixed(Oracle):
        def predict(self, texts, clauses):  # type: ignore[no-untyped-def]
            found = self.inner.predict(texts, clauses)
            found.sentiment[:] = [0.1, 0.2, 0.3, 0.4]
            return found

    assert evaluate(Mixed(tiny_model, binary), binary, draws=5)["all"]["sentiment_accuracy"] == 1


def test_small_groups_are_left_out() -> None:
    assert groups(EXAMPLES[:29])["languages"] == {}


def test_predictions_are_selected_by_row(tiny_model: LinearModel) -> None:
    found = predict(tiny_model, EXAMPLES)
    some = found.rows(np.array([3, 1]))
    assert isinstance(some, Predictions)
    np.testing.assert_array_equal(some.aspects, found.aspects[[3, 1]])


def test_compare_finds_what_changed_and_whether_it_could_be_chance(tiny_model: LinearModel) -> None:
    result = compare(tiny_model, Oracle(tiny_model, EXAMPLES), EXAMPLES, draws=100)
    accuracy = result["measures"]["sentiment_accuracy"]
    assert accuracy["second"] == 1
    assert accuracy["difference"] > 0.3
    assert accuracy["p_value"] < 0.05
    assert result["changed"]
    same = compare(tiny_model, tiny_model, EXAMPLES, draws=100)
    assert same["changed"] == []
    assert same["measures"]["aspect_micro_f1"]["p_value"] == 1


def test_gates_name_what_is_not_reached() -> None:
    failed = failed_gates({"f1": 0.7, "accuracy": 0.9}, {"f1": 0.8, "accuracy": 0.9, "recall": 0.5})
    assert failed == ["f1 is 0.700, the gate asks for 0.8", "recall is nan, the gate asks for 0.5"]


def test_the_card_keeps_its_text_and_replaces_its_numbers(tiny_model: LinearModel, tmp_path: Path) -> None:
    (tmp_path / "CARD.md").write_text("# Mine\n\nAbout it.\n")
    result = evaluate(tiny_model, EXAMPLES, draws=5)
    save_card(tmp_path, result, ["dev.jsonl"])
    once = (tmp_path / "CARD.md").read_text()
    save_card(tmp_path, result, ["dev.jsonl"])
    assert (tmp_path / "CARD.md").read_text() == once
    assert once.startswith("# Mine\n\nAbout it.\n\n## Measured\n")
    assert "vocnlp evaluate dev.jsonl" in once
    assert json.loads((tmp_path / "metrics.json").read_text())["all"] == result["all"]


def judged(sentiment: list[list[float]], truth: list[int]) -> list[int]:
    count = len(truth)
    nothing = np.zeros((count, 0))
    found = Predictions(
        np.array(sentiment, np.float32), nothing, nothing, nothing, np.array(truth), np.zeros((count, 0), int)
    )
    return judged_sentiment(found)[0].tolist()


def test_mix_is_neutral_where_the_comments_know_no_mix() -> None:
    rows = [[0.35, 0.1, 0.25, 0.3], [0.4, 0.1, 0.2, 0.3]]
    assert judged(rows, [1, 3]) == [0, 0]
    assert judged(rows, [1, 0]) == [1, 0]
    assert judged(rows, [2, 0]) == [0, 0]
