"""Weights of several networks become those of one."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from training.encoder.fit import averaged, blended

SHAPE = Shape(words=7, layers=1, width=8, heads=2, inner=8, positions=4, aspects=2, risks=1)


def filled(value: float) -> Network:
    network = Network(SHAPE)
    network.load_state_dict({name: torch.full_like(v, value) for name, v in network.state_dict().items()})
    return network


@pytest.mark.parametrize(("kept", "expected"), [(0.0, 3.0), (0.25, 2.5), (1.0, 1.0)])
def test_a_part_of_the_weights_begun_with_is_kept(kept: float, expected: float) -> None:
    network = blended(filled(3), start=filled(1), kept=kept)
    assert all((value == expected).all() for value in network.state_dict().values())


def test_several_trainings_are_averaged() -> None:
    network = averaged([filled(1), filled(2), filled(6)])
    assert all((value == 3).all() for value in network.state_dict().values())
