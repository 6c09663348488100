"""A chart of values in order, over time or along a journey, in the manner of `charts`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vocnlp.report.charts import Scale, element, figure, line, tick_text

__all__ = ["Point", "series"]

Interval = tuple[float, float]
Column = Callable[[int], float]
Height = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Point:
    """One place of a series; the label on the axis may be empty, a marked point carries a ring.

    brief: a label for narrow screens, where it differs.
    """

    value: float
    interval: Interval | None
    label: str
    tip: str
    marked: bool = False
    brief: str = ""


def series(
    points: Sequence[Point],
    *,
    title: str,
    height: float = 170,
    tone: str = "ink",
    zero: bool = False,
    labels: bool = True,
) -> Markup:
    """A line through the points with the band of their intervals; NaN breaks the line."""
    ends = [v for p in points for v in (p.value, *(p.interval or ()))]
    scale = Scale.over(ends, zero=zero, count=3 if height > 90 else 2)
    floor = height - 20 if labels else height - 4
    left = 7 if labels else 2  # room for the ticks

    def y(value: float) -> float:
        return floor - (floor - 12) * scale.at(value) / 100

    def x(i: int) -> float:
        return 50.0 if len(points) == 1 else left + (98 - left) * i / (len(points) - 1)

    grid = [line("0%", "100%", y(t), y(t), "grid") for t in scale.ticks]
    ticks = (
        [element("text", tick_text(t), x=0, y=y(t) - 3, class_="tick") for t in scale.ticks] if labels else []
    )
    plot = element(
        "svg",
        *_bands(points, x, y),
        *_lines(points, x, y, tone),
        width="100%",
        height=height,
        viewBox=f"0 0 100 {height:g}",
        preserveAspectRatio="none",
    )
    dots = [_dot(p, x(i), y(p.value), tone) for i, p in enumerate(points) if math.isfinite(p.value)]
    names = [_label(p, x(i), height - 4) for i, p in enumerate(points) if p.label and labels]
    half = (98 - left) / max(len(points) - 1, 1) / 2
    hover = [_hover(x(i) - half, x(i) + half, height, p.tip) for i, p in enumerate(points)]
    return figure(title, height, *grid, plot, *dots, *ticks, *names, *hover)


def _bands(points: Sequence[Point], x: Column, y: Height) -> list[Markup]:
    """The intervals as one polygon per unbroken run of points that have one."""
    runs: list[list[tuple[float, Interval]]] = [[]]
    for i, point in enumerate(points):
        if point.interval is None:
            runs.append([])
        else:
            runs[-1].append((x(i), point.interval))
    shapes = []
    for run in (r for r in runs if len(r) > 1):
        upper = [f"{at:.2f},{y(high):.1f}" for at, (_, high) in run]
        lower = [f"{at:.2f},{y(low):.1f}" for at, (low, _) in reversed(run)]
        shapes.append(element("polygon", points=" ".join(upper + lower), class_="band"))
    return shapes


def _lines(points: Sequence[Point], x: Column, y: Height, tone: str) -> list[Markup]:
    known = [math.isfinite(p.value) for p in points]
    path = "".join(
        f"{'L' if i and known[i - 1] else 'M'}{x(i):.2f} {y(p.value):.1f}"
        for i, p in enumerate(points)
        if known[i]
    )
    return (
        [element("path", d=path, class_=f"curve {tone}", vector_effect="non-scaling-stroke")] if path else []
    )


def _dot(point: Point, x: float, y: float, tone: str) -> Markup:
    at, radius = f"{x:.2f}%", 2.5
    dot = element("circle", cx=at, cy=y, r=radius, class_=f"dot {tone}")
    return dot + element("circle", cx=at, cy=y, r=7, class_="alarm") if point.marked else dot


def _hover(start: float, end: float, height: float, tip: str) -> Markup:
    left, right = max(start, 0.0), min(end, 100.0)
    place = {"x": f"{left:.2f}%", "width": f"{right - left:.2f}%"}
    return element("rect", y=0, height=height, class_="hover", data_tip=tip, **place)


def _label(point: Point, x: float, y: float) -> Markup:
    anchor = "start" if x < 8 else "end" if x > 92 else "middle"
    place = {"x": f"{x:.2f}%", "y": y, "text_anchor": anchor}
    if not point.brief:
        return element("text", point.label, class_="tick", **place)
    wide = element("text", point.label, class_="tick wide", **place)
    return wide + element("text", point.brief, class_="tick brief", aria_hidden="true", **place)
