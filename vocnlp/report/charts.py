"""Small SVG charts drawn on the server: no script, no network, readable at any width.

Positions along x are percentages of the chart's own width and positions along y are pixels, so a chart
stretches from a phone to a desktop while its text and dots keep their size. Colours are CSS classes, so that
they follow light, dark and print. Everything given as a label is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["Point", "Scale", "axis", "bar", "diverging", "forest", "score_range", "series", "stack", "step"]

Interval = tuple[float, float]
Column = Callable[[int], float]
Height = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis from `low` to `high` with round ticks inside it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def over(
        cls, values: Sequence[float], *, zero: bool = True, margin: float = 0.04, count: int = 4
    ) -> Scale:
        """An axis that holds all finite values (and zero, if asked) with a margin and about `count` ticks."""
        finite = [v for v in values if math.isfinite(v)] + [0.0] * zero or [0.0]
        low, high = min(finite), max(finite)
        if low == high:
            low, high = low - 1.0, high + 1.0
        room = (high - low) * margin
        low, high = low - room * (low != 0), high + room * (high != 0)
        size = _round_step((high - low) / count)
        first, last = math.ceil(low / size), math.floor(high / size)
        return cls(low, high, tuple(round(i * size, 10) for i in range(first, last + 1)))

    def at(self, value: float) -> float:
        """Position of a value in percent of the width; values beyond the axis are held at its ends."""
        return 100.0 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def x(self, value: float) -> str:
        """`at` as an SVG length."""
        return f"{self.at(value):.2f}%"


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next((m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough), 10 * power))


def _el(name: str, *children: str, **attributes: object) -> Markup:
    """One SVG element; `class_` stands for class, `_` for `-`, and None leaves an attribute out."""
    written = (
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(c) for c in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), Markup("").join(written), inner)  # noqa: S704 - names are ours


def _number(value: object) -> object:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def tick_text(value: float) -> str:
    """A number on an axis, without needless decimals, with a true minus sign."""
    return f"{value:,.6g}".replace("-", "\u2212")


def _svg(title: str, height: float, *children: str, class_: str = "chart") -> Markup:
    return _el(
        "svg",
        _el("title", title),
        *children,
        role="img",
        width="100%",
        height=height,
        class_=class_,
        focusable="false",
    )


def _line(x1: str, x2: str, y1: float, y2: float, class_: str) -> Markup:
    return _el("line", x1=x1, x2=x2, y1=y1, y2=y2, class_=class_)


def _bar(scale: Scale, start: float, end: float, class_: str, *, y: float, height: float) -> Markup:
    left, right = sorted((scale.at(start), scale.at(end)))
    width = max(right - left, 0.15 * (end != start))  # a bar of almost nothing is still seen
    return _el("rect", x=f"{left:.2f}%", width=f"{width:.2f}%", y=y, height=height, rx=1.5, class_=class_)


def _grid(scale: Scale, height: float) -> list[Markup]:
    return [_line(scale.x(t), scale.x(t), 0, height, "zero" if t == 0 else "grid") for t in scale.ticks]


def _whisker(scale: Scale, interval: Interval, y: float, class_: str) -> list[Markup]:
    low, high = scale.x(interval[0]), scale.x(interval[1])
    ends = [_line(x, x, y - 4, y + 4, class_) for x in (low, high)]
    return [_line(low, high, y, y, class_), *ends]


def axis(scale: Scale, *, percent: bool = False, title: str) -> Markup:
    """The tick labels of the row charts below it; `percent` for an axis of shares."""
    texts = []
    for tick in scale.ticks:
        at = scale.at(tick)
        label = f"{tick_text(100 * tick)}%" if percent else tick_text(tick)
        anchor = "start" if at < 6 else "end" if at > 94 else "middle"
        texts.append(_el("text", label, x=f"{at:.2f}%", y=13, text_anchor=anchor, class_="tick"))
    return _svg(title, 18, *texts, class_="chart axis")


def forest(
    scale: Scale,
    estimate: float,
    interval: Interval | None,
    *,
    ghost: float | None = None,
    sure: bool = True,
    title: str,
    height: float = 34,
) -> Markup:
    """An estimate with its interval; `ghost`, another measure, is grey; not `sure` draws a hollow dot."""
    middle = height / 2
    tone = "neg" if estimate < 0 else "pos"
    parts: list[Markup] = _grid(scale, height)
    if ghost is not None:
        parts.append(_bar(scale, 0.0, ghost, "ghost", y=middle - 3, height=6))
    if interval is not None:
        parts += _whisker(scale, interval, middle, f"whisker {tone}")
    dot = f"dot {tone}" if sure else f"dot hollow {tone}"
    parts.append(_el("circle", cx=scale.x(estimate), cy=middle, r=5, class_=dot))
    return _svg(title, height, *parts)


def bar(
    scale: Scale, value: float, interval: Interval | None, *, tone: str, title: str, height: float = 26
) -> Markup:
    """One bar from zero with the whisker of its interval."""
    parts: list[Markup] = [
        *_grid(scale, height),
        _bar(scale, 0.0, value, f"fill {tone}", y=height / 2 - 6, height=12),
    ]
    if interval is not None:
        parts += _whisker(scale, interval, height / 2, "whisker ink")
    return _svg(title, height, *parts)


def diverging(scale: Scale, negative: float, neutral: float, positive: float, *, title: str) -> Markup:
    """Negative to the left of zero, positive to the right, neutral halved around it."""
    half = neutral / 2
    parts = [_line(scale.x(0), scale.x(0), 0, 26, "zero")]
    for start, end, tone in (
        (-half - negative, -half, "neg"),
        (-half, half, "quiet"),
        (half, half + positive, "pos"),
    ):
        parts.append(_bar(scale, start, end, f"fill {tone}", y=6, height=14))
    return _svg(title, 26, *parts)


def stack(parts: Sequence[tuple[float, str, str]], *, title: str, height: float = 22) -> Markup:
    """Shares (value, tone class, tooltip) side by side; the values are scaled to fill the width."""
    total = sum(share for share, _, _ in parts) or 1.0
    left, shapes = 0.0, []
    for share, tone, tip in parts:
        width = 100.0 * share / total
        tipped = {"data_tip": tip, "x": f"{left:.2f}%", "width": f"{width:.2f}%"}
        shapes.append(_el("rect", y=0, height=height, class_=f"fill seam {tone}", **tipped))
        left += width
    return _svg(title, height, *shapes)


def step(
    scale: Scale, start: float, end: float, *, total: bool = False, title: str, height: float = 30
) -> Markup:
    """One row of a waterfall: from the running sum before to the one after; a total begins at the axis."""
    tone = "total" if total else "neg" if end < start else "pos"
    begin = scale.low if total else start
    shapes = [*_grid(scale, height), _bar(scale, begin, end, f"fill {tone}", y=height / 2 - 8, height=16)]
    return _svg(title, height, *shapes, _line(scale.x(end), scale.x(end), height / 2 - 8, height, "join"))


def score_range(
    scale: Scale, score: float, interval: Interval, previous: float | None, *, title: str
) -> Markup:
    """The score with its interval on the whole scale of the metric, and the earlier score as a tick."""
    shapes = [
        _el("rect", x="0%", width="100%", y=16, height=6, rx=3, class_="rail"),
        _bar(scale, interval[0], interval[1], "range", y=13, height=12),
    ]
    if previous is not None:
        shapes.append(_line(scale.x(previous), scale.x(previous), 9, 29, "before"))
    shapes.append(_el("circle", cx=scale.x(score), cy=19, r=6, class_="dot now"))
    for tick in scale.ticks:
        at = scale.at(tick)
        anchor = "start" if at < 3 else "end" if at > 97 else "middle"
        shapes.append(_el("text", tick_text(tick), x=f"{at:.2f}%", y=44, text_anchor=anchor, class_="tick"))
    return _svg(title, 48, *shapes)


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

    grid = [_line("0%", "100%", y(t), y(t), "grid") for t in scale.ticks]
    ticks = [_el("text", tick_text(t), x=0, y=y(t) - 3, class_="tick") for t in scale.ticks] if labels else []
    plot = _el(
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
    wide = (98 - left) / max(len(points) - 1, 1)
    hover = [
        _el(
            "rect",
            x=f"{x(i) - wide / 2:.2f}%",
            width=f"{wide:.2f}%",
            y=0,
            height=height,
            class_="hover",
            data_tip=p.tip,
        )
        for i, p in enumerate(points)
    ]
    return _svg(title, height, *grid, plot, *dots, *ticks, *names, *hover)


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
        shapes.append(_el("polygon", points=" ".join(upper + lower), class_="band"))
    return shapes


def _lines(points: Sequence[Point], x: Column, y: Height, tone: str) -> list[Markup]:
    known = [math.isfinite(p.value) for p in points]
    path = "".join(
        f"{'L' if i and known[i - 1] else 'M'}{x(i):.2f} {y(p.value):.1f}"
        for i, p in enumerate(points)
        if known[i]
    )
    return [_el("path", d=path, class_=f"curve {tone}", vector_effect="non-scaling-stroke")] if path else []


def _dot(point: Point, x: float, y: float, tone: str) -> Markup:
    at, radius = f"{x:.2f}%", 2.5
    dot = _el("circle", cx=at, cy=y, r=radius, class_=f"dot {tone}")
    return dot + _el("circle", cx=at, cy=y, r=7, class_="alarm") if point.marked else dot


def _label(point: Point, x: float, y: float) -> Markup:
    anchor = "start" if x < 8 else "end" if x > 92 else "middle"
    place = {"x": f"{x:.2f}%", "y": y, "text_anchor": anchor}
    if not point.brief:
        return _el("text", point.label, class_="tick", **place)
    wide = _el("text", point.label, class_="tick wide", **place)
    return wide + _el("text", point.brief, class_="tick brief", aria_hidden="true", **place)
