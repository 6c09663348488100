"""Topics found in the comments' own words, if they were computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vocnlp.report.charts import Scale, diverging
from vocnlp.report.context import Context
from vocnlp.report.quotes import tag
from vocnlp.report.topic_map import Dot, draw

__all__ = ["view"]

LISTED = 20
KEYWORDS = 6

Json = dict[str, Any]


def view(context: Context) -> Json | None:
    """The template's `topics`, or None where none were computed; largest first, numbered from 1."""
    topics, t = context.results.topics, context.t
    if topics is None:
        return None
    found = sorted(topics["topics"], key=lambda topic: -topic["comments"])
    _let_quotes_answer(context, found)
    numbers = {topic["id"]: number for number, topic in enumerate(found, 1)}
    placed = [topic for topic in found if "place" in topic]
    dots = [_dot(context, numbers[topic["id"]], topic) for topic in placed]
    return {
        "lead": t("topics.lead", n=len(found), share=t.percent(topics["outlier_share"])),
        "listed": t("topics.listed", n=LISTED) if len(found) > LISTED else "",
        "rows": [_row(context, numbers[topic["id"]], topic) for topic in found[:LISTED]],
        "map": draw(dots, title=t("topics.map.title")) if dots else None,
        "cards": [_card(numbers[topic["id"]], topic) for topic in placed],
        "themes": [_theme(context, theme, numbers) for theme in topics.get("themes", ())],
        "emerging": [_emerging(context, topics, topic) for topic in found if topic.get("emerging")],
        "warnings": t.sentences(topics["warnings"]),
    }


def _let_quotes_answer(context: Context, found: Sequence[Json]) -> None:
    """Draw the examples of every topic."""
    ids = context.survey.frame["id"].astype("string")
    table = np.zeros((len(ids), len(found)), dtype=np.bool_)
    for k, topic in enumerate(found):
        table[:, k] = ids.isin(topic["examples"])
    context.pool.tag_rows("topic", [str(topic["id"]) for topic in found], table)
    for mask in table.T:
        context.pool.draw(mask, int(mask.sum()))


def _feelings(topic: Json) -> tuple[int, int, int]:
    """Comments that are negative or mixed, neutral, and positive."""
    counts = topic["sentiment"]
    return counts.get("neg", 0) + counts.get("mix", 0), counts.get("neu", 0), counts.get("pos", 0)


def _row(context: Context, number: int, topic: Json) -> Json:
    t = context.t
    negative, neutral, positive = _feelings(topic)
    total = max(negative + neutral + positive, 1)
    title = t("topics.chart", name=topic["name"], negative=negative, neutral=neutral, positive=positive)
    shares = (negative / total, neutral / total, positive / total)
    return {
        "number": number,
        "name": topic["name"],
        "keywords": t.messages["list.comma"].join(topic["keywords"][:KEYWORDS]),
        "count": topic["comments"],
        "tag": tag("topic", str(topic["id"])),
        "share": t.percent(topic["share"], 1),
        "score": t.score(topic["score"]),
        "chart": diverging(Scale(-1.0, 1.0, (0,)), *shares, title=title),
    }


def _dot(context: Context, number: int, topic: Json) -> Dot:
    t = context.t
    negative, neutral, positive = _feelings(topic)
    total = max(negative + neutral + positive, 1)
    tone = "neg" if 2 * negative > total else "pos" if 2 * positive > total else "quiet"
    values = {"n": t.count(topic["comments"]), "negative": t.percent(negative / total)}
    return Dot(
        number=number,
        place=(topic["place"][0], topic["place"][1]),
        comments=topic["comments"],
        tone=tone,
        label=t("topics.map.dot", number=number, name=topic["name"], **values),
        title=topic["name"],
        tag=tag("topic", str(topic["id"])),
        card=_card_id(topic),
    )


def _card(number: int, topic: Json) -> Json:
    return {
        "id": _card_id(topic),
        "title": f"{number}. {topic['name']}",
        "typical": [quote["text"] for quote in topic.get("typical", ())],
        "edge": [quote["text"] for quote in topic.get("edge", ())],
    }


def _card_id(topic: Json) -> str:
    return f"topic-{topic['id']}"


def _theme(context: Context, theme: Json, numbers: dict[int, int]) -> Json:
    held = sorted(numbers[topic] for topic in theme["topics"])
    return {
        "name": theme["name"],
        "topics": context.t.messages["list.comma"].join(map(str, held)),
        "count": context.t.count(theme["comments"]),
    }


def _emerging(context: Context, topics: Json, topic: Json) -> str:
    t, rise = context.t, topic["emerging"]
    return t(
        "topics.emerging.line",
        name=topic["name"],
        period=topics["periods"][-1],
        now=t.percent(rise["share_now"], 1),
        before=t.percent(rise["share_before"], 1),
        q=t.q(rise["q_value"]),
    )
