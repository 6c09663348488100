"""Topics of comments whose subjects are known: found, named, kept, and told apart from what is new."""

import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from vocnlp.analysis.topics import LEAST_CLAUSES, place, topics
from vocnlp.analysis.topics.columns import add_topics, read_topics
from vocnlp.analysis.topics.progress import Stage
from vocnlp.analysis.topics.uncovered import uncovered, write_proposals
from vocnlp.batch.labelled import examples
from vocnlp.errors import InputError
from vocnlp.text import segment

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


def test_what_emerges_is_told_by_time(make_comments, knowing) -> None:
    survey = make_comments(320)
    late = survey.frame["text"].str.contains("waiter|atendente") | (survey.frame.index % 9 == 0)
    survey.frame["when"] = np.where(late, "2026-03-02", "2026-02-02")
    found = topics(survey, time="when")
    assert found.every == "day"
    assert (found.periods[0], found.periods[-1]) == ("2026-02-02", "2026-03-02")
    rising = [topic for topic in found.topics if topic.emerging]
    assert [("waiter" in " ".join(topic.keywords)) for topic in rising] == [True]
    assert rising[0].emerging.share_now > rising[0].emerging.share_before == 0
    assert all(sum(topic.counts) == topic.comments for topic in found.topics)


def test_many_topics_have_themes(make_comments, monkeypatch: pytest.MonkeyPatch, knowing) -> None:
    monkeypatch.setattr("vocnlp.analysis.topics.themes.LEAST_TOPICS", 4)
    found = topics(make_comments())
    assert len(found.themes) == 2
    assert sorted(topic for theme in found.themes for topic in theme.topics) == sorted(
        topic.id for topic in found.topics
    )
    for theme in found.themes:
        assert theme.id == min(theme.topics)
        assert theme.comments == sum(t.comments for t in found.topics if t.theme == theme.id)
        assert theme.name == ", ".join(theme.keywords[:3])


def test_only_new_topics_are_asked_for_and_names_of_people_win(
    make_comments, knowing, tmp_path: Path
) -> None:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return f"Name {len(asked)}"

    first = topics(make_comments(things=("parcel", "battery", "price")), registry=tmp_path, namer=ask)
    assert len(asked) == 3
    assert {topic.name for topic in first.topics} == {"Name 1", "Name 2", "Name 3"}
    (tmp_path / "names.json").write_text(f'{{"{first.topics[0].id}": "Ours"}}')
    again = topics(make_comments(seed=2), registry=tmp_path, namer=ask)
    assert len(asked) == 4
    assert "waiter" in asked[-1]
    names = {topic.id: topic.name for topic in again.topics}
    assert names[first.topics[0].id] == "Ours"
    assert names[first.topics[1].id] == first.topics[1].name
    assert "Name 4" in names.values()
    assert {topic.name for topic in topics(make_comments(), namer=lambda _: "X").topics} == {"X"}


@pytest.mark.parametrize("stage", list(Stage))
def test_an_interruption_leaves_the_registry_as_it_was(
    make_comments, knowing, tmp_path: Path, stage: Stage
) -> None:
    topics(make_comments(), registry=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def stop(now: Stage, done: int, total: int) -> None:
        assert 0 <= done <= total
        if now == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        topics(make_comments(seed=2), registry=tmp_path, namer=lambda _: "X", progress=stop)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_run_cut_off_while_it_is_written_does_not_count(
    make_comments, knowing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = topics(make_comments(), registry=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("vocnlp.analysis.topics.registry.write_tensors", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            topics(make_comments(seed=2), registry=tmp_path)
    placed = place(make_comments(), tmp_path)
    assert placed.version == first.version
    assert placed.comments == first.comments
    assert topics(make_comments(seed=2), registry=tmp_path).version == 2


def test_a_registry_of_another_encoder_is_refused_with_the_way_out(
    make_comments, knowing, tmp_path: Path
) -> None:
    topics(make_comments(), registry=tmp_path)
    knowing.name = "knowing@2"
    for run in (topics, place):
        with pytest.raises(InputError, match=r"knowing@1.*knowing@2.*another directory.*names\.json"):
            run(make_comments(), registry=tmp_path)


def test_vectors_of_nothing_are_in_no_topic(make_comments, monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        name = "empty@1"

        def embed(self, texts, languages):  # noqa: ARG002
            return np.zeros((len(texts), 8), np.float32)

    monkeypatch.setattr("vocnlp.analysis.topics.find.find_encoder", lambda *_, **__: Empty())
    found = topics(make_comments())
    assert (found.topics, found.outlier_share, found.comments) == ([], 1, {})
    assert "empty@1 knows something of 0 different clauses" in found.warnings[0]
    assert found.keywords


def test_different_words_with_one_vector_are_one_topic(
    make_comments, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Same:
        name = "same@1"
        value = 0.5

        def embed(self, texts, languages):  # noqa: ARG002
            return np.full((len(texts), 4), self.value, np.float32)

    monkeypatch.setattr("vocnlp.analysis.topics.find.find_encoder", lambda *_, **__: Same())
    found = topics(make_comments())
    assert len(found.topics) <= 1
    monkeypatch.setattr(Same, "value", np.nan)
    with pytest.raises(InputError, match=r"same@1 gives no finite vectors for \d+"):
        topics(make_comments())


@pytest.mark.parametrize(
    ("language", "package"), [("ja", "sudachipy"), ("ko", "kiwipiepy"), ("zh", "rjieba"), ("th", "pythainlp")]
)
def test_a_language_without_its_tokeniser_has_topics_all_the_same(
    make_comments, knowing, monkeypatch: pytest.MonkeyPatch, language: str, package: str
) -> None:
    survey = make_comments()
    survey.frame["language"] = language
    missing = {package, "jieba"}
    for name in missing | {name for name in sys.modules if name.partition(".")[0] in missing}:
        monkeypatch.setitem(sys.modules, name, None)
    segment._tokenizer.cache_clear()
    found = topics(survey)
    segment._tokenizer.cache_clear()
    assert len(found.topics) == 4
    assert all(topic.keywords_by_language[language] for topic in found.topics)
    assert any(package in warning and "vocnlp[topics]" in warning for warning in found.warnings)


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
