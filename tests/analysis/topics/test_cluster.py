"""Groups where density tells them apart, and where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from vocnlp.analysis.topics.cluster import NONE, cluster

pytest.importorskip("sklearn")


def blobs(count: int, spread: float, size: int = 200) -> np.ndarray:
    random = np.random.default_rng(0)
    centres = random.normal(size=(count, 16))
    found = np.concatenate([centre + spread * random.normal(size=(size, 16)) for centre in centres])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_dense_groups_are_found_as_they_are() -> None:
    vectors = blobs(5, 0.1)
    groups = cluster(vectors, smallest=20).nearest(vectors)[0]
    assert len(set(groups.tolist()) - {NONE}) == 5
    for first in range(0, 1000, 200):
        assert len(set(groups[first : first + 200].tolist()) - {NONE}) == 1


def test_a_cloud_without_gaps_is_split_evenly_and_the_same_way_each_time() -> None:
    vectors = blobs(1, 5.0, size=800)
    groups = cluster(vectors, smallest=20).nearest(vectors)[0]
    sizes = np.bincount(groups[groups >= 0])
    assert len(sizes) > 5
    assert sizes.max() < 400
    assert (groups == NONE).mean() < 0.15
    again = cluster(vectors, smallest=20)
    assert again.centroids.tobytes() == cluster(vectors, smallest=20).centroids.tobytes()


def test_many_dense_groups_are_found_and_a_large_cloud_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocnlp.analysis.topics.engines._PROBED", 300)
    dense = blobs(5, 0.1)
    found = cluster(dense, smallest=40).nearest(dense)[0]
    assert len(set(found.tolist()) - {NONE}) == 5
    cloud = blobs(1, 5.0, size=800)
    found = cluster(cloud, smallest=20).nearest(cloud)[0]
    assert len(set(found.tolist()) - {NONE}) > 5
