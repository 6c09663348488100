"""How well a model tags labelled comments: by aspect, language, source and length, with intervals."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Counts, accuracy, bootstrap, calibration_error, macro_f1
from models.interface import POLARITIES, Model
from vocnlp.batch.labelled import Example
from vocnlp.text.prepare import prepare

__all__ = ["Predictions", "evaluate", "groups", "judged_sentiment", "predict", "save_card", "table"]

_MEASURED = "## Measured"
_WITH_INTERVAL = ("sentiment_accuracy", "sentiment_macro_f1", "aspect_micro_f1", "polarity_accuracy")

_BATCH = 512
_LEAST_ROWS = 30
_LENGTHS = ((0, 40), (40, 120), (120, 300), (300, 10**9))
_NEU, _MIX = POLARITIES.index("neu"), POLARITIES.index("mix")


@dataclass(slots=True)
class Predictions:
    """What a model says of N labelled comments, beside the truth.

    sentiment [N, 4] and aspects [N, A]: probabilities.   polarity [N, A]: likeliest.   tagged [N, A].
    true_sentiment [N]: index into POLARITIES, -1 unknown.   true_polarity [N, A]: -1 where not judged.
    """

    sentiment: NDArray[np.float32]
    aspects: NDArray[np.float32]
    polarity: NDArray[np.int64]
    tagged: NDArray[np.bool_]
    true_sentiment: NDArray[np.int64]
    true_polarity: NDArray[np.int64]

    def rows(self, rows: NDArray[np.int64]) -> Predictions:
        """The same for some rows."""
        return Predictions(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def feeling(self) -> NDArray[np.int64]:
        """[N] likeliest sentiment."""
        likeliest: NDArray[np.int64] = self.sentiment.argmax(axis=1)
        return likeliest

    @property
    def detection(self) -> Counts:
        """Aspect tags against judged aspects, whatever their polarity."""
        return Counts.of(self.tagged, self.true_polarity >= 0)


def predict(model: Model, examples: Sequence[Example]) -> Predictions:
    """Run a model over labelled comments, prepared as the pipeline prepares them."""
    parts = []
    for first in range(0, len(examples), _BATCH):
        prepared = [prepare(example.text) for example in examples[first : first + _BATCH]]
        parts.append(model.predict([p.text for p in prepared], [p.clauses for p in prepared]))
    aspects = np.concatenate([part.aspects for part in parts])
    place = {aspect: column for column, aspect in enumerate(model.aspects)}
    truth = np.full(aspects.shape, -1)
    for row, example in enumerate(examples):
        for aspect, label in example.aspects.items():
            truth[row, place[aspect]] = POLARITIES.index(label)
    return Predictions(
        sentiment=np.concatenate([part.sentiment for part in parts]),
        aspects=aspects,
        polarity=np.concatenate([part.polarity.argmax(axis=2) for part in parts]),
        tagged=aspects >= model.thresholds,
        true_sentiment=np.array([POLARITIES.index(e.sentiment) if e.sentiment else -1 for e in examples]),
        true_polarity=truth,
    )


def evaluate(model: Model, examples: Sequence[Example], *, draws: int = 200) -> dict[str, Any]:
    """Every measure, over all comments and by aspect, language, source and length.

    Aspects are measured where any comment of the data has one.
    """
    found = predict(model, examples)
    with_aspects = bool((found.true_polarity >= 0).any())
    result: dict[str, Any] = {
        "model": model.version,
        "n": len(examples),
        "all": _measures(found, with_aspects),
    }
    result["intervals"] = _intervals(found, with_aspects, draws, result["all"])
    if with_aspects:
        result["aspects"] = {name: _aspect(found, column) for column, name in enumerate(model.aspects)}
    for kind, members in groups(examples).items():
        result[kind] = {
            name: {"n": len(rows), **_measures(found.rows(rows), with_aspects)}
            for name, rows in members.items()
        }
    known = found.true_sentiment >= 0
    result["confusion"] = _confusion(found.feeling[known], found.true_sentiment[known])
    return result


def groups(examples: Sequence[Example]) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Rows by language, source and length in characters; groups of fewer than 30 comments are left out."""
    found: dict[str, dict[str, list[int]]] = {
        "languages": defaultdict(list),
        "sources": defaultdict(list),
        "lengths": {},
    }
    found["lengths"] = {_name(first, last): [] for first, last in _LENGTHS}
    for row, example in enumerate(examples):
        found["languages"][example.language].append(row)
        found["sources"][example.source].append(row)
        length = next(_name(first, last) for first, last in _LENGTHS if first <= len(example.text) < last)
        found["lengths"][length].append(row)
    return {
        kind: {
            name: np.array(rows)
            for name, rows in sorted(members.items(), key=lambda item: -len(item[1]))
            if len(rows) >= _LEAST_ROWS
        }
        for kind, members in found.items()
    }


def _name(first: int, last: int) -> str:
    return f"{first} to {last - 1}" if last < 10**9 else f"{first} and more"


def judged_sentiment(found: Predictions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[M] the sentiment found and the true one where it is known, chosen among the labels that the truth has.

    Where no comment is labelled mix, mix is a part of neutral: their probabilities are added. Where none is
    neutral either, the likelier of neg and pos counts.
    """
    known = found.true_sentiment >= 0
    truth, feeling, sure = found.true_sentiment[known], found.feeling[known], found.sentiment[known]
    if (truth == _MIX).any():
        return feeling, truth
    three = sure[:, :_MIX].copy()
    three[:, _NEU] = sure[:, _NEU] + sure[:, _MIX] if (truth == _NEU).any() else 0
    return three.argmax(axis=1), truth


def _measures(found: Predictions, with_aspects: bool) -> dict[str, float]:
    known = found.true_sentiment >= 0
    feeling, truth = judged_sentiment(found)
    sure = found.sentiment[known]
    result = {
        "sentiment_accuracy": accuracy(feeling, truth),
        "sentiment_macro_f1": macro_f1(feeling, truth),
        "sentiment_ece": calibration_error(sure.max(axis=1), found.feeling[known] == truth),
    }
    if with_aspects:
        judged = found.true_polarity >= 0
        both = found.tagged & judged
        result |= {
            "aspect_precision": found.detection.precision,
            "aspect_recall": found.detection.recall,
            "aspect_micro_f1": found.detection.f1,
            "aspect_ece": calibration_error(found.aspects.ravel(), judged.ravel()),
            "polarity_accuracy": accuracy(found.polarity[both], found.true_polarity[both]),
        }
    return _defined(result)


def _defined(measures: dict[str, float]) -> dict[str, float]:
    """Without those that have no value, such as an accuracy over no rows."""
    return {name: value for name, value in measures.items() if value == value}  # noqa: PLR0124  NaN differs


def _aspect(found: Predictions, column: int) -> dict[str, float]:
    judged = found.true_polarity[:, column] >= 0
    counts = Counts.of(found.tagged[:, column], judged)
    both = found.tagged[:, column] & judged
    measures = {
        "n": int(judged.sum()),
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "ece": calibration_error(found.aspects[:, column], judged),
        "polarity_accuracy": accuracy(found.polarity[both, column], found.true_polarity[both, column]),
    }
    return _defined(measures)


def _intervals(
    found: Predictions, with_aspects: bool, draws: int, measured: Iterable[str]
) -> dict[str, list[float]]:
    names = [name for name in measured if name in _WITH_INTERVAL]
    rows = len(found.true_sentiment)
    result = {}
    for name in names:

        def measure(drawn: NDArray[np.int64], name: str = name) -> float:
            return _measures(found.rows(drawn), with_aspects).get(name, float("nan"))

        result[name] = list(bootstrap(measure, rows, draws=draws))
    return result


def _confusion(found: NDArray[np.int64], truth: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    return {
        true: {label: int(((truth == t) & (found == f)).sum()) for f, label in enumerate(POLARITIES)}
        for t, true in enumerate(POLARITIES)
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """Lines of a readable table."""
    yield f"{result['model']} on {result['n']:,} comments"
    for name, value in result["all"].items():
        low, high = result["intervals"].get(name, (None, None))
        yield f"  {name:<20} {value:6.3f}" + (f"  [{low:.3f}, {high:.3f}]" if low is not None else "")
    for kind in ("risks", "aspects", "languages", "sources", "lengths"):
        members = result.get(kind)
        if not members:
            continue
        names = list(dict.fromkeys(name for values in members.values() for name in values))
        yield ""
        yield f"{kind:<28}" + "".join(
            f"{name.replace('sentiment', 's').replace('aspect', 'a'):>20}" for name in names
        )
        for member, values in members.items():
            yield f"{member:<28}" + "".join(_cell(values.get(name)) for name in names)


def save_card(directory: Path, result: dict[str, Any], data: Sequence[str]) -> None:
    """Write `metrics.json` beside a model, and the table into its CARD.md in place of the one before."""
    (directory / "metrics.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    card = directory / "CARD.md"
    before = card.read_text(encoding="utf-8").partition(_MEASURED)[0].rstrip() if card.is_file() else ""
    command = f"vocnlp evaluate {' '.join(data)} --model {directory.name} --save"
    lines = "\n".join(table(result))
    text = f"{before}\n\n{_MEASURED}\n\nPrinted by `{command}`:\n\n```text\n{lines}\n```\n"
    card.write_text(text.lstrip(), encoding="utf-8")


def _cell(value: float | None) -> str:
    if value is None:
        return f"{'-':>20}"
    return f"{value:>20,}" if isinstance(value, int) else f"{value:>20.3f}"
