"""The encoder and its heads in torch: a transformer, a pooling query for each question, linear read-outs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.interface import POLARITIES
from models.pieces import PAD

__all__ = ["OWN_SOURCE", "SHARPNESS", "TRAINING_ONLY", "Answers", "Network", "Shape", "quantised", "restored"]

OWN_SOURCE = 0
"""Which of the training sources is the taxonomy itself."""
SHARPNESS = 8 / math.sqrt(384)
"""Scale of the attention that pools."""
TRAINING_ONLY = ("auxiliary.", "rating.", "source_bias.")
"""Parameters that do not ship."""
_LARGEST, _LARGEST_FACTOR = 127, 63
"""Integers of an embedding, and of a matrix: processors without VNNI add two products of a matrix with
activations (0 to 255) in sixteen bits."""
CLOSED = -1e4
"""Added to the attention that padding gets."""

# cuDNN plans its attention anew for every shape of a batch, which takes far longer than the attention.
torch.backends.cuda.enable_cudnn_sdp(False)


@dataclass(frozen=True, slots=True)
class Shape:
    """words: size V of the vocabulary.   layers, width, heads, inner: of the transformer.
    joins: layers before which two neighbours become one, so that the rest has half as much to do (Dai et al.
        2020, arXiv:2006.03236).
    aspects, risks, auxiliary: numbers A, R, L of labels.   sources: number S of training sources.
    """

    words: int
    layers: int
    width: int = 384
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    epsilon: float = 1e-12
    aspects: int = 20
    risks: int = 7
    auxiliary: int = 1
    sources: int = 1
    joins: Sequence[int] = ()

    @property
    def together(self) -> int:
        """How many sub-words are read as one at the end."""
        return 1 << len(self.joins)


@dataclass(slots=True)
class Answers:
    """Logits for B texts of T places, which are sub-words or `Shape.together` of them.

    sentiment [B, 4], aspects [B, A], polarity [B, A, 4], risks [B, R], rating [B], auxiliary [B, L];
    attention [B, A + R, T]: where each aspect and risk was read, rows sum to 1.
    vector [B, width]: mean of the last states, a vector of the meaning.
    """

    sentiment: Tensor
    aspects: Tensor
    polarity: Tensor
    risks: Tensor
    rating: Tensor
    auxiliary: Tensor
    attention: Tensor
    vector: Tensor


class _Layer(nn.Module):
    """A post-norm transformer layer as in BERT (Devlin et al. 2019)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.attended = nn.LayerNorm(shape.width, shape.epsilon)
        self.rise = nn.Linear(shape.width, shape.inner)
        self.fall = nn.Linear(shape.inner, shape.width)
        self.done = nn.LayerNorm(shape.width, shape.epsilon)

    def forward(self, x: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(batch, length, width)
        x = self.attended(x + self._dropped(self.out(seen), dropout))
        inner = functional.gelu(self.rise(x))
        result: Tensor = self.done(x + self._dropped(self.fall(inner), dropout))
        return result

    def _dropped(self, x: Tensor, rate: float) -> Tensor:
        """One mask for all tokens of a text (Gal and Ghahramani 2016, arXiv:1512.05287)."""
        return x * functional.dropout(torch.ones_like(x[:, :1]), rate, self.training) if rate else x


class _Join(nn.Module):
    """Two neighbours as one; begins as their mean."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.pair = nn.Linear(2 * shape.width, shape.width)
        self.joined = nn.LayerNorm(shape.width, shape.epsilon)
        with torch.no_grad():
            self.pair.weight.copy_(torch.eye(shape.width).repeat(1, 2) / 2)
            self.pair.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        result: Tensor = self.joined(self.pair(x.reshape(batch, length // 2, 2 * width)))
        return result


class Network(nn.Module):
    """Token ids in, `Answers` out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, labels = shape.width, 1 + shape.aspects + shape.risks
        self.word = nn.Embedding(shape.words, width, sparse=True)
        self.position = nn.Embedding(shape.positions, width)
        self.embedded = nn.LayerNorm(width, shape.epsilon)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.joins = nn.ModuleDict({str(layer): _Join(shape) for layer in shape.joins})
        self.query = nn.Parameter(torch.randn(labels, width) * 0.02)
        self.judged = nn.Parameter(torch.randn(shape.aspects + shape.risks, width) * 0.02)
        self.judged_bias = nn.Parameter(torch.full((shape.aspects + shape.risks,), -3.0))
        self.polarity = nn.Linear(width, len(POLARITIES))
        self.polarity_bias = nn.Parameter(torch.zeros(shape.aspects, len(POLARITIES)))
        self.sentiment = nn.Linear(width, len(POLARITIES))
        self.source_bias = nn.Embedding(shape.sources, len(POLARITIES))
        self.rating = nn.Linear(width, 1)
        self.auxiliary = nn.Linear(width, shape.auxiliary)
        nn.init.constant_(self.auxiliary.bias, -3.0)
        nn.init.zeros_(self.source_bias.weight)
        nn.init.zeros_(self.polarity.weight)
        nn.init.zeros_(self.sentiment.weight)

    def hidden(
        self, ids: Tensor, mask: Tensor, *, dropout: float = 0.0, layer_dropout: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """States [B, T, width] at T places, and which of them hold sub-words [B, T].

        ids, mask: [B, I], true at sub-words; padded to a multiple of `Shape.together`.
        dropout: of embeddings.   layer_dropout: of what each layer adds.
        """
        missing = -ids.shape[1] % self.shape.together
        ids, mask = functional.pad(ids, (0, missing), value=PAD), functional.pad(mask, (0, missing))
        words = self.word(ids).to(self.position.weight.dtype)
        x = self.embedded(words + self.position.weight[: ids.shape[1]])
        x = functional.dropout(x, dropout, self.training)
        for number, layer in enumerate(self.layers):
            if number in self.shape.joins:
                x = self.joins[str(number)](x)
                mask = mask.unflatten(1, (-1, 2)).any(dim=2)
            closed = torch.zeros_like(mask, dtype=x.dtype).masked_fill(~mask, CLOSED)[:, None, None, :]
            x = layer(x, closed, layer_dropout)
        return x, mask

    def forward(
        self,
        ids: Tensor,
        mask: Tensor,
        source: Tensor | None = None,
        *,
        dropout: float = 0.0,
        layer_dropout: float = 0.0,
    ) -> Answers:
        x, mask = self.hidden(ids, mask, dropout=dropout, layer_dropout=layer_dropout)
        return self.read(x, mask, source, dropout=dropout)

    def read(self, x: Tensor, mask: Tensor, source: Tensor | None = None, *, dropout: float = 0.0) -> Answers:
        """The heads on hidden states [B, T, width]; `source` [B] says whose habit of labelling to follow."""
        looks = (x @ self.query.T).float() * SHARPNESS
        attention = looks.masked_fill(~mask[:, :, None], CLOSED).softmax(dim=1).transpose(1, 2)
        pooled = attention.to(x.dtype) @ x
        pooled = functional.dropout(pooled, dropout, self.training)
        overall, about = pooled[:, 0], pooled[:, 1:]
        judged = ((about * self.judged).sum(dim=2) + self.judged_bias).float()
        sentiment = self.sentiment(overall).float()
        if source is not None:
            sentiment = sentiment + self.source_bias(source).float()
        aspects = self.shape.aspects
        share = mask.float() / mask.sum(dim=1, keepdim=True)
        return Answers(
            sentiment=sentiment,
            aspects=judged[:, :aspects],
            polarity=(self.polarity(about[:, :aspects]) + self.polarity_bias).float(),
            risks=judged[:, aspects:],
            rating=self.rating(overall).float().squeeze(1),
            auxiliary=self.auxiliary(overall + about[:, :aspects].mean(dim=1)).float(),
            attention=attention[:, 1:],
            vector=(share[:, None].to(x.dtype) @ x).squeeze(1).float(),
        )


def quantised(
    network: Network, shrinking: Mapping[str, NDArray[np.float32]] | None = None
) -> dict[str, NDArray[Any]]:
    """The weights that ship: embeddings in eight bits, matrices of the layers in seven, the rest in float32.

    shrinking: of some matrices, factors [in] of what they are given; they become `layers.0.rise.shrink`.

    With seven, every processor gives the same answers. How the taxonomy itself labels sentiment becomes part
    of the bias. A matrix `layers.0.q.weight` is [in, out], with one scale a column; embeddings have one
    scale a row.
    """
    state = {name: value.detach().float() for name, value in network.state_dict().items()}
    state["sentiment.bias"] = state["sentiment.bias"] + state["source_bias.weight"][OWN_SOURCE]
    factors = {name: torch.from_numpy(value) for name, value in (shrinking or {}).items()}
    tensors: dict[str, Tensor] = {f"{name}.shrink": value for name, value in factors.items()}
    for name, whole in state.items():
        base, _, kind = name.rpartition(".")
        value = whole / factors[base] if kind == "weight" and base in factors else whole
        if name == "word.weight":
            tensors[name], tensors["word.scale"] = _integers(value, dim=1, largest=_LARGEST)
        elif base.endswith(".qkv"):
            for part, third in zip("qkv", value.chunk(3), strict=True):
                _put(tensors, f"{base[:-3]}{part}", kind, third)
        elif base.endswith((".out", ".rise", ".fall", ".pair")):
            _put(tensors, base, kind, value)
        elif not name.startswith(TRAINING_ONLY):
            tensors[name] = value
    return {name: value.contiguous().numpy() for name, value in tensors.items()}


def _put(tensors: dict[str, Tensor], name: str, kind: str, value: Tensor) -> None:
    if kind == "bias":
        tensors[f"{name}.bias"] = value
    else:
        tensors[f"{name}.weight"], scale = _integers(value.T, dim=0, largest=_LARGEST_FACTOR)
        tensors[f"{name}.scale"] = scale.squeeze(0)


def _integers(value: Tensor, *, dim: int, largest: int) -> tuple[Tensor, Tensor]:
    scale = value.abs().amax(dim=dim, keepdim=True) / largest
    scale[scale == 0] = 1
    return (value / scale).round().to(torch.int8), scale


def restored(shape: Shape, tensors: Mapping[str, NDArray[Any]]) -> Network:
    """A network with the weights that `quantised` gave; what only training uses begins anew."""
    network = Network(shape)
    given = {name: torch.from_numpy(np.asarray(value)) for name, value in tensors.items()}
    state = network.state_dict()
    for name in state:
        base, _, kind = name.rpartition(".")
        if name == "word.weight":
            state[name] = given[name] * given["word.scale"]
        elif base.endswith(".qkv"):
            whole = torch.cat([_take(given, f"{base[:-3]}{part}", kind) for part in "qkv"])
            state[name] = whole * given.get(f"{base}.shrink", 1) if kind == "weight" else whole
        elif base.endswith((".out", ".rise", ".fall", ".pair")):
            state[name] = _take(given, base, kind)
        elif name in given:
            state[name] = given[name]
    network.load_state_dict(state)
    return network


def _take(given: Mapping[str, Tensor], name: str, kind: str) -> Tensor:
    if kind == "bias":
        return given[f"{name}.bias"]
    return (given[f"{name}.weight"] * given[f"{name}.scale"]).T * given.get(f"{name}.shrink", 1)
