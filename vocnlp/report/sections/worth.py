"""What mending a cause is worth, what the business sees of the score, what errors of the tags hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocnlp.report.context import SURE, Context

__all__ = ["view"]

NONE = "\u2013"

Json = Mapping[str, Any]


def view(context: Context) -> dict[str, Any]:
    """The template's `worth`; a table without rows is not shown."""
    causes = context.results.causes
    ranked = [cause for cause in causes["causes"] if cause["ranked"]]
    priced = any("cost" in cause.get("gain_if_halved", {}) for cause in ranked)
    return {
        "gains": [_gain(context, cause, priced) for cause in ranked if _helps(context, cause)],
        "gains_head": _head(context, "gains", ("cause", "gain", "interval", *(("cost", "per") * priced))),
        "outcomes": [_outcome(context, item) for item in causes["outcomes"]],
        "outcomes_head": _head(context, "outcomes", ("outcome", "answers", "unhappy", "happy", "p", "says")),
        "errors": [_errors(context, cause) for cause in ranked if _erring(cause)],
        "errors_head": _head(context, "errors", ("cause", "effect", "corrected", "interval")),
        "errors_read": _errors_read(context, ranked),
    }


def _head(context: Context, table: str, keys: tuple[str, ...]) -> list[str]:
    return [context.t(f"worth.{table}.head.{key}") for key in keys]


def _helps(context: Context, cause: Json) -> bool:
    """Whether mending it is shown to help."""
    effect = cause["effect"]
    return bool(effect["q_value"] <= SURE and context.worse(effect["estimate"]))


def _gain(context: Context, cause: Json, priced: bool) -> list[str]:
    t, gain = context.t, cause["gain_if_halved"]
    cells = [context.names.aspect(cause["aspect"]), t.score(gain["estimate"]), t.interval(gain["interval"])]
    if priced:
        known = "cost" in gain
        cells += [f"{gain['cost']:,g}", f"{gain['points_per_cost']:.3g}"] if known else [NONE, NONE]
    return cells


def _outcome(context: Context, item: Json) -> list[str]:
    """Rates in the worst and the best band, and whether the score tells them apart."""
    t, metric = context.t, context.results.metric
    means = {band["band"]: band["mean"] for band in item["by_band"]}
    ends = [metric.bands[0].name, metric.bands[-1].name]
    say = t.percent if item["kind"] == "binary" else t.score
    unhappy, happy = (say(means.get(name)) for name in (ends if metric.higher_is_better else ends[::-1]))
    later = (item.get("halves") or {}).get("later")
    faded = item["predicted"] and later and (later["p_value"] is None or later["p_value"] > SURE)
    verdict = t("worth.outcomes.faded" if faded else f"worth.outcomes.{'yes' if item['predicted'] else 'no'}")
    p_value = NONE if item["p_value"] is None else t.q(item["p_value"])
    return [context.names.column(item["column"]), t.count(item["n"]), unhappy, happy, p_value, verdict]


def _erring(cause: Json) -> bool:
    return "sensitivity" in cause or "effect" in cause.get("corrected", {})


def _errors(context: Context, cause: Json) -> list[str]:
    """The effect with the tags as given, and what it is where their errors are reckoned with."""
    t, corrected = context.t, cause.get("corrected", {}).get("effect")
    true = corrected or cause["sensitivity"]
    return [
        context.names.aspect(cause["aspect"]),
        t.signed(cause["effect"]["estimate"]),
        t.signed(true["estimate"]),
        t.interval(true["interval"] if corrected else true["band"]),
    ]


def _errors_read(context: Context, ranked: list[Json]) -> str:
    checked = [cause["corrected"]["checked"] for cause in ranked if "corrected" in cause]
    if checked:
        return context.t("worth.errors.checked", n=checked[0])
    return context.t("worth.errors.measured")
