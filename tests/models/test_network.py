"""What ships of a network answers as the network did."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape, quantised, restored

SHAPE = Shape(words=40, layers=1, width=16, heads=2, inner=32, positions=8, aspects=2, risks=1, sources=3)


def test_the_taxonomys_own_habit_of_labelling_ships() -> None:
    torch.manual_seed(0)
    network = Network(SHAPE).eval()
    with torch.no_grad():
        network.source_bias.weight.copy_(torch.randn(3, 4))
        network.sentiment.weight.copy_(torch.randn(4, 16))
    ids = torch.randint(4, 40, (5, 8))
    mask = torch.ones_like(ids, dtype=torch.bool)
    own = network(ids, mask, torch.zeros(5, dtype=torch.long)).sentiment
    shipped = restored(SHAPE, quantised(network)).eval()(ids, mask).sentiment
    torch.testing.assert_close(shipped, own, atol=0.2, rtol=0)
    assert (network(ids, mask).sentiment - own).abs().max() > 0.3
