from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.interface import Prediction, Spans
from vocnlp.tagging.pieces import pieces, predict
from vocnlp.text.prepare import LONG


class Letters:
    """A model of one aspect: the share of the letter b in a text."""

    version = "letters@1"
    aspects = ("b",)
    thresholds = np.array([0.5], np.float32)
    risks: tuple[str, ...] = ()

    def predict(self, texts: Sequence[str], clauses: Sequence[Spans]) -> Prediction:
        share = np.array([text.count("b") / max(len(text), 1) for text in texts], np.float32)
        parts = [text[a:b].count("b") for text, spans in zip(texts, clauses, strict=True) for a, b in spans]
        counts = [len(spans) for spans in clauses]
        return Prediction(
            sentiment=np.stack([share, 1 - share, 0 * share, 0 * share], axis=1),
            aspects=share[:, None],
            polarity=np.tile(np.eye(4, dtype=np.float32)[0], (len(texts), 1, 1)),
            clauses=np.array(parts, np.float32)[:, None],
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            risks=np.zeros((len(texts), 0), np.float32),
        )


def spans(text: str, step: int) -> list[tuple[int, int]]:
    return [(start, min(start + step, len(text))) for start in range(0, len(text), step)]


def test_pieces_hold_every_clause_once_and_none_is_much_longer_than_the_bound() -> None:
    clauses = spans("x" * 45_678, 150)
    groups = pieces(clauses)
    assert [clause for group in groups for clause in group] == clauses
    assert all(group[-1][1] - group[0][0] < LONG + 300 for group in groups)


def test_a_long_text_is_predicted_whole() -> None:
    long = "a" * 25_000 + "b" * 25_000
    texts = ["b", long, "a"]
    found = predict(Letters(), texts, [spans(text, 100) for text in texts])
    assert found.aspects[:, 0] == pytest.approx([1, 1, 0])  # one piece is all b
    assert found.sentiment[1, 0] == pytest.approx(0.5, abs=1e-3)  # averaged over the whole text
    assert found.offsets.tolist() == [0, 1, 501, 502]
    assert found.clauses[1:501, 0].sum() == 25_000


def test_short_texts_go_to_the_model_as_they_are() -> None:
    found = predict(Letters(), ["ab", ""], [[(0, 2)], []])
    assert found.aspects[:, 0].tolist() == [0.5, 0]
