"""Rules and model together decide on risks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.schema import Risk
from vocnlp.tagging.verdict import BY_MODEL, RiskWeights, Verdict

WEIGHTS = RiskWeights(model=1.0, bias=-1.0, threshold=0.5, rules={"fraud": 2.0, "safety": 5.0})
CATEGORIES = ["fraud", "safety"]
VERDICT = Verdict(CATEGORIES, WEIGHTS, {"fraud": "critical", "safety": "high"})
TEXT = "It came late. They took my money twice."
CLAUSES = [(0, 14), (14, 39)]
RULE = Risk("fraud", "critical", "fraud.en.001", 19, 32, TEXT[19:32])


def decide(found: list[Risk], *probabilities: float) -> list[Risk]:
    attention = np.array([[0.1, 0.7], [0.9, 0.3]], np.float32)
    return VERDICT.decide(found, np.array(probabilities, np.float32), attention, TEXT, CLAUSES)


def test_a_rule_stands_unless_the_model_is_sure_of_the_opposite() -> None:
    assert decide([RULE], 0.5, 0.01) == [RULE]
    assert decide([RULE], 0.01, 0.01) == []


def test_the_model_alone_flags_the_clause_that_it_looked_at() -> None:
    assert decide([], 0.6, 0.01) == []
    assert decide([], 0.9, 0.01) == [Risk("fraud", "critical", BY_MODEL, 14, 39, TEXT[14:39])]


def test_a_category_that_the_model_does_not_know_is_left_to_the_rules() -> None:
    other = Risk("legal", "high", "legal.en.001", 0, 2, "It")
    assert decide([other], 0.01, 0.01) == [other]


def test_risks_are_in_the_order_of_the_text() -> None:
    found = decide([RULE], 0.9, 0.9)
    assert [(risk.category, risk.start) for risk in found] == [("safety", 0), ("fraud", 19)]


@given(p=st.floats(0, 1), q=st.floats(0, 1), fired=st.booleans())
def test_more_evidence_never_lowers_the_probability(p: float, q: float, fired: bool) -> None:
    low, high = sorted([p, q])
    both = WEIGHTS.probability(
        np.array([[low], [high]], np.float32), np.array([[fired], [fired]]), CATEGORIES[:1]
    )
    assert both[0] <= both[1]
    either = WEIGHTS.probability(
        np.array([[p], [p]], np.float32), np.array([[False], [True]]), CATEGORIES[:1]
    )
    assert either[0] <= either[1]


def test_a_rule_of_a_rare_risk_weighs_more() -> None:
    p = WEIGHTS.probability(np.full(2, 0.02, np.float32), np.array([True, True]), CATEGORIES)
    assert p[0] < WEIGHTS.threshold <= p[1]
