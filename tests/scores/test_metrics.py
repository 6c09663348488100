"""Scales, scores and the recognition of columns."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.errors import InputError
from vocnlp.scores import metrics
from vocnlp.scores.metrics import (
    CES,
    CSAT,
    EFFORT,
    LIKELIHOOD,
    METRICS,
    NPS,
    RECOMMEND,
    STARS,
    define,
    recognise,
)


@pytest.mark.parametrize("value", [8, 8.0, "8", " 8 ", "8.0", "８", np.int64(8), np.float32(8)])
def test_exact_numerals_pass(value: object) -> None:
    assert NPS.check(value) == 8.0


@pytest.mark.parametrize(
    "value", [11, -1, 7.5, "8/10", "eight", "", None, math.nan, math.inf, True, "1e1", "1_0", "八", [8]]
)
def test_anything_else_is_refused_with_what_would_be_right(value: object) -> None:
    with pytest.raises(ValueError, match="nps must be a whole number from 0 to 10; got"):
        NPS.check(value)


@pytest.mark.parametrize(
    ("value", "number"), [("Yes", 1), ("否", 0), (True, 1), (0, 0), ("はい", 1), ("Não", 0)]
)
def test_recommend_takes_words_and_booleans(value: object, number: float) -> None:
    assert RECOMMEND.check(value) == number


def test_stars_take_halves_and_wider_scales() -> None:
    assert STARS.check("4.5") == 4.5
    assert STARS.check(9) == 9
    with pytest.raises(ValueError, match=r"multiple of 0\.5 from 0 to 10"):
        STARS.check(4.2)


@given(st.lists(st.integers(0, 10), min_size=1))
def test_nps_is_promoters_minus_detractors(answers: list[int]) -> None:
    share = [sum(a >= 9 for a in answers) / len(answers), sum(a <= 6 for a in answers) / len(answers)]
    assert NPS.score(answers) == pytest.approx(100 * (share[0] - share[1]))
    assert NPS.score([*answers, math.nan]) == NPS.score(answers)


def test_scores_of_the_other_metrics() -> None:
    assert CSAT.score([1, 5]) == 3
    assert LIKELIHOOD.score([0, 10, 8]) == 6
    assert RECOMMEND.score([1, 1, 0, 0]) == 50
    assert math.isnan(NPS.score([math.nan]))


@given(st.sampled_from(list(METRICS.values())), st.data())
def test_summary_agrees_with_the_masks(metric: metrics.Metric, data: st.DataObject) -> None:
    answers = data.draw(st.lists(st.integers(int(metric.low), int(metric.high)), min_size=1))
    summary = metric.summary(answers)
    worst, best = (0, -1) if metric.higher_is_better else (-1, 0)
    shares = list(summary["bands"].values())
    assert sum(shares) == pytest.approx(1)
    assert shares[worst] == pytest.approx(metric.detractor(answers).mean())
    assert shares[best] == pytest.approx(metric.promoter(answers).mean())


def test_no_answer_is_neither_happy_nor_unhappy() -> None:
    for metric in METRICS.values():
        assert not metric.detractor([math.nan])[0]
        assert not metric.promoter([math.nan])[0]
    assert CSAT.summary([])["score"] is None


def test_effort_counts_the_other_way() -> None:
    assert EFFORT.detractor([5, 1]).tolist() == [True, False]
    assert CES.detractor([5, 1]).tolist() == [False, True]
    assert EFFORT.summary([1, 5])["top_box"] == 0.5


def test_the_scale_is_found_from_the_answers() -> None:
    assert CSAT.fit([1, 5, math.nan]).high == 5
    assert CSAT.fit([1, 6]).high == 10
    assert EFFORT.fit([7]).high == 7


def test_answers_of_another_scale_are_refused_with_their_rows() -> None:
    with pytest.raises(InputError, match=r"2 answers are outside 0 to 10 \(rows 2, 4\)"):
        NPS.fit([1, 45, math.nan, 80])


def test_bands_name_answers_and_means() -> None:
    assert CSAT.fit([1]).band(3.9) == "pass"
    assert CSAT.fit([10]).band(9) == "excellent"
    assert NPS.band(6) == "detractor"


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("NPS score", "nps"),
        ("nps_score", "nps"),
        ("NPS评分", "nps"),
        ("净推荐值", "nps"),
        ("LikelihoodToRecommend", "likelihood"),
        ("推荐意愿", "likelihood"),
        ("CSAT (1-10)", "csat"),
        ("总体满意度", "csat"),
        ("Zufriedenheit", "csat"),
        ("คะแนนความพึงพอใจ", "csat"),
        ("Customer Effort Score", "ces"),
        ("费力度", "effort"),
        ("是否推荐", "recommend"),
        ("would_recommend", "recommend"),
        ("overall_rating", "stars"),
        ("星级", "stars"),
    ],
)
def test_columns_are_recognised(column: str, name: str) -> None:
    assert recognise(column) is METRICS[name]


@pytest.mark.parametrize(
    "column",
    ["nps_comment", "NPS类型", "nps date", "满意度评语", "product", "region", "id", "rating_count", ""],
)
def test_other_columns_are_not(column: str) -> None:
    assert recognise(column) is None


def test_every_name_pattern_belongs_to_a_metric() -> None:
    assert set(metrics._names()) == {"none", *METRICS}


def test_a_metric_of_ones_own(tmp_path) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text("trust:\n  low: 0\n  high: 100\n  bands: {weak: 0, strong: 60}\n  step: 0\n")
    trust = metrics.load(path)["trust"]
    assert trust.check("61.5") == 61.5
    assert trust.detractor([10, 70]).tolist() == [True, False]
    assert define("x", low=1, high=4).band(4) == "high"


def test_the_score_may_be_the_share_of_the_best_answer_on_every_scale_of_the_name() -> None:
    csat = METRICS["csat"].scored("top_box")
    assert csat.fit([1, 5, 5, 4, np.nan]).score([1, 5, 5, 4, np.nan]) == 50
    assert csat.fit([1, 5, 10, 9]).score([1, 5, 10, 9]) == 25
    assert METRICS["csat"].scored("net").fit([1, 5]).score([1, 5, 5, 4]) == 50
    with pytest.raises(InputError, match="effort is better low"):
        METRICS["effort"].scored("top_box")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("trust: {low: 5, high: 1}", "high .* must exceed low"),
        ("trust: {low: 0, high: 1, colour: red}", "allowed settings are"),
        ("trust: {low: 0, high: 9, bands: {a: 1, b: 2}}", "start at 0"),
        ("trust: {low: 0, high: 9, score_as: median}", "net, mean, percent or top_box"),
        ("ease: {low: 1, high: 5, score_as: net, higher_is_better: false}", "better low"),
        ("- trust", "must map"),
        ("trust: [", "metrics file"),
    ],
)
def test_a_wrong_definition_says_what_is_wrong(tmp_path, content: str, message: str) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        metrics.load(path)
