"""The split of a change is exact, symmetric, blames the guilty and knows how sure it is."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vocnlp.analysis.change import KINDS, change
from vocnlp.errors import InputError
from vocnlp.scores.metrics import CSAT, NPS

ANSWERS = st.tuples(
    st.one_of(st.none(), st.integers(0, 10)),
    st.sampled_from(["EU", "US", None]),
    st.sampled_from(["", "words"]),
    st.integers(0, 3),
    *[st.booleans() for _ in range(5)],
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANSWERS, min_size=2, max_size=40))
def test_parts_sum_to_the_difference(make_survey, rows) -> None:
    nps, region, text, customer, second, price_neg, price_pos, food_neg, late_neg = zip(*rows, strict=True)
    survey = make_survey(
        {
            "nps": [np.nan if v is None else float(v) for v in nps],
            "region": region,
            "text": text,
            "who": customer,
        },
        negative={"price": price_neg, "food": food_neg, "late": late_neg},
        positive={"price": price_pos},
    )
    after = np.array(second)
    answered = ~np.isnan(survey.frame["nps"].to_numpy())
    if not (answered & after).any() or not (answered & ~after).any():
        with pytest.raises(InputError, match="no answer to nps"):
            change(survey, NPS, before=~after, after=after, mix=["region"])
        return
    result = change(survey, NPS, before=~after, after=after, mix=["region"], customer="who")
    assert sum(p.estimate for p in result.parts) == pytest.approx(result.difference, abs=1e-10)
    assert sum(t.estimate for t in result.totals) == pytest.approx(result.difference, abs=1e-10)
    assert result.score[1] - result.score[0] == result.difference
    assert result.score[1] == NPS.score(survey.frame["nps"][after])
    assert np.isfinite(result.to_frame()["low"]).all()


@pytest.fixture
def drifting(make_survey):
    """Delivery is mentioned three times as often, price hurts more, more answers come from unhappy stores."""
    rng = np.random.default_rng(5)
    n = 8000
    after = np.arange(n) >= n // 2
    store = rng.random(n) < np.where(after, 0.5, 0.25)
    delivery = rng.random(n) < np.where(after, 0.30, 0.10)
    price = rng.random(n) < 0.2
    innocent = delivery & (rng.random(n) < 0.8)  # is mentioned with delivery, does nothing itself
    csat = 4.2 - 0.6 * store - 1.5 * delivery - np.where(after, 1.0, 0.2) * price + rng.normal(0, 0.5, n)
    survey = make_survey(
        {"csat": csat, "channel": np.where(store, "store", "web")},
        negative={"delivery": delivery, "price": price, "attitude": innocent},
    )
    return survey, after


def test_each_part_finds_its_cause(drifting) -> None:
    survey, after = drifting
    result = change(survey, CSAT, before=~after, after=after, mix=["channel"])
    found = {(p.kind, p.name): p for p in result.parts}
    assert found["mention_rate", "delivery"].estimate == pytest.approx(-0.30, abs=0.06)
    assert found["score_given_mention", "price"].estimate == pytest.approx(-0.16, abs=0.04)
    assert sum(p.estimate for p in result.parts if p.kind == "mix") == pytest.approx(-0.15, abs=0.03)
    for innocent in (("mention_rate", "attitude"), ("score_given_mention", "attitude"), ("baseline", "")):
        part = found[innocent]
        assert part.interval[0] < 0 < part.interval[1]
        assert part.q_value > 0.05
    assert found["mention_rate", "delivery"].q_value < 0.001
    assert found["mention_rate", "delivery"].before == pytest.approx(0.10, abs=0.02)
    assert found["mention_rate", "delivery"].after == pytest.approx(0.30, abs=0.02)
    assert found["score_given_mention", "price"].after == pytest.approx(-1.0, abs=0.1)


def test_swapping_the_groups_turns_every_sign(drifting) -> None:
    survey, after = drifting
    there = change(survey, CSAT, before=~after, after=after, mix=["channel"]).to_frame()
    back = change(survey, CSAT, before=after, after=~after, mix=["channel"]).to_frame()
    np.testing.assert_allclose(there["estimate"], -back["estimate"], atol=1e-9)
    np.testing.assert_allclose(there["low"], -back["high"], atol=1e-9)


def test_errors_agree_with_a_bootstrap_of_customers(make_survey) -> None:
    rng = np.random.default_rng(8)
    n = 600
    customer = rng.integers(0, 200, n)
    mood = rng.normal(size=200)[customer]
    late = rng.random(n) < 0.3
    csat = 3 + 0.8 * mood - late + rng.normal(0, 0.3, n)
    # each customer answers in one period only, so that the answers of a period are clustered
    after = customer % 2 == 0

    def split(rows):
        chosen = make_survey({"csat": csat[rows], "who": customer[rows]}, negative={"late": late[rows]})
        return change(chosen, CSAT, before=~after[rows], after=after[rows], customer="who").to_frame()

    members = [np.flatnonzero(customer == c) for c in range(200)]
    draws = [
        split(np.concatenate([members[c] for c in rng.integers(0, 200, 200)]))["estimate"] for _ in range(200)
    ]
    drawn = np.std(draws, axis=0)
    table = split(np.arange(n))
    claimed = ((table["high"] - table["low"]) / (2 * 1.96)).to_numpy()
    moving = drawn > 1e-6
    assert moving.sum() == 3
    np.testing.assert_allclose(claimed[moving], drawn[moving], rtol=0.25)
    alone = change(
        make_survey({"csat": csat}, negative={"late": late}), CSAT, before=~after, after=after
    ).to_frame()
    baseline = (table["kind"] == "baseline").to_numpy()
    assert claimed[baseline] > 1.2 * ((alone["high"] - alone["low"]) / (2 * 1.96)).to_numpy()[baseline]


def test_aspect_of_one_period_only_moves_by_its_rate(make_survey) -> None:
    rng = np.random.default_rng(2)
    n = 4000
    after = np.arange(n) % 2 == 0
    new = after & (rng.random(n) < 0.2)
    csat = 4.0 - 2.0 * new + rng.normal(0, 0.1, n)
    result = change(make_survey({"csat": csat}, negative={"app": new}), CSAT, before=~after, after=after)
    found = {p.kind: p.estimate for p in result.parts if p.name == "app"}
    assert found["mention_rate"] == pytest.approx(-0.4, abs=0.05)
    assert found["score_given_mention"] == pytest.approx(0.0, abs=0.01)


def test_small_and_overlapping_groups_are_told(make_survey) -> None:
    survey = make_survey({"csat": [1.0, 2.0, 3.0, 4.0]})
    first = np.array([True, True, False, False])
    result = change(survey, CSAT, before=first, after=~first, labels=("May", "June"))
    assert [w.split(" has")[0] for w in result.warnings] == ["'May'", "'June'"]
    with pytest.raises(InputError, match="2 answers are in both"):
        change(survey, CSAT, before=first, after=np.ones(4, dtype=bool))


def test_segments_beyond_the_largest_are_one(make_survey) -> None:
    n = 600
    survey = make_survey({"csat": np.arange(n) % 5 + 1.0, "shop": [f"shop {i % 150}" for i in range(n)]})
    after = np.arange(n) >= n // 2
    result = change(survey, CSAT, before=~after, after=after, mix=["shop"])
    names = [p.name for p in result.parts if p.kind == "mix"]
    assert len(names) == 102
    assert names[-2:] == ["(other)", "comment written"]


def test_result_is_plain_data(make_survey) -> None:
    survey = make_survey({"csat": [1.0, 2.0, 3.0, 5.0]}, negative={"price": [1, 0, 1, 0]})
    first = np.array([True, True, False, False])
    result = change(survey, CSAT, before=first, after=~first)
    loaded = json.loads(json.dumps(result.to_dict()))
    assert loaded["difference"] == pytest.approx(2.5)
    assert [t["kind"] for t in loaded["totals"]] == list(KINDS)
    assert list(result.to_frame().columns) == [
        *("kind", "name", "polarity", "estimate", "low", "high", "p_value", "q_value", "before", "after")
    ]
