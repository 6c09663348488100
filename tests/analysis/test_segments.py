"""Segments: exact counts, honest small cells, no false discoveries, and the valley of the journey."""

import json

import numpy as np
import pandas as pd
import pytest

from vocnlp.analysis.intervals import cell_means, cross, customers, wilson
from vocnlp.analysis.journey import journey, order_stages
from vocnlp.analysis.segments import segments, with_clock
from vocnlp.analysis.shrinkage import Shrunk, shrink
from vocnlp.errors import InputError
from vocnlp.scores.metrics import CSAT, EFFORT, NPS


@pytest.fixture
def shops(make_survey):
    """Shop b of region EU is two points worse, with complaints of delivery; one shop has two answers."""
    rng = np.random.default_rng(6)
    n = 4000
    region = rng.choice(["EU", "US", "CN"], n)
    shop = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    bad = (region == "EU") & (shop == "b")
    shop[:2] = "tiny"
    csat = np.clip(4.2 - 2 * bad + rng.normal(0, 0.6, n), 1, 5)
    csat[:2] = 1.0
    late = rng.random(n) < np.where(bad, 0.4, 0.05)
    return make_survey({"csat": csat, "region": region, "shop": shop}, negative={"delivery": late})


def test_cells_hold_the_answers_they_name(shops) -> None:
    table = segments(shops, CSAT, ["region", "shop"]).table
    cell = table[(table["columns"] == "region / shop") & (table["segment"] == "EU / b")].iloc[0]
    rows = (shops.frame["region"] == "EU") & (shops.frame["shop"] == "b")
    assert cell["n"] == rows.sum()
    assert cell["score"] == pytest.approx(shops.frame.loc[rows, "csat"].mean())
    assert cell["difference"] == pytest.approx(
        shops.frame.loc[rows, "csat"].mean() - shops.frame.loc[~rows, "csat"].mean()
    )
    assert cell["difference_low"] < cell["difference"] < cell["difference_high"]
    assert table.loc[table["columns"] == "shop", "n"].sum() == len(shops)


def test_the_guilty_combination_stands_out(shops) -> None:
    result = segments(shops, CSAT, ["region", "shop"])
    pairs = result.table[result.table["depth"] == 2].set_index("segment")
    assert pairs["difference"].idxmin() == "EU / b"
    assert pairs.loc["EU / b", "q_value"] < 1e-6
    quiet = pairs.drop(index=["EU / b"])
    assert quiet["difference"].abs().max() < 0.5
    worst = result.aspects.sort_values("p_value").iloc[0]
    assert (worst["segment"], worst["aspect"]) == ("EU / b", "delivery")
    assert worst["share"] == pytest.approx(0.4, abs=0.1)
    assert worst["rest"] == pytest.approx(0.05, abs=0.03)


def test_a_tiny_cell_is_drawn_to_the_rest_and_not_tested(shops) -> None:
    table = segments(shops, CSAT, ["shop"]).table.set_index("segment")
    tiny = table.loc["tiny"]
    assert tiny["score"] == 1.0
    assert tiny["shrunk"] > 1.5
    assert np.isnan(tiny["p_value"])
    assert tiny["high"] - tiny["low"] > 1.0  # two equal answers are not certain
    assert table.loc["a", "shrunk"] == pytest.approx(table.loc["a", "score"], abs=0.05)


def test_rare_combinations_are_counted_as_hidden(shops) -> None:
    result = segments(shops, CSAT, ["region", "shop"])
    assert not (result.table["segment"].str.contains("tiny") & (result.table["depth"] == 2)).any()
    assert "combinations of fewer than 10 answers" in result.warnings[0]


def test_segments_without_differences_are_not_called(make_survey) -> None:
    called = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        survey = make_survey(
            {"nps": rng.integers(0, 11, 600) * 1.0, "team": rng.integers(0, 12, 600).astype(str)},
            negative={"price": rng.random(600) < 0.2, "food": rng.random(600) < 0.02},
        )
        result = segments(survey, NPS, ["team"])
        called += bool((result.table["q_value"] <= 0.05).any()) + bool(
            (result.aspects["q_value"] <= 0.05).any()
        )
    assert called <= 6  # 40 families at 5 %: two expected, more than six with probability 0.003


def test_repeated_customers_widen_the_intervals(make_survey) -> None:
    rng = np.random.default_rng(9)
    customer = rng.integers(0, 80, 800)
    csat = 3 + rng.normal(0, 1, 80)[customer] + rng.normal(0, 0.2, 800)
    survey = make_survey({"csat": csat, "who": customer, "side": np.where(customer % 2, "x", "y")})
    alone = segments(survey, CSAT, ["side"]).table
    together = segments(survey, CSAT, ["side"], customer="who").table
    assert ((together["high"] - together["low"]) > 2 * (alone["high"] - alone["low"])).all()
    np.testing.assert_allclose(alone["score"], together["score"])


def test_shrinkage_is_between_the_cell_and_what_is_expected() -> None:
    cells = Shrunk(np.array([0.0, 10.0, 20.0]), np.array([1.0, 1.0, 30.0]))
    towards = Shrunk(np.full(3, 8.0), np.full(3, 0.5))
    drawn = shrink(cells, towards)
    assert (np.abs(drawn.mean - 8) <= np.abs(cells.mean - 8)).all()
    kept = np.abs(drawn.mean - 8) / np.abs(cells.mean - 8)
    assert kept[2] < 0.1
    assert kept[0] > 0.9
    same = shrink(Shrunk(np.full(4, 8.0), np.ones(4)), Shrunk(np.full(4, 8.0), np.full(4, 0.1)))
    np.testing.assert_allclose(same.error, 0.1)


def test_local_hours_and_zones_become_columns(make_survey) -> None:
    times = ["2026-03-02T07:30:00+08:00", "2026-03-02T23:10:00+01:00", None]
    survey = with_clock(make_survey({"nps": [9.0, 2.0, 5.0], "at": times}), "at")
    assert survey.frame["time zone"].tolist()[:2] == ["UTC+08:00", "UTC+01:00"]
    assert survey.frame["local hour"].tolist()[:2] == ["06-08", "21-23"]
    assert survey.frame["local weekday"][0] == "1 Mon"
    assert survey.frame[["time zone", "local hour", "local weekday"]].loc[2].isna().all()
    table = segments(survey, NPS, ["time zone"]).table
    assert set(table["segment"]) == {"UTC+08:00", "UTC+01:00", "(missing)"}


def test_missing_columns_are_named(make_survey) -> None:
    survey = make_survey({"nps": [9.0], "region": ["EU"]})
    with pytest.raises(InputError, match="regions"):
        segments(survey, NPS, ["regions"])
    with pytest.raises(InputError, match="no answer to nps"):
        segments(make_survey({"nps": [np.nan], "region": ["EU"]}), NPS, ["region"])


def test_segments_are_plain_data(shops) -> None:
    loaded = json.loads(json.dumps(segments(shops, CSAT, ["region", "shop"]).to_dict()))
    assert loaded["by"] == ["region", "shop"]
    assert next(r for r in loaded["table"] if r["segment"] == "tiny")["p_value"] is None


def test_the_valley_is_found_and_sure(make_survey) -> None:
    rng = np.random.default_rng(10)
    stage = rng.choice(["use", "order", "delivery", "after-sales"], 2000)
    low = stage == "delivery"
    csat = np.clip(4.2 - 0.8 * low + rng.normal(0, 0.7, 2000), 1, 5)
    survey = make_survey(
        {"csat": csat, "stage": stage}, negative={"logistics": low & (rng.random(2000) < 0.3)}
    )
    result = journey(survey, CSAT, "stage")
    assert [s.name for s in result.stages] == ["order", "delivery", "use", "after-sales"]
    assert result.valley == "delivery"
    by_name = {s.name: s for s in result.stages}
    assert by_name["delivery"].valley > 0.99
    assert by_name["delivery"].step == pytest.approx(-0.8, abs=0.15)
    assert by_name["delivery"].p_value < 1e-6
    assert by_name["delivery"].complaints[0][0] == "logistics"
    assert by_name["order"].step is None
    assert sum(s.valley for s in result.stages) == pytest.approx(1.0)
    assert "guess" in result.warnings[0]
    assert json.loads(json.dumps(result.to_dict()))["valley"] == "delivery"
    assert result.to_frame()["name"].tolist() == ["order", "delivery", "use", "after-sales"]


def test_for_effort_the_valley_is_the_highest(make_survey) -> None:
    rng = np.random.default_rng(10)
    stage = rng.choice(["order", "delivery"], 400)
    effort = np.clip(np.round(2 + 1.5 * (stage == "order") + rng.normal(0, 0.5, 400)), 1, 5)
    assert journey(make_survey({"effort": effort, "stage": stage}), EFFORT, "stage").valley == "order"


def test_order_of_stages() -> None:
    assert order_stages(["10. 使用", "2. 下单", "1. 浏览"]) == (["1. 浏览", "2. 下单", "10. 使用"], ())
    assert order_stages(["售后", "物流配送", "安装", "下单"])[0] == ["下单", "物流配送", "安装", "售后"]
    assert order_stages(["stage x", "delivery", "order"])[0] == ["stage x", "order", "delivery"]


def test_an_order_given_must_be_complete(make_survey) -> None:
    survey = make_survey({"csat": [1.0, 2.0, 3.0], "stage": ["a", "b", "c"]})
    assert [s.name for s in journey(survey, CSAT, "stage", order=["c", "a", "b"]).stages] == ["c", "a", "b"]
    with pytest.raises(InputError, match="unknown: d; left out: c"):
        journey(survey, CSAT, "stage", order=["a", "b", "d"])


def test_cluster_robust_errors_by_hand() -> None:
    points = np.array([1.0, 3.0, 5.0, 7.0, np.nan])
    cells = np.array([0, 0, 0, 0, 0])
    alone = cell_means(points, cells, np.arange(5), 2)
    assert alone.mean[0] == 4.0
    assert alone.error[0] == pytest.approx(np.std([1, 3, 5, 7], ddof=1) / 2)
    paired = cell_means(points, cells, np.array([0, 0, 1, 1, 2]), 2)
    assert paired.error[0] == pytest.approx(np.sqrt(2 * (4**2 + 4**2)) / 4)
    assert (paired.n.tolist(), np.isnan(paired.mean[1])) == ([4, 0], True)


def test_cross_and_customers(make_survey) -> None:
    survey = make_survey({"a": ["x", "y", None, "x"], "b": [1, 2, 2, 1], "who": ["c1", None, None, "c1"]})
    code, values = cross(survey, ["a", "b"])
    assert values == [("(missing)", "2"), ("x", "1"), ("y", "2")]
    assert code.tolist() == [1, 2, 0, 1]
    whose = customers(survey, "who")
    assert whose[0] == whose[3]
    assert len(set(whose)) == 3


def test_wilson_interval_of_none_and_all() -> None:
    low, high = wilson([0, 10, 0], [10, 10, 0])
    assert low.tolist()[0] == pytest.approx(0, abs=1e-12)
    assert high[0] == pytest.approx(0.278, abs=0.001)
    assert low[1] == pytest.approx(0.722, abs=0.001)
    assert (low[2], high[2]) == (0.0, 1.0)


def test_survey_select_keeps_everything_in_step(shops) -> None:
    rows = (shops.frame["region"] == "EU").to_numpy()
    chosen = shops.select(rows)
    assert len(chosen) == rows.sum()
    assert chosen.negative.sum() == shops.negative[rows].sum()
    assert chosen.frame.index.equals(pd.RangeIndex(len(chosen)))


def test_equal_answers_are_no_error(make_survey) -> None:
    survey = make_survey({"nps": [9.0] * 30, "stage": ["order", "use", "use"] * 10})
    table = segments(survey, NPS, ["stage"]).table
    assert (table["score"] == 100).all()
    assert table["q_value"].isna().all()
    assert journey(survey, NPS, "stage").stages[1].p_value is None
