"""What causes are worth, and what the business sees of a score."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evaluation.worlds import World, random_world
from vocnlp.analysis.business import add_gains, outcome, read_costs, warning
from vocnlp.analysis.causes import causes
from vocnlp.analysis.inputs import prepare
from vocnlp.errors import InputError
from vocnlp.scores.metrics import EFFORT, NPS


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(5)
    made = random_world(rng).survey(rng, 3000, twice=0)
    nps = made.frame["nps"].to_numpy()
    leaves = rng.random(3000) < 1 / (1 + np.exp(0.4 * nps - 1.5 - 1.0 * made.negative[:, 0]))
    made.frame["churned"] = np.where(leaves, "yes", "no")
    made.frame["spend"] = 20 + 3 * nps + rng.normal(0, 5, 3000)
    made.frame["coin"] = (np.arange(3000) % 2).astype(float)
    return made


def test_the_slope_is_that_of_a_logistic_regression(survey) -> None:
    found = outcome(prepare(survey), "churned", time=None, min_mentions=10)
    y = (survey.frame["churned"] == "yes").astype(float)
    theirs = sm.Logit(y, sm.add_constant(survey.frame["nps"])).fit(disp=0, cov_type="HC1")
    assert found["kind"] == "binary"
    assert found["slope"] == pytest.approx(theirs.params["nps"], abs=1e-4)
    assert found["interval"] == pytest.approx(theirs.conf_int().loc["nps"].tolist(), abs=2e-3)
    assert found["predicted"]
    assert warning(found, NPS) is None


def test_bands_show_the_rates(survey) -> None:
    found = outcome(prepare(survey), "churned", time=None, min_mentions=10)
    unhappy = survey.frame["nps"] <= 6
    first = found["by_band"][0]
    assert first["band"] == "detractor"
    assert first["n"] == unhappy.sum()
    assert first["mean"] == pytest.approx((survey.frame["churned"][unhappy] == "yes").mean())
    assert first["interval"][0] < first["mean"] < first["interval"][1]


def test_complaints_are_related_to_the_outcome(survey) -> None:
    found = outcome(prepare(survey), "churned", time=None, min_mentions=10)["causes"]
    assert found[0]["aspect"] == survey.aspects[0]
    assert found[0]["effect"]["interval"][0] > 0


def test_a_number_has_a_linear_slope(survey) -> None:
    found = outcome(prepare(survey), "spend", time=None, min_mentions=10)
    assert found["kind"] == "number"
    assert found["interval"][0] < 3 < found["interval"][1]


def test_what_the_score_does_not_predict_is_said(survey) -> None:
    found = causes(survey, draws=50, outcomes=["coin", "churned"], time="month")
    assert [o["column"] for o in found.outcomes] == ["coin", "churned"]
    assert any("does not predict coin" in sentence for sentence in found.warnings)
    assert found.outcomes[1]["halves"]["later"]["slope"] < 0


def test_a_score_that_no_longer_predicts_is_said() -> None:
    rng = np.random.default_rng(1)
    made = random_world(rng).survey(rng, 2000, twice=0)
    late = made.frame["month"] > pd.Timestamp("2026-03-15")
    made.frame["gone"] = np.where(late, np.arange(2000) % 2, made.frame["nps"] < 6).astype(int)
    found = outcome(prepare(made), "gone", time="month", min_mentions=10)
    assert found["predicted"]
    assert "not in the later half" in warning(found, NPS)
    assert found["halves"]["p_value_of_change"] < 0.001


def test_wrong_outcomes_are_refused(survey) -> None:
    data = prepare(survey)
    with pytest.raises(InputError, match="neither a number nor yes or no"):
        outcome(data, "region", time=None, min_mentions=10)
    survey.frame["same"] = 1
    with pytest.raises(InputError, match="not all the same"):
        outcome(data, "same", time=None, min_mentions=10)


def test_half_of_a_cause_is_half_of_its_effect(survey) -> None:
    found = causes(survey, draws=50, costs={survey.aspects[0]: 200.0}).causes
    first = next(f for f in found if f.aspect == survey.aspects[0])
    gain = first.extra["gain_if_halved"]
    assert gain["estimate"] == pytest.approx(-first.effect.estimate / 2)
    assert gain["interval"][0] < gain["estimate"] < gain["interval"][1]
    assert gain["points_per_cost"] == pytest.approx(gain["estimate"] / 200)
    before = gain["estimate"]
    add_gains([first], EFFORT, {})
    assert first.extra["gain_if_halved"]["estimate"] == -before


def test_costs_are_read_and_checked(tmp_path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("aspect,cost\nprice,100\ndesign,2.5\n")
    assert read_costs(path) == {"price": 100, "design": 2.5}
    for content in ("aspect,cost\nprice,0\n", "aspect,cost\nprice,free\n", "name,cost\nprice,1\n"):
        path.write_text(content)
        with pytest.raises(InputError, match="line 2"):
            read_costs(path)


def test_worlds_know_their_truth() -> None:
    one = World(
        costs=np.array([2.0]),
        gains=np.zeros(1),
        complain=np.array([0.1]),
        praise=np.array([0.1]),
        loads=np.zeros(1),
    )
    assert one.truth.effects[0] < 0
    assert one.truth.unexplained + one.truth.shares.sum() == pytest.approx(1)
    assert one.without_effects().truth.effects[0] == 0
