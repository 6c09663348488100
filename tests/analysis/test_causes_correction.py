"""Errors of the tags are taken out with checked rows, or spread over a band where they are only measured."""

import json
from dataclasses import replace

import numpy as np
import pytest

from evaluation.worlds import checked_rows, mistag, random_world
from vocnlp.analysis.causes import causes
from vocnlp.analysis.correction import Checked, correct, read_checked
from vocnlp.analysis.findings import Effect, Factor
from vocnlp.analysis.inputs import prepare
from vocnlp.analysis.ranking import add_effects, described
from vocnlp.analysis.tag_quality import Quality, add_bands, load_quality
from vocnlp.analysis.uncertainty import quick
from vocnlp.errors import InputError


@pytest.fixture(scope="module")
def surveys():
    rng = np.random.default_rng(3)
    true = random_world(rng).survey(rng, 4000)
    return true, mistag(true, rng, recall=0.7, false_rate=0.01)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def factors_of(survey, tags):
    data = prepare(survey)
    cells = data.cells()
    found = described(data, data.causes, data.metric.detractor(data.answers))
    add_effects(found, quick(cells, data.resampler(cells)), 10)
    correct(found, data, Checked.of(data, tags))
    return found


def test_checked_rows_move_the_numbers_towards_the_truth(surveys, rng) -> None:
    true, given = surveys
    found = factors_of(given, checked_rows(true, rng, 2500))
    rates = true.negative.mean(axis=0)
    for k, factor in enumerate(found[:3]):
        corrected = factor.extra["corrected"]["negative_rate"]
        assert abs(corrected["estimate"] - rates[k]) < abs(factor.judged_rate - rates[k])
        low, high = corrected["interval"]
        assert low < rates[k] < high
        assert abs(factor.extra["corrected"]["effect"]["estimate"]) > abs(factor.effect.estimate)


def test_checked_rows_that_agree_change_nothing_and_cost_no_certainty(surveys, rng) -> None:
    true, _ = surveys
    for factor in factors_of(true, checked_rows(true, rng, 600)):
        corrected = factor.extra["corrected"]
        assert corrected["negative_rate"]["estimate"] == pytest.approx(factor.judged_rate, abs=1e-3)
        if "effect" in corrected:
            assert corrected["effect"]["weight"] > 0.85
            assert corrected["effect"]["estimate"] == pytest.approx(factor.effect.estimate, abs=0.2)
            widths = [np.diff(i)[0] for i in (corrected["effect"]["interval"], factor.effect.interval)]
            assert widths[0] == pytest.approx(widths[1], rel=0.1)


def test_an_aspect_that_nobody_complains_of_stays_at_nothing(surveys, rng) -> None:
    true, _ = surveys
    true = replace(true, negative=true.negative & (np.arange(len(true.aspects)) > 0))
    corrected = factors_of(true, checked_rows(true, rng, 100))[0].extra["corrected"]
    assert corrected["truly_negative"] == 0
    assert corrected["negative_rate"]["estimate"] == 0
    assert corrected["negative_rate"]["interval"] == [0, 0]


def test_the_interval_widens_when_few_rows_are_checked(surveys, rng) -> None:
    true, given = surveys
    widths = []
    for m in (2500, 400):
        effect = factors_of(given, checked_rows(true, rng, m))[0].extra["corrected"]["effect"]
        widths.append(effect["interval"][1] - effect["interval"][0])
    assert widths[1] > widths[0]


def test_too_few_checked_rows_or_foreign_aspects_are_refused(surveys, rng) -> None:
    true, given = surveys
    with pytest.raises(InputError, match="a correction needs 50"):
        causes(given, draws=50, checked=checked_rows(true, rng, 20))
    with pytest.raises(InputError, match="name aspects that no tag has: colour"):
        causes(given, draws=50, checked={"r1": {"colour": "neg"}})


def test_checked_rows_are_read_in_three_shapes(tmp_path) -> None:
    expected = {"a": {"price": "neg"}, "b": {}}
    flat = tmp_path / "flat.csv"
    flat.write_text("id,price,design\na,neg,\nb,,\n")
    assert read_checked(flat) == expected
    nested = tmp_path / "nested.jsonl"
    nested.write_text('{"id":"a","aspects":{"price":"neg"}}\n{"id":"b","aspects":{}}\n')
    assert read_checked(nested) == expected
    records = tmp_path / "records.jsonl"
    records.write_text(
        '{"id":"a","aspects":[{"aspect":"price","polarity":"neg"}]}\n{"id":"b","aspects":[]}\n'
    )
    assert read_checked(records) == expected
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("id,price\na,bad\n")
    with pytest.raises(InputError, match="'bad' is no polarity"):
        read_checked(wrong)


def factor(rate=0.1, effect=-3.0, name="price"):
    return Factor(
        aspect=name,
        kind="aspect",
        mentions=100,
        judged=100,
        mention_rate=rate,
        judged_rate=rate,
        score_if_mentioned=0.0,
        score_if_judged=0.0,
        rate=0.5,
        leave_out_impact=-1.0,
        effect=Effect(effect, (effect - 1, effect + 1), 0.001),
        attributed=None,
        co_mentioned_with=[],
        comments=[],
    )


def test_perfect_tags_leave_the_effect_missed_complaints_enlarge_it() -> None:
    sure, poor = factor(), factor()
    add_bands([sure], {"price": Quality(1, 1, (1, 1), (1, 1))})
    assert sure.extra["sensitivity"]["estimate"] == pytest.approx(-3)
    assert sure.extra["sensitivity"]["band"] == pytest.approx([-4, -2])
    add_bands([poor], {"price": Quality(0.9, 0.5, (0.8, 0.95), (0.4, 0.6))})
    assert poor.extra["sensitivity"]["estimate"] < -6
    low, high = poor.extra["sensitivity"]["band"]
    assert low < -4 / 0.5
    assert high > low


def test_the_band_inverts_misclassification() -> None:
    """100,000 answers without any noise but the tags': what is seen leads back to what is true."""
    rng = np.random.default_rng(0)
    truly = rng.random(100_000) < 0.2
    tagged = np.where(truly, rng.random(100_000) < 0.6, rng.random(100_000) < 0.03)
    points = np.where(truly, -50.0, 30.0)
    seen = tagged.mean() * (points[tagged].mean() - points[~tagged].mean())
    found = factor(rate=tagged.mean(), effect=seen)
    precision, recall = truly[tagged].mean(), tagged[truly].mean()
    add_bands([found], {"price": Quality(precision, recall, (precision, precision), (recall, recall))})
    assert found.extra["sensitivity"]["estimate"] == pytest.approx(truly.mean() * -80, rel=1e-6)


def test_the_quality_of_a_model_is_read_from_its_measures(tmp_path) -> None:
    measured = {
        "all": {"aspect_precision": 0.8, "aspect_recall": 0.5},
        "languages": {"de": {"aspect_precision": 0.8, "aspect_recall": 0.4}},
        "aspects": {
            "price": {"n": 100, "precision": 0.9, "recall": 0.6, "polarity_accuracy": 0.9},
            "odd": {"n": 0},
        },
    }
    assert load_quality(tmp_path) == {}
    (tmp_path / "metrics.json").write_text(json.dumps(measured))
    found = load_quality(tmp_path, {"de": 10})
    assert set(found) == {"price"}
    assert found["price"].precision == pytest.approx(0.81)
    assert found["price"].recall == pytest.approx(0.54 * 0.8)
    assert found["price"].recall_range[0] < 0.54 * 0.8 < found["price"].recall_range[1]
    assert load_quality(tmp_path)["price"].recall == pytest.approx(0.54)


def test_without_checked_rows_the_band_stands_in(surveys) -> None:
    _, given = surveys
    names = given.aspects
    quality = {name: Quality(0.9, 0.7, (0.85, 0.95), (0.6, 0.8)) for name in names}
    found = causes(given, draws=50, quality=quality).causes
    assert all("sensitivity" in item.extra for item in found if item.effect)
    assert not any("corrected" in item.extra for item in found)
