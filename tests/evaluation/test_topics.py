"""The figures of `evaluation.topics`, on groups that are known."""

import numpy as np
import pytest

from evaluation.topics import coherence, diversity, same_topic


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
