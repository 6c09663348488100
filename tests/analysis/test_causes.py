"""The causes as a whole: contract, guards, invariances, and that they find what is there and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocnlp.analysis.causes import causes
from vocnlp.analysis.inputs import prepare
from vocnlp.analysis.survey import Survey
from vocnlp.errors import InputError
from vocnlp.scores.metrics import CSAT, EFFORT, NPS


def make(seed=0, n=400, *, metric=NPS, aspects=("design", "logistics", "price"), costs=(0.0, 3.0, 1.0)):
    rng = np.random.default_rng(seed)
    k = len(aspects)
    day = rng.normal(size=(n, 1))
    negative = 0.6 * day + rng.normal(size=(n, k)) > 1.2
    positive = (rng.random((n, k)) < 0.25) & ~negative
    region = rng.integers(3, size=n)
    latent = 8.6 - negative @ np.asarray(costs) + 0.7 * positive[:, 0] - 0.5 * region + rng.normal(0, 1.8, n)
    answers = np.clip(np.round(latent), 0, 10)
    if metric is not NPS:
        answers = np.round(metric.low + answers / 10 * (metric.high - metric.low))
    if not metric.higher_is_better:
        answers = metric.low + metric.high - answers
    frame = pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "text": [f"comment {i}" for i in range(n)],
            "language": "en",
            "sentiment": "neu",
            "sentiment_score": positive.mean(axis=1) - negative.mean(axis=1),
            metric.name: answers,
            "region": np.array(["east", "mid", "west"])[region],
            "customer": np.arange(n) % (n - n // 5),
            "month": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 120, n), unit="D"),
        }
    )
    return Survey(
        frame=frame,
        scores=(metric.name,),
        attributes=("region", "customer", "month"),
        aspects=tuple(aspects),
        negative=negative,
        positive=positive,
        mentioned=negative | positive,
        risk_categories=("churn",),
        risks=(answers < 4)[:, None] & (rng.random((n, 1)) < 0.5),
        metrics={metric.name: metric},
    )


def rows(survey, order):
    return replace(
        survey,
        frame=survey.frame.iloc[order].reset_index(drop=True),
        negative=survey.negative[order],
        positive=survey.positive[order],
        mentioned=survey.mentioned[order],
        risks=survey.risks[order],
    )


def total(items, part, rest):
    return sum(item[part]["share"] for item in items) + rest["share"]


def test_the_contract() -> None:
    found = causes(make(), metric="nps", draws=50).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["metric"] == "nps"
    assert found["n"] == 400
    assert found["interval"][0] < found["score"] < found["interval"][1]
    assert found["detractors"]["share"] == found["detractors"]["n"] / 400
    first = found["causes"][0]
    assert first["aspect"] == "logistics"
    assert {"mentions", "negative", "detractor_rate_if_negative", "leave_out_impact"} <= set(first)
    assert set(first["effect"]) == {"estimate", "interval", "p_value", "q_value"}
    assert set(first["attributed_detractors"]) == {"share", "interval"}
    assert first["effect"]["interval"][1] < 0
    assert first["effect"]["q_value"] >= first["effect"]["p_value"]
    assert [c["effect"]["estimate"] for c in found["causes"]] == sorted(
        c["effect"]["estimate"] for c in found["causes"]
    )
    assert found["warnings"] == [] or all(isinstance(w, str) for w in found["warnings"])


def test_counts_are_those_of_the_survey() -> None:
    survey = make(1)
    found = causes(survey, draws=50).to_dict()["causes"]
    points = NPS.points(survey.frame["nps"])
    for item in found:
        k = survey.aspects.index(item["aspect"])
        seen = survey.negative[:, k]
        assert item["negative"] == seen.sum()
        assert item["mentions"] == survey.mentioned[:, k].sum()
        assert item["score_if_negative"] == pytest.approx(points[seen].mean())
        assert item["leave_out_impact"] == pytest.approx(points.mean() - points[~seen].mean())
        assert item["detractor_rate_if_negative"] == pytest.approx((survey.frame["nps"][seen] <= 6).mean())
        examples = [int(name[1:]) for name in item["comments"]]
        assert seen[examples].all()
        assert survey.frame["nps"][examples[0]] <= 6


@given(st.integers(0, 10_000), st.sampled_from([NPS, CSAT.fit([5]), CSAT.fit([10]), EFFORT.fit([7])]))
@settings(max_examples=6, deadline=None)
def test_shares_and_the_unexplained_sum_to_one(seed, metric) -> None:
    found = causes(make(seed, n=150, metric=metric), draws=50, by=["region"]).to_dict()
    assert total(found["causes"], "attributed_detractors", found["unexplained"]) == pytest.approx(1, abs=1e-9)
    happy = total(found["drivers"], "attributed_promoters", found["unexplained_promoters"])
    assert happy == pytest.approx(1, abs=1e-9)


@given(st.randoms(use_true_random=False))
@settings(max_examples=3, deadline=None)
def test_the_order_of_rows_changes_nothing(random) -> None:
    survey = make(2, n=200)
    order = np.array(random.sample(range(200), 200))
    before, after = (
        causes(s, draws=50, by=["region"], time="month").to_dict() for s in (survey, rows(survey, order))
    )
    for item in (*before["causes"], *after["causes"], *before["risks"], *after["risks"]):
        item["comments"] = sorted(item["comments"])
    for item in (*before["drivers"], *after["drivers"]):
        item["comments"] = []  # equally good examples are taken in the order of the rows
    for one, other in zip(before["causes"], after["causes"], strict=True):
        one.pop("comments"), other.pop("comments")
    pd.testing.assert_frame_equal(
        pd.json_normalize(before["causes"]), pd.json_normalize(after["causes"]), rtol=1e-8
    )
    assert before["interval"] == pytest.approx(after["interval"])


def test_the_same_seed_gives_the_same_numbers_another_nearly() -> None:
    survey = make(3)
    first, again, other = (causes(survey, draws=50, seed=s).to_dict() for s in (1, 1, 2))
    assert first == again
    assert first["causes"][0]["effect"]["estimate"] == other["causes"][0]["effect"]["estimate"]
    assert first["causes"][0]["effect"]["interval"] != other["causes"][0]["effect"]["interval"]


def test_a_bystander_is_not_blamed_and_said_to_be_one() -> None:
    survey = make(4, n=4000)
    found = causes(survey, controls=["region"], draws=50)
    design = next(f for f in found.causes if f.aspect == "design")
    assert design.leave_out_impact < -2
    assert design.effect.q_value > 0.05
    assert "logistics" in design.extra["bystander_of"]
    assert any("design: leaving its comments out" in warning for warning in found.warnings)
    logistics = found.causes[0]
    assert logistics.effect.interval[0] < -8 < logistics.effect.interval[1] or logistics.effect.estimate < -6


def test_praise_drives_and_risks_are_adjusted_for_the_aspects() -> None:
    found = causes(make(5, n=3000), draws=50)
    assert found.drivers[0].aspect == "design"
    assert found.drivers[0].effect.interval[0] > 0
    assert [risk.aspect for risk in found.risks] == ["churn"]
    assert found.risks[0].kind == "risk"
    assert found.risks[0].attributed is None


def test_rare_causes_are_shown_but_not_ranked() -> None:
    survey = make(6)
    survey.negative[:, 2] = False
    survey.negative[:4, 2] = True
    found = causes(survey, draws=50).to_dict()["causes"]
    last = found[-1]
    assert last["aspect"] == "price"
    assert last["ranked"] is False
    assert last["effect"] is None
    assert last["reason"] == "4 mentions are too few to judge; 10 are needed"
    assert last["attributed_detractors"] is not None
    lower = causes(survey, draws=50, min_mentions=4).to_dict()["causes"]
    assert all(item["ranked"] for item in lower)


def test_a_metric_that_is_better_low_ranks_what_raises_it_first() -> None:
    found = causes(make(7, n=2000, metric=EFFORT.fit([7])), draws=50)
    assert not found.higher_is_better
    assert found.causes[0].aspect == "logistics"
    assert found.causes[0].effect.interval[0] > 0
    assert found.causes[0].extra["gain_if_halved"]["estimate"] > 0


def test_a_mean_metric_loses_scale_points() -> None:
    found = causes(make(8, n=2000, metric=CSAT.fit([5])), draws=50)
    assert -2 < found.causes[0].effect.estimate < -0.1


def test_a_confounder_held_equal_loses_its_blame() -> None:
    rng = np.random.default_rng(9)
    survey = make(9, n=4000, costs=(0.0, 0.0, 0.0))
    west = survey.frame["region"].to_numpy() == "west"
    survey.frame.loc[west, "nps"] = np.clip(survey.frame.loc[west, "nps"] - 3, 0, 10)
    survey.negative[:, 2] = rng.random(4000) < np.where(west, 0.3, 0.03)
    blamed = next(f for f in causes(survey, draws=50).causes if f.aspect == "price")
    cleared = next(f for f in causes(survey, draws=50, controls=["region"]).causes if f.aspect == "price")
    assert blamed.effect.interval[1] < -1
    assert cleared.effect.q_value > 0.05


def test_silent_and_repeated_answers_count_for_the_score_only() -> None:
    survey = make(10, n=500)
    survey.frame.loc[:99, "text"] = ""
    for matrix in (survey.negative, survey.positive, survey.mentioned, survey.risks):
        matrix[:100] = False
    survey.frame.loc[499, "id"] = survey.frame.loc[498, "id"]
    survey.frame.loc[300:309, "nps"] = np.nan
    found = causes(survey, draws=50).to_dict()
    assert found["n"] == 490
    assert found["data"]["wrote"]["n"] == 390
    assert found["data"]["silent"]["n"] == 100
    assert found["data"]["unscored"] == 10
    assert found["data"]["duplicated"] == 1
    unhappy = survey.frame["nps"] <= 6
    silent = (survey.frame["text"] == "") | (survey.frame.index == 499)
    assert found["unexplained"]["without_comment"] == pytest.approx((unhappy & silent).sum() / unhappy.sum())
    assert total(found["causes"], "attributed_detractors", found["unexplained"]) == pytest.approx(1)


def test_customers_who_answer_often_widen_the_interval() -> None:
    survey = rows(make(11, n=300), np.tile(np.arange(300), 3))
    survey.frame["id"] = [f"x{i}" for i in range(900)]
    survey.frame["customer"] = np.tile(np.arange(300), 3)
    survey.frame["text"] = survey.frame["id"]
    naive, honest = causes(survey, draws=100), causes(survey, customer="customer", draws=100)
    widths = [r.causes[0].effect.interval[1] - r.causes[0].effect.interval[0] for r in (naive, honest)]
    assert widths[1] > 1.4 * widths[0]


def test_segments_and_columns_as_causes() -> None:
    survey = make(12, n=1200)
    late = survey.negative[:, 1]
    survey.frame["topic"] = np.where(late, "late parcels", np.where(survey.negative[:, 2], "fees", ""))
    survey.frame["flag"] = np.where(survey.negative[:, 0], "yes", "no")
    found = causes(survey, by=["region"], columns=["topic", "flag"], draws=50).to_dict()
    assert set(found["segments"]["region"]) == {"east", "mid", "west"}
    east = found["segments"]["region"]["east"]
    assert east["n"] == (survey.frame["region"] == "east").sum()
    assert east["causes"][0]["effect"]["q_value"] is not None
    names = {item["aspect"]: item["kind"] for item in found["causes"]}
    assert names["topic=late parcels"] == "column"
    assert names["flag"] == "column"
    assert total(found["causes"], "attributed_detractors", found["unexplained"]) == pytest.approx(1)


def test_tables_for_the_notebook() -> None:
    frame = causes(make(13), draws=50).frame()
    assert frame.loc[0, "effect_low"] < frame.loc[0, "effect_estimate"] < frame.loc[0, "effect_high"]
    assert {"aspect", "attributed_detractors_share", "effect_q_value"} <= set(frame.columns)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"metric": "csat"}, "no score 'csat'; the scores are: nps"),
        ({"controls": ["colour"]}, "no column 'colour'"),
        ({"draws": 10}, "50 or more"),
        ({"columns": ["id"]}, "as a cause it may have 20 at most"),
    ],
)
def test_wrong_requests_are_refused(settings_, message) -> None:
    with pytest.raises(InputError, match=message):
        causes(make(14), **{"draws": 50, **settings_})


def test_too_few_answers_are_refused() -> None:
    with pytest.raises(InputError, match="20 answers have both a comment and a nps score"):
        causes(make(15, n=20))


def test_everyone_happy_is_no_error() -> None:
    survey = make(16, n=100)
    survey.frame["nps"] = 10.0
    found = causes(survey, draws=50).to_dict()
    assert found["score"] == 100
    assert found["detractors"]["n"] == 0
    json.dumps(found)


def test_no_aspects_is_no_error() -> None:
    survey = make(17, n=100)
    nothing = np.zeros((100, 0), dtype=bool)
    survey = replace(survey, aspects=(), negative=nothing, positive=nothing, mentioned=nothing)
    found = causes(survey, draws=50).to_dict()
    assert found["causes"] == []
    assert found["unexplained"]["share"] == 1


def test_a_reversed_scale_is_warned_of() -> None:
    survey = make(18, n=600)
    survey.frame["nps"] = 10 - survey.frame["nps"]
    assert any("may be reversed" in warning for warning in causes(survey, draws=50).warnings)


def test_a_verdict_on_the_whole_is_shown_and_hides_no_cause() -> None:
    survey = make(19, n=3000, aspects=("logistics", "overall", "price"), costs=(2.5, 0.0, 0.5))
    unhappy = survey.frame["nps"].to_numpy() <= 6
    # who is unhappy says so: a consequence of the score
    survey.negative[:, 1] = unhappy & (np.random.default_rng(0).random(3000) < 0.8)
    survey.positive[:, 1] = False
    survey.mentioned[:, 1] = survey.negative[:, 1]
    found = causes(survey, controls=["region"], draws=50).to_dict()
    assert [c["aspect"] for c in found["causes"]] == ["logistics", "price", "overall"]
    last = found["causes"][2]
    assert (last["kind"], last["ranked"]) == ("verdict", False)
    assert last["effect"]["estimate"] < -20
    assert last["attributed_detractors"]["share"] == 0
    without = [0, 2]
    cleared = replace(
        survey,
        aspects=("logistics", "price"),
        negative=survey.negative[:, without],
        positive=survey.positive[:, without],
        mentioned=survey.mentioned[:, without],
    )
    plain = causes(cleared, controls=["region"], draws=50).to_dict()
    assert plain["causes"][0]["effect"] == found["causes"][0]["effect"]
    assert total(found["causes"], "attributed_detractors", found["unexplained"]) == pytest.approx(1)


def test_weeks_are_those_of_the_customers_clocks_or_of_a_zone(make_survey) -> None:
    at = ["2026-03-29T23:30:00-08:00", "2026-03-30T12:00:00+08:00"] * 50  # a Sunday night, a Monday noon
    survey = make_survey({"nps": [9.0, 3.0] * 50, "at": at})
    assert prepare(survey, time="at").controls.shape[1] == 1
    assert prepare(survey, time="at", timezone="UTC").controls.shape[1] == 0


def test_times_may_still_be_text() -> None:
    survey = make(20)
    parsed = causes(survey, time="month", draws=50).to_dict()
    survey.frame["month"] = survey.frame["month"].astype(str)
    assert causes(survey, time="month", draws=50).to_dict() == parsed
