"""The metrics that customer-experience teams use, and how a column's name tells which one it holds.

Sources: NPS, Reichheld 2003 (Harvard Business Review 81(12)); CES, Dixon, Freeman & Toman 2010 (ibid. 88(7))
as effort (lower is better), and its second wording "made it easy" (1 to 7, higher is better).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from unicodedata import category

import yaml

from vocnlp.errors import InputError
from vocnlp.scores.scale import Band, Metric, bands, define, fold

__all__ = [
    "CES",
    "CSAT",
    "EFFORT",
    "LIKELIHOOD",
    "METRICS",
    "NPS",
    "RECOMMEND",
    "STARS",
    "Band",
    "Metric",
    "define",
    "load",
    "recognise",
]

_YES = "1 yes y true t 是 会 會 愿意 推荐 oui sí si sim ja はい 예 네 да tak evet ya có ใช่ نعم हाँ sì"
_NO = "0 no n false f 否 不会 不會 不愿意 不推荐 non não nao nein いいえ 아니오 нет nie hayır không ไม่ لا नहीं"
_WORDS = MappingProxyType({fold(w): 1.0 for w in _YES.split()} | {fold(w): 0.0 for w in _NO.split()})


def _csat(high: float, passing: float, excellent: float) -> Metric:
    return Metric("csat", 1, high, bands({"improve": 1, "pass": passing, "excellent": excellent}))


def _effort(high: float, neutral: float, difficult: float) -> Metric:
    named = bands({"easy": 1, "neutral": neutral, "difficult": difficult})
    return Metric("effort", 1, high, named, higher_is_better=False)


def _stars(low: float, high: float, middle: float, top: float) -> Metric:
    return Metric("stars", low, high, bands({"low": low, "middle": middle, "high": top}), step=0.5)


_LIKELY = bands({"detractor": 0, "passive": 7, "promoter": 9})
NPS = Metric("nps", 0, 10, _LIKELY, score_as="net")
LIKELIHOOD = Metric("likelihood", 0, 10, _LIKELY)
CSAT = _csat(5, 3, 4).or_else(_csat(10, 6, 9))
CES = Metric("ces", 1, 7, bands({"difficult": 1, "neutral": 4, "easy": 5}))
EFFORT = _effort(5, 3, 4).or_else(_effort(7, 4, 5))
STARS = _stars(1, 5, 3, 4).or_else(_stars(0, 10, 5, 8))
RECOMMEND = Metric("recommend", 0, 1, bands({"no": 0, "yes": 1}), score_as="percent", words=_WORDS)

METRICS: Mapping[str, Metric] = MappingProxyType(
    {m.name: m for m in (NPS, CSAT, CES, EFFORT, LIKELIHOOD, STARS, RECOMMEND)}
)


@cache
def _names() -> dict[str, re.Pattern[str]]:
    patterns = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"))
    return {name: re.compile("|".join(alternatives)) for name, alternatives in patterns.items()}


def recognise(column: str) -> Metric | None:
    """The metric that a column holds, judged by its name in some twenty languages; None if it is no score.

    A scale in the name ("CES 1-5", "csat_10") is not read: `Metric.fit` finds the scale from the answers.
    """
    # "LikelihoodToRecommend", "NPS评分" and "nps_score" are several words
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[\u4e00-\u9fff])", " ", column)
    # marks (categories M*) are parts of Thai, Hindi and Arabic words
    name = fold("".join(c if c.isalnum() or category(c)[0] == "M" else " " for c in fold(spaced)))
    found = next((metric for metric, pattern in _names().items() if pattern.search(name)), "none")
    return METRICS.get(found)


def load(path: Path) -> dict[str, Metric]:
    """User-defined metrics from YAML: a mapping of name to the keyword arguments of `define`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"metrics file {path}: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
        raise InputError(
            f"metrics file {path} must map each metric's name to its settings (low, high, bands, ...)"
        )
    metrics = {}
    for name, settings in content.items():
        try:
            metrics[str(name)] = define(str(name), **settings)
        except TypeError as error:
            allowed = "low, high, bands, higher_is_better, score_as, step"
            raise InputError(
                f"metrics file {path}, {name}: {error}; allowed settings are {allowed}"
            ) from error
    return metrics
