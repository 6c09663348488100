"""The report as one HTML file: sections in their order, style and script inside, nothing from the network."""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vocnlp import __version__
from vocnlp.report.context import Context
from vocnlp.report.findings import findings
from vocnlp.report.quotes import Quote, tag
from vocnlp.report.sections import (
    aspects,
    causes,
    change,
    journey,
    quality,
    risks,
    score,
    segments,
    topics,
    trends,
    worth,
)

__all__ = ["page"]

MINIMUM = 10  # answers of a selection below which its score is not shown
METHOD = ("score", "effect", "leave_out", "shares", "change", "tags", "quotes", "limits")
WORDS = ("all", "shown", "within", "listed", "few", "score")
SECTIONS = (
    "summary",
    "causes",
    "aspects",
    "change",
    "trends",
    "segments",
    "journey",
    "topics",
    "risks",
    "comments",
    "quality",
    "method",
)


def page(context: Context, *, title: str | None = None) -> str:
    """The HTML of a report: texts from the data are escaped, a content security policy forbids requests."""
    t = context.t
    views: dict[str, Any] = {
        "score": score.view(context),
        "findings": findings(context),
        "causes": causes.view(context),
        "worth": worth.view(context),
        "aspects": aspects.view(context),
        "change": change.view(context),
        "trends": trends.view(context),
        "segments": segments.view(context),
        "journey": journey.view(context),
        "topics": topics.view(context),
        "risks": risks.view(context),
        "quality": quality.view(context),
    }
    style, script = _asset("style.css"), _asset("report.js")
    template = _environment().get_template("report.html")
    return template.render(
        t=t,
        title=title or t("title", metric=context.metric_name),
        eyebrow=t("eyebrow"),
        version=__version__,
        date=date.today().isoformat(),
        sections=[key for key in SECTIONS if views.get(key, True) is not None],
        quotes={quote.row: _quote(context, quote) for quote in context.pool.quotes()},
        filters=_choices(context),
        method=METHOD,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=_data(context),
        **views,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vocnlp.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    return files("vocnlp.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression that lets a content security policy pass exactly this inline text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _data(context: Context) -> Markup:
    """What the script reads; `<` is written so that no text can end the element that holds it."""
    survey = context.survey
    content = {
        "cells": context.filters.cells(context.results.metric, context.results.score),
        "widest": aspects.widest(context),
        "digits": context.t.digits,
        "minimum": MINIMUM,
        "words": {word: context.t.messages[f"script.{word}"] for word in WORDS},
        "n": len(survey),
    }
    return Markup(orjson.dumps(content).decode().replace("<", "\\u003c"))  # noqa: S704 - "<" is gone


def _quote(context: Context, quote: Quote) -> dict[str, Any]:
    frame, results = context.survey.frame, context.results
    answer = frame[results.score].iloc[quote.row]
    language = str(frame["language"].iloc[quote.row])
    columns = [frame[c].iloc[quote.row] for c in results.by]
    return {
        "id": "" if pd.isna(frame["id"].iloc[quote.row]) else str(frame["id"].iloc[quote.row]),
        "html": quote.html,
        "tags": quote.tags,
        "language": language,
        "language_name": context.names.language(language),
        "segments": context.filters.ids(quote.row),
        "score": f"{context.names.metric(results.score)} {answer:g}" if not pd.isna(answer) else "",
        "tone": _tone(context, answer),
        "attributes": [
            context.names.value(str(value)) for value in columns if not pd.isna(value) and value != ""
        ],
    }


def _tone(context: Context, answer: float) -> str:
    metric = context.results.metric
    return "neg" if metric.detractor([answer])[0] else "pos" if metric.promoter([answer])[0] else ""


def _choices(context: Context) -> dict[str, Any]:
    """The options of the filter boxes."""
    t, survey, names = context.t, context.survey, context.names
    segments = [
        {
            "name": names.column(column),
            "values": [(choice.id, names.value(choice.value)) for choice in choices],
        }
        for column, choices in context.filters.columns.items()
    ]
    kinds = (
        ("neg", "filter.complaints", survey.aspects, survey.negative, names.aspect),
        ("pos", "filter.praise", survey.aspects, survey.positive & ~survey.negative, names.aspect),
        ("risk", "filter.risks", survey.risk_categories, survey.risks, names.risk),
    )
    topics = [
        {"name": t(key), "values": [(tag(kind, n), say(n)) for i, n in enumerate(all_) if table[:, i].any()]}
        for kind, key, all_, table, say in kinds
    ]
    languages = [(code, names.language(code)) for code in context.filters.languages]
    return {
        "segments": segments,
        "languages": languages,
        "topics": [group for group in topics if group["values"]],
    }
