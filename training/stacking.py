"""Stage two of the linear model: a small network that turns pooled scores into calibrated probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vocnlp.errors import MissingExtraError
from vocnlp.schema import POLARITIES

if TYPE_CHECKING:
    import torch

__all__ = ["Labels", "Stage", "best_thresholds", "fit_stage"]

Floats = NDArray[np.float32]

_HELD_OUT = 0.15
_BATCH = 32
_PATIENCE = 5


@dataclass(slots=True)
class Labels:
    """sentiment: [N] index into POLARITIES, -1 where unknown; polarity: [N, A], -1 where not judged."""

    sentiment: NDArray[np.int64]
    polarity: NDArray[np.int64]


@dataclass(slots=True)
class Stage:
    """Tensors of stage two, as `models.linear` reads them."""

    mean: Floats
    deviation: Floats
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats
    thresholds: Floats


def fit_stage(
    pooled: Floats, truth: Labels, *, hidden: int, epochs: int, seed: int, report: Callable[[str], None]
) -> Stage:
    """Fit on out-of-fold scores `[N, 3K]`; a held-out part decides when to stop, and the thresholds."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "train") from error
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    held = generator.random(len(pooled)) < _HELD_OUT
    fit, validate = np.flatnonzero(~held), np.flatnonzero(held)
    mean, deviation = pooled[fit].mean(axis=0), pooled[fit].std(axis=0) + np.float32(1e-3)
    inputs = torch.from_numpy((pooled - mean) / deviation)
    aspects = truth.polarity.shape[1]
    net = torch.nn.Sequential(
        torch.nn.Dropout(0.1),
        torch.nn.Linear(pooled.shape[1], hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(hidden, len(POLARITIES) * (1 + aspects) + aspects),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    best, state, waited = np.inf, net.state_dict(), 0
    for _ in range(epochs):
        net.train()
        for rows in np.array_split(generator.permutation(fit), max(len(fit) // _BATCH, 1)):
            optimizer.zero_grad()
            torch.autograd.backward(_loss(net(inputs[rows]), truth, rows))
            optimizer.step()
        net.eval()
        with torch.no_grad():
            found = _loss(net(inputs[validate]), truth, validate).item()
        waited += 1
        if found < best:
            best, state, waited = found, {name: value.clone() for name, value in net.state_dict().items()}, 0
        if waited == _PATIENCE:
            break
    report(f"stage two fitted: held-out loss {best:.3f}")
    net.load_state_dict(state)
    with torch.no_grad():
        judged = net(inputs[validate])[:, len(POLARITIES) : len(POLARITIES) + aspects].sigmoid().numpy()
    w1, b1, w2, b2 = (value.numpy() for value in state.values())
    thresholds = best_thresholds(judged, truth.polarity[validate] >= 0)
    return Stage(mean, deviation, w1.T, b1, w2.T, b2, thresholds)


def _loss(out: torch.Tensor, truth: Labels, rows: NDArray[np.int64]) -> torch.Tensor:
    """Cross-entropy of sentiment, aspects judged or not, and the polarity of those judged."""
    import torch
    from torch.nn import functional

    polarity = torch.from_numpy(truth.polarity[rows])
    aspects = polarity.shape[1]
    feeling, judged, direction = torch.split(out, [len(POLARITIES), aspects, len(POLARITIES) * aspects], 1)
    return torch.stack(
        [
            functional.cross_entropy(feeling, torch.from_numpy(truth.sentiment[rows]), ignore_index=-1),
            functional.binary_cross_entropy_with_logits(judged, (polarity >= 0).float()) * aspects,
            functional.cross_entropy(
                direction.reshape(-1, len(POLARITIES)), polarity.reshape(-1), ignore_index=-1
            ),
        ]
    ).sum()


def best_thresholds(probabilities: Floats, truth: NDArray[np.bool_]) -> Floats:
    """[A] the threshold of each aspect with the highest F1, between 0.2 and 0.6."""
    grid = np.arange(0.2, 0.6, 0.02, dtype=np.float32)
    tagged = probabilities[None] >= grid[:, None, None]
    hits = (tagged & truth).sum(axis=1)
    f1 = 2 * hits / np.maximum(tagged.sum(axis=1) + truth.sum(axis=0), 1)
    best: Floats = grid[f1.argmax(axis=0)]
    return best
