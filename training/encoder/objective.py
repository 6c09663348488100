"""What the network is trained for: a sum of losses, each over the rows that have its label."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.encoder import PAD
from models.network import Answers, Network
from training.encoder.batches import padded
from training.encoder.rows import OWN, Rows
from training.encoder.soft import Soft

__all__ = ["Objective"]

_UNKNOWN_PIECE = 3
_FORGOTTEN = 0.05  # share of sub-words replaced by the unknown piece
_DROPOUT = 0.1
_ELSEWHERE = 0.5  # weight of what other corpora say
_RATING = 0.3
_NO_MIX = torch.tensor([0.0, 0.0, 0.0, -1e4])  # other corpora have no label `mix`


class Objective:
    """Losses of a network on rows, with or without a teacher's labels.

    asked: [A] aspects that the rows were labelled for; of others nothing is learned. By default all.
    """

    def __init__(
        self,
        rows: Rows,
        soft: Soft | None = None,
        *,
        asked: NDArray[np.bool_] | None = None,
        layer_dropout: float = 0.0,
    ) -> None:
        every = np.ones(rows.polarity.shape[1], bool)
        self._aspects = torch.from_numpy(every if asked is None else asked).float()
        self._rows = rows
        self._soft = soft
        self._layer_dropout = layer_dropout
        self._own = rows.sources.index(OWN)
        self._asked = torch.from_numpy(rows.label_source[None] == np.arange(len(rows.sources))[:, None])
        self._taught = np.full(len(rows), -1)
        if soft is not None:
            self._taught[soft.places] = np.arange(len(soft.places))

    def __call__(self, network: Network, places: NDArray[np.int64]) -> Tensor:
        """Mean loss over a batch of rows."""
        rows = self._rows
        ids = padded(rows, places)
        mask = ids != PAD
        if network.training:
            ids = ids.masked_fill((torch.rand(ids.shape) < _FORGOTTEN) & mask, _UNKNOWN_PIECE)
        source = torch.from_numpy(rows.source[places])
        found = network(ids, mask, source, dropout=_DROPOUT, layer_dropout=self._layer_dropout)
        losses = [self._sentiment(found, places), self._rating(found, places)]
        losses += self._taxonomy(found, places)
        losses += self._elsewhere(found, places, source)
        if self._soft is not None:
            losses += self._distilled(self._soft, network, found, places)
        return torch.stack(losses).sum() / len(places)

    def _sentiment(self, found: Answers, places: NDArray[np.int64]) -> Tensor:
        truth = torch.from_numpy(self._rows.sentiment[places])
        own = torch.from_numpy(self._rows.own[places])
        logits = found.sentiment + _NO_MIX * (~own)[:, None]
        losses = functional.cross_entropy(logits, truth, ignore_index=-1, reduction="none")
        return (losses * torch.where(own, 1.0, _ELSEWHERE)).sum()

    def _rating(self, found: Answers, places: NDArray[np.int64]) -> Tensor:
        truth = torch.from_numpy(self._rows.rating[places])
        losses = functional.binary_cross_entropy_with_logits(
            found.rating, truth.clamp(min=0), reduction="none"
        )
        return _RATING * (losses * (truth >= 0)).sum()

    def _taxonomy(self, found: Answers, places: NDArray[np.int64]) -> list[Tensor]:
        own = self._rows.own[places]
        polarity = torch.from_numpy(self._rows.polarity[places[own]])
        risks = torch.from_numpy(self._rows.risks[places[own]])
        judged = polarity >= 0
        return [
            _yes_or_no(found.aspects[own], judged.float(), self._aspects),
            functional.cross_entropy(found.polarity[own][judged], polarity[judged], reduction="sum"),
            _yes_or_no(found.risks[own], risks),
        ]

    def _elsewhere(self, found: Answers, places: NDArray[np.int64], source: Tensor) -> list[Tensor]:
        rows = self._rows
        some = np.flatnonzero(rows.labelled_elsewhere[places])
        truth = torch.zeros(len(some), len(rows.label_source))
        for line, place in enumerate(places[some].tolist()):
            truth[line, rows.labels[rows.label_offsets[place] : rows.label_offsets[place + 1]]] = 1
        losses = functional.binary_cross_entropy_with_logits(found.auxiliary[some], truth, reduction="none")
        return [_ELSEWHERE * (losses * self._asked[source[some]]).sum()]

    def _distilled(
        self, soft: Soft, network: Network, found: Answers, places: NDArray[np.int64]
    ) -> list[Tensor]:
        source = torch.from_numpy(self._rows.source[places])
        taught = self._taught[places]
        some = np.flatnonzero(taught >= 0)

        def said(name: str) -> Tensor:
            return torch.from_numpy(getattr(soft, name)[taught[some]])

        aspects = said("aspects")
        habit = network.source_bias.weight.float()
        feeling = found.sentiment[some] - habit[source[some]] + habit[self._own]
        direction = functional.log_softmax(found.polarity[some], dim=2)
        return [
            _yes_or_no(found.aspects[some], aspects),
            -(aspects[:, :, None] * said("polarity") * direction).sum(),
            -(said("sentiment") * functional.log_softmax(feeling, dim=1)).sum(),
            _yes_or_no(found.risks[some], said("risks")),
        ]


def _yes_or_no(logits: Tensor, truth: Tensor, weight: Tensor | None = None) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, truth, weight, reduction="sum")
