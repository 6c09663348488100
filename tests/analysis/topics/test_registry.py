"""The registry: ids and names over runs, whole files or none, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

from vocnlp.analysis.topics.cluster import NONE, Centres
from vocnlp.analysis.topics.registry import Registry
from vocnlp.analysis.topics.runs import Fitted, next_run
from vocnlp.errors import InputError


def fitted(directions, labels, *, former=None, texts=None, encoder="tiny@1") -> Fitted:
    """Topics that point along axes of a space of four."""
    labels = np.array(labels)
    return Fitted(
        encoder=encoder,
        centres=Centres(
            np.zeros(4, np.float32),
            np.eye(4, dtype=np.float32)[list(directions)],
            np.full(len(directions), 0.5, np.float32),
        ),
        texts=texts or [f"clause {k}" for k in range(len(labels))],
        weights=np.ones(len(labels), np.int64),
        labels=labels,
        former=np.full(len(labels), NONE) if former is None else np.array(former),
        names=[(f"axis {k}", [f"word {k}"]) for k in directions],
    )


def test_ids_and_names_are_kept_over_runs(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "topics")
    assert registry.load() is None
    registry.save(next_run(None, fitted([0, 1], [0] * 6 + [1] * 4 + [NONE])))
    first = registry.load()
    assert first is not None
    assert [topic.id for topic in first.known] == [0, 1]
    assert (first.version, first.clauses, first.outliers) == (1, 11, 1)
    registry.save(
        next_run(
            first, fitted([2, 0], [1] * 6 + [0] * 5, former=[0] * 6 + [NONE] * 5, texts=list("abcdefghijk"))
        )
    )
    second = registry.load()
    assert second is not None
    assert [(t.id, t.name, t.born, t.seen, t.clauses) for t in second.known] == [
        (0, "axis 0", 1, 2, 6),
        (1, "axis 1", 1, 1, 4),
        (2, "axis 2", 2, 2, 5),
    ]
    assert {c.kind for c in second.changes} == {"stayed", "born", "died"}
    living = second.living()
    assert [topic.id for topic in living.known] == [0, 2]
    assert living.centres.nearest(np.eye(4, dtype=np.float32))[0].tolist() == [0, NONE, 1, NONE]
    assert living.labels.tolist() == [0] * 6 + [1] * 5


def test_a_topic_that_died_is_the_same_when_it_returns(tmp_path: Path) -> None:
    runs = [next_run(None, fitted([0, 1], [0] * 5 + [1] * 5))]
    runs.append(next_run(runs[-1], fitted([0], [0] * 5)))
    runs.append(
        next_run(
            runs[-1], fitted([1, 0], [0] * 5 + [1] * 5, former=[1] * 5 + [0] * 5, texts=list("abcdefghij"))
        )
    )
    assert [topic.id for topic in runs[-1].known] == [0, 1]
    assert {(c.kind, *c.now) for c in runs[-1].changes} == {("stayed", 0), ("returned", 1)}


def test_clauses_seen_before_count_where_they_were() -> None:
    first = next_run(None, fitted([0, 1], [0] * 5 + [1] * 5))
    second = next_run(first, fitted([0, 1], [1] * 5 + [0] * 5, former=[1] * 10))
    moved = {(*c.before, *c.now): c.overlap for c in second.changes}
    assert moved == {(0, 0): 0.0, (1, 1): 0.0}


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Registry(tmp_path / name).save(next_run(None, fitted([0, 1], [0, 1, NONE])))
    for file in ("registry.json", "runs/0001/topics.json", "runs/0001/vectors.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_run_that_was_interrupted_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(tmp_path)
    first = next_run(None, fitted([0], [0, 0]))
    registry.save(first)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            registry.save(next_run(first, fitted([1], [0, 0])))
    kept = registry.load()
    assert kept is not None
    assert kept.version == 1
    registry.save(next_run(kept, fitted([1], [0, 0])))
    assert (tmp_path / "runs" / "0002" / "topics.json").is_file()


def test_names_of_people_are_read_and_checked(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    assert registry.names() == {}
    (tmp_path / "names.json").write_text(json.dumps({"12": "Late parcels"}))
    assert registry.names() == {12: "Late parcels"}
    (tmp_path / "names.json").write_text('["Late parcels"]')
    with pytest.raises(InputError, match="Late parcels"):
        registry.names()


def test_another_encoder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    run = next_run(None, fitted([0], [0, 0]))
    registry.check(run, "tiny@1")
    registry.check(None, "other@1")
    with pytest.raises(InputError, match=r"tiny@1.*other@1.*another directory"):
        registry.check(run, "other@1")


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 2, "version": 1}', '{"format": 1, "version": 7}'])
def test_a_damaged_registry_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "registry.json").write_text(content)
    with pytest.raises(InputError, match=str(tmp_path)):
        Registry(tmp_path).load()
