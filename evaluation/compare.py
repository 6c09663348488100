"""Two models on the same comments: differences, whether they could be chance, which comments change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation import compare_causes
from evaluation.metrics import accuracy, macro_f1, p_value, paired_differences
from evaluation.tagging import Predictions, judged_sentiment, predict
from models.interface import Model
from vocnlp.batch.labelled import Example

__all__ = ["compare", "failed_gates", "table"]

_SHOWN = 10

Measure = Callable[[Predictions], float]


def _sentiment_accuracy(found: Predictions) -> float:
    return accuracy(*judged_sentiment(found))


def _sentiment_macro_f1(found: Predictions) -> float:
    return macro_f1(*judged_sentiment(found))


def _aspect_micro_f1(found: Predictions) -> float:
    return found.detection.f1


_MEASURES: dict[str, Measure] = {
    "sentiment_accuracy": _sentiment_accuracy,
    "sentiment_macro_f1": _sentiment_macro_f1,
    "aspect_micro_f1": _aspect_micro_f1,
}


def compare(first: Model, second: Model, examples: Sequence[Example], *, draws: int = 1000) -> dict[str, Any]:
    """Measures of both models, differences (second minus first) with paired p-values, and changed comments.

    The models must have the same aspects.
    """
    a, b = predict(first, examples), predict(second, examples)
    changed = (a.feeling != b.feeling) | (a.tagged != b.tagged).any(axis=1)
    return {
        "models": [first.version, second.version],
        "n": len(examples),
        "measures": {name: _pair(measure, a, b, draws) for name, measure in _MEASURES.items()},
        "changed": [examples[row].id for row in np.flatnonzero(changed).tolist()],
    }


def _pair(measure: Measure, a: Predictions, b: Predictions, draws: int) -> dict[str, float]:
    def of(found: Predictions) -> Callable[[NDArray[np.int64]], float]:
        return lambda rows: measure(found.rows(rows))

    differences = paired_differences(of(a), of(b), len(a.true_sentiment), draws=draws)
    return {
        "first": measure(a),
        "second": measure(b),
        "difference": measure(b) - measure(a),
        "p_value": p_value(differences),
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """Lines of a readable table."""
    first, second = result["models"]
    yield f"{result['n']:,} comments; first: {first}, second: {second}"
    yield f"{'':<22}{'first':>9}{'second':>9}{'difference':>12}{'p':>9}"
    for name, row in result["measures"].items():
        yield (
            f"{name:<22}{row['first']:>9.3f}{row['second']:>9.3f}{row['difference']:>+12.3f}{row['p_value']:>9.3f}"
        )
    changed = result["changed"]
    more = f" and {len(changed) - _SHOWN:,} more (all in the JSON)" if len(changed) > _SHOWN else ""
    yield f"tags change in {len(changed):,} comments: {', '.join(changed[:_SHOWN]) or 'none'}{more}"
    if "causes" in result:
        yield ""
        yield from compare_causes.table(result["causes"])


def failed_gates(measures: dict[str, float], gates: dict[str, float]) -> list[str]:
    """A sentence for each gate that is not reached; a measure that is absent fails."""
    return [
        f"{name} is {measures.get(name, float('nan')):.3f}, the gate asks for {least}"
        for name, least in gates.items()
        if not measures.get(name, float("nan")) >= least
    ]
