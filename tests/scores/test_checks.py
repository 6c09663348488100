"""A scale that is turned round or mixed is noticed; a sound one is not."""

import numpy as np

from vocnlp.scores.checks import suspicions
from vocnlp.scores.metrics import EFFORT, NPS


def answers(rng, n=400):
    mood = rng.uniform(-1, 1, n)
    return mood, np.clip(np.round(7 + 3 * mood + rng.normal(0, 1, n)), 0, 10)


def test_a_sound_scale_raises_no_suspicion() -> None:
    mood, y = answers(np.random.default_rng(0))
    assert suspicions(NPS, y, mood) == []


def test_a_reversed_scale_is_suspected() -> None:
    mood, y = answers(np.random.default_rng(1))
    assert "may be reversed" in suspicions(NPS, 10 - y, mood)[0]


def test_low_effort_with_happy_words_is_right() -> None:
    mood, y = answers(np.random.default_rng(2))
    effort = np.clip(np.round(5 - y / 2.5), 1, 5)
    assert suspicions(EFFORT, effort, mood) == []
    assert "may be reversed" in suspicions(EFFORT, 6 - effort, mood)[0]


def test_two_scales_in_one_column_are_suspected() -> None:
    rng = np.random.default_rng(3)
    mood, y = answers(rng, 1000)
    five = np.clip(np.round(4 + 1.5 * mood + rng.normal(0, 0.5, 1000)), 1, 5)
    mixed = np.where(rng.random(1000) < 0.5, y, five)
    assert any("seem mixed" in sentence for sentence in suspicions(NPS, mixed, mood))


def test_a_group_that_never_exceeds_five_is_named() -> None:
    mood, y = answers(np.random.default_rng(4))
    web = np.arange(400) < 100
    y[web] = np.clip(y[web], 1, 5)
    found = suspicions(NPS, y, mood, {"channel is web": web, "channel is app": ~web})
    assert any("no answer above 5 among 100 where channel is web" in sentence for sentence in found)
    assert not any("app" in sentence for sentence in found)


def test_few_answers_prove_nothing() -> None:
    assert suspicions(NPS, np.array([1.0, 5, 3]), np.array([1.0, -1, 0])) == []
    assert suspicions(NPS, np.full(50, np.nan), np.full(50, np.nan)) == []
