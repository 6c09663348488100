"""Which risks a comment reports, by its rules and its model together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.interface import Spans
from vocnlp.schema import Risk
from vocnlp.tagging.evidence import trimmed
from vocnlp.taxonomy.rules import RuleSet

__all__ = ["BY_MODEL", "RiskWeights", "Verdict", "usual_severities"]

BY_MODEL = "model"
"""`Risk.rule` of a risk that no rule but the model alone found."""

_SURE = 1e-6


@dataclass(frozen=True, slots=True)
class RiskWeights:
    """Log odds of a risk: `bias + model x log odds by the model + rules[category] where a rule fired`.

    A risk is flagged from the probability `threshold`.
    """

    model: float
    bias: float
    threshold: float
    rules: Mapping[str, float]

    def probability(
        self, by_model: NDArray[np.float32], fired: NDArray[np.bool_], categories: Sequence[str]
    ) -> NDArray[np.float64]:
        """[..., R] of risks with these probabilities by the model, where rules fired or not."""
        odds = logit(np.clip(by_model.astype(np.float64), _SURE, 1 - _SURE))
        by_rules = fired * np.array([self.rules.get(category, 0.0) for category in categories])
        probability: NDArray[np.float64] = expit(self.bias + self.model * odds + by_rules)
        return probability


def usual_severities(rules: RuleSet) -> dict[str, str]:
    """The commonest severity of each category's rules."""
    counts: dict[str, Counter[str]] = {}
    for rule in rules:
        counts.setdefault(rule.category, Counter())[rule.severity] += 1
    return {category: severities.most_common(1)[0][0] for category, severities in counts.items()}


class Verdict:
    """Weighs rules and model; a category that the model does not know is left to the rules."""

    def __init__(self, categories: Sequence[str], weights: RiskWeights, severities: dict[str, str]) -> None:
        self._categories = list(categories)
        self._weights = weights
        self._severities = severities

    def decide(
        self,
        found: Sequence[Risk],
        by_model: NDArray[np.float32],
        attention: NDArray[np.float32],
        text: str,
        clauses: Spans,
    ) -> list[Risk]:
        """Risks of one text, by place: those found by rules that stand, and those found by the model alone.

        by_model: [R] probability of each category.   attention: [C, R] how much each clause speaks for it;
        the clause that does most is where a risk found by the model stands.
        """
        fired = {risk.category for risk in found}
        named = np.array([category in fired for category in self._categories])
        stands = self._weights.probability(by_model, named, self._categories) >= self._weights.threshold
        dropped = {c for c, ok in zip(self._categories, stands.tolist(), strict=True) if not ok}
        kept = [risk for risk in found if risk.category not in dropped]
        for column in np.flatnonzero(stands & ~named).tolist():
            category = self._categories[column]
            place = trimmed(text, *clauses[int(attention[:, column].argmax())])
            severity = self._severities.get(category, "medium")
            kept.append(Risk(category, severity, BY_MODEL, place.start, place.end, place.text))
        return sorted(kept, key=lambda risk: (risk.start, risk.end, risk.rule))
