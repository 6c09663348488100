"""The loss of a batch is the mean of its rows'; what a row has no label for does not count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.network import Network, Shape
from training.encoder.objective import Objective
from training.encoder.rows import OWN, Rows
from training.encoder.soft import Soft

COUNT, ASPECTS, RISKS, LABELS = 12, 3, 2, 5
SHAPE = Shape(
    words=60,
    layers=1,
    width=16,
    heads=2,
    inner=16,
    positions=16,
    aspects=ASPECTS,
    risks=RISKS,
    auxiliary=LABELS,
    sources=3,
)


@pytest.fixture(scope="module")
def rows(rows_of: Callable[..., Rows]) -> Rows:
    """Rows of the taxonomy, of a source with labels of its own and of one with ratings, in turn."""
    random = np.random.default_rng(0)
    lengths = random.integers(2, 12, COUNT)
    source = np.arange(COUNT) % 3
    own = source == 0
    labelled = [random.permutation(LABELS)[:2] if s == 1 else np.zeros(0, np.int64) for s in source]
    return rows_of(
        lengths.tolist(),
        tokens=random.integers(4, 60, lengths.sum()).astype(np.int32),
        source=source,
        own=own,
        sentiment=np.where(own, random.integers(0, 4, COUNT), -1),
        polarity=np.where(own[:, None], random.integers(-1, 4, (COUNT, ASPECTS)), -1),
        risks=(own[:, None] * random.integers(0, 2, (COUNT, RISKS))).astype(np.float32),
        rating=np.where(source == 2, 0.8, -1).astype(np.float32),
        label_offsets=np.concatenate([[0], np.cumsum([len(own) for own in labelled])]),
        labels=np.concatenate(labelled),
        label_source=np.ones(LABELS, np.int64),
        sources=[OWN, "shop", "stars"],
    )


def soft(places: list[int]) -> Soft:
    random = np.random.default_rng(1)
    count = len(places)

    def shares(*shape: int) -> np.ndarray:
        return random.dirichlet(np.ones(4), shape).astype(np.float32)

    return Soft(
        places=np.array(places),
        sentiment=shares(count),
        aspects=random.random((count, ASPECTS)).astype(np.float32),
        polarity=shares(count, ASPECTS),
        risks=random.random((count, RISKS)).astype(np.float32),
        vector=random.normal(size=(count, SHAPE.width)).astype(np.float16),
    )


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    network = Network(SHAPE).eval()
    with torch.no_grad():
        for value in network.parameters():
            value.add_(torch.randn_like(value) * 0.1)
    return network


def test_a_batch_has_the_mean_loss_of_its_rows(network: Network, rows: Rows) -> None:
    objective = Objective(rows, soft([1, 2, 5, 9]))
    alone = [objective(network, np.array([place])).item() for place in range(COUNT)]
    assert objective(network, np.arange(COUNT)).item() == pytest.approx(np.mean(alone), rel=1e-4)


def test_a_row_without_any_label_costs_nothing(network: Network, rows: Rows) -> None:
    unrated = replace(rows, rating=np.full(COUNT, -1, np.float32))
    assert Objective(rows)(network, np.array([2])).item() > 0
    assert Objective(unrated)(network, np.array([2])).item() == 0


def test_a_teacher_counts_for_the_rows_it_labelled(network: Network, rows: Rows) -> None:
    given, taught = Objective(rows), Objective(rows, soft([1, 2]))
    for place in (1, 2):
        assert taught(network, np.array([place])).item() > given(network, np.array([place])).item()
    assert taught(network, np.array([4])).item() == given(network, np.array([4])).item()


def test_agreeing_with_the_teacher_costs_least(network: Network, rows: Rows) -> None:
    place = np.array([2])
    with torch.no_grad():
        ids = torch.from_numpy(rows.tokens[rows.offsets[2] : rows.offsets[3]].astype(np.int64))[None]
        said = network(ids, torch.ones_like(ids, dtype=torch.bool), torch.tensor([0]))
        agreed = Soft(
            place,
            said.sentiment.softmax(1).numpy(),
            said.aspects.sigmoid().numpy(),
            said.polarity.softmax(2).numpy(),
            said.risks.sigmoid().numpy(),
            said.vector.numpy().astype(np.float16),
        )
    least = Objective(rows, agreed)(network, place).item()
    for name in ("sentiment", "aspects", "risks", "vector"):
        value = getattr(agreed, name)
        moved = {f.name: getattr(agreed, f.name) for f in fields(Soft)} | {name: np.roll(value, 1, axis=-1)}
        assert Objective(rows, Soft(**moved))(network, place).item() > least


@pytest.mark.parametrize("risks", [False, True])
def test_what_nobody_was_asked_about_teaches_nothing(network: Network, rows: Rows, risks: bool) -> None:
    asked = np.array([True, True, False, *[risks] * rows.risks.shape[1]])
    objective = Objective(rows, asked=asked)
    objective(network, np.array([0])).backward()
    gradient = network.judged_bias.grad
    assert gradient is not None
    assert (gradient != 0).tolist() == asked.tolist()
