"""Probabilities that mean what they say, and thresholds, from rows that were held out of training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from models.network import Network
from training.encoder.answers import answers
from training.encoder.rows import Rows

__all__ = ["EVEN", "calibrate", "heard", "highest_f1", "logits", "logs", "platt", "temperature"]

Floats = NDArray[np.float32]

EVEN = 0.5
"""The threshold of an aspect where nothing tells a better one."""


def calibrate(network: Network, rows: Rows, *, asked: NDArray[np.bool_] | None = None) -> float:
    """Scale the read-outs in place so that held-out rows are calibrated; returns the threshold of aspects.

    asked: [A + R] aspects and risks that the rows were labelled for, by default all; others stay as they are.

    Sentiment and polarity get one temperature each (Guo et al. 2017, arXiv:1706.04599), aspects and risks a
    temperature and a shift shared by all of them (Platt 1999). Of calibrated probabilities the best threshold
    for micro-F1 is one for all aspects, half of the highest F1 (Lipton et al. 2014, arXiv:1402.1892): that
    height is known far better than the place where a flat curve has it, and the same before the scaling.
    """
    held = np.flatnonzero(rows.held)
    found = answers(network, rows, held)
    truth = rows.polarity[found.places]
    judged = truth >= 0
    with torch.no_grad():
        feeling = temperature(logs(found.sentiment), rows.sentiment[found.places])
        network.sentiment.weight.div_(feeling)
        network.sentiment.bias.div_(feeling)
        network.source_bias.weight.div_(feeling)
        direction = temperature(logs(found.polarity[judged]), truth[judged])
        network.polarity.weight.div_(direction)
        network.polarity.bias.div_(direction)
        network.polarity_bias.div_(direction)
        aspects = network.shape.aspects
        columns = np.arange(len(network.judged)) if asked is None else np.flatnonzero(asked)
        given = np.hstack([found.aspects, found.risks])
        said = np.hstack([judged, rows.risks[found.places] > 0])
        for part in (columns[columns < aspects], columns[columns >= aspects]):
            scale, shift = platt(logits(given[:, part]), said[:, part])
            network.judged[part] *= scale
            network.judged_bias[part] = network.judged_bias[part] * scale + shift
    part = columns[columns < aspects]
    return highest_f1(given[:, part], said[:, part]) / 2 if said[:, part].any() else EVEN


def highest_f1(probabilities: Floats, truth: NDArray[np.bool_]) -> float:
    """The highest F1 of any threshold for all of some probabilities."""
    hits = truth.ravel()[np.argsort(-probabilities.ravel(), kind="stable")].cumsum()
    return float((2 * hits / (np.arange(1, truth.size + 1) + truth.sum())).max())


def logs(probabilities: Floats) -> Floats:
    """Natural logarithms, with none below that of a millionth."""
    found: Floats = np.log(np.maximum(probabilities, 1e-6))
    return found


def logits(probabilities: Floats) -> Floats:
    """Log odds, of probabilities between a millionth and one less a millionth."""
    p = np.clip(probabilities, 1e-6, 1 - 1e-6)
    found: Floats = np.log(p / (1 - p))
    return found


def temperature(scores: Floats, truth: NDArray[np.int64]) -> float:
    """The temperature of highest likelihood of N rows of scores; 1 where the class of none is known."""
    known = truth >= 0
    if not known.any():
        return 1.0
    scores, truth = scores[known], truth[known]

    def loss(value: NDArray[np.float64]) -> float:
        scaled = scores / np.exp(value[0])
        total = np.logaddexp.reduce(scaled, axis=1) - scaled[np.arange(len(truth)), truth]
        return float(total.mean())

    return float(np.exp(minimize(loss, [0.0], method="Nelder-Mead").x[0]))


def heard(alone: Floats, both: Floats, truth: NDArray[np.int64]) -> tuple[float, float]:
    """By how much a second opinion raises the mean log probability of known labels, and at which temperature.

    alone, both: [N, K] probabilities without and with it, the latter of temperature 1.
    """
    known = truth >= 0
    found = temperature(logs(both), truth)
    true = np.eye(both.shape[1], dtype=bool)[truth[known]]
    before, after = alone[known][true], softmax(logs(both[known]) / found, axis=1)[true]
    return float(logs(after).mean() - logs(before).mean()), found


def platt(scores: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and shift of scores that make labels likeliest; none where it cannot be measured."""
    if truth.all() or not truth.any():
        return 1.0, 0.0

    def loss(value: NDArray[np.float64]) -> float:
        scaled = scores * np.exp(value[0]) + value[1]
        return float((np.logaddexp(0, scaled) - truth * scaled).mean())

    scale, shift = minimize(loss, [0.0, 0.0], method="Nelder-Mead").x
    return float(np.exp(scale)), float(shift)
