"""The training loop: float32 master weights, a network in the processor's fastest type, resumable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from models.network import Network
from models.torch import cuda_works
from training.encoder.objective import Objective
from training.encoder.recipe import Stage

__all__ = ["averaged", "fastest", "fit", "once"]

_WARM_UP = 0.04
_LEAST_RATE = 0.002
_CLIP = 1.0
_DECAY = 0.01
_SAY_EVERY, _SAVE_EVERY = 60, 300  # seconds
_ENCODER = ("position.", "embedded.", "layers.", "joins.")
_WORDS = "word.weight"
_BETAS = (0.9, 0.98)


def fastest() -> tuple[str, torch.dtype]:
    """Device and type to compute with: CUDA where it works; bfloat16 there and where the processor multiplies
    it, for elsewhere it is emulated, some twenty times slower."""
    if cuda_works():
        return "cuda", torch.bfloat16
    return "cpu", torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32


def fit(
    network: Network,
    objective: Objective,
    drawn: Iterator[NDArray[np.int64]],
    stage: Stage,
    *,
    checkpoint: Path,
    report: Callable[[str], None],
) -> Network:
    """Train a float32 network; returns it, in float32, ready for use.

    AdamW (Loshchilov and Hutter 2019) with linear warm-up and decay over `stage.texts` texts. Begins where
    `checkpoint` left off if there is one; it is removed at the end. It computes where the labels of the
    objective are.
    """
    network = network.to(objective.device).train()
    state = _State(network, stage, fastest()[1])
    if checkpoint.is_file():
        state.load(checkpoint)
        report(f"resumed after {state.seen:,} texts")
        drawn = islice(drawn, state.steps, None)
    begun, first = time.monotonic(), state.seen
    said = saved = begun
    loss = torch.zeros(())
    for places in drawn:
        if state.seen >= stage.texts:
            break
        found = objective(network, places)
        torch.autograd.backward(found)
        state.step(len(places))
        loss = found.detach() if state.steps == 1 else loss.lerp(found.detach(), 0.02)
        now = time.monotonic()
        if now - said > _SAY_EVERY:
            said = now
            speed = (state.seen - first) / (now - begun)
            left = (stage.texts - state.seen) / speed / 60
            report(f"{state.seen:,} texts, loss {loss:.3f}, {speed:.0f} texts/s, {left:.0f} minutes left")
        if now - saved > _SAVE_EVERY:
            saved = now
            state.save(checkpoint)
    checkpoint.unlink(missing_ok=True)
    report(f"{state.seen:,} texts read, loss {loss:.3f}")
    return state.result()


def once(path: Path, network: Network, train: Callable[[Network], Network]) -> Network:
    """The network that an earlier run left at `path`, or a newly trained one."""
    if path.is_file():
        network.load_state_dict(load_file(path))
        network.eval()
        return network
    trained = train(network)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(trained.state_dict(), path)
    return trained


def averaged(networks: Sequence[Network]) -> Network:
    """The first network with the mean of all their weights; they must have begun with the same ones."""
    states = [network.state_dict() for network in networks]
    means = {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
    networks[0].load_state_dict(means)
    return networks[0]


class _State:
    """Network, master weights and optimizers together; embeddings are updated where they were used.

    kind: what the network computes with; the weights it was given are kept in float32.
    """

    def __init__(self, network: Network, stage: Stage, kind: torch.dtype) -> None:
        self.seen = 0
        self.steps = 0
        self._network = network
        self._texts = stage.texts
        network.word.sparse = network.word.weight.device.type == "cpu"
        used = {n: v for n, v in network.named_parameters() if n != _WORDS}
        self._master = {n: v.detach().clone() for n, v in used.items()}
        for name, value in network.named_parameters():
            value.requires_grad_(stage.rate > 0 or not name.startswith((*_ENCODER, _WORDS)))
        for value in used.values():
            value.data = value.data.to(kind)
        self._used = {n: v for n, v in used.items() if v.requires_grad}
        self._learning = {n: self._master[n].requires_grad_(True) for n in self._used}
        for value in self._learning.values():
            value.grad = torch.zeros_like(value)
        layers = [v for n, v in self._learning.items() if n.startswith(_ENCODER)]
        heads = [v for n, v in self._learning.items() if not n.startswith(_ENCODER)]
        groups = [
            {"params": layers, "top": stage.rate, "weight_decay": _DECAY},
            {"params": heads, "top": stage.head_rate},  # none: what no comment labels stays as it is
        ]
        words = [{"params": [network.word.weight], "top": stage.rate}]
        self._optimizers = (
            torch.optim.AdamW(groups, betas=_BETAS, weight_decay=0, fused=True),
            torch.optim.SparseAdam(words, betas=_BETAS)
            if network.word.sparse
            else torch.optim.AdamW(words, betas=_BETAS, weight_decay=0, fused=True),
        )

    def step(self, texts: int) -> None:
        done = self.seen / self._texts
        rate = done / _WARM_UP if done < _WARM_UP else 1 - done
        masters, used = [*self._learning.values()], [*self._used.values()]
        torch._foreach_copy_([value.grad for value in masters], [value.grad for value in used])
        for value in used:
            value.grad = None
        torch.nn.utils.clip_grad_norm_(masters, _CLIP)
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["top"] * max(rate, _LEAST_RATE)
            optimizer.step()
        self._network.word.weight.grad = None
        with torch.no_grad():
            torch._foreach_copy_(used, masters)
        self.seen += texts
        self.steps += 1

    def save(self, path: Path) -> None:
        whole = {
            "weights": self._weights(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "seen": self.seen,
            "steps": self.steps,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(whole, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        whole = torch.load(path, weights_only=True, map_location=self._network.word.weight.device)
        for optimizer, state in zip(self._optimizers, whole["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.seen, self.steps = whole["seen"], whole["steps"]
        with torch.no_grad():
            self._network.load_state_dict(whole["weights"])
            for name, value in self._master.items():
                value.copy_(whole["weights"][name])

    def result(self) -> Network:
        trained = Network(self._network.shape)
        trained.load_state_dict(self._weights())
        trained.eval()
        return trained

    def _weights(self) -> dict[str, torch.Tensor]:
        masters = {name: value.detach() for name, value in self._master.items()}
        return {_WORDS: self._network.word.weight.detach(), **masters}
