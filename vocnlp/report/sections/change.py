"""Why the score differs between two periods or groups: a waterfall from the one score to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocnlp.report.charts import Scale, axis, step
from vocnlp.report.context import SURE, Context

__all__ = [
    "detail_of",
    "direction",
    "labels",
    "lead",
    "moved",
    "name_of",
    "said",
    "shown_parts",
    "view",
    "worded",
]

STEPS = 8  # parts of aspects drawn on their own; the others are one step

Json = Mapping[str, Any]


def view(context: Context) -> dict[str, Any] | None:
    """The template's `change`, or None without two periods."""
    change, t = context.results.change, context.t
    if change is None:
        return None
    steps = _steps(context, change)
    before, after = change["score"]
    sums = [before]
    for _, _, part in steps:
        sums.append(sums[-1] + part["estimate"])
    scale = Scale.over(sums, zero=False, margin=0.12)
    ends = labels(context, change)
    rows = [_total(context, scale, ends[0], before, change["n"][0])]
    rows += [_row(context, scale, named, start) for named, start in zip(steps, sums[:-1], strict=True)]
    rows.append(_total(context, scale, ends[1], after, change["n"][1]))
    return {
        "title": t(worded(context, "change.title")),
        "lead": lead(context, change),
        "axis": axis(scale, title=t("change.axis")),
        "rows": rows,
        "notes": t.sentences(change["warnings"]),
        "head": [
            t(f"change.head.{key}") for key in ("part", "kind", "points", "interval", "q", "before", "after")
        ],
        "table": [_cells(context, part) for part in change["parts"]],
    }


def worded(context: Context, key: str) -> str:
    """The key of a sentence about two periods, or of its form for two groups."""
    return f"{key}_group" if context.results.compared else key


def labels(context: Context, change: Json) -> list[str]:
    """What readers call the two periods or groups."""
    say = context.names.value if context.results.compared else context.names.period
    return [say(label) for label in change["labels"]]


def moved(context: Context, change: Json) -> str:
    """The difference with an arrow, or that none is shown."""
    t = context.t
    if direction(context, change) == "flat":
        return t(worded(context, "score.flat"), points=t.signed(change["difference"]))
    arrow = "\u25b2" if change["difference"] > 0 else "\u25bc"
    return t("score.moved", arrow=arrow, points=t.score(abs(change["difference"])))


def direction(context: Context, change: Json) -> str:
    """neg, pos or flat: whether the difference is for the worse, the better, or not told from none."""
    low, high = change["interval"]
    if low <= 0 <= high:
        return "flat"
    return "neg" if context.worse(change["difference"]) else "pos"


def lead(context: Context, change: Json) -> str:
    """One sentence: from where to where, and what moved it most."""
    t, ends = context.t, labels(context, change)
    parts = shown_parts(context, change)
    values = {
        "metric": context.metric_name,
        "before": ends[0],
        "after": ends[1],
        "first": t.score(change["score"][0]),
        "last": t.score(change["score"][1]),
        "points": t.signed(change["difference"]),
    }
    sentence = t(worded(context, "change.lead"), **values)
    if parts:
        sentence += t(
            "change.most",
            said=said(context, parts[0]),
            detail=detail_of(context, parts[0], "became"),
            points=t.signed(parts[0]["estimate"]),
        )
    rest = next(total["estimate"] for total in change["totals"] if total["kind"] == "baseline")
    if abs(rest) > abs(change["difference"]) / 2:
        sentence += t("change.rest", points=t.signed(rest))
    return sentence


def shown_parts(context: Context, change: Json) -> list[Json]:
    """The parts of aspects whose interval excludes zero, largest first.

    Where the score moved, those that moved it: what held against the movement does not explain it.
    """
    parts = [p for p in change["parts"] if p["polarity"] and not p["interval"][0] <= 0 <= p["interval"][1]]
    if direction(context, change) != "flat":
        parts = [part for part in parts if (part["estimate"] > 0) == (change["difference"] > 0)]
    return sorted(parts, key=lambda part: -abs(part["estimate"]))


def name_of(context: Context, part: Json) -> str:
    """Logistics complaints; Price praise; a segment; the baseline."""
    if not part["polarity"]:
        return context.names.value(part["name"]) if part["name"] else context.t("change.kind.baseline")
    return context.t(f"change.mention.{part['polarity']}", aspect=context.names.aspect(part["name"]))


def detail_of(context: Context, part: Json, form: str = "detail") -> str:
    """What changed about a mention, its rate or the score that goes with it; form: detail, or became."""
    t, kind = context.t, part["kind"]
    before, after = part["before"], part["after"]
    key = f"{worded(context, f'change.{form}')}.{kind}.{'up' if after > before else 'down'}"
    if kind == "mention_rate":
        return t(key, before=t.percent(before, 1), after=t.percent(after, 1))
    return t(key, before=t.signed(before), after=t.signed(after))


def said(context: Context, part: Json) -> str:
    """A mention inside a sentence: complaints about logistics."""
    return context.t(f"change.said.{part['polarity']}", aspect=context.names.aspect(part["name"]))


def _steps(context: Context, change: Json) -> list[tuple[str, str, Json]]:
    t = context.t
    parts = sorted((p for p in change["parts"] if p["polarity"]), key=lambda part: -abs(part["estimate"]))
    shown, rest = parts[:STEPS], parts[STEPS:]
    steps = [(name_of(context, part), detail_of(context, part), part) for part in shown]
    if rest:
        steps.append(
            (t("change.others", n=len(rest)), "", {"estimate": sum(part["estimate"] for part in rest)})
        )
    totals = {total["kind"]: total for total in change["totals"]}
    steps += [
        (t(f"change.kind.{kind}"), t(f"{worded(context, 'change.why')}.{kind}"), totals[kind])
        for kind in ("mix", "baseline")
    ]
    return steps


def _row(context: Context, scale: Scale, named: tuple[str, str, Json], start: float) -> dict[str, Any]:
    name, detail, part = named
    t, estimate = context.t, part["estimate"]
    tone = "neg" if context.worse(estimate) else "pos"
    return {
        "name": name,
        "detail": detail,
        "chart": step(scale, start, start + estimate, tone=tone, title=f"{name}: {t.signed(estimate)}"),
        "points": t.signed(estimate),
        "interval": t.interval(part["interval"]) if "interval" in part else "",
        "weak": "interval" in part and part["interval"][0] <= 0 <= part["interval"][1],
    }


def _total(context: Context, scale: Scale, label: str, score: float, n: int) -> dict[str, Any]:
    text = context.t.score(score)
    return {
        "name": label,
        "detail": context.t("change.answers", n=n),
        "chart": step(scale, scale.low, score, tone="total", title=f"{label}: {text}"),
        "points": text,
        "interval": "",
        "weak": False,
    }


def _cells(context: Context, part: Json) -> list[str]:
    t = context.t
    share = part["kind"] in ("mix", "mention_rate")
    shown = t.percent if share else t.score
    q = part["q_value"]
    mark = "*" if q <= SURE else ""
    return [
        name_of(context, part),
        t(f"change.kind.{part['kind']}"),
        t.signed(part["estimate"]) + mark,
        t.interval(part["interval"]),
        t.q(q),
        shown(part["before"]),
        shown(part["after"]),
    ]
