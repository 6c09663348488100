from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ngrams import NgramHasher

HASHER = NgramHasher(bits=20, characters=(3, 5), words=2)
TEXTS = st.lists(st.text(max_size=60), max_size=6)


def rows(texts: list[str], cuts: list[list[int]] | None = None) -> list[list[int]]:
    found = HASHER(texts, cuts)
    return [
        sorted(found.buckets[a:b].tolist()) for a, b in zip(found.offsets, found.offsets[1:], strict=False)
    ]


@given(TEXTS)
def test_a_text_has_the_same_features_alone_and_in_a_batch(texts: list[str]) -> None:
    texts = [text.replace("\0", "") for text in texts]
    assert rows(texts) == [row for text in texts for row in rows([text])]


@given(st.text(max_size=80), st.lists(st.integers(1, 79), max_size=4))
def test_cutting_a_text_keeps_its_features(text: str, inner: list[int]) -> None:
    text = text.replace("\0", "")
    cuts = [0, *sorted({cut for cut in inner if cut < len(text)})]
    pieces = rows([text], [cuts])
    assert len(pieces) == len(cuts)
    assert sorted(bucket for piece in pieces for bucket in piece) == rows([text])[0]


def test_character_ngrams_do_not_cross_texts() -> None:
    assert rows(["ab", "cd"]) != rows(["abcd"])
    assert sum(map(len, rows(["ab", "cd"]))) == 2  # two words, too short for three characters


@pytest.mark.parametrize(("one", "other"), [("GOOD Lamp", "good lamp"), ("ＧＯＯＤ　lamp", "good lamp")])
def test_case_and_width_do_not_matter(one: str, other: str) -> None:
    assert rows([one]) == rows([other])


def test_han_characters_count_alone_and_latin_letters_do_not() -> None:
    assert len(rows(["好"])[0]) == 2  # the character and the word
    assert len(rows(["a"])[0]) == 1  # the word


def test_word_ngrams_see_the_order_of_words() -> None:
    hasher = NgramHasher(bits=24, characters=(9, 8), words=2)
    assert set(hasher(["not good"]).buckets.tolist()) != set(hasher(["good not"]).buckets.tolist())


def test_no_texts_and_blank_texts() -> None:
    assert HASHER([""]).offsets.tolist() == [0, 0]
    assert np.diff(HASHER(["", "a", "  "]).offsets).tolist() == [0, 1, 0]


def test_what_lies_before_the_first_piece_belongs_to_no_piece_of_another_text() -> None:
    alone = rows(["good lamp"], [[0]])
    assert rows(["good lamp", "   ", "  bad"], [[0], [], [2]]) == [*alone, *rows(["bad"], [[0]])]
    assert HASHER(["  \n "], [[]]).offsets.tolist() == [0]
