"""Heads read from the kept states of an encoder what they would read from the encoder itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from models.pieces import PAD
from training.encoder.batches import padded
from training.encoder.objective import Objective
from training.encoder.rows import Rows
from training.encoder.states import read_states

LENGTHS = [3, 9, 4, 7, 1, 6]
READ = np.array([5, 0, 1, 3])


def made(joins: tuple[int, ...]) -> Network:
    torch.manual_seed(0)
    shape = Shape(
        words=60, layers=2, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1, joins=joins
    )
    network = Network(shape).eval()
    for value in network.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return network


@pytest.mark.parametrize("joins", [(), (1,), (0, 1)])
def test_they_are_those_of_each_row_alone(
    joins: tuple[int, ...], rows_of: Callable[..., Rows], tmp_path: Path
) -> None:
    network, rows = made(joins), rows_of(LENGTHS)
    kept = read_states(network, rows, READ, tmp_path / "states.bin")
    assert np.flatnonzero(np.diff(kept.offsets)).tolist() == sorted(READ.tolist())
    chosen = READ[[2, 0, 3]]
    states, there = kept.padded(chosen)
    for place, found, mask in zip(chosen, states, there, strict=True):
        ids = padded(rows, np.array([place]))
        with torch.no_grad():
            alone, real = network.hidden(ids, ids != PAD)
        torch.testing.assert_close(found[mask], alone[real])


def test_a_finished_file_is_read_and_a_part_is_not(rows_of: Callable[..., Rows], tmp_path: Path) -> None:
    rows, path = rows_of(LENGTHS), tmp_path / "states.bin"
    path.with_suffix(".part").write_bytes(b"cut off")
    first = read_states(made(()), rows, READ, path).values.clone()
    other = made(())
    torch.nn.init.zeros_(other.word.weight)
    torch.testing.assert_close(read_states(other, rows, READ, path).values, first)
    path.unlink()
    assert not torch.equal(read_states(other, rows, READ, path).values, first)


def test_the_loss_is_that_of_the_encoder_itself(rows_of: Callable[..., Rows], tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    count = len(LENGTHS)
    rows = rows_of(
        LENGTHS,
        sentiment=random.integers(0, 4, count),
        polarity=random.integers(-1, 4, (count, 2)),
        risks=random.integers(0, 2, (count, 1)).astype(np.float32),
    )
    network = made((1,))
    kept = read_states(network, rows, np.arange(count), tmp_path / "states.bin")
    chosen = np.array([1, 5, 2])
    direct, from_states = (Objective(rows, states=states)(network, chosen) for states in (None, kept))
    torch.testing.assert_close(from_states, direct)
