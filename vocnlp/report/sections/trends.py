"""Score and complaints over time, with alarms where a period is odder than chance allows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from vocnlp.analysis.trends import AS_WRITTEN
from vocnlp.report.context import Context
from vocnlp.report.quotes import tag
from vocnlp.report.series import Point, series

__all__ = ["alarm_name", "said", "view"]

MULTIPLES = 9  # small charts of aspects
ALARMS = 20  # rows of the list, newest first

Json = Mapping[str, Any]


def view(context: Context) -> dict[str, Any] | None:
    """The template's `trends`, or None without times."""
    trends, t = context.results.trends, context.t
    if trends is None:
        return None
    lines: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for row in trends["table"]:
        if not row["segment"]:
            lines[row["kind"], row["name"]].append(row)
    score = next((rows for (kind, _), rows in lines.items() if kind == "score"), [])
    alarms = sorted(trends["alarms"], key=lambda alarm: alarm["end"], reverse=True)
    return {
        "lead": _lead(context, trends, alarms),
        "score": series(
            [_point(context, row) for row in _labelled(score)],
            title=t("trends.score", metric=context.metric_name),
        ),
        "volatility": _volatility(context, trends),
        "multiples": [_multiple(context, name, lines["negative", name]) for name in _busiest(lines, alarms)],
        "alarms": [_alarm(context, alarm) for alarm in alarms[:ALARMS]],
        "more": max(len(alarms) - ALARMS, 0),
        "silent": len(trends["silent"]),
        "clock": _clock(context, trends["timezone"]),
        "notes": t.sentences(trends["notes"]),
        "head": [t(f"trends.head.{key}") for key in ("period", "answers", "score", "interval")],
        "table": [
            [context.names.day(r["period"]), t.count(r["n"]), t.score(r["value"]), _range(context, r)]
            for r in score
        ],
    }


def _lead(context: Context, trends: Json, alarms: list[Json]) -> str:
    t, every = context.t, context.t(f"trends.every.{trends['every']}")
    if not alarms:
        return t("trends.lead.none", every=every)
    return t("trends.lead.some", n=len(alarms), every=every)


def _clock(context: Context, zone: str) -> str:
    """Whose days these are."""
    return context.t("trends.clock.written" if zone == AS_WRITTEN else "trends.clock.zone", zone=zone)


def _labelled(rows: list[Json]) -> list[Json]:
    """Rows with `label`: whether the axis names the period; about four do, so that a phone has room."""
    last = len(rows) - 1
    named = {round(last * part / 3) for part in range(4)}
    return [{**row, "label": i in named} for i, row in enumerate(rows)]


def _point(context: Context, row: Json) -> Point:
    t, day = context.t, context.names.day(row["period"])
    score = row["kind"] == "score"
    value = math.nan if row["value"] is None else row["value"]
    shown = t.score(value) if score else t.percent(value, 1)
    interval = None if row["low"] is None or math.isnan(value) else (row["low"], row["high"])
    tip = t("trends.tip", day=day, value=shown, range=_range(context, row), n=int(row["n"] or 0))
    scaled = (interval[0], interval[1]) if interval else None
    return Point(value, scaled, day if row.get("label") else "", tip, bool(row["alarm"]))


def _range(context: Context, row: Json) -> str:
    if row["low"] is None:
        return "\u2013"
    bounds = (row["low"], row["high"])
    return context.t.interval(bounds) if row["kind"] == "score" else context.t.shares(bounds)


def _busiest(lines: Mapping[tuple[str, str], list[Json]], alarms: list[Json]) -> list[str]:
    """Aspects with alarms first, then those with most complaints."""
    alarmed = {alarm["series"]["name"] for alarm in alarms if alarm["series"]["kind"] == "negative"}
    counts = {
        name: sum(row["count"] or 0 for row in rows)
        for (kind, name), rows in lines.items()
        if kind == "negative"
    }
    return sorted(counts, key=lambda name: (name not in alarmed, -counts[name]))[:MULTIPLES]


def _multiple(context: Context, aspect: str, rows: list[Json]) -> dict[str, Any]:
    name = context.names.aspect(aspect)
    total = int(sum(row["count"] or 0 for row in rows))
    comments = sum(row["n"] for row in rows)
    chart = series(
        [_point(context, row) for row in rows],
        title=context.t("trends.aspect", aspect=name),
        height=64,
        tone="neg",
        zero=True,
        labels=False,
    )
    return {
        "name": name,
        "chart": chart,
        "share": context.t.percent(total / comments if comments else None),
        "total": total,
        "tag": tag("neg", aspect),
    }


def alarm_name(context: Context, alarm: Json) -> str:
    """What the alarm is about: complaints about an aspect, a risk, the score, or the number of answers."""
    t, one = context.t, alarm["series"]
    names = {"negative": context.names.aspect, "risk": context.names.risk}
    what = names[one["kind"]](one["name"]) if one["kind"] in names else context.metric_name
    text = t(f"trends.kind.{one['kind']}", what=what)
    return f"{text} ({one['segment']})" if one["segment"] else text


def said(context: Context, alarm: Json) -> str:
    """What was seen against what was expected."""
    score = alarm["series"]["kind"] == "score"
    show = context.t.score if score else context.t.count
    return context.t("trends.seen", observed=show(alarm["observed"]), expected=show(alarm["expected"]))


def _alarm(context: Context, alarm: Json) -> dict[str, Any]:
    one = alarm["series"]
    kind = {"negative": "neg", "risk": "risk"}.get(one["kind"], "")
    days = [context.names.day(alarm["start"]), context.names.day(alarm["end"])]
    return {
        "name": alarm_name(context, alarm),
        "when": days[0] if days[0] == days[1] else context.t("interval", low=days[0], high=days[1]),
        "seen": said(context, alarm),
        "q": context.t.q(alarm["q_value"]),
        "tag": tag(kind, one["name"]) if kind else "",
        "count": alarm["n"],
    }


def _volatility(context: Context, trends: Json) -> str:
    """How much of the score's ups and downs the size of the samples explains."""
    found = next(
        (v for v in trends["volatility"] if v["series"]["kind"] == "score" and not v["series"]["segment"]),
        None,
    )
    if found is None:
        return ""
    return context.t(
        "trends.volatility", metric=context.metric_name, share=context.t.percent(found["by_chance"])
    )
