"""The simulation measures what it says, and the causes hold on it."""

import sys

import click
import numpy as np
import orjson
import pytest
from scipy import stats

from evaluation import attribution, attribution_speed, attribution_tags
from evaluation.attribution import Found, Tally, by_leaving_out, by_regression, lines, measure
from evaluation.worlds import POPULATION, SILENT, checked_rows, mistag, random_world
from vocnlp.analysis.survey import load_survey


def test_a_tally_counts() -> None:
    tally = Tally()
    truth = np.array([-3.0, -2.0, -1.0, 0.0, 0.0])
    found = Found(
        estimate=np.array([-3.1, -1.9, 0.0, -2.5, np.nan]),
        lower=np.array([-4.0, -1.95, -1.5, -3.0, np.nan]),
        upper=np.array([-2.0, -1.85, 1.5, -2.0, np.nan]),
        q_value=np.array([0.01, 0.01, 0.9, 0.01, np.nan]),
    )
    tally.add(found, truth, np.array([200.0, 50, 20, 20, 3]))
    assert tally.coverage() == pytest.approx(2 / 4)
    assert tally.coverage(30, 100) == 0
    assert tally.false == [pytest.approx(1 / 3)]
    assert tally.power == [pytest.approx(2 / 3)]
    assert tally.top == [pytest.approx(2 / 3)]
    bias, root = tally.error(guilty=True)
    assert bias == pytest.approx((-0.1 + 0.1 + 1) / 3)
    assert root == pytest.approx(np.sqrt((0.01 + 0.01 + 1) / 3))
    assert np.isnan(tally.uncertainty(worlds=1))
    tally.add(found, truth + 10, np.array([200.0, 50, 20, 20, 3]))
    assert tally.uncertainty(worlds=2) == pytest.approx(stats.t.ppf(0.975, 1) * 0.25)


def test_leave_out_blames_bystanders_in_these_worlds() -> None:
    rng = np.random.default_rng(1)
    world = random_world(rng)
    survey = world.survey(rng, 20_000)
    innocent = world.costs == 0
    blamed = by_leaving_out(survey)
    assert (blamed.q_value[innocent] < 0.05).mean() > 0.5
    assert np.abs(by_regression(survey).estimate[innocent]).max() < 1
    assert np.abs(blamed.estimate[innocent]).max() > 1


def test_the_truth_is_that_of_a_large_survey() -> None:
    rng = np.random.default_rng(2)
    world = random_world(rng, 8)
    survey = world.survey(rng, 100_000)
    assert abs(attribution.NPS.score(survey.frame["nps"]) - world.truth.score) < 1
    assert survey.commented.mean() == pytest.approx(1 - SILENT, abs=0.01)
    assert POPULATION >= 100_000


def test_taggers_miss_and_make_up() -> None:
    rng = np.random.default_rng(3)
    true = random_world(rng).survey(rng, 20_000)
    given = mistag(true, rng, recall=0.8, false_rate=0.01)
    both = (true.negative & given.negative).sum() / true.negative.sum()
    assert both == pytest.approx(0.8, abs=0.02)
    assert (given.negative & ~true.negative).any()
    tags = checked_rows(true, rng, 100)
    assert len(tags) == 100
    assert set().union(*(set(t.values()) for t in tags.values())) == {"neg", "pos"}


def test_a_small_run_prints_its_table() -> None:
    report = measure(200, worlds=1, surveys=2, draws=50, seed=4)
    text = "\n".join(lines(report))
    assert "n = 200: 2 surveys with effects, 2 without" in text
    assert max(report.sums) < 1e-9
    for name in attribution.METHODS:
        assert name in text


def test_tags_that_err_are_measured() -> None:
    text = "\n".join(attribution_tags.lines(attribution_tags.measure(1, seed=1)))
    assert "rows checked" in text
    assert "band" in text


def test_records_for_the_clock_are_tagged_records(tmp_path) -> None:
    made = list(attribution_speed.records(1000, seed=1))
    path = tmp_path / "tagged.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, made)))
    survey = load_survey(path, nps="nps", by=["region"], time="created_at", keep_marks=True)
    assert (len(survey), len(survey.aspects), survey.failed) == (1000, attribution_speed.ASPECTS, 0)
    assert 0.15 < 1 - survey.commented.mean() < 0.25
    row = next(record for record in made if record["aspects"])
    for tag in row["aspects"]:
        for evidence in tag["evidence"]:
            assert row["text"][evidence["start"] : evidence["end"]] == evidence["text"]


def test_what_a_command_costs_is_measured() -> None:
    code = "import time; held = bytearray(b'x' * 50_000_000); time.sleep(1.5)"
    found = attribution_speed.cost([sys.executable, "-c", code])
    assert found.processor > 0
    assert found.wall > 0
    assert 50 < found.memory < 150
    with pytest.raises(click.ClickException, match="ended with 3"):
        attribution_speed.cost([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.slow
def test_intervals_hold_and_innocents_go_free() -> None:
    report = measure(1000, worlds=3, surveys=8, draws=50, seed=5)
    assert 0.91 < report.methods["vocnlp"].coverage() < 0.985
    assert report.methods["leave-out"].coverage() < 0.8
    assert np.mean(report.nothing["vocnlp"].false) < 0.15
    assert np.mean(report.methods["vocnlp"].top) > 0.9
