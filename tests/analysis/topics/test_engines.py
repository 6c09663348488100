"""What finds groups: the built-in engine and BERTopic, on groups that are known."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from vocnlp.analysis.topics.cluster import NONE, cluster
from vocnlp.analysis.topics.engines import find_engine
from vocnlp.errors import InputError, MissingExtraError


def groups(size: int) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(0)
    centres = random.normal(size=(3, 16))
    found = np.concatenate([centre + 0.1 * random.normal(size=(size, 16)) for centre in centres])
    texts = [f"{word} number {k}" for word in ("parcel", "battery", "waiter") for k in range(size)]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32), texts


@pytest.mark.slow
def test_bertopic_finds_them_the_same_way_each_time() -> None:
    pytest.importorskip("bertopic")
    vectors, texts = groups(60)
    centres = cluster(vectors, smallest=10, engine=find_engine("bertopic", texts))
    labels = centres.nearest(vectors)[0]
    for first in range(0, 180, 60):
        own = labels[first : first + 60]
        assert len(set(own[own >= 0].tolist())) == 1
        assert (own == NONE).mean() < 0.15
    again = cluster(vectors, smallest=10, engine=find_engine("bertopic", texts))
    assert again.centroids.tobytes() == centres.centroids.tobytes()


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'lda'.*builtin, bertopic"):
        find_engine("lda", [])


@pytest.mark.parametrize(("name", "package"), [("bertopic", "bertopic"), ("builtin", "sklearn.cluster")])
def test_a_missing_package_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'vocnlp\[topics\]'"):
        find_engine(name, [])
