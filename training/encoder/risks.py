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

__all__ = ["fired", "learned_risk_weights", "risk_weights", "rule_evidence"]

_FEW = 10
_STRONG = 4.0


def fired(rows: Sequence[Row], risks: Sequence[str]) -> NDArray[np.bool_]:
    """[N, R] whether a rule of the project flags the risk."""
    tagger = rules.load()
    found = np.zeros((len(rows), len(risks)), bool)
    for line, row in enumerate(rows):
        ready = prepare(row.text)
        flagged = {risk.category for risk in tagger.tag(ready.text, ready.clauses, row.language)}
        found[line] = [risk in flagged for risk in risks]
    return found


def learned_risk_weights(
    network: Network,
    tokenizer: Tokenizer,
    *,
    seen: Sequence[Row],
    unseen: Sequence[Row],
    risks: Sequence[str],
    window: int,
    otherwise: RiskWeights | None = None,
) -> RiskWeights:
    """`risk_weights` of rows that the network has not seen; how telling a rule is comes from all rows.

    With fewer than ten cases nothing is learned: `otherwise` holds, or a rule counts as strong evidence.
    """
    cases = sum(len(set(row.risks) & set(risks)) for row in unseen)
    if cases < _FEW:
        return otherwise or RiskWeights(
            model=1.0, bias=0.0, threshold=0.5, rules=dict.fromkeys(risks, _STRONG)
        )
    rows = encoded(unseen, tokenizer, aspects=_aspects(unseen), risks=risks, window=window)
    said = answers(network, rows, np.arange(len(rows)))
    by_rules = fired([unseen[place] for place in said.places], risks)
    truth = rows.risks[said.places] > 0
    labelled = np.array([[risk in row.risks for risk in risks] for row in seen])
    telling = rule_evidence(fired(seen, risks), labelled)
    return risk_weights(said.risks, by_rules, truth, telling, risks)


def _aspects(rows: Sequence[Row]) -> list[str]:
    return sorted({aspect for row in rows for aspect in row.aspects})


def rule_evidence(fired: NDArray[np.bool_], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """[R] log likelihood ratio of a firing rule: the share of cases in which one fires, taken over all risks
    together, against the share of other comments of that risk (plus one of them) in which one does.

    Both arrays are [N, R]. False alarms are many enough to be counted risk by risk, cases are not.
    """
    recall = ((fired & truth).sum() + 1) / (truth.sum() + 2)
    false = ((fired & ~truth).sum(axis=0) + 1) / ((~truth).sum(axis=0) + 1)
    ratio: NDArray[np.float64] = np.log(recall / false)
    return ratio


def risk_weights(
    by_model: NDArray[np.float32],
    fired: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    telling: NDArray[np.float64],
    risks: Sequence[str],
) -> RiskWeights:
    """Weights of highest likelihood, and the threshold of highest F1.

    by_model, fired, truth: [N, R].   telling: [R] of `rule_evidence`, scaled by one learned factor, for rules
    and model are not independent and rules were written from comments like those seen.
    """

    def weights(values: NDArray[np.float64], threshold: float = 0.5) -> RiskWeights:
        rules = dict(zip(risks, (values[1] * telling).tolist(), strict=True))
        return RiskWeights(float(values[0]), float(values[2]), threshold, rules)

    def loss(values: NDArray[np.float64]) -> float:
        p = np.clip(weights(values).probability(by_model, fired, risks), 1e-9, 1 - 1e-9)
        return float(-np.where(truth, np.log(p), np.log(1 - p)).mean())

    best = minimize(loss, [1.0, 1.0, 0.0], method="Nelder-Mead").x
    p = weights(best).probability(by_model, fired, risks)
    grid = np.arange(0.2, 0.65, 0.02)
    flagged = p[None] >= grid[:, None, None]
    f1 = 2 * (flagged & truth).sum(axis=(1, 2)) / (flagged.sum(axis=(1, 2)) + truth.sum())
    return weights(best, round(float(grid[f1.argmax()]), 2))
