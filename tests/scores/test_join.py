"""Scores find their comments, one to one, and nothing goes unseen."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.errors import InputError
from vocnlp.scores.join import Keys, match, read_id_map

DAY = timedelta(days=1)


def day(number: float) -> datetime:
    return datetime(2026, 1, 1) + number * DAY


def test_by_response() -> None:
    found = match(Keys(["a", "b", "c"]), Keys(["c", "x", "a"]))
    assert found.pairs == [(0, 2), (2, 0)]
    assert found.comments == [1]
    assert found.scores == [1]
    assert "1 comments found no score (rows 2)" in found.sentences()[0]


def test_by_customer_the_nearest_within_the_window() -> None:
    comments = Keys(["a", "a", "b"], [day(0), day(10), day(0)])
    scores = Keys(["a", "a", "b"], [day(9), day(1), day(30)])
    found = match(comments, scores, window=7 * DAY)
    assert found.pairs == [(0, 1), (1, 0)]
    assert found.comments == [2]
    assert found.scores == [2]


def test_one_to_one_the_second_nearest_takes_what_is_left() -> None:
    comments = Keys(["a", "a"], [day(0), day(1)])
    found = match(comments, Keys(["a", "a"], [day(1), day(5)]), window=10 * DAY)
    assert found.pairs == [(0, 1), (1, 0)]
    assert not found.ties


def test_ties_are_settled_by_order_and_reported() -> None:
    found = match(Keys(["a"], [day(1)]), Keys(["a", "a"], [day(0), day(2)]), window=2 * DAY)
    assert found.pairs == [(0, 0)]
    assert found.ties == [(0, 0)]
    assert found.scores == [1]
    assert "equally near" in found.sentences()[-1]


def test_ids_of_one_customer_are_merged(tmp_path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("id,customer\nold,new\nolder,old\n")
    merged = read_id_map(path)
    assert match(Keys(["older"]), Keys(["new"]), id_map=merged).pairs == [(0, 0)]


@pytest.mark.parametrize(("content", "message"), [("id,to\na,b\nb,a\n", "circle"), ("id,to\na\n", "line 2")])
def test_a_wrong_mapping_is_refused(tmp_path, content, message) -> None:
    path = tmp_path / "map.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_id_map(path)


def test_numbers_and_texts_are_one_id_and_nothing_is_none() -> None:
    found = match(Keys([12, "13 ", None, float("nan"), ""]), Keys(["12", 13.0, None, "", float("nan")]))
    assert found.pairs == [(0, 0), (1, 1)]


def test_a_window_needs_times() -> None:
    with pytest.raises(InputError, match="column of times"):
        match(Keys(["a"]), Keys(["a"]), window=DAY)


ids = st.lists(st.sampled_from("abc"), max_size=8)


@given(ids, ids, st.data())
def test_every_row_is_paired_once_or_reported(left, right, data) -> None:
    times = st.integers(0, 20).map(day)
    comments = Keys(left, [data.draw(times) for _ in left])
    scores = Keys(right, [data.draw(times) for _ in right])
    found = match(comments, scores, window=5 * DAY)
    paired = [c for c, _ in found.pairs], [s for _, s in found.pairs]
    assert sorted(paired[0] + found.comments) == list(range(len(left)))
    assert sorted(paired[1] + found.scores) == list(range(len(right)))
    for c, s in found.pairs:
        assert left[c] == right[s]
        assert abs(comments.times[c] - scores.times[s]) <= 5 * DAY
    assert set(found.ties) <= set(found.pairs)
