from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from models.linear import LinearModel, pool
from models.ngram_classifiers import Scores, score

TEXTS = ["the parcel came late, but the lamp is good", "很好", "", "x"]
SPANS = [[(0, 21), (21, 42)], [(0, 2)], [], [(0, 1)]]


def test_shapes_and_probabilities(tiny_model: LinearModel) -> None:
    found = tiny_model.predict(TEXTS, SPANS)
    assert found.sentiment.shape == (4, 4)
    assert found.aspects.shape == (4, 3)
    assert found.polarity.shape == (4, 3, 4)
    assert found.clauses.shape == (4, 3)
    assert found.offsets.tolist() == [0, 2, 3, 3, 4]
    np.testing.assert_allclose(found.sentiment.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(found.polarity.sum(axis=2), 1, rtol=1e-5)
    assert ((found.aspects >= 0) & (found.aspects <= 1)).all()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(alphabet="abc 好不!", max_size=40), min_size=1, max_size=5))
def test_a_text_is_judged_alike_alone_and_in_a_batch(tiny_model: LinearModel, texts: list[str]) -> None:
    spans = [[(0, len(text))] if text else [] for text in texts]
    together = tiny_model.predict(texts, spans)
    for row, (text, span) in enumerate(zip(texts, spans, strict=True)):
        alone = tiny_model.predict([text], [span])
        np.testing.assert_allclose(alone.sentiment[0], together.sentiment[row], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(alone.aspects[0], together.aspects[row], rtol=1e-4, atol=1e-6)


def test_score_is_the_linear_classifier_on_unit_vectors() -> None:
    weights = np.array([[2.0, 0.0], [0.0, 3.0]], np.float32)
    idf = np.array([2.0, 1.0], np.float32)
    features = csr_matrix(np.array([[1, 0], [0, 2]], np.float32))
    found = score(features, np.array([0, 2]), weights, idf, np.array([0.5, 0.0], np.float32))
    # clause 1: one occurrence of length 2; clause 2: two occurrences of length sqrt(2)
    np.testing.assert_allclose(found.clauses, [[1.5, 0.0], [0.5, 6 / np.sqrt(2)]], rtol=1e-6)
    np.testing.assert_allclose(found.texts, [[2 / np.sqrt(6) + 0.5, 6 / np.sqrt(6)]], rtol=1e-6)


def test_pool_takes_the_extremes_of_the_clauses_and_the_text_where_there_is_none() -> None:
    texts = np.array([[1.0], [5.0], [2.0]], np.float32)
    clauses = np.array([[3.0], [-1.0], [4.0]], np.float32)
    found = pool(Scores(texts, clauses, np.array([0, 2, 2, 3])))
    assert found.tolist() == [[1, 3, -1], [5, 5, 5], [2, 4, 4]]
