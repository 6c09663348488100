"""What becomes of topics, told from flows of clauses that are known."""

import numpy as np
import pytest

from vocnlp.analysis.topics.changes import Flow, describe, match
from vocnlp.analysis.topics.drift import drift, proportion_test


def flow(moved, *, cosine=None, alive=None, sizes=None, total=None) -> Flow:
    """Without given cosines, topics in the same place are alike and all others are not."""
    moved = np.array(moved)
    former, new = moved.shape[0] - 1, moved.shape[1] - 1
    sizes = moved[:-1].sum(axis=1) if sizes is None else np.array(sizes)
    return Flow(
        ids=[10 + k for k in range(former)],
        alive=np.ones(former, bool) if alive is None else np.array(alive),
        sizes=sizes,
        total=int(moved.sum()) if total is None else total,
        cosine=np.eye(former, new, dtype=np.float32) if cosine is None else np.array(cosine, np.float32),
        moved=moved,
    )


def story(given: Flow, ids):
    return {(c.kind, tuple(c.before), tuple(c.now)) for c in describe(given, match(given), ids)}


def test_the_same_topics_stay_whatever_their_order() -> None:
    given = flow([[0, 90, 10], [80, 0, 0], [5, 5, 50]], cosine=[[0.1, 0.9], [0.95, 0.0]])
    assert match(given) == {1: 0, 0: 1}
    assert story(given, [11, 10]) == {("stayed", (10,), (10,)), ("stayed", (11,), (11,))}


def test_growth_and_shrinkage_are_tested() -> None:
    given = flow([[300, 0, 0], [0, 50, 0], [0, 0, 650]], sizes=[100, 200], total=1000)
    changes = describe(given, match(given), [10, 11])
    assert [c.kind for c in changes] == ["grew", "shrank"]
    assert changes[0].share_before == pytest.approx(0.1)
    assert changes[0].share_now == pytest.approx(0.3)
    assert changes[0].overlap == 1.0
    assert all(c.q_value is not None and c.q_value < 0.001 for c in changes)
    few = flow([[3, 0, 0], [0, 2, 0], [0, 0, 10]], sizes=[1, 2], total=12)
    assert [c.kind for c in describe(few, match(few), [10, 11])] == ["stayed", "stayed"]


def test_a_new_topic_is_born_and_an_old_one_dies() -> None:
    given = flow([[100, 0, 0], [0, 0, 80], [0, 60, 0]], cosine=[[1, 0], [0, 0]])
    assert story(given, [10, 12]) == {
        ("stayed", (10,), (10,)),
        ("born", (), (12,)),
        ("died", (11,), ()),
    }


def test_a_topic_splits() -> None:
    given = flow([[60, 40, 0], [0, 0, 0]], cosine=[[0.9, 0.3]])
    assert story(given, [10, 12]) == {("shrank", (10,), (10,)), ("split", (10,), (10, 12))}
    part = next(c for c in describe(given, match(given), [10, 12]) if c.kind == "split")
    assert part.overlap == pytest.approx(0.4)


def test_topics_merge() -> None:
    given = flow([[60, 0], [40, 5], [0, 0]], cosine=[[0.9], [0.5]])
    merged = next(c for c in describe(given, match(given), [10]) if c.kind == "merged")
    assert (merged.before, merged.now) == ([10, 11], [10])
    assert merged.overlap == pytest.approx(40 / 45)


def test_a_dead_topic_returns_under_its_id_and_dies_once() -> None:
    given = flow([[100, 0], [0, 0], [0, 0]], alive=[False, False], cosine=[[1], [0]])
    assert story(given, [10]) == {("returned", (10,), (10,))}


def test_a_first_comparison_without_topics() -> None:
    given = flow([[50, 0], [0, 10]], cosine=[[0.0]], alive=[True])
    none = flow([[50], [10]], cosine=np.zeros((1, 0)))
    assert match(given) == {0: 0}
    assert story(none, []) == {("died", (10,), ())}


def test_proportions_are_tested_one_sided() -> None:
    assert proportion_test(30, 100, 20, 100) == pytest.approx(0.0512, abs=5e-4)
    assert proportion_test(20, 100, 30, 100) > 0.9
    assert proportion_test(0, 0, 1, 10) == 1.0
    assert proportion_test(0, 10, 0, 10) == 1.0


@pytest.mark.parametrize(
    ("outliers", "clauses", "alarm"), [(300, 1000, True), (130, 1000, False), (3, 10, False), (0, 0, False)]
)
def test_drift_is_a_rise_that_is_large_and_no_chance(outliers: int, clauses: int, alarm: bool) -> None:
    found = drift(outliers, clauses, fitted_outliers=1000, fitted_clauses=10_000)
    assert found.alarm is alarm
    assert found.expected == 0.1
