"""The causes of a score as a table for the terminal, in English or Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vocnlp.cli.causes_words import TEXTS

if TYPE_CHECKING:
    from vocnlp.taxonomy.taxonomy import Taxonomy

__all__ = ["table"]

Json = Mapping[str, Any]

SHOWN_DRIVERS = 5
SHOWN_WARNINGS = 8
NONE = "–"


def table(result: Json, locale: str = "en", aspects: Taxonomy | None = None) -> str:
    """Lines for people; `result` is the contract of `vocnlp causes --json`, `aspects` say their names."""
    from vocnlp.taxonomy import taxonomy

    words, known = TEXTS[locale], aspects or taxonomy.load()

    def name(aspect: str) -> str:
        return known.name(aspect, words["tag"])

    few = [
        f"{name(c['aspect'])} ({c['negative']})"
        for c in result["causes"]
        if not c["effect"] and c["mentions"]
    ]
    parts = [
        _first(result, words),
        _block(
            words, "causes", [_cause(c, "negative", "detractor", name) for c in _ranked(result["causes"])]
        ),
        words["few"].format(names=", ".join(few)) if few else "",
        _block(
            words,
            "verdict",
            [
                _cause(c, "negative", "detractor", name)
                for c in result["causes"]
                if c["kind"] == "verdict" and c["effect"]
            ],
        ),
        _block(
            words,
            "drivers",
            [_cause(c, "positive", "promoter", name) for c in _ranked(result["drivers"])[:SHOWN_DRIVERS]],
        ),
        _block(words, "risks", [_risk(c) for c in _ranked(result["risks"])]),
        _block(words, "gains", [_gain(c, name) for c in result["causes"] if _priced(c)]),
        _corrected(result["causes"], words, name),
        _block(words, "sensitivity", [_band(c, name) for c in result["causes"] if "sensitivity" in c]),
        _block(words, "outcomes", [_outcome(o, words) for o in result["outcomes"]]),
        _left_out(result, words, name),
        words["note"],
        _warnings(result, words, name),
    ]
    return "\n\n".join(part for part in parts if part)


def _first(result: Json, words: Mapping[str, str]) -> str:
    rest, unhappy = result["unexplained"], result["detractors"]
    first = words["score"].format(
        metric=_metric(result, words),
        score=_points(result["score"], signed=False),
        range=_range(result["interval"], signed=False),
        n=result["n"],
        wrote=result["data"]["wrote"]["n"],
    )
    second = words["unhappy"].format(
        n=unhappy["n"],
        share=_percent(unhappy["share"]),
        rest=_percent(rest["share"]),
        range=_percents(rest["interval"]),
    )
    return f"{first}\n{second}"


def _metric(result: Json, words: Mapping[str, str]) -> str:
    """The name of the score, with what it is where that is not what its name says."""
    name, kind = result["metric"].upper(), result["settings"].get("score_as", "mean")
    return words[kind].format(metric=name) if kind in words and name != "NPS" else name


def _ranked(items: Sequence[Json]) -> list[Json]:
    return [item for item in items if item["ranked"]]


def _cause(item: Json, side: str, band: str, name: Callable[[str], str]) -> list[str]:
    effect, part = item["effect"], item[f"attributed_{band}s"]
    return [
        name(item["aspect"]),
        f"{item['mentions']:,}",
        f"{item[side]:,}",
        _percent(item[f"{band}_rate_if_{side}"]),
        f"{_points(effect['estimate'])} ({_range(effect['interval'])})",
        _small(effect["q_value"]),
        _points(item["leave_out_impact"]),
        f"{_percent(part['share'])} ({_percents(part['interval'])})" if part else NONE,
    ]


def _risk(item: Json) -> list[str]:
    effect = item["effect"]
    return [
        item["aspect"],
        f"{item['mentions']:,}",
        _percent(item["detractor_rate_if_negative"]),
        f"{_points(effect['estimate'])} ({_range(effect['interval'])})",
        _small(effect["q_value"]),
        _points(item["leave_out_impact"]),
    ]


def _priced(cause: Json) -> bool:
    return "cost" in cause.get("gain_if_halved", {})


def _gain(cause: Json, name: Callable[[str], str]) -> list[str]:
    gain = cause["gain_if_halved"]
    return [
        name(cause["aspect"]),
        f"{_points(gain['estimate'])} ({_range(gain['interval'])})",
        f"{gain['cost']:,g}",
        f"{gain['points_per_cost']:+.3g}",
    ]


def _corrected(causes: Sequence[Json], words: Mapping[str, str], name: Callable[[str], str]) -> str:
    rows, checked = [], 0
    for cause in causes:
        if found := cause.get("corrected"):
            checked, rate, effect = found["checked"], found["negative_rate"], found.get("effect")
            rows.append(
                [
                    name(cause["aspect"]),
                    f"{_percent(rate['estimate'], 1)} ({_percents(rate['interval'], 1)})",
                    f"{_points(effect['estimate'])} ({_range(effect['interval'])})" if effect else NONE,
                ]
            )
    return _block(words, "corrected", rows, n=checked)


def _band(cause: Json, name: Callable[[str], str]) -> list[str]:
    found = cause["sensitivity"]
    return [
        name(cause["aspect"]),
        _percent(found["precision"]),
        _percent(found["recall"]),
        _points(found["estimate"]),
        _range(found["band"]),
    ]


def _outcome(item: Json, words: Mapping[str, str]) -> list[str]:
    low, high = item["interval"]
    limits = f" ({low:+.3f} … {high:+.3f})" if low is not None else ""
    predicted = words["yes" if item["predicted"] else "no"]
    return [
        item["column"],
        f"{item['n']:,}",
        f"{item['slope']:+.3f}{limits}",
        _small(item["p_value"]),
        predicted,
    ]


def _left_out(result: Json, words: Mapping[str, str], name: Callable[[str], str]) -> str:
    """What leaving suspicious answers out has changed: the score, the unhappy, the causes that are ranked."""
    found = result.get("left_out")
    if not found:
        return ""
    rows = []
    for row in found["numbers"]:
        sides = row["before"], row["after"], row["change"]
        if row["number"] == "score":
            rows.append([result["metric"].upper(), _points(sides[0], signed=False), *map(_points, sides[1:])])
        elif row["number"] == "detractors":
            rows.append([words["left_unhappy"], *(_percent(side, 1) for side in sides)])
        elif row["number"] == "effect":
            rows.append([words["left_effect"].format(cause=name(row["name"])), *map(_points, sides)])
    return _block(words, "left", rows, n=found["answers"])


def _warnings(result: Json, words: Mapping[str, str], name: Callable[[str], str]) -> str:
    """Bystanders in the table's language, then what else the analysis warns of, as it is."""
    bystanders = [cause for cause in result["causes"] if "bystander_of" in cause]
    lines = [
        words["bystander"].format(
            cause=name(cause["aspect"]),
            impact=_points(cause["leave_out_impact"]),
            effect=_points(cause["effect"]["estimate"]),
            others=words["and"].join(name(other) for other in cause["bystander_of"]),
        )
        for cause in bystanders
    ]
    said = tuple(f"{cause['aspect']}: leaving its comments out" for cause in bystanders)
    lines += [warning for warning in result["warnings"] if not warning.startswith(said or ("\n",))]
    more = [words["more"].format(n=len(lines) - SHOWN_WARNINGS)] if len(lines) > SHOWN_WARNINGS else []
    return "\n".join([*(f"! {line}" for line in lines[:SHOWN_WARNINGS]), *more])


def _block(words: Mapping[str, str], key: str, rows: Sequence[Sequence[str]], **values: Any) -> str:
    """A title, a head and aligned rows; empty without rows."""
    if not rows:
        return ""
    lines = [words[f"{key}_head"].split("|"), *rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    aligned = [
        "  ".join(_pad(cell, w, left=k == 0) for k, (cell, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    return "\n".join([words[key].format(**values), *(f"  {line}".rstrip() for line in aligned)])


def _width(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _points(value: float | None, *, signed: bool = True) -> str:
    if value is None:
        return NONE
    digits = 2 if abs(value) >= 0.1 else 3  # effects on a scale to 5 are small
    value = round(value, digits) + 0.0  # no "-0.000"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def _range(interval: Sequence[float | None], *, signed: bool = True) -> str:
    return " … ".join(_points(value, signed=signed) for value in interval)


def _percent(value: float | None, digits: int = 0) -> str:
    return NONE if value is None else f"{round(100 * value, digits) + 0.0:.{digits}f} %"


def _percents(interval: Sequence[float | None], digits: int = 0) -> str:
    return " … ".join(_percent(value, digits) for value in interval)


def _small(value: float | None) -> str:
    if value is None:
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"
