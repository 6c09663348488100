"""Scores of another file join the records; what finds no partner still counts."""

import math
from datetime import timedelta

import pytest

from vocnlp.analysis.joined import ScoreFile, join_scores
from vocnlp.analysis.survey import collect
from vocnlp.errors import InputError


def record(name, **attributes):
    return {"id": name, "text": "words", "scores": {}, "attributes": attributes, "aspects": []}


def test_by_response(tmp_path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("response,NPS score,shop\na,9,Rome\nz,2,Oslo\nb,88,Rome\n")
    joined, sentences = join_scores([record("a"), record("b"), record("c")], ScoreFile(path, key="response"))
    survey = collect(joined)
    assert survey.frame["id"].tolist() == ["a", "b", "c", "z"]
    assert survey.frame["nps"].tolist()[0] == 9
    assert survey.frame["nps"].tolist()[3] == 2
    assert math.isnan(survey.frame["nps"][1])
    assert survey.frame["shop"].tolist()[0] == "Rome"
    assert survey.commented.tolist() == [True, True, True, False]
    assert any("1 scores found no comment" in sentence for sentence in sentences)
    assert any("left out" in warning for warning in survey.warnings)


def test_by_customer_and_time(tmp_path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("customer,when,nps\n7,2026-01-02,3\n7,2026-03-01,10\n")
    records = [record("a", customer=7, when="2026-01-01"), record("b", customer=7, when="2026-03-02")]
    file = ScoreFile(path, customer="customer", time="when", window=timedelta(days=3))
    assert collect(join_scores(records, file)[0]).frame["nps"].tolist() == [3, 10]
    far = ScoreFile(path, customer="customer", time="when", window=timedelta(hours=1))
    joined, sentences = join_scores(records, far)
    assert len(joined) == 4
    assert len(sentences) == 2


def test_wrong_requests_are_refused(tmp_path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("customer,when,nps\n7,2026-01-02T10:00:00Z,3\n")
    with pytest.raises(InputError, match="name one of them"):
        join_scores([record("a")], ScoreFile(path))
    with pytest.raises(InputError, match="no column 'client'"):
        join_scores([record("a")], ScoreFile(path, customer="client"))
    file = ScoreFile(path, customer="customer", time="when")
    with pytest.raises(InputError, match="use one form"):
        join_scores([record("a", customer=7, when="2026-01-01")], file)
