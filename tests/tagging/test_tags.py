from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.interface import Prediction
from vocnlp.schema import POLARITIES
from vocnlp.tagging.aspects import aspect_tags
from vocnlp.tagging.evidence import MAX_CLAUSES, evidence
from vocnlp.tagging.sentiment import sentiments

PROBABILITIES = st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(lambda v: np.array(v) / sum(v))


@given(st.lists(PROBABILITIES, min_size=1, max_size=5))
def test_sentiment_is_the_likeliest_label_and_its_score_in_range(rows: list[np.ndarray]) -> None:
    array = np.array(rows, np.float32)
    for found, row in zip(sentiments(array), array, strict=True):
        assert found.probabilities[found.label] == max(found.probabilities.values())
        assert list(found.probabilities) == list(POLARITIES)
        assert abs(found.score - (row[2] - row[0])) < 2e-4
        assert -1 <= found.score <= 1


def test_evidence_is_the_best_clause_and_those_near_it_in_order() -> None:
    text = " late parcel , slow courier, nice lamp"
    clauses = [(0, 14), (14, 28), (28, 38)]
    found = evidence(text, clauses, np.array([0.9, 1.0, -0.5], np.float32))
    assert [(e.start, e.text) for e in found] == [(1, "late parcel ,"), (15, "slow courier,")]


def test_evidence_without_any_sure_clause_is_the_best_one() -> None:
    found = evidence("aa bb", [(0, 2), (2, 5)], np.array([-0.9, -0.8], np.float32))
    assert [e.text for e in found] == ["bb"]


@given(st.data())
def test_evidence_lies_in_the_text_and_is_bounded(data: st.DataObject) -> None:
    words = data.draw(
        st.lists(st.text("ab 好", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=8)
    )
    text = "".join(words)
    ends = np.cumsum([len(word) for word in words]).tolist()
    clauses = list(zip([0, *ends[:-1]], ends, strict=True))
    scores = data.draw(st.lists(st.floats(-2, 2, width=32), min_size=len(words), max_size=len(words)))
    found = evidence(text, clauses, np.array(scores, np.float32))
    assert 1 <= len(found) <= MAX_CLAUSES
    assert all(e.text == text[e.start : e.end] and e.text.strip() == e.text for e in found)
    assert [e.start for e in found] == sorted(e.start for e in found)


def test_aspects_above_their_threshold_are_tagged_surest_first() -> None:
    prediction = Prediction(
        sentiment=np.full((2, 4), 0.25, np.float32),
        aspects=np.array([[0.4, 0.9], [0.2, 0.1]], np.float32),
        polarity=np.array([[[1, 0, 0, 0], [0, 0, 1, 0]]] * 2, np.float32),
        clauses=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], np.float32),
        offsets=np.array([0, 2, 3]),
        risks=np.zeros((2, 0), np.float32),
    )
    found = aspect_tags(
        prediction,
        names=("price", "quality"),
        thresholds=np.array([0.3, 0.5], np.float32),
        texts=["dear. fine.", "hm"],
        clauses=[[(0, 5), (5, 11)], [(0, 2)]],
    )
    assert [(tag.aspect, tag.polarity, tag.evidence[0].text) for tag in found[0]] == [
        ("quality", "pos", "fine."),
        ("price", "neg", "dear."),
    ]
    assert found[1] == []
