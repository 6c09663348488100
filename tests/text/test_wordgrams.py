"""Words of a batch and their hashed n-grams."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.text.scripts import NAMES, script_of
from vocnlp.text.wordgrams import LONGEST_NGRAM, Grams, Words, grams, split

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäéñßøćžабвгд", min_size=1, max_size=30)


def found(words: Words) -> list[list[str]]:
    texts: list[list[str]] = [[] for _ in range(words.texts)]
    for text, start, length in zip(words.text, words.start, words.length, strict=True):
        texts[text].append("".join(map(chr, words.codes[start : start + length])))
    return texts


def all_grams(text: str, *, buckets: int = 1_000_003) -> tuple[Words, Grams]:
    words = split([text])
    return words, grams(words, np.ones(len(words.start), bool), buckets=buckets)


def test_words_are_runs_of_one_script() -> None:
    words = split(["Ein SUPER-Tisch!", "", "iPhone手机 ok", "a\nb"])
    assert found(words) == [["ein", "super", "tisch"], [], ["iphone", "手机", "ok"], ["a", "b"]]
    assert [NAMES[script] for script in words.script[3:6]] == ["Latin", "Han", "Latin"]


def test_noise_is_no_word() -> None:
    assert found(split(["see http://a.example/b?c www.d.example @me [ID_CARD] &amp; \\u2019 ok"])) == [
        ["see", "ok"]
    ]


def test_letters_three_times_in_a_row_are_two() -> None:
    assert found(split(["soooo goooood", "aa bbb", "ⅻⅫ"]))[:2] == [["soo", "good"], ["aa", "bb"]]


def test_a_word_has_its_n_grams_and_itself() -> None:
    _, result = all_grams("abc")
    expected = 3 + sum(len(" abc ") - n + 1 for n in range(2, LONGEST_NGRAM + 1)) + 1
    assert result.counts.tolist() == [expected]


def test_a_repeated_word_is_counted_and_hashed_once() -> None:
    _, result = all_grams("ja ja nein")
    assert result.buckets.shape[0] == 2
    assert sorted(result.words.toarray()[0].tolist()) == [1, 2]


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_a_word_is_hashed_the_same_anywhere(words: list[str]) -> None:
    alone = [all_grams(word, buckets=997)[1] for word in words]
    total = sum((each.words @ each.buckets).toarray() for each in alone)
    together = all_grams(" ".join(words), buckets=997)[1]
    assert np.array_equal((together.words @ together.buckets).toarray(), total)


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    words, result = all_grams(text, buckets=64)
    assert result.words.shape == (1, result.buckets.shape[0])
    assert words.length.sum() == (words.scripts > 0).sum()


def test_scripts() -> None:
    letters = "aЖعहか漢한กΩא"
    names = [NAMES[script] for script in script_of(np.array([ord(letter) for letter in letters], np.uint32))]
    assert " ".join(names) == "Latin Cyrillic Arabic Devanagari Kana Han Hangul Thai Greek Hebrew"
    others = np.array([ord(sign) for sign in "1 .!،。😀٣×"] + [0x10FFFF], np.uint32)
    assert script_of(others).tolist() == [0] * len(others)
