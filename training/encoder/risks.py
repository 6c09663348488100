"""How much a rule and how much the model says about a risk, learned from rows that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tokenizers import Tokenizer

from models.network import Network
from training.encoder.answers import answers
from training.encoder.rows import Row, encoded
from vocnlp.tagging import risks as rules
from vocnlp.tagging.verdict import RiskWeights
from vocnlp.text.prepare import prepare

__all__ = ["fired", "risk_weights", "unseen_risk_weights"]


_FEW = 10
_UNMEASURED = RiskWeights(model=1.0, rule=4.0, bias=0.0, threshold=0.5)


def fired(rows: Sequence[Row], risks: Sequence[str]) -> NDArray[np.bool_]:
    """[N, R] whether a rule of the project flags the risk."""
    tagger = rules.load()
    found = np.zeros((len(rows), len(risks)), bool)
    for line, row in enumerate(rows):
        ready = prepare(row.text)
        flagged = {risk.category for risk in tagger.tag(ready.text, ready.clauses, row.language)}
        found[line] = [risk in flagged for risk in risks]
    return found


def unseen_risk_weights(
    network: Network, unseen: Sequence[Row], tokenizer: Tokenizer, *, risks: Sequence[str], window: int
) -> RiskWeights:
    """`risk_weights` from rows that neither the network nor, if possible, the rules were made from."""
    if not unseen:
        return _UNMEASURED
    rows = encoded(unseen, tokenizer, aspects=_aspects(unseen), risks=risks, window=window)
    said = answers(network, rows, np.arange(len(rows)))
    by_rules = fired([unseen[place] for place in said.places], risks)
    return risk_weights(said.risks, by_rules, rows.risks[said.places] > 0)


def _aspects(rows: Sequence[Row]) -> list[str]:
    return sorted({aspect for row in rows for aspect in row.aspects})


def risk_weights(
    by_model: NDArray[np.float32], fired: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> RiskWeights:
    """Weights of highest likelihood, shared by all risks, and the threshold of highest F1.

    All arrays are [N, R]. With fewer than ten cases nothing is learned, and a rule counts as strong evidence.
    """
    if truth.sum() < _FEW:
        return _UNMEASURED

    def weights(values: NDArray[np.float64], threshold: float = 0.5) -> RiskWeights:
        return RiskWeights(float(values[0]), float(values[1]), float(values[2]), threshold)

    def loss(values: NDArray[np.float64]) -> float:
        p = np.clip(weights(values).probability(by_model, fired), 1e-9, 1 - 1e-9)
        return float(-np.where(truth, np.log(p), np.log(1 - p)).mean())

    best = minimize(loss, [1.0, 1.0, 0.0], method="Nelder-Mead").x
    p = weights(best).probability(by_model, fired)
    grid = np.arange(0.2, 0.65, 0.02)
    flagged = p[None] >= grid[:, None, None]
    f1 = 2 * (flagged & truth).sum(axis=(1, 2)) / (flagged.sum(axis=(1, 2)) + truth.sum())
    return weights(best, round(float(grid[f1.argmax()]), 2))
