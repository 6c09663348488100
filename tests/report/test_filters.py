import numpy as np
import pytest

from vocnlp.analysis.survey import Survey
from vocnlp.report.filters import Filters
from vocnlp.scores.metrics import METRICS


@pytest.fixture
def filters(survey: Survey) -> Filters:
    return Filters(survey, ["region", "product"])


def test_cells_count_what_a_reader_would_count(survey: Survey, filters: Filters) -> None:
    cells = filters.cells(METRICS["nps"], "nps")
    region = filters.choice("region", "EU")
    assert region is not None
    frame = survey.frame
    points = METRICS["nps"].points(frame["nps"])
    for key, mask in {
        "*|*": np.ones(len(survey), dtype=bool),
        "*|zh": (frame["language"] == "zh").to_numpy(),
        f"{region.id}|*": (frame["region"] == "EU").to_numpy(),
        f"{region.id}|en": ((frame["region"] == "EU") & (frame["language"] == "en")).to_numpy(),
    }.items():
        cell = cells[key]
        assert cell["c"] == int((survey.commented & mask).sum())
        assert cell["y"] == pytest.approx([mask.sum(), points[mask].sum(), (points[mask] ** 2).sum()])
        negative = survey.negative[mask]
        assert [a[0] for a in cell["a"]] == negative.sum(axis=0).tolist()
        assert [sum(a) for a in cell["a"]] == survey.mentioned[mask].sum(axis=0).tolist()


def test_empty_selections_are_left_out(filters: Filters) -> None:
    cells = filters.cells(METRICS["nps"], "nps")
    asia = filters.choice("region", "Asia")
    assert asia is not None
    assert f"{asia.id}|ar" not in cells


def test_a_row_lists_its_segments_and_a_missing_value_none(survey: Survey, filters: Filters) -> None:
    row = 3
    ids = filters.ids(row).split()
    choices = [filters.choice(c, survey.frame[c].iloc[row]) for c in ("region", "product")]
    assert ids == [c.id for c in choices if c]
    assert filters.choice("region", "Atlantis") is None


def test_the_segment_with_most_in_excess_is_found_if_it_is_sure(survey: Survey, filters: Filters) -> None:
    europe = (survey.frame["region"] == "EU").to_numpy()
    everybody = np.ones(len(survey), dtype=bool)
    rows = europe & (np.arange(len(survey)) % 4 == 0)
    found = filters.over_represented(rows, among=everybody, level=0.05)
    assert found is not None
    assert (found.column, found.value) == ("region", "EU")
    alike = np.arange(len(survey)) % 50 == 0
    assert filters.over_represented(alike, among=everybody, level=0.001) is None
    assert Filters(survey, []).over_represented(rows, among=everybody, level=0.05) is None
