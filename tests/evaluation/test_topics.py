"""The figures of `evaluation.topics`, on groups that are known."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.topics import agreement, coherence, diversity, same_topic
from evaluation.topics_peers import Grouped, kept
from evaluation.topics_speed import Stopwatch
from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.progress import Stage


def test_diversity_is_the_share_of_different_keywords() -> None:
    assert diversity([["a", "b"], ["c", "d"]]) == 1
    assert diversity([["a", "b"], ["a", "c"]]) == 0.75
    assert diversity([]) == 0


def test_words_that_stand_together_are_coherent() -> None:
    documents = [{"late", "parcel"}, {"late", "parcel"}, {"rude", "waiter"}, {"price"}]
    assert coherence([["late", "parcel"]], documents) == pytest.approx(1)
    assert coherence([["late", "waiter"]], documents) == -1
    chance = [{"a", "b"}, {"a"}, {"b"}, set()]
    assert coherence([["a", "b"]], chance) == pytest.approx(0)
    assert np.isnan(coherence([["absent", "late"]], documents))


def test_pairs_of_translations_count_when_both_have_the_topic() -> None:
    labels = np.array([1, 1, 2, -1, -1, 0])
    assert same_topic(labels, ["x", "x", "x", "y", "y", ""]) == (pytest.approx(1 / 4), 4)
    assert same_topic(labels, [""] * 6)[1] == 0


def numbered(count: int) -> Clauses:
    places = np.arange(count)
    return Clauses(
        places, places * 0, places * 0, places, [f"text {k}" for k in range(count)], ["en"] * count
    )


def test_runs_that_group_alike_agree_and_those_by_chance_do_not() -> None:
    vectors = np.random.default_rng(0).normal(size=(2000, 4)).astype(np.float32)
    by_sign = agreement(lambda v, _: Grouped((v[:, 0] > 0).astype(np.int64)), vectors, numbered(2000), 0)
    assert by_sign == pytest.approx(1)
    random = np.random.default_rng(1)
    by_chance = agreement(lambda v, _: Grouped(random.integers(5, size=len(v))), vectors, numbered(2000), 0)
    assert by_chance == pytest.approx(0, abs=0.02)


def test_what_a_peer_found_is_kept_for_the_same_vectors_alone(tmp_path: Path) -> None:
    calls = []

    def group(vectors: np.ndarray, clauses: Clauses) -> Grouped:
        calls.append(len(clauses.texts))
        return Grouped(np.zeros(len(vectors), np.int64), [["word"]])

    vectors = np.ones((3, 2), np.float32)
    first, again = (kept(group, tmp_path)(vectors, numbered(3)) for _ in range(2))
    assert calls == [3]
    assert (again.labels.tolist(), again.keywords, again.seconds) == ([0, 0, 0], [["word"]], first.seconds)
    kept(group, tmp_path)(vectors * 2, numbered(3))
    assert calls == [3, 3]


def test_each_stage_is_timed() -> None:
    watch = Stopwatch()
    for stage in (Stage.CLAUSES, Stage.VECTORS, Stage.VECTORS, Stage.NAMES):
        watch(stage, 0, 1)
    watch.stop()
    assert list(watch.seconds) == [Stage.CLAUSES, Stage.VECTORS, Stage.NAMES]
    assert all(seconds >= 0 for seconds in watch.seconds.values())
