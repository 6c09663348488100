"""How causes move between two models, on a made survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from evaluation.cli import models
from evaluation.compare_causes import labelled_comments, move, survey_comments, table
from models.interface import Prediction
from vocnlp.errors import InputError
from vocnlp.schema import Comment


class Words:
    """A model that judges an aspect negative where it reads one of its words."""

    aspects = ("logistics", "price")
    thresholds = np.full(2, 0.5, np.float32)
    risks: tuple[str, ...] = ()
    risk_weights: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, version: str, **words: str) -> None:
        self.version = version
        self.words = words

    def predict(self, texts, clauses):  # type: ignore[no-untyped-def]
        judged = np.array([[self.words[name] in text for name in self.aspects] for text in texts], np.float32)
        counts = np.array([len(spans) for spans in clauses])
        negative = np.zeros((len(texts), 2, 4), np.float32)
        negative[:, :, 0] = 1
        sentiment = np.zeros((len(texts), 4), np.float32)
        sentiment[:, 1] = 1
        return Prediction(
            sentiment=sentiment,
            aspects=judged,
            polarity=negative,
            clauses=np.repeat(judged, counts, axis=0),
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            risks=np.zeros((len(texts), 0), np.float32),
        )


def survey(answers: int = 240) -> list[Comment]:
    """Two of three late parcels cost eight points; what is dear costs nothing."""
    random = np.random.default_rng(0)
    comments = []
    for n in range(answers):
        late, dear = random.uniform(size=2) < (0.3, 0.3)
        said = " ".join(word for word, true in (("late", late), ("dear", dear)) if true) or "fine"
        score = 2.0 if late and random.uniform() < 0.9 else 10.0
        comments.append(Comment(str(n), f"answer {n}: {said}", {"nps": score}))
    return comments


def test_a_cause_that_only_one_model_reads_is_shown_beside_nothing() -> None:
    blind, seeing = (
        Words("blind@1", logistics="never", price="dear"),
        Words("seeing@1", logistics="late", price="dear"),
    )
    found = move(blind, seeing, survey(), draws=60)
    assert (found["metric"], found["n"]) == ("nps", 240)
    late, dear = found["rows"]
    assert late["cause"] == "logistics"
    assert late["first"] == {"negative": 0, "effect": None, "interval": None, "discovery": False}
    assert late["second"]["negative"] > 50
    assert late["second"]["effect"] < -20
    assert late["second"]["discovery"]
    assert late["difference"] is None
    assert dear["cause"] == "price"
    assert dear["difference"] == dear["second"]["effect"] - dear["first"]["effect"]
    lines = list(table(found))
    assert lines[2].split()[:4] == ["logistics", "0", "/", str(late["second"]["negative"])]
    assert lines[2].rstrip().endswith("-")
    assert "*" in lines[2]
    assert found["unexplained"][1] < found["unexplained"][0]


def test_the_same_tags_give_the_same_causes() -> None:
    model = Words("same@1", logistics="late", price="dear")
    found = move(model, model, survey(), draws=60)
    assert all(row["difference"] == 0 and row["first"] == row["second"] for row in found["rows"])


def test_comments_without_scores_are_refused() -> None:
    model = Words("same@1", logistics="late", price="dear")
    with pytest.raises(InputError, match="no comment has a score"):
        move(model, model, [Comment("1", "late")])


def test_labelled_lines_may_have_scores(tmp_path: Path) -> None:
    data = tmp_path / "dev.jsonl"
    rows = [
        {"id": "a", "text": "late", "nps": 3},
        {"text": "dear", "scores": {"csat": 4}},
        {"id": "c", "text": "fine", "rating": 5},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert labelled_comments([data]) == [
        Comment("a", "late", {"nps": 3}),
        Comment("dev:2", "dear", {"csat": 4}),
    ]


def test_a_survey_is_read_in_any_format(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("id,comment,nps\n1,late,2\n")
    (comment,) = survey_comments(path)
    assert isinstance(comment, Comment)
    assert comment.scores == {"nps": 2}


def test_the_command_prints_causes_where_there_are_scores(tmp_path: Path, tiny_model_directory: Path) -> None:
    data, scored = tmp_path / "dev.jsonl", tmp_path / "survey.jsonl"
    data.write_text(json.dumps({"id": "x:1", "text": "late", "sentiment": "neg", "nps": 1}) + "\n")
    scored.write_text(
        "".join(json.dumps({"id": c.id, "comment": c.text, **c.scores}) + "\n" for c in survey(60))
    )
    arguments = ["compare", str(tiny_model_directory), str(tiny_model_directory), str(data)]
    alone = CliRunner().invoke(models, arguments)
    assert alone.exit_code == 0, alone.output
    assert "left out" in alone.output  # one answer is too few
    out = tmp_path / "out.json"
    done = CliRunner().invoke(models, [*arguments, "--survey", str(scored), "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "causes of NPS" in done.output
    assert json.loads(out.read_text())["causes"]["n"] == 60
