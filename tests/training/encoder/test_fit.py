"""Weights of several networks become those of one."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from training.encoder.fit import averaged

SHAPE = Shape(words=7, layers=1, width=8, heads=2, inner=8, positions=4, aspects=2, risks=1)


def filled(value: float) -> Network:
    network = Network(SHAPE)
    network.load_state_dict({name: torch.full_like(v, value) for name, v in network.state_dict().items()})
    return network


def test_several_trainings_are_averaged() -> None:
    network = averaged([filled(1), filled(2), filled(6)])
    assert all((value == 3).all() for value in network.state_dict().values())
