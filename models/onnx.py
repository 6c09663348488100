"""The encoder on the CPU in eight bits, by onnxruntime."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.encoder import GRAPH, Floats, Ids
from models.manifest import ModelFileError

__all__ = ["OnnxRunner"]


class OnnxRunner:
    """See `models.encoder.Runner`; uses OMP_NUM_THREADS threads, or all cores where it is not set."""

    def __init__(self, directory: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
        # the graph has the fused operators it needs; what onnxruntime would fuse further is slower
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        # waiting threads sleep: spinning costs a service twice its processor time and wins a tenth
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = directory / GRAPH
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has an exception a failure, none of them public
            raise ModelFileError(f"{path} cannot be run by onnxruntime: {error}") from error

    def __call__(self, ids: Ids) -> tuple[Floats, Floats]:
        """See `models.encoder.Runner`."""
        logits: NDArray[np.float32]
        attention: NDArray[np.float32]
        logits, attention = self._session.run(["logits", "attention"], {"ids": ids})
        return logits, attention

    def vectors(self, ids: Ids) -> Floats:
        """See `models.encoder.Runner`."""
        found: Floats = self._session.run(["vectors"], {"ids": ids})[0]
        return found
