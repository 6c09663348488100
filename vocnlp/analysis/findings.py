"""What the causes of a score are called, in the form of the contract of `vocnlp causes --json`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from vocnlp.analysis.response import Response

__all__ = ["Causes", "Effect", "Factor", "Share"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Effect:
    """Points of the score, as it is minus without the mentions."""

    estimate: float
    interval: Interval
    p_value: float | None
    q_value: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "estimate": number(self.estimate),
            "interval": limits(self.interval),
            "p_value": number(self.p_value),
            "q_value": number(self.q_value),
        }


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the unhappy (or happy) answers, with its interval; it may be negative."""

    share: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        return {"share": number(self.share), "interval": limits(self.interval)}


@dataclass(slots=True)
class Factor:
    """A cause of unhappy answers, or a driver of happy ones.

    kind: "aspect", "verdict", "risk" or "column".   judged: answers that judge it on this side (negative or
    positive).
    rate: share of the unhappy (happy) band among those.   effect: None where too few mention it.   reason:
    why it is not ranked.
    extra: additions to the contract, such as corrections for tagging errors.
    """

    aspect: str
    kind: str
    mentions: int
    judged: int
    mention_rate: float
    judged_rate: float
    score_if_mentioned: float | None
    score_if_judged: float | None
    rate: float | None
    leave_out_impact: float | None
    effect: Effect | None
    attributed: Share | None
    co_mentioned_with: list[dict[str, Any]]
    comments: list[str]
    reason: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ranked(self) -> bool:
        return self.effect is not None and self.kind != "verdict"

    def to_dict(self, *, side: str = "negative", band: str = "detractor") -> dict[str, Any]:
        return {
            "aspect": self.aspect,
            "kind": self.kind,
            "mentions": self.mentions,
            side: self.judged,
            "mention_rate": number(self.mention_rate),
            f"{side}_rate": number(self.judged_rate),
            "score_if_mentioned": number(self.score_if_mentioned),
            f"score_if_{side}": number(self.score_if_judged),
            f"{band}_rate_if_{side}": number(self.rate),
            "leave_out_impact": number(self.leave_out_impact),
            "effect": self.effect and self.effect.to_dict(),
            f"attributed_{band}s": self.attributed and self.attributed.to_dict(),
            "co_mentioned_with": self.co_mentioned_with,
            "comments": self.comments,
            "ranked": self.ranked,
            **({"reason": self.reason} if self.reason else {}),
            **self.extra,
        }


@dataclass(slots=True)
class Causes:
    """Why the score is what it is. `to_dict` is the contract of docs/causes.md.

    causes: complaints, those with an effect first, worst first.   drivers: praise, best first.
    risks: risk categories, adjusted for the aspects.   segments: column -> value -> its causes.
    left_out: what leaving suspicious answers out has changed (`leaving_out.changed`), where it was done.
    """

    metric: str
    higher_is_better: bool
    n: int
    score: float
    interval: Interval
    detractors: int
    promoters: int
    causes: list[Factor]
    drivers: list[Factor]
    risks: list[Factor]
    unexplained: Share
    unexplained_promoters: Share
    silent_detractors: float
    response: Response
    settings: dict[str, Any] = field(default_factory=dict)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    left_out: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; keys beyond the contract are additions."""
        return {
            "metric": self.metric,
            "higher_is_better": self.higher_is_better,
            "n": self.n,
            "score": number(self.score),
            "interval": limits(self.interval),
            "detractors": {"n": self.detractors, "share": number(self.detractors / self.n)},
            "promoters": {"n": self.promoters, "share": number(self.promoters / self.n)},
            "causes": [f.to_dict() for f in self.causes],
            "unexplained": {
                **self.unexplained.to_dict(),
                "without_comment": number(self.silent_detractors),
            },
            "drivers": [f.to_dict(side="positive", band="promoter") for f in self.drivers],
            "unexplained_promoters": self.unexplained_promoters.to_dict(),
            "risks": [f.to_dict() for f in self.risks],
            "segments": self.segments,
            "outcomes": self.outcomes,
            "data": self.response.to_dict(),
            "settings": self.settings,
            "warnings": self.warnings,
            **({"left_out": self.left_out} if self.left_out else {}),
        }

    def frame(self, side: str = "causes") -> pd.DataFrame:
        """One row a cause, driver or risk, with flat columns."""
        return pd.DataFrame([_flat(item) for item in self.to_dict()[side]])


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, Mapping):
            row |= {f"{key}_{inner}": found for inner, found in _flat(value).items()}
        elif key == "interval":
            low, high = value if isinstance(value, Sequence) else (None, None)
            row |= {"low": low, "high": high}
        elif key == "co_mentioned_with":
            row[key] = ", ".join(f"{other['aspect']} ({other['lift']})" for other in value)
        elif key == "comments":
            row[key] = ", ".join(value)
        else:
            row[key] = value
    return row


def number(value: float | None) -> float | None:
    """A finite number, short enough to read and long enough to add up; else None."""
    return None if value is None or not math.isfinite(value) else float(value)


def limits(interval: Interval) -> list[float | None]:
    return [number(interval[0]), number(interval[1])]
