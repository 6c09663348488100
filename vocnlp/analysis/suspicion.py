"""Signs that an answer is not what a customer thought: one function a sign, each hit with its reason.

Copied and templated texts, coached phrases and bursts are looked for in praise alone: complaints are copied
too, but rarely to please. A hit is a reason to look, not a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray
from scipy import stats

from vocnlp.analysis.duplicates import plain, similar
from vocnlp.analysis.intervals import cross
from vocnlp.analysis.phrases import Phrases
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.times import local_clock, periods
from vocnlp.scores.scale import Metric, fold

__all__ = [
    "Hit",
    "Reason",
    "Texts",
    "bursts",
    "coached",
    "contradictions",
    "copies",
    "incentives",
    "long_texts",
    "straight_lines",
]

Reason = Literal["copied", "templated", "coached", "incentive", "burst", "contradiction", "straight_lining"]
Hit = tuple[int, Reason, str]  # row, reason, detail
Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]
LEAST_BYTES = 60  # of UTF-8: about 60 letters, 20 Chinese characters; shorter texts are alike by chance
LEAST_COPIES = 3
LEAST_BURST = 5
BURST = 3.0  # times what is expected
OPPOSED = 0.6  # sentiment score against the answer


@dataclass(frozen=True, slots=True)
class Texts:
    """[m] rows and `plain` texts of praise too long to be given twice by chance.

    text: [m] numbers of the distinct texts. template: [m] numbers of groups of similar ones.
    """

    rows: Codes
    plain: NDArray[np.object_]
    text: Codes
    template: Codes


def long_texts(survey: Survey, praise: Mask) -> Texts:
    """praise: [n] the rows to look at. Only different words make a text long, not "good good good"."""
    rows = np.flatnonzero(praise & survey.commented)
    texts = np.array([plain(text) for text in survey.frame["text"].to_numpy()[rows]], dtype=object)
    words = (" ".join(dict.fromkeys(text.split())) for text in texts)
    long = np.array([len(told.encode("utf-8", "replace")) >= LEAST_BYTES for told in words], dtype=np.bool_)
    text, distinct = pd.factorize(texts[long])
    return Texts(rows[long], texts[long], text, similar(distinct.tolist())[text])


def copies(survey: Survey, texts: Texts, customer: Codes) -> Iterator[Hit]:
    """Long texts that at least three customers gave, word for word or with small changes.

    customer: [n] codes of customers.
    """
    whose = pd.Series(customer[texts.rows])
    same = whose.groupby(texts.text).transform("nunique").to_numpy()
    alike = whose.groupby(texts.template).transform("nunique").to_numpy()
    ids = pd.Series(survey.frame["id"].to_numpy()[texts.rows])
    first = ids.groupby(texts.template).transform("first").to_numpy()
    for k in np.flatnonzero(alike >= LEAST_COPIES):
        row = int(texts.rows[k])
        if same[k] >= LEAST_COPIES:
            yield row, "copied", f"{same[k]} customers gave this text word for word"
        else:
            yield row, "templated", f"{alike[k]} customers gave nearly this text, first in {first[k]}"


def coached(survey: Survey, texts: Texts, columns: Sequence[str]) -> Iterator[Hit]:
    """Comments that share a long phrase with others of one product, shop or agent, but with few of the rest.

    Copies are counted once: these are different texts with the same words put into their writers' mouths.
    """
    _, first = np.unique(texts.template, return_index=True)
    rows, phrases = texts.rows[first], Phrases(texts.plain[first].tolist())
    for name in columns:
        group, values = _groups(survey, name)
        for hit in phrases.concentrated(group[rows]):
            said = f'"{hit.phrase}" is said in {hit.in_all} comments, {hit.in_group} of them of'
            yield int(rows[hit.text]), "coached", f"{said} {name} {values[hit.group]}"


def _groups(survey: Survey, name: str) -> tuple[Codes, list[str]]:
    """[n] codes of a column's values, -1 where missing, and the values."""
    code, values = cross(survey, [name])
    missing = survey.column(name).isna().to_numpy()
    return np.where(missing, -1, code), [value for (value,) in values]


def incentives(survey: Survey) -> Iterator[Hit]:
    """Comments that speak of a reward for the review, in the languages of `incentives.yaml`."""
    rows = np.flatnonzero(survey.commented)
    texts = pa.array([fold(text) for text in survey.frame["text"].to_numpy()[rows]], type=pa.large_string())
    found = pc.extract_regex(texts, f"(?P<words>{_incentives()})").to_pylist()
    for row, match in zip(rows.tolist(), found, strict=True):
        if match:
            yield row, "incentive", f'speaks of a reward for the review: "{match["words"]}"'


@cache
def _incentives() -> str:
    content = yaml.safe_load(Path(__file__).with_name("incentives.yaml").read_text(encoding="utf-8"))
    patterns = [pattern.replace("(", "(?:") for patterns in content.values() for pattern in patterns]
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def bursts(
    survey: Survey,
    praise: Mask,
    *,
    answered: Mask,
    columns: Sequence[str],
    time: str,
    timezone: str | None = None,
) -> Iterator[Hit]:
    """Praise of one product or shop on one day, far more than the praise of all others on that day explains.

    Of a day's praise a group has a binomial part, as it has on other days. It is a burst if it is at least
    five answers, three times what the others' praise of the day lets expect, and odd (Bonferroni over all
    groups and days), and if the group's answers of that day are also better than those of its other days:
    more customers of all moods are a busy day, not a push.
    """
    day, index = periods(local_clock(survey.column(time), timezone).times, "day")
    for name in columns:
        group, values = _groups(survey, name)
        shape = (len(values), len(index))
        praised, given = (_crossed(group, day, rows, shape) for rows in (praise, answered))
        others = praised.sum(axis=1, keepdims=True) - praised
        part = others / np.maximum(praised.sum() - praised.sum(axis=0), 1)
        whole = np.broadcast_to(praised.sum(axis=0), shape)
        usual = others / np.maximum(given.sum(axis=1, keepdims=True) - given, 1)
        expected = (whole - praised) * part / np.maximum(1 - part, 1e-9)
        odd = (praised >= LEAST_BURST) & (praised >= BURST * expected) & (part < 1)
        p = stats.binom.sf(praised[odd] - 1, whole[odd], part[odd]) * praised.size
        better = stats.binom.sf(praised[odd] - 1, given[odd], usual[odd])
        odd[odd] = (p <= 0.01) & (better <= 0.05)
        here = np.flatnonzero(praise & (group >= 0) & (day >= 0))
        for row in here[odd[group[here], day[here]]].tolist():
            g, d = group[row], day[row]
            text = f"one of {praised[g, d]} for {name} {values[g]} on {index[d].start_time.date()}"
            yield row, "burst", f"{text}; {expected[g, d]:.1f} were to be expected"


def _crossed(group: Codes, day: Codes, rows: Mask, shape: tuple[int, int]) -> Codes:
    used = rows & (group >= 0) & (day >= 0)
    return np.bincount(group[used] * shape[1] + day[used], minlength=shape[0] * shape[1]).reshape(shape)


def contradictions(survey: Survey, promoter: Mask, detractor: Mask) -> Iterator[Hit]:
    """Happy scores with angry words, and angry scores with happy words: often a scale misread."""
    feeling = pd.to_numeric(survey.frame["sentiment_score"], errors="coerce").to_numpy(dtype=np.float64)
    signs = ((promoter, feeling <= -OPPOSED, "good"), (detractor, feeling >= OPPOSED, "bad"))
    for chosen, opposed, answer in signs:
        for row in np.flatnonzero(chosen & opposed & survey.commented).tolist():
            yield (
                row,
                "contradiction",
                f"a {answer} score, but the sentiment of the words is {feeling[row]:+.2f}",
            )


def straight_lines(survey: Survey, metrics: Mapping[str, Metric]) -> Iterator[Hit]:
    """The same answer to three or more questions of one scale although it cannot be meant by all of them.

    metrics: score column -> its scale. Equal answers alone are no sign: a happy customer gives fives. They
    are one where a question is asked the other way round and the answer is far from the middle of the scale.
    """
    by_scale: dict[tuple[float, float], list[str]] = {}
    for name, metric in metrics.items():
        by_scale.setdefault((metric.low, metric.high), []).append(name)
    for (low, high), names in by_scale.items():
        if len(names) < 3 or len({metrics[name].higher_is_better for name in names}) < 2:
            continue
        values = survey.frame[names].to_numpy(dtype=np.float64)
        level = values[:, 0]
        same = (values == level[:, None]).all(axis=1) & (np.abs(level - (low + high) / 2) >= (high - low) / 4)
        for row in np.flatnonzero(same).tolist():
            yield (
                row,
                "straight_lining",
                f"{level[row]:g} to all of {', '.join(names)}, which differ in direction",
            )
