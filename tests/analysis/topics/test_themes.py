"""Themes hold like topics, and the map puts them near each other."""

from __future__ import annotations

import numpy as np
import pytest

from vocnlp.analysis.topics.themes import LEAST_TOPICS, layout, themes

pytest.importorskip("sklearn")


def families(of_each: int) -> np.ndarray:
    random = np.random.default_rng(0)
    centres = np.eye(8, dtype=np.float32)[:3]
    found = np.concatenate([centre + 0.1 * random.normal(size=(of_each, 8)) for centre in centres])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_like_topics_have_one_theme() -> None:
    found = themes(families(3))
    assert [len(set(found[first : first + 3].tolist())) for first in (0, 3, 6)] == [1, 1, 1]
    assert len(set(found.tolist())) == 3
    assert set(themes(families(3)[: LEAST_TOPICS - 1]).tolist()) == {-1}
    assert len(themes(np.zeros((0, 8), np.float32))) == 0


def test_like_topics_are_neighbours_on_the_map_which_is_the_same_each_time() -> None:
    places = layout(families(5))
    assert places.min() == 0
    assert places.max() == 1
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert [int(k) // 5 for k in apart.argmin(axis=1)] == [k // 5 for k in range(15)]
    assert places.tobytes() == layout(families(5)).tobytes()


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_few_topics_have_places_too(count: int) -> None:
    places = layout(families(3)[:count])
    assert places.shape == (count, 2)
    assert ((places >= 0) & (places <= 1)).all()
    same = layout(np.ones((count, 3), np.float32))
    assert (same == 0.5).all()
