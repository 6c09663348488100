"""The map of topics: circles that can be pointed at, moved to with the keyboard, and pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vocnlp.report.charts import element

__all__ = ["Dot", "draw"]

_HEIGHT = 440
_SMALLEST, _LARGEST = 9.0, 30.0
_EDGE = 36.0
"""Room in pixels for circles at the upper and lower end; at the left and right there are 6 %."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A topic.

    number: shown inside.   place: each from 0 to 1.   comments: behind the area.   tone: class of the colour.
    label: for those who do not see it, and in the tooltip.   title, tag: of the dialog with its comments.
    card: id of the element with its clauses.
    """

    number: int
    place: tuple[float, float]
    comments: int
    tone: str
    label: str
    title: str
    tag: str
    card: str


def draw(dots: Sequence[Dot], *, title: str) -> Markup:
    """An SVG of full width; the largest circles lie below the others."""
    most = max((dot.comments for dot in dots), default=1)
    circles = [_circle(dot, most) for dot in sorted(dots, key=lambda dot: (-dot.comments, dot.number))]
    return element(
        "svg",
        *circles,
        role="group",
        aria_label=title,
        width="100%",
        height=_HEIGHT,
        class_="chart map",
        focusable="false",
    )


def _circle(dot: Dot, most: int) -> Markup:
    x = f"{6 + 88 * dot.place[0]:.2f}%"
    y = _EDGE + (_HEIGHT - 2 * _EDGE) * dot.place[1]
    radius = _SMALLEST + (_LARGEST - _SMALLEST) * (dot.comments / most) ** 0.5
    return element(
        "a",
        element("circle", cx=x, cy=y, r=radius, class_=f"spot {dot.tone}"),
        element("text", str(dot.number), x=x, y=y + 4, text_anchor="middle", class_="spot-number"),
        href="#comments",
        class_="n",
        role="button",
        aria_haspopup="dialog",
        aria_label=dot.label,
        aria_describedby=dot.card,
        data_tip=dot.label,
        data_n=dot.comments,
        data_title=dot.title,
        data_q=dot.tag,
        data_card=dot.card,
    )
