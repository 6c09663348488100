from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from training.encoder.packed import Packed
from training.encoder.rows import OWN, Rows
from training.encoder.vocabulary import SPECIAL

WIDTH, INNER, LAYERS = 32, 64, 2


@pytest.fixture(scope="session")
def packed() -> Packed:
    """A tiny encoder with random weights: letters and a few words."""
    random = np.random.default_rng(0)
    words = ["▁the", "▁was", "▁great", "▁bad", "▁parcel", "▁price", "▁fabric"]
    pieces = [*SPECIAL, *words, *"▁abcdefghijklmnopqrstuvwxyz.,ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    tensors = {
        "emb.word": random.normal(0, 0.5, (len(pieces), WIDTH)),
        "emb.pos": random.normal(0, 0.1, (64, WIDTH)),
        "emb.type": np.zeros(2 * WIDTH),
    }
    norms = ["emb.ln", *(f"l{i}.{name}" for i in range(LAYERS) for name in ("aln", "oln"))]
    for name in norms:
        tensors |= {f"{name}.w": np.ones(WIDTH), f"{name}.b": np.zeros(WIDTH)}
    for i in range(LAYERS):
        sizes = dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH))
        sizes |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
        for name, (out, into) in sizes.items():
            tensors |= {
                f"l{i}.{name}.w": random.normal(0, 0.1, (out, into)),
                f"l{i}.{name}.b": np.zeros(out),
            }
    return Packed(
        width=WIDTH,
        layers=LAYERS,
        heads=4,
        inner=INNER,
        positions=64,
        epsilon=1e-12,
        pieces=pieces,
        scores=np.array([0.0] * len(SPECIAL) + [-2.0] * len(words) + [-5.0] * (len(pieces) - 11), np.float32),
        tensors={name: value.astype(np.float32) for name, value in tensors.items()},
    )


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., Rows]:
    """Makes rows of such lengths, whose sub-words count up from 10, and with what is known of them.

    By default they are the taxonomy's own without a label, of two aspects and one risk.
    """

    def made(lengths: Sequence[int], **known: Any) -> Rows:
        count, total = len(lengths), sum(lengths)
        blank = {
            "tokens": np.arange(10, 10 + total, dtype=np.int32),
            "offsets": np.cumsum([0, *lengths]),
            "source": np.zeros(count, np.int64),
            "language": np.zeros(count, np.int64),
            "own": np.ones(count, bool),
            "held": np.zeros(count, bool),
            "group": np.full(count, -1),
            "sentiment": np.full(count, -1),
            "polarity": np.full((count, 2), -1),
            "risks": np.zeros((count, 1), np.float32),
            "rating": np.full(count, -1, np.float32),
            "label_offsets": np.zeros(count + 1, np.int64),
            "labels": np.zeros(0, np.int64),
            "label_source": np.zeros(1, np.int64),
            "sources": [OWN],
        }
        return Rows(**blank | known)

    return made
