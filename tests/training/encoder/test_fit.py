"""What the training loop changes, and how the weights of several networks become those of one."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from models.network import Network, Shape
from training.encoder.fit import averaged, fit
from training.encoder.recipe import Stage

SHAPE = Shape(words=7, layers=1, width=8, heads=2, inner=8, positions=4, aspects=2, risks=1)


def filled(value: float) -> Network:
    network = Network(SHAPE)
    network.load_state_dict({name: torch.full_like(v, value) for name, v in network.state_dict().items()})
    return network


def test_several_trainings_are_averaged() -> None:
    network = averaged([filled(1), filled(2), filled(6)])
    assert all((value == 3).all() for value in network.state_dict().values())


def squared(network: Network, places: np.ndarray) -> Tensor:
    """A loss that every weight has a part in."""
    ids = torch.tensor([[1, 2, 3]])
    found = network(ids, ids > 0, torch.zeros(1, dtype=torch.long))
    return torch.stack([getattr(found, name).square().mean() for name in found.__slots__]).sum()


squared.device = "cpu"  # type: ignore[attr-defined]


def learned(rate: float, checkpoint: Path) -> dict[str, bool]:
    """Whether each weight changed."""
    torch.manual_seed(0)
    network = Network(SHAPE)
    torch.nn.init.normal_(network.sentiment.weight)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    stage = Stage((), 20, (1.0, 0, 0, 0, 0), rate=rate, head_rate=1e-2)
    drawn = repeat(np.arange(4))
    after = fit(network, squared, drawn, stage, checkpoint=checkpoint, report=str)  # type: ignore[arg-type]
    return {name: bool((value != before[name]).any()) for name, value in after.state_dict().items()}


def test_an_encoder_of_rate_0_keeps_its_weights_to_the_last_bit(tmp_path: Path) -> None:
    frozen, free = learned(0.0, tmp_path / "frozen.pt"), learned(1e-2, tmp_path / "free.pt")
    heads = {"query", "judged", "sentiment.weight"}
    assert {name for name, changed in frozen.items() if changed} >= heads
    encoder = [name for name in frozen if name.startswith(("word.", "position.", "embedded.", "layers."))]
    assert not any(frozen[name] for name in encoder)
    assert all(free[name] for name in [*heads, "word.weight", "layers.0.qkv.weight", "layers.0.done.weight"])
