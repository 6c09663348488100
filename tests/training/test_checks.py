from __future__ import annotations

from training.checks import notices, unseen
from vocnlp.batch.labelled import Example


def example(number: int, text: str, sentiment: str = "neg") -> Example:
    return Example(f"a:{number}", text, "en", sentiment)


def test_what_will_be_measured_on_is_left_out_and_told() -> None:
    given = [example(1, "late "), example(2, "fine")]
    kept = unseen(given, {"late"})
    assert [e.id for e in kept] == ["a:2"]
    assert list(notices(given, kept)) == ["comments left out, for they are measured on (--without): 1"]


def test_texts_that_occur_twice_and_those_labelled_in_two_ways_are_told() -> None:
    given = [example(1, "late"), example(2, "late", "pos"), example(3, "fine"), example(4, "fine")]
    assert list(notices(given, given)) == [
        "texts that occur more than once: 2, in 4 comments",
        "texts labelled in more than one way: 1 (a:1, a:2)",
    ]


def test_clean_data_are_passed_in_silence() -> None:
    given = [example(1, "late"), example(2, "fine")]
    assert list(notices(given, given)) == []
