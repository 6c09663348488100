"""Names: phrases rather than words, stop words left out, each language's own keywords."""

import numpy as np
import pytest

from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.names import count_phrases, edge, find_keywords, readable, typical
from vocnlp.analysis.topics.terms import count, joined, phrases, stop_words
from vocnlp.analysis.topics.words import Words


def clauses(texts, languages) -> Clauses:
    places = np.arange(len(texts))
    return Clauses(places, places * 0, places * 0, places, list(texts), list(languages))


def test_phrases_begin_and_end_with_words_that_say_something() -> None:
    found = {" ".join(term) for term in phrases("It was a waste of money", "en")}
    assert "waste of money" in found
    assert not {"was a waste", "of money", "was", "of"} & found


@pytest.mark.parametrize(
    ("language", "word"), [("en", "the"), ("pt", "para"), ("zh", "的"), ("zh-Hant", "的")]
)
def test_languages_have_stop_words(language: str, word: str) -> None:
    assert word in stop_words(language)
    assert not stop_words("xx")


def test_terms_are_counted() -> None:
    table, terms = count([["b", "a", "b"], [], ["a", "c"]], least=1)
    assert terms == ["a", "b", "c"]
    assert table.toarray().tolist() == [[1, 2, 0], [0, 0, 0], [1, 0, 1]]
    assert count([["b", "a"], ["a"]], least=2)[1] == ["a"]
    assert joined(("充电", "太慢"), "zh") == "充电太慢"
    assert joined(("battery", "life"), "en") == "battery life"


def test_keywords_prefer_phrases_and_tell_languages_apart() -> None:
    english = [f"the battery life is short {k}" for k in range(12)]
    parcels = [f"parcel arrived late {k}" for k in range(12)]
    portuguese = [f"a bateria acaba depressa {k}" for k in range(6)]
    texts = english + parcels + portuguese
    labels = np.array([0] * 12 + [1] * 12 + [0] * 6)
    battery, parcel = find_keywords(count_phrases(clauses(texts, ["en"] * 24 + ["pt"] * 6)), labels, 2)
    assert "battery life" in battery.overall[:2]
    assert "battery" not in battery.overall
    assert set(battery.by_language) == {"en", "pt"}
    assert any("bateria" in word for word in battery.by_language["pt"])
    assert any("bateria" in word for word in battery.overall)
    assert set(parcel.by_language) == {"en"}
    assert "parcel arrived late" in parcel.overall


def test_clauses_without_topic_are_no_topic() -> None:
    counted = count_phrases(clauses(["late parcel", "late parcel again", "odd"], ["en"] * 3))
    found = find_keywords(counted, np.array([0, 0, -1]), 1)
    assert len(found) == 1
    assert "late parcel" in found[0].overall
    assert "odd" not in found[0].overall


def test_typical_and_edge_clauses() -> None:
    texts = ["Late parcel", "late parcel!", "The parcel came three days late", "hm parcel"]
    cosine = np.array([0.9, 0.8, 0.95, 0.2], np.float32)
    assert typical(texts, cosine) == [2, 0, 3]
    assert edge(texts, cosine, 1) == [3]


def test_the_name_is_a_short_typical_clause() -> None:
    texts = ["x" * 80, " The parcel\ncame late. ", "odd"]
    assert readable(texts, np.array([0.9, 0.8, 0.1])) == "The parcel came late"
    assert readable(["x" * 80], np.array([1.0])) == "x" * 59 + "…"


def test_words_place_like_clauses_near_each_other_and_are_restored() -> None:
    texts = ["late parcel", "parcel late again", "rude waiter", "waiter was rude", "zzz"]
    fitted = Words.fit(texts, ["en"] * 5)
    vectors = fitted.embed(texts, ["en"] * 5)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > 0.9
    assert likeness[2, 3] > 0.9
    assert abs(likeness[0, 2]) < 0.1
    assert not vectors[4].any()
    again = Words.restore(fitted.vocabulary, fitted.state()).embed(texts, ["en"] * 5)
    assert again.tobytes() == vectors.tobytes()
    assert Words.fit(texts, ["en"] * 5).embed(texts, ["en"] * 5).tobytes() == vectors.tobytes()
