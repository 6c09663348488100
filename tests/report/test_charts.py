from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vocnlp.report import charts
from vocnlp.report.charts import Scale
from vocnlp.report.series import Point, series

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
HOSTILE = '"><script>alert(1)</script>'


@given(st.lists(NUMBERS, max_size=20), st.booleans())
@example([5e-324], True)
@example([1e6, 1e6 + 1e-9], False)
def test_a_scale_holds_its_values_and_its_ticks(values: list[float], zero: bool) -> None:
    scale = Scale.over(values, zero=zero)
    assert scale.low < scale.high
    assert all(scale.low <= v <= scale.high for v in values)
    assert all(scale.low - 1e-6 <= t <= scale.high + 1e-6 for t in scale.ticks)
    assert len(scale.ticks) <= 7
    if zero:
        assert scale.low <= 0 <= scale.high


def test_positions_are_percentages_held_at_the_ends() -> None:
    scale = Scale(-10, 30, (0,))
    assert (scale.at(-10), scale.at(0), scale.at(30), scale.at(99)) == (0, 25, 100, 100)


def test_values_that_are_no_numbers_do_not_spoil_a_scale() -> None:
    scale = Scale.over([float("nan"), float("inf"), 2.0])
    assert scale.low == 0
    assert 2 < scale.high < 3


def parse(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(chart)  # noqa: S314 - our own output


def drawn(title: str) -> dict[str, str]:
    scale = Scale.over([-3, 2])
    points = [
        Point(1.0, (0.5, 1.5), "May", HOSTILE),
        Point(float("nan"), None, "June", ""),
        Point(3.0, (2, 4), "", "", marked=True),
    ]
    return {
        "axis": charts.axis(scale, title=title),
        "bar": charts.bar(scale, 1.0, (0.5, 1.5), tone="neg", title=title),
        "diverging": charts.diverging(scale, 0.3, 0.1, 0.2, title=title),
        "forest": charts.forest(scale, -1.0, (-2.0, -0.5), ghost=-3.0, tone="neg", title=title),
        "score_range": charts.score_range(
            Scale(-100, 100, (-100, 0, 100)), 20, (10, 30), (5, title), title=title
        ),
        "series": series(points, title=title),
        "stack": charts.stack([(0.2, "neg", HOSTILE), (0.8, "pos", "rest")], title=title),
        "step": charts.step(scale, 1.0, -1.0, tone="neg", title=title),
    }


@pytest.mark.parametrize("kind", drawn(""))
def test_a_chart_is_well_formed_named_and_escaped(kind: str) -> None:
    text = drawn(HOSTILE)[kind]
    root = parse(text)
    assert root.get("role") == "img"
    assert root.find("title").text == HOSTILE  # type: ignore[union-attr]
    assert "<script" not in text
    assert "style=" not in text  # the page's policy forbids inline styles


def test_a_forest_row_shows_estimate_interval_and_the_other_measure_in_place() -> None:
    scale = Scale(-10, 10, (0,))
    root = parse(charts.forest(scale, -5.0, (-6.0, -4.0), ghost=-8.0, tone="neg", sure=False, title=""))
    dot = root.find("circle")
    assert dot is not None
    assert (dot.get("cx"), dot.get("class")) == ("25.00%", "dot hollow neg")
    ghost = next(r for r in root.findall("rect") if r.get("class") == "ghost")
    assert (ghost.get("x"), ghost.get("width")) == ("10.00%", "40.00%")
    whisker = next(line for line in root.findall("line") if line.get("class") == "whisker neg")
    assert (whisker.get("x1"), whisker.get("x2")) == ("20.00%", "30.00%")


def test_stacked_shares_fill_the_width_in_order() -> None:
    root = parse(charts.stack([(1, "neg", ""), (3, "pos", "")], title=""))
    assert [(r.get("x"), r.get("width")) for r in root.findall("rect")] == [
        ("0.00%", "25.00%"),
        ("25.00%", "75.00%"),
    ]


def test_a_series_breaks_at_gaps_and_rings_alarms() -> None:
    root = parse(drawn("")["series"])
    path = next(p for p in root.iter("path"))
    assert path.get("d", "").count("M") == 2
    assert len([c for c in root.iter("circle") if c.get("class") == "alarm"]) == 1
    assert len([c for c in root.iter("circle") if c.get("class") != "alarm"]) == 2
