"""The planted story: what a mention does to a score. `README.md` tells it in words.

All effects are points of NPS on a latent satisfaction that starts at `BASE`; the scores are cut from it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

__all__ = ["effect_of", "scores_of"]

BASE = 8.3
LOGISTICS_AT_HOME, LOGISTICS_ABROAD = -0.8, -3.4
INSTALLATION_AT_HOME, INSTALLATION_ABROAD = -0.6, {1: -2.4, 2: -3.8}
COMPLAINT = {
    "safety": -3.5, "overall": -3.0, "after_sales": -3.2, "quality": -3.0, "attitude": -2.6, "accuracy": -2.6,
    "billing": -2.6, "performance": -2.0, "responsiveness": -1.8, "reliability": -1.4, "usability": -1.2,
    "design": -1.0, "availability": -0.9, "environment": -0.5, "price": -0.5, "location": -0.3,
    "packaging": 0.0,
}  # fmt: skip
PRAISE = {"overall": 1.3, "attitude": 1.0, "packaging": 0.0}
PRAISE_OF_OTHERS = 0.9
LUKEWARM = -0.7
FLAGS = {"risk:fraud": -3.0, "risk:safety": -3.0, "risk:churn": -1.5}
CUSTOMER_SD, ANSWER_SD, SILENT_SD, CSAT_SD = 0.4, 0.8, 1.7, 0.5

CSAT_CUTS = (2.3, 4.6, 7.1, 8.6)
# Effort (CES, 7 = very easy) has causes of its own beside a share of the satisfaction.
EFFORT_BASE, EFFORT_SHARE, EFFORT_SD = 5.6, 0.25, 0.7
EFFORT = {
    "installation:neg": -1.6, "usability:neg": -1.3, "after_sales:neg": -0.9, "responsiveness:neg": -0.8,
    "logistics:neg": -0.6, "installation:pos": 0.7, "usability:pos": 0.7, "after_sales:pos": 0.7,
}  # fmt: skip
SKIPPED = {"nps": 0.03, "csat": 0.05, "ces": 0.12}


def effect_of(aspect: str, polarity: str, *, home: bool, quarter: int) -> float:
    """The true effect of one mention on NPS in a quarter (1 or 2), at home (CN) or abroad."""
    if polarity == "neu":
        return LUKEWARM if aspect == "overall" else 0.0
    praise = PRAISE.get(aspect, PRAISE_OF_OTHERS)
    if polarity == "pos":
        return praise
    if aspect == "logistics":
        complaint = LOGISTICS_AT_HOME if home else LOGISTICS_ABROAD
    elif aspect == "installation":
        complaint = INSTALLATION_AT_HOME if home else INSTALLATION_ABROAD[quarter]
    else:
        complaint = COMPLAINT[aspect]
    return complaint if polarity == "neg" else (complaint + praise) / 2


def scores_of(
    *,
    aspects: Mapping[str, str],
    flags: Sequence[str],
    home: bool,
    quarter: int,
    customer: str,
    seed: str,
    silent: bool,
) -> dict[str, int | None]:
    """NPS, CSAT and CES of one answer; None where the question was skipped."""
    draw = random.Random(f"scores {seed}")  # noqa: S311 (reproducible, not secret)
    latent = BASE + sum(effect_of(a, p, home=home, quarter=quarter) for a, p in aspects.items())
    latent += min((FLAGS.get(flag, 0.0) for flag in flags), default=0.0)
    latent += noise(random.Random(customer), CUSTOMER_SD)  # noqa: S311
    latent += noise(draw, SILENT_SD if silent else ANSWER_SD)
    effort = EFFORT_BASE + EFFORT_SHARE * (latent - BASE) + noise(draw, EFFORT_SD)
    effort += sum(EFFORT.get(f"{aspect}:{polarity}", 0.0) for aspect, polarity in aspects.items())
    satisfied = latent + noise(draw, CSAT_SD)
    scores = {
        "nps": min(10, max(0, round(latent))),
        "csat": 1 + sum(satisfied > cut for cut in CSAT_CUTS),
        "ces": min(7, max(1, round(effort))),
    }
    return {name: score if draw.random() >= SKIPPED[name] else None for name, score in scores.items()}


def noise(draw: random.Random, deviation: float) -> float:
    """Normal, cut at two deviations, so that no delighted comment comes with a zero."""
    return max(-2.0, min(2.0, draw.gauss(0, 1))) * deviation
