"""Trends count right, say what is chance, see outbreaks and keep quiet otherwise."""

import json

import numpy as np
import pandas as pd
import pytest

from vocnlp.analysis.alarms import watch
from vocnlp.analysis.calendar import regressors
from vocnlp.analysis.counts import fit_counts
from vocnlp.analysis.levels import Moments, fit_levels
from vocnlp.analysis.panels import Counts, Levels, Series
from vocnlp.analysis.trends import trends
from vocnlp.errors import InputError
from vocnlp.scores.metrics import CSAT, NPS


def no_levels(days):
    return Levels((), np.zeros((0, days)), np.zeros((0, days)), Moments(*np.zeros((3, 0))))


def quiet(rng, series, days, *, dispersion=0.1):
    index = pd.period_range("2025-01-01", periods=days, freq="D")
    mean = np.resize([0.2, 2.0, 20.0], series)[:, None] * np.where(index.day_of_week >= 5, 0.6, 1.0)
    mean = mean * rng.gamma(1 / dispersion, dispersion, size=mean.shape)
    names = tuple(Series("negative", f"a{k}", "") for k in range(series))
    return Counts(names, rng.poisson(mean).astype(float), np.ones_like(mean)), index


@pytest.fixture
def complaints(make_survey):
    """120 days of 30 answers; delivery complaints jump from 10 to 40 % in the last three days."""
    rng = np.random.default_rng(4)
    day = np.repeat(np.arange(120), 30)
    late = rng.random(len(day)) < np.where(day >= 117, 0.4, 0.1)
    price = rng.random(len(day)) < 0.1
    created = pd.Timestamp("2026-01-01 12:00", tz="UTC") + pd.to_timedelta(day, unit="D")
    csat = np.clip(np.round(4.3 + rng.normal(0, 0.7, len(day))), 1, 5)
    return make_survey(
        {"csat": csat, "created_at": created.astype(str), "shop": np.where(day % 2, "a", "b")},
        negative={"delivery": late, "price": price},
    )


def test_an_outbreak_is_seen_and_nothing_else(complaints) -> None:
    result = trends(complaints, CSAT, time="created_at", every="day")
    assert {alarm.series.name for alarm in result.alarms} == {"delivery"}
    alarm = result.alarms[0]
    assert "2026-04-28" <= alarm.start <= "2026-04-30"
    assert alarm.end == "2026-04-30"
    assert alarm.observed > 2 * alarm.expected
    assert alarm.q_value <= result.level
    flagged = result.table[result.table["alarm"]]
    assert set(flagged["name"]) == {"delivery"}
    assert flagged["period"].max() == "2026-04-30"


def test_the_table_counts_answers_comments_and_scores(complaints) -> None:
    table = trends(complaints, CSAT, time="created_at", every="month").table
    frame = complaints.frame.assign(
        month=complaints.frame["created_at"].str[:7], late=complaints.negative[:, 0]
    )
    by_month = frame.groupby("month")
    row = table[(table["kind"] == "negative") & (table["name"] == "delivery")]
    assert row["count"].tolist() == by_month["late"].sum().tolist()
    assert row["n"].tolist() == by_month.size().tolist()
    score = table[table["kind"] == "score"]
    np.testing.assert_allclose(score["value"], by_month["csat"].mean())
    assert (score["low"] < score["value"]).all()
    assert table.loc[table["kind"] == "answers", "value"].tolist() == by_month.size().tolist()


def test_local_days_differ_by_zone(make_survey) -> None:
    survey = make_survey({"nps": [9.0, 1.0], "at": ["2026-03-01T20:00:00Z", "2026-03-02T10:00:00Z"]})
    utc = trends(survey, NPS, time="at", every="day").table
    china = trends(survey, NPS, time="at", every="day", timezone="Asia/Shanghai").table
    assert utc.loc[utc["kind"] == "score", "value"].tolist() == [100, -100]
    assert china.loc[china["kind"] == "score", "value"].tolist() == [0]


def test_segments_are_followed_one_by_one(complaints) -> None:
    table = trends(complaints, CSAT, time="created_at", every="week", by="shop").table
    assert set(table["segment"]) == {"a", "b"}
    answers = table[table["kind"] == "answers"]
    assert answers["count"].sum() == len(complaints)


def test_a_short_history_raises_no_alarm_and_says_why(make_survey) -> None:
    created = pd.date_range("2026-01-01", periods=20, freq="D").repeat(30).astype(str)
    late = np.arange(600) >= 540
    result = trends(
        make_survey({"nps": np.full(600, 8.0), "at": created}, negative={"delivery": late}),
        NPS,
        time="at",
        every="day",
    )
    assert not result.alarms
    reasons = {series.kind: reason for series, reason in result.silent}
    assert reasons["negative"] == "13 periods of history; 28 are needed"
    assert "dates without a time" in result.notes[0]


def test_volatility_of_chance_is_called_chance(make_survey) -> None:
    rng = np.random.default_rng(3)
    n = 5200
    day = rng.integers(0, 364, n)
    calm = rng.random(n) < 0.2
    wild = rng.random(n) < np.where(day // 7 % 2, 0.35, 0.05)
    created = (pd.Timestamp("2026-01-05") + pd.to_timedelta(day, unit="D")).astype(str)
    survey = make_survey(
        {"nps": rng.integers(0, 11, n) * 1.0, "at": created}, negative={"calm": calm, "wild": wild}
    )
    found = {v.series.name or v.series.kind: v for v in trends(survey, NPS, time="at").volatility}
    assert found["calm"].by_chance > 0.7
    assert found["score"].by_chance > 0.7
    assert found["calm"].p_value > 0.01
    assert found["wild"].by_chance < 0.3
    assert found["wild"].p_value < 1e-6


def test_result_is_plain_data(complaints) -> None:
    loaded = json.loads(json.dumps(trends(complaints, CSAT, time="created_at", every="day").to_dict()))
    assert loaded["alarms"][0]["series"] == {"kind": "negative", "name": "delivery", "segment": ""}
    assert set(loaded["table"][0]) >= {"kind", "name", "period", "value", "expected", "alarm"}


def test_quiet_series_spend_no_more_than_the_budget() -> None:
    counts, index = quiet(np.random.default_rng(11), 150, 90)
    seen = watch(counts, no_levels(90), index, "day", watched=10)
    # the budget is one alarm a month, a third of one in ten days: four have a probability of 4 in 10,000
    assert len(seen.alarms) < 4
    assert seen.level == pytest.approx(1 / 30.4)


def test_tail_probabilities_are_uniform_enough() -> None:
    rng = np.random.default_rng(12)
    counts, index = quiet(rng, 600, 120)
    days = index.start_time
    x, precision = regressors(days[:119], days[119], weekdays=True)
    now, _ = regressors(days[119:], days[119], weekdays=True)
    baseline = fit_counts(counts.counts[:, :119], counts.exposure[:, :119], x, precision)
    p, expected, deviation = baseline.tail(now, counts.exposure[:, 119:], counts.counts[:, 119])
    for level in (0.05, 0.2):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.045)
    assert expected.mean() == pytest.approx(counts.counts[:, :119].mean(), rel=0.3)
    assert (deviation**2 > 0.9 * expected).all()


def test_a_past_outbreak_does_not_hide_a_new_one() -> None:
    rng = np.random.default_rng(13)
    counts = rng.poisson(5.0, size=(1, 120)).astype(float)
    counts[0, 60:64] = 60
    x = np.ones((119, 1))
    fitted = fit_counts(counts[:, :119], np.ones((1, 119)), x, np.array([0.1]))
    p, expected, _ = fitted.tail(np.ones((1, 1)), np.ones((1, 1)), np.array([20.0]))
    assert expected[0] < 7.5
    assert p[0] < 0.01


def test_no_event_ever_is_no_error() -> None:
    fitted = fit_counts(np.zeros((1, 50)), np.ones((1, 50)), np.ones((50, 1)), np.array([0.4]))
    p, expected, _ = fitted.tail(np.ones((1, 1)), np.ones((1, 1)), np.array([0.0]))
    assert p[0] > 0.5
    assert 0 < expected[0] < 0.1
    assert fitted.tail(np.ones((1, 1)), np.ones((1, 1)), np.array([6.0]))[0][0] < 1e-3


def test_score_tails_know_their_samples() -> None:
    rng = np.random.default_rng(14)
    n = np.full((400, 100), 25.0)
    points = 100 * rng.choice([-1, 0, 1], p=[0.1, 0.3, 0.6], size=(400, 100, 25))
    means = points.mean(axis=2)
    sd = np.sqrt((points**2).mean() - points.mean() ** 2)
    skew = float(((points - points.mean()) ** 3).mean() / sd**3)
    moments = Moments(np.full(400, sd), np.full(400, skew), np.full(400, 2400.0))
    fitted = fit_levels(means[:, :99], n[:, :99], moments, np.ones((99, 1)), np.array([0.4]))
    p, _, deviation = fitted.tail(np.ones((1, 1)), n[:, 99:], means[:, 99])
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert deviation.mean() == pytest.approx(sd / 5, rel=0.1)
    worse = fitted.tail(np.ones((1, 1)), n[:, 99:], means[:, 99] - 100)[0]
    assert np.quantile(worse, 0.9) < 1e-4


def test_a_column_without_times_is_told(make_survey) -> None:
    with pytest.raises(InputError, match="trends need times"):
        trends(make_survey({"nps": [9.0, 3.0], "at": [None, ""]}), NPS, time="at")
