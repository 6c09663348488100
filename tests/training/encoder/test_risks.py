"""How telling a rule is, and how rules and model are weighed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from training.encoder.risks import risk_weights, rule_evidence

RISKS = ["common", "rare"]


def test_a_rule_that_seldom_fires_wrongly_tells_more() -> None:
    random = np.random.default_rng(0)
    truth = random.random((20_000, 2)) < [0.05, 0.002]
    fired = np.where(truth, random.random(truth.shape) < 0.7, random.random(truth.shape) < [0.01, 0.0004])
    common, rare = rule_evidence(fired, truth)
    assert common == pytest.approx(np.log(0.7 / 0.01), abs=0.2)
    assert rare == pytest.approx(np.log(0.7 / 0.0004), abs=0.8)


def test_weights_recover_what_made_the_labels() -> None:
    random = np.random.default_rng(1)
    odds = random.normal(-4, 2, (40_000, 2))
    fired = random.random(odds.shape) < 0.02
    telling = np.array([3.0, 6.0])
    logit = 0.7 * odds - 1 + 0.8 * telling * fired
    truth = random.random(odds.shape) < 1 / (1 + np.exp(-logit))
    by_model = (1 / (1 + np.exp(-odds))).astype(np.float32)
    found = risk_weights(by_model, fired, truth, telling, RISKS)
    assert found.model == pytest.approx(0.7, abs=0.05)
    assert found.bias == pytest.approx(-1, abs=0.15)
    assert found.rules == pytest.approx({"common": 2.4, "rare": 4.8}, rel=0.08)
