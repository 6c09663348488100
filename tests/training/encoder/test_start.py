"""A student begins with what its teacher knows."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from training.encoder.start import shrunk
from vocnlp.errors import InputError

SHAPE = Shape(words=40, layers=3, width=16, heads=2, inner=32, positions=8, aspects=2, risks=1)


@pytest.fixture
def teacher() -> Network:
    torch.manual_seed(0)
    return Network(SHAPE).eval()


def test_layers_are_kept_in_the_order_given(teacher: Network) -> None:
    student = shrunk(teacher, (0, 2))
    torch.testing.assert_close(student.layers[1].state_dict(), teacher.layers[2].state_dict())
    torch.testing.assert_close(student.query, teacher.query)


def test_units_without_weight_can_go_and_nothing_changes(teacher: Network) -> None:
    with torch.no_grad():
        for layer in teacher.layers:
            layer.fall.weight[:, ::2] = 0
    ids = torch.randint(4, 40, (5, 8))
    mask = torch.ones_like(ids, dtype=torch.bool)
    student = shrunk(teacher, (0, 1, 2), inner=16).eval()
    assert student.layers[0].rise.weight.shape == (16, 16)
    torch.testing.assert_close(student(ids, mask).vector, teacher(ids, mask).vector)


def test_what_the_teacher_lacks_cannot_be_kept(teacher: Network) -> None:
    with pytest.raises(InputError, match="layers 0 to 2, and no 3"):
        shrunk(teacher, (0, 3))
    with pytest.raises(InputError, match="has 32 inner units in a layer, not 64"):
        shrunk(teacher, (0,), inner=64)


def test_a_join_begins_as_the_mean_of_two_neighbours(teacher: Network) -> None:
    student = shrunk(teacher, (0,), joins=(0,))
    join = student.joins["0"]
    x = torch.randn(2, 6, 16)
    expected = join.joined(x.unflatten(1, (3, 2)).mean(dim=2))
    torch.testing.assert_close(join(x), expected)
