"""Small SVG charts drawn on the server: no script, no network, readable at any width.

Positions along x are percentages of the chart's own width and positions along y are pixels, so a chart
stretches from a phone to a desktop while its text and dots keep their size. Colours are CSS classes, so that
they follow light, dark and print. Everything given as a label is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = [
    "Scale",
    "axis",
    "bar",
    "diverging",
    "element",
    "figure",
    "forest",
    "line",
    "score_range",
    "stack",
    "step",
    "tick_text",
]

Interval = tuple[float, float]

_LEAST_RANGE = 1e-9


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
        """An axis that holds all finite values (and zero, if asked) with a margin and about `count` ticks.

        Values that no tick could tell apart are shown as equal ones are: with one unit on either side.
        """
        finite = [v for v in values if math.isfinite(v)] + [0.0] * zero or [0.0]
        low, high = min(finite), max(finite)
        if math.isclose(low, high, abs_tol=_LEAST_RANGE):
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


def element(name: str, *children: str, **attributes: object) -> Markup:
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


def figure(title: str, height: float, *children: str, class_: str = "chart") -> Markup:
    """An SVG of full width whose name, for those who do not see it, is its title."""
    return element(
        "svg",
        element("title", title),
        *children,
        role="img",
        width="100%",
        height=height,
        class_=class_,
        focusable="false",
    )


def line(x1: str, x2: str, y1: float, y2: float, class_: str) -> Markup:
    """A straight line between two places given in percent of the width and in pixels of the height."""
    return element("line", x1=x1, x2=x2, y1=y1, y2=y2, class_=class_)


def _bar(scale: Scale, start: float, end: float, class_: str, *, y: float, height: float) -> Markup:
    left, right = sorted((scale.at(start), scale.at(end)))
    width = max(right - left, 0.15 * (end != start))  # a bar of almost nothing is still seen
    return element("rect", x=f"{left:.2f}%", width=f"{width:.2f}%", y=y, height=height, rx=1.5, class_=class_)


def _grid(scale: Scale, height: float) -> list[Markup]:
    return [line(scale.x(t), scale.x(t), 0, height, "zero" if t == 0 else "grid") for t in scale.ticks]


def _whisker(scale: Scale, interval: Interval, y: float, class_: str) -> list[Markup]:
    low, high = scale.x(interval[0]), scale.x(interval[1])
    ends = [line(x, x, y - 4, y + 4, class_) for x in (low, high)]
    return [line(low, high, y, y, class_), *ends]


def axis(scale: Scale, *, percent: bool = False, title: str) -> Markup:
    """The tick labels of the row charts below it; `percent` for an axis of shares."""
    labels = [f"{tick_text(100 * tick)}%" if percent else tick_text(tick) for tick in scale.ticks]
    texts = [_tick(scale.at(tick), label, 13) for tick, label in zip(scale.ticks, labels, strict=True)]
    return figure(title, 18, *texts, class_="chart axis")


def forest(
    scale: Scale,
    estimate: float,
    interval: Interval,
    *,
    ghost: float | None = None,
    tone: str,
    sure: bool = True,
    title: str,
) -> Markup:
    """An estimate with its interval; `ghost`, another measure, is grey; not `sure` draws a hollow dot."""
    height, middle = 34, 17
    parts: list[Markup] = _grid(scale, height)
    if ghost is not None:
        parts.append(_bar(scale, 0.0, ghost, "ghost", y=middle - 3, height=6))
    parts += _whisker(scale, interval, middle, f"whisker {tone}")
    dot = f"dot {tone}" if sure else f"dot hollow {tone}"
    parts.append(element("circle", cx=scale.x(estimate), cy=middle, r=5, class_=dot))
    return figure(title, height, *parts)


def bar(scale: Scale, value: float, interval: Interval | None, *, tone: str, title: str) -> Markup:
    """One bar from zero with the whisker of its interval."""
    height, middle = 26, 13
    shape = _bar(scale, 0.0, value, f"fill {tone}", y=middle - 6, height=12)
    parts: list[Markup] = [*_grid(scale, height), shape]
    if interval is not None:
        parts += _whisker(scale, interval, middle, "whisker ink")
    return figure(title, height, *parts)


def diverging(scale: Scale, negative: float, neutral: float, positive: float, *, title: str) -> Markup:
    """Negative to the left of zero, positive to the right, neutral halved around it."""
    half = neutral / 2
    parts = [line(scale.x(0), scale.x(0), 0, 26, "zero")]
    for start, end, tone in (
        (-half - negative, -half, "neg"),
        (-half, half, "quiet"),
        (half, half + positive, "pos"),
    ):
        parts.append(_bar(scale, start, end, f"fill {tone}", y=6, height=14))
    return figure(title, 26, *parts)


def stack(parts: Sequence[tuple[float, str, str]], *, title: str, height: float = 22) -> Markup:
    """Shares (value, tone class, tooltip) side by side; the values are scaled to fill the width."""
    total = sum(share for share, _, _ in parts) or 1.0
    left, shapes = 0.0, []
    for share, tone, tip in parts:
        width = 100.0 * share / total
        tipped = {"data_tip": tip, "x": f"{left:.2f}%", "width": f"{width:.2f}%"}
        shapes.append(element("rect", y=0, height=height, class_=f"fill seam {tone}", **tipped))
        left += width
    return figure(title, height, *shapes)


def step(scale: Scale, start: float, end: float, *, tone: str, title: str) -> Markup:
    """One row of a waterfall, from the running sum before to the one after, with a line to the next row."""
    height, middle = 30, 15
    shapes = [*_grid(scale, height), _bar(scale, start, end, f"fill {tone}", y=middle - 8, height=16)]
    return figure(title, height, *shapes, line(scale.x(end), scale.x(end), middle - 8, height, "join"))


def score_range(
    scale: Scale, score: float, interval: Interval, before: tuple[float, str] | None, *, title: str
) -> Markup:
    """The score with its interval on the whole scale; `before`: an earlier score and its name."""
    shapes = [
        element("rect", x="0%", width="100%", y=22, height=6, rx=3, class_="rail"),
        _bar(scale, interval[0], interval[1], "range", y=19, height=12),
    ]
    if before is not None:
        shapes.append(line(scale.x(before[0]), scale.x(before[0]), 15, 35, "before"))
        shapes.append(_tick(scale.at(before[0]), before[1], 11))
    shapes.append(element("circle", cx=scale.x(score), cy=25, r=6, class_="dot now"))
    shapes += [_tick(scale.at(tick), tick_text(tick), 50) for tick in scale.ticks]
    return figure(title, 54, *shapes)


def _tick(at: float, text: str, y: float) -> Markup:
    anchor = "start" if at < 6 else "end" if at > 94 else "middle"
    return element("text", text, x=f"{at:.2f}%", y=y, text_anchor=anchor, class_="tick")
