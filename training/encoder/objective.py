"""What the network is trained for: a sum of losses, each over the rows that have its label."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.interface import POLARITIES
from models.network import OWN_SOURCE, Answers, Network
from models.pieces import PAD
from training.encoder.batches import items, padded
from training.encoder.rows import Rows
from training.encoder.soft import Soft
from training.encoder.states import States

__all__ = ["Objective"]

_UNKNOWN_PIECE = 3
_FORGOTTEN = 0.05  # share of sub-words replaced by the unknown piece
_DROPOUT = 0.1
_ELSEWHERE = 0.5  # weight of what other corpora say
_RATING = 0.3
_MEANING = 0.5  # weight of the distance from the teacher's vectors, as a share of how much those vary
_LEAST_SPREAD = 1e-3
_NO_MIX = -1e4  # other corpora have no label `mix`


class Objective:
    """Losses of a network on rows, with or without a teacher's labels.

    asked: [A + R] aspects and risks that the rows were labelled for; of others nothing is learned. By default
        all.
    states: of the rows, where the encoder stays as it is; it then reads nothing.
    device: where the network is, and the labels are kept.
    """

    def __init__(
        self,
        rows: Rows,
        soft: Soft | None = None,
        *,
        asked: NDArray[np.bool_] | None = None,
        states: States | None = None,
        layer_dropout: float = 0.0,
        device: str = "cpu",
    ) -> None:
        def kept(values: NDArray[Any]) -> Tensor:
            return torch.from_numpy(values).to(device)

        every = np.ones(rows.polarity.shape[1] + rows.risks.shape[1], bool)
        self._rows = rows
        self._states = states
        self._layer_dropout = layer_dropout
        self.device = device
        self._asked = kept(every if asked is None else asked).float()
        self._own = kept(rows.own)
        self._source = kept(rows.source)
        self._rating = kept(rows.rating)
        self._sentiment = kept(rows.sentiment)
        self._polarity = kept(rows.polarity)
        self._risks = kept(rows.risks)
        self._elsewhere = kept(rows.labelled_elsewhere)
        self._of_source = kept(rows.label_source[None] == np.arange(len(rows.sources))[:, None])
        self._no_mix = kept(_NO_MIX * (np.array(POLARITIES) == "mix").astype(np.float32))
        self._soft = None
        if soft is not None:
            taught = np.full(len(rows), -1)
            taught[soft.places] = np.arange(len(soft.places))
            self._taught = kept(taught)
            self._soft = {name: kept(getattr(soft, name)) for name in Soft.__slots__}
            spread = self._soft["vector"].float().var(dim=0, correction=0).mean()
            self._meaning = _MEANING / spread.clamp(min=_LEAST_SPREAD)

    def __call__(self, network: Network, places: NDArray[np.int64]) -> Tensor:
        """Mean loss over a batch of rows."""
        chosen = torch.from_numpy(places).to(self.device)
        source = self._source[chosen]
        found = self._answers(network, places, source)
        losses = [self._felt(found, chosen), self._rated(found, chosen)]
        losses += self._judged(found, chosen)
        losses.append(self._labelled_elsewhere(found, places, chosen, source))
        if self._soft is not None:
            losses += self._distilled(self._soft, network, found, chosen, source)
        return torch.stack(losses).sum() / len(places)

    def _answers(self, network: Network, places: NDArray[np.int64], source: Tensor) -> Answers:
        if self._states is not None:
            states, there = (part.to(self.device) for part in self._states.padded(places))
            return network.read(states, there, source, dropout=_DROPOUT)
        ids = padded(self._rows, places).to(self.device)
        mask = ids != PAD
        if network.training:
            forgotten = torch.rand(ids.shape, device=self.device) < _FORGOTTEN
            ids = ids.masked_fill(forgotten & mask, _UNKNOWN_PIECE)
        answers: Answers = network(ids, mask, source, dropout=_DROPOUT, layer_dropout=self._layer_dropout)
        return answers

    def _felt(self, found: Answers, chosen: Tensor) -> Tensor:
        own = self._own[chosen]
        logits = found.sentiment + self._no_mix * (~own)[:, None]
        losses = functional.cross_entropy(logits, self._sentiment[chosen], ignore_index=-1, reduction="none")
        return (losses * torch.where(own, 1.0, _ELSEWHERE)).sum()

    def _rated(self, found: Answers, chosen: Tensor) -> Tensor:
        truth = self._rating[chosen]
        return _RATING * _yes_or_no(found.rating, truth.clamp(min=0), truth >= 0)

    def _judged(self, found: Answers, chosen: Tensor) -> list[Tensor]:
        own = self._own[chosen][:, None]
        polarity = self._polarity[chosen]
        direction = functional.cross_entropy(
            found.polarity.flatten(0, 1), polarity.flatten(), ignore_index=-1, reduction="sum"
        )
        asked = (own * self._asked).split([polarity.shape[1], found.risks.shape[1]], dim=1)
        return [
            _yes_or_no(found.aspects, (polarity >= 0).float(), asked[0]),
            direction,
            _yes_or_no(found.risks, self._risks[chosen], asked[1]),
        ]

    def _labelled_elsewhere(
        self, found: Answers, places: NDArray[np.int64], chosen: Tensor, source: Tensor
    ) -> Tensor:
        rows = self._rows
        line, where = items(rows.label_offsets, places)
        truth = torch.zeros_like(found.auxiliary)
        truth[
            torch.from_numpy(line).to(self.device), torch.from_numpy(rows.labels[where]).to(self.device)
        ] = 1
        asked = self._of_source[source] & self._elsewhere[chosen][:, None]
        return _ELSEWHERE * _yes_or_no(found.auxiliary, truth, asked)

    def _distilled(
        self, soft: dict[str, Tensor], network: Network, found: Answers, chosen: Tensor, source: Tensor
    ) -> list[Tensor]:
        taught = self._taught[chosen]
        some = (taught >= 0)[:, None]
        said = {name: values[taught.clamp(min=0)].float() for name, values in soft.items()}
        aspects = said["aspects"]
        habit = network.source_bias.weight.float()
        feeling = found.sentiment - habit[source] + habit[OWN_SOURCE]
        direction = functional.log_softmax(found.polarity, dim=2)
        apart = (found.vector - said["vector"]).square().mean(dim=1, keepdim=True)
        return [
            self._meaning * (some * apart).sum(),
            _yes_or_no(found.aspects, aspects, some.expand_as(aspects)),
            -(some[:, :, None] * aspects[:, :, None] * said["polarity"] * direction).sum(),
            -(some * said["sentiment"] * functional.log_softmax(feeling, dim=1)).sum(),
            _yes_or_no(found.risks, said["risks"], some.expand_as(found.risks)),
        ]


def _yes_or_no(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, truth, weight.float(), reduction="sum")
