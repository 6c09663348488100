"""Topics of comments whose subjects are known: found, named, kept, and told apart from what is new."""

from pathlib import Path

import numpy as np
import pytest

from vocnlp.analysis.topics import LEAST_CLAUSES, place, topics
from vocnlp.analysis.topics.columns import add_topics, read_topics
from vocnlp.analysis.topics.uncovered import uncovered, write_proposals
from vocnlp.batch.labelled import examples
from vocnlp.errors import InputError

pytest.importorskip("sklearn")
pytestmark = pytest.mark.slow


def test_each_subject_is_a_topic_in_both_languages(make_comments, knowing) -> None:
    survey = make_comments()
    found = topics(survey, score="nps")
    assert len(found.topics) == 4
    assert found.outlier_share < 0.15
    assert found.encoder == "knowing@1"
    parcel = next(t for t in found.topics if "parcel" in " ".join(t.keywords))
    assert set(parcel.keywords_by_language) == {"en", "pt"}
    assert any("pacote" in word for word in parcel.keywords_by_language["pt"])
    assert parcel.score == -100
    assert parcel.sentiment == {"neg": parcel.comments}
    assert len(parcel.typical) == 3
    assert len(parcel.edge) == 2
    text = dict(zip(survey.frame["id"], survey.frame["text"], strict=True))
    for quote in (*parcel.typical, *parcel.edge):
        assert text[quote.id][quote.start : quote.end] == quote.text
    assert parcel.examples == [quote.id for quote in parcel.typical]
    assert sum(parcel.id in ids for ids in found.comments.values()) == parcel.comments


def test_two_runs_give_the_same(make_comments, knowing) -> None:
    assert topics(make_comments()).to_dict() == topics(make_comments()).to_dict()


def test_topics_keep_their_ids_and_names_of_people_win(make_comments, knowing, tmp_path: Path) -> None:
    first = topics(make_comments(), registry=tmp_path)
    (tmp_path / "names.json").write_text(f'{{"{first.topics[0].id}": "Our name"}}')
    again = topics(make_comments(seed=2), registry=tmp_path)
    assert (first.version, again.version) == (1, 2)
    names = {topic.id: topic.name for topic in again.topics}
    assert names == {t.id: t.name for t in first.topics} | {first.topics[0].id: "Our name"}
    assert {change.kind for change in again.changes} == {"stayed"}
    fewer = topics(make_comments(things=("battery", "waiter", "price"), seed=3), registry=tmp_path)
    gone = next(t.id for t in first.topics if "parcel" in " ".join(t.keywords))
    assert [c.before for c in fewer.changes if c.kind == "died"] == [[gone]]
    back = topics(make_comments(seed=4), registry=tmp_path)
    assert [c.now for c in back.changes if c.kind == "returned"] == [[gone]]


def test_new_comments_are_placed_and_drift_is_told(make_comments, knowing, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no topics"):
        place(make_comments(), tmp_path)
    first = topics(make_comments(things=("parcel", "battery", "price")), registry=tmp_path)
    same = place(make_comments(things=("parcel", "battery", "price"), seed=5), tmp_path)
    assert {t.id for t in same.topics} == {t.id for t in first.topics}
    assert not same.warnings
    assert same.version == 1
    new = place(make_comments(seed=6), tmp_path)
    assert "something new" in new.warnings[0]
    assert new.outlier_share == pytest.approx(0.25, abs=0.1)


def test_too_few_clauses_still_have_keywords(make_comments) -> None:
    few = topics(make_comments(40))
    assert not few.topics
    assert str(LEAST_CLAUSES) in few.warnings[0]
    assert any("parcel" in word for word in few.keywords)
    same = make_comments(300)
    same.frame["text"] = "always the same"
    assert "1 different clauses" in topics(same).warnings[0]
    same.frame["text"] = ""
    with pytest.raises(InputError, match="no comments"):
        topics(same)


def test_words_alone_make_topics_and_stay_comparable(make_comments, tmp_path: Path) -> None:
    first = topics(make_comments(), encoder="words", registry=tmp_path)
    assert first.encoder == "words"
    assert len(first.topics) >= 4
    again = topics(make_comments(), registry=tmp_path)
    assert {t.id: t.name for t in again.topics} == {t.id: t.name for t in first.topics}


def test_what_the_taxonomy_lacks_is_proposed(make_comments, knowing, tmp_path: Path) -> None:
    survey = make_comments()
    negative = np.tile(np.array([[0.9, 0.05, 0.05, 0.0]], np.float32), (len(survey), 1))
    found = uncovered(survey, knowing, lambda texts: negative[: len(texts)], score="nps")
    assert found.share == pytest.approx(0.25)
    assert found.needs
    assert all("waiter" in need.name or "atendente" in need.name for need in found.needs)
    need = found.needs[0]
    assert need.id == "need_1"
    assert need.negative == 1
    assert need.effect is not None
    assert need.effect > 0
    assert need.cost == 0
    assert set(need.nearest) == {"battery", "parcel", "price"}
    path = tmp_path / "proposals.jsonl"
    written = write_proposals(path, survey, found)
    read = examples([path], aspects=[*survey.aspects, *(n.id for n in found.needs)])
    assert len(read) == written
    assert read[0].aspects == {"need_1": "neg"}
    neutral = np.tile(np.array([[0.1, 0.8, 0.1, 0.0]], np.float32), (len(survey), 1))
    assert not uncovered(survey, knowing, lambda texts: neutral[: len(texts)]).needs


def test_topics_are_columns_for_causes(make_comments, tmp_path: Path) -> None:
    survey = make_comments(8)
    content = {
        "topics": [{"id": 4, "name": "Late parcels", "comments": 2}],
        "comments": {"c0": [4], "c4": [4], "c5": [1]},
    }
    assert add_topics(survey, content) == ("topic 4: Late parcels",)
    assert survey.frame.index[survey.frame["topic 4: Late parcels"]].tolist() == [0, 4]
    with pytest.raises(InputError, match="other comments"):
        add_topics(survey, {**content, "comments": {"x": [4]}})
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(InputError, match="vocnlp topics"):
        read_topics(tmp_path / "no.json")
