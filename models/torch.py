"""The encoder in torch: with CUDA, or on the CPU as the reference for the eight-bit graph."""

from __future__ import annotations

from pathlib import Path

import torch

from models.encoder import TENSORS, Floats, Ids
from models.manifest import Manifest
from models.network import Network, Shape, restored
from models.pieces import PAD
from models.tensors import read_tensors

__all__ = ["TorchRunner", "cuda_works", "load_network"]


def cuda_works() -> bool:
    """Whether torch can use a CUDA device."""
    return bool(torch.cuda.is_available())


def load_network(directory: Path, manifest: Manifest) -> Network:
    """The network with the shipped weights, taken back to float32; for use or for further training."""
    return restored(Shape(**manifest.settings["shape"]), read_tensors(directory / TENSORS))


class TorchRunner:
    """See `models.encoder.Runner`; float16 with CUDA, float32 on the CPU."""

    def __init__(self, directory: Path, manifest: Manifest, *, device: str) -> None:
        network = load_network(directory, manifest).eval().to(device)
        self._network = network.half() if device == "cuda" else network
        self._device = device

    def __call__(self, ids: Ids) -> tuple[Floats, Floats]:
        """See `models.encoder.Runner`."""
        with torch.inference_mode():
            given = torch.from_numpy(ids).to(self._device)
            found = self._network(given, given != PAD)
            logits = torch.cat(
                [found.sentiment, found.aspects, found.polarity.flatten(start_dim=1), found.risks], dim=1
            )
            return logits.float().cpu().numpy(), found.attention.float().cpu().numpy()

    def vectors(self, ids: Ids) -> Floats:
        """See `models.encoder.Runner`."""
        with torch.inference_mode():
            given = torch.from_numpy(ids).to(self._device)
            found: Floats = self._network(given, given != PAD).vector.cpu().numpy()
            return found
