"""A small survey with a known story, and hostile texts where a person could put them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from vocnlp.analysis.survey import Survey, collect
from vocnlp.report.build import Report, render
from vocnlp.report.results import Results, analyse

HOSTILE = "<script>document.title='broken'</script>"
PHRASES = {
    ("en", "logistics"): ("the parcel came nine days late", "it arrived a day early"),
    ("en", "installation"): ("the manual skips half the steps", "assembly was easy"),
    ("en", "quality"): ("the leg wobbles", "solid and well made"),
    ("zh", "logistics"): ("快递晚了九天", "第二天就送到了"),
    ("zh", "installation"): ("安装说明看不懂", "安装很方便"),
    ("zh", "quality"): ("桌腿松动", "做工很扎实"),
    ("ar", "logistics"): ("تأخرت الشحنة تسعة أيام", "وصلت الشحنة قبل موعدها"),
    ("ar", "installation"): ("دليل التركيب غير واضح", "كان التركيب سهلا"),
    ("ar", "quality"): ("الساق تهتز", "صناعة متينة"),
}
COST = {"logistics": 4, "installation": 3, "quality": 0}


def record(i: int, rng: np.random.Generator) -> dict[str, Any]:
    """Late parcels abroad and, from April, unclear manuals cost points; wobbly legs do not."""
    language = str(rng.choice(["en", "zh", "ar"], p=[0.5, 0.3, 0.2]))
    day = date(2026, 1, 1) + timedelta(days=int(rng.integers(181)))
    region = {"en": "EU", "zh": "Asia", "ar": HOSTILE}[language]
    text, aspects, answer = "", [], 9
    for aspect in rng.permutation(["logistics", "installation", "quality"])[: rng.integers(0, 4)]:
        bad = {"logistics": 0.3 + 0.3 * (region == "EU"), "installation": 0.3 + 0.4 * (day.month > 3)}.get(
            aspect, 0.4
        )
        negative = bool(rng.random() < bad)
        phrase = PHRASES[language, str(aspect)][0 if negative else 1]
        start = len(text) + 2 if text else 0
        text = f"{text}, {phrase}" if text else phrase
        answer -= COST[str(aspect)] * negative
        evidence = [{"start": start, "end": len(text), "text": phrase}]
        aspects.append(
            {
                "aspect": str(aspect),
                "polarity": "neg" if negative else "pos",
                "confidence": 0.9,
                "evidence": evidence,
            }
        )
    risks = []
    if text and i % 97 == 5:
        start = len(text) + 1
        text += f" {HOSTILE} it caught fire"
        risks = [
            {
                "category": "safety",
                "severity": "critical",
                "rule": "safety.en.1",
                "start": start,
                "end": len(text),
                "text": "",
            }
        ]
    return {
        "id": f"c{i}",
        "text": text,
        "language": {"code": language if text else "und", "confidence": 0.9},
        "sentiment": {
            "label": "neg" if answer < 7 else "pos",
            "score": 0.1 * (answer - 7),
            "probabilities": {},
        },
        "aspects": aspects,
        "risks": risks,
        "scores": {"nps": float(np.clip(answer + rng.integers(-1, 2), 0, 10))},
        "attributes": {
            "created_at": day.isoformat(),
            "region": region,
            "product": str(rng.choice(["lamp", "=SUM(A1)", "shelf & desk"])),
            "stage": str(rng.choice(["order", "delivery", "use"])),
        },
    }


def records(n: int, seed: int = 0) -> list[dict[str, Any]]:
    """n tagged records of that story."""
    rng = np.random.default_rng(seed)
    return [record(i, rng) for i in range(n)]


@pytest.fixture(scope="session")
def many() -> Callable[[int], list[dict[str, Any]]]:
    """As many records as are asked for."""
    return records


@pytest.fixture(scope="session")
def story() -> list[dict[str, Any]]:
    """1,200 tagged records."""
    return records(1200)


@pytest.fixture(scope="session")
def survey(story: list[dict[str, Any]]) -> Survey:
    """Their survey, with evidence."""
    made = collect(story, keep_marks=True)
    made.frame["created_at"] = made.frame["created_at"].astype("datetime64[ns]")
    return made


@pytest.fixture(scope="session")
def results(survey: Survey) -> Results:
    """All analyses of it."""
    return analyse(survey, time="created_at")


@pytest.fixture(scope="session")
def english(results: Results) -> Report:
    """Its report in English."""
    return render(results)


@pytest.fixture(scope="session")
def chinese(results: Results) -> Report:
    """Its report in Chinese."""
    return render(results, locale="zh")


@pytest.fixture(scope="session")
def found_topics() -> dict[str, Any]:
    """What `vocnlp topics` may have found in the survey."""
    quote = {"id": "c1", "start": 0, "end": 5, "text": "a clause with <script>"}
    common = {"clauses": 9, "share": 0.01, "score": -50.0, "typical": [quote], "edge": [quote], "theme": 4}
    return {
        "n": 1200,
        "clauses": 900,
        "outlier_share": 0.1,
        "warnings": [],
        "every": "month",
        "periods": ["2026-05-01", "2026-06-01"],
        "themes": [{"id": 4, "name": "parcel, late", "keywords": ["late"], "topics": [4, 7], "comments": 12}],
        "topics": [
            common
            | {
                "id": 4,
                "name": "late",
                "keywords": ["late"],
                "comments": 9,
                "sentiment": {"neg": 7, "neu": 1, "pos": 1},
                "examples": ["c1", "c2"],
                "place": [0.0, 1.0],
                "counts": [5, 4],
                "emerging": None,
            },
            common
            | {
                "id": 7,
                "name": "rude",
                "keywords": ["rude"],
                "comments": 5,
                "sentiment": {"pos": 5},
                "examples": ["c3"],
                "place": [1.0, 0.0],
                "counts": [1, 4],
                "emerging": {"share_before": 0.01, "share_now": 0.05, "q_value": 0.01},
            },
        ],
    }
