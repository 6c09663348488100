"""The network as an ONNX graph in eight bits, for onnxruntime on the CPU.

Written operator by operator: matrices are multiplied as integers, with activations quantised over ranges that
were seen on a sample, so that a text has the same numbers in any company; attention is one fused operator;
the weights stay in the safetensors file that torch reads too (ONNX external data point into it).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.encoder import GRAPH, TENSORS
from models.interface import POLARITIES
from models.network import CLOSED, SHARPNESS, Shape
from models.pieces import PAD
from training.encoder.ranges import Ranges, shrinking

__all__ = ["write_graph"]

_OPSET, _IR = 23, 10
_TYPES = {"F32": TensorProto.FLOAT, "I8": TensorProto.INT8}


def write_graph(directory: Path, shape: Shape, ranges: Ranges) -> None:
    """Write `graph.onnx` beside the `model.safetensors` with what `models.network.quantised` gave, for
    `shrinking(ranges)`."""
    graph = _Graph(directory / TENSORS, ranges)
    logits, attention, vectors = _network(graph, shape)
    batch = helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])
    results = [
        helper.make_tensor_value_info(logits, TensorProto.FLOAT, ["texts", None]),
        helper.make_tensor_value_info(attention, TensorProto.FLOAT, ["texts", None, "tokens"]),
        helper.make_tensor_value_info(vectors, TensorProto.FLOAT, ["texts", shape.width]),
    ]
    made = helper.make_graph(graph.nodes, "vocnlp", [batch], results, graph.constants)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(made, opset_imports=opsets, ir_version=_IR), directory / GRAPH)


class _Graph:
    """Nodes and constants; a weight is named as in the safetensors file."""

    def __init__(self, tensors: Path, ranges: Ranges) -> None:
        self._ranges = ranges
        self._shrinking = shrinking(ranges)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._tensors = tensors
        content = tensors.read_bytes()
        (self._header,) = struct.unpack_from("<Q", content)
        self._entries: dict[str, Any] = json.loads(content[8 : 8 + self._header])
        self._known: set[str] = set()

    def node(self, operator: str, inputs: Sequence[str], *, domain: str = "", **attributes: Any) -> str:
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, value: NDArray[Any] | float | Sequence[int], kind: type = np.int64) -> str:
        array: NDArray[Any] = np.asarray(value, kind)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str) -> str:
        """A tensor of the safetensors file, by reference."""
        if name not in self._known:
            self._known.add(name)
            entry = self._entries[name]
            begin, end = entry["data_offsets"]
            tensor = TensorProto(name=name, data_type=_TYPES[entry["dtype"]], dims=entry["shape"])
            tensor.data_location = TensorProto.EXTERNAL
            place = {
                "location": self._tensors.name,
                "offset": 8 + self._header + begin,
                "length": end - begin,
            }
            for key, value in place.items():
                tensor.external_data.add(key=key, value=str(value))
            self.constants.append(tensor)
        return name

    def eight_bits(self, x: str, name: str) -> tuple[str, str, str]:
        """x as integers for the matrix `name`, with its scale and zero point."""
        lowest, highest = self._ranges[name]
        if name in self._shrinking:
            x = self.node("Mul", [x, self.weight(f"{name}.shrink")])
            lowest, highest = lowest * self._shrinking[name], highest * self._shrinking[name]
        low, high = min(float(lowest.min()), 0.0), max(float(highest.max()), 0.0)
        step = (high - low) / 255 or 1.0
        scale = self.constant(step, np.float32)
        zero = self.constant(round(-low / step), np.uint8)
        return self.node("QuantizeLinear", [x, scale, zero]), scale, zero

    def linear(self, x: tuple[str, str, str], name: str) -> str:
        """x @ weight + bias, as integers; x as `eight_bits` gives it."""
        integers, step, zero = x
        parts = [f"{name}.weight", f"{name}.scale", f"{name}.bias"]
        weight, scale, bias = map(self.weight, parts)
        given = [integers, weight, step, scale, zero, "", bias]
        return self.node("MatMulIntegerToFloat", given, domain="com.microsoft")

    def exact(self, x: str, weight: str, bias: str) -> str:
        """x @ weight.T + bias, in float32."""
        turned = self.node("Transpose", [self.weight(weight)])
        return self.node("Add", [self.node("MatMul", [x, turned]), self.weight(bias)])

    def norm(self, x: str, name: str, epsilon: float) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", [x, weight, bias], axis=-1, epsilon=epsilon)


def _network(graph: _Graph, shape: Shape) -> tuple[str, str, str]:
    """As `models.network.Network.forward`; names of the logits, of the attention and of the mean vectors."""
    token = graph.node("Not", [graph.node("Equal", ["ids", graph.constant(PAD)])])
    x = _embedded(graph, shape)
    mask = _attention_mask(graph, token)
    for number in range(shape.layers):
        if number in shape.joins:
            x, token = _joined(graph, x, token, shape, f"joins.{number}")
            mask = _attention_mask(graph, token)
        x = _layer(graph, x, mask, shape, f"layers.{number}")
    return *_read(graph, x, token, shape), _mean(graph, x, token)


def _embedded(graph: _Graph, shape: Shape) -> str:
    rows = graph.node("Gather", [graph.weight("word.weight"), "ids"])
    scales = graph.node("Gather", [graph.weight("word.scale"), "ids"])
    words = graph.node("Mul", [graph.node("Cast", [rows], to=TensorProto.FLOAT), scales])
    length = graph.node("Shape", ["ids"], start=1, end=2)
    zero = graph.constant([0])
    places = graph.node("Slice", [graph.weight("position.weight"), zero, length, zero])
    return graph.norm(graph.node("Add", [words, places]), "embedded", shape.epsilon)


def _joined(graph: _Graph, x: str, token: str, shape: Shape, name: str) -> tuple[str, str]:
    """States of neighbours as one, and which of the places hold tokens."""
    x = graph.node("Reshape", [x, graph.constant([0, -1, 2 * shape.width])])
    x = graph.linear(graph.eight_bits(x, f"{name}.pair"), f"{name}.pair")
    pairs = graph.node(
        "Reshape", [graph.node("Cast", [token], to=TensorProto.UINT8), graph.constant([0, -1, 2])]
    )
    some = graph.node("ReduceMax", [pairs, graph.constant([2])], keepdims=0)
    return graph.norm(x, f"{name}.joined", shape.epsilon), graph.node("Cast", [some], to=TensorProto.BOOL)


def _attention_mask(graph: _Graph, token: str) -> str:
    """[texts, 1, tokens, tokens], true where a token may look."""
    wide = graph.node("Unsqueeze", [token, graph.constant([1, 2])])
    length = graph.node("Shape", [token], start=1, end=2)
    one = graph.constant([1])
    return graph.node("Expand", [wide, graph.node("Concat", [one, one, length, one], axis=0)])


def _layer(graph: _Graph, x: str, mask: str, shape: Shape, name: str) -> str:
    integers = graph.eight_bits(x, f"{name}.qkv")
    asked = [graph.linear(integers, f"{name}.{part}") for part in "qkv"]
    seen = graph.node("Attention", [*asked, mask], q_num_heads=shape.heads, kv_num_heads=shape.heads)
    seen = graph.linear(graph.eight_bits(seen, f"{name}.out"), f"{name}.out")
    x = graph.node("Add", [x, seen])
    x = graph.norm(x, f"{name}.attended", shape.epsilon)
    inner = graph.node("Gelu", [graph.linear(graph.eight_bits(x, f"{name}.rise"), f"{name}.rise")])
    x = graph.node("Add", [x, graph.linear(graph.eight_bits(inner, f"{name}.fall"), f"{name}.fall")])
    return graph.norm(x, f"{name}.done", shape.epsilon)


def _mean(graph: _Graph, x: str, token: str) -> str:
    """Mean over the tokens of each text: a vector of its meaning."""
    weight = graph.node("Cast", [token], to=TensorProto.FLOAT)
    count = graph.node("ReduceSum", [weight, graph.constant([1])], keepdims=1)
    row = graph.node("Unsqueeze", [graph.node("Div", [weight, count]), graph.constant([1])])
    return _named(
        graph, graph.node("Squeeze", [graph.node("MatMul", [row, x]), graph.constant([1])]), "vectors"
    )


def _read(graph: _Graph, x: str, token: str, shape: Shape) -> tuple[str, str]:
    count = 1 + shape.aspects + shape.risks
    looks = graph.node("MatMul", [x, graph.node("Transpose", [graph.weight("query")])])
    looks = graph.node("Mul", [looks, graph.constant(SHARPNESS, np.float32)])
    closed = graph.constant(CLOSED, np.float32)
    shown = graph.node("Unsqueeze", [token, graph.constant([2])])
    attention = graph.node("Softmax", [graph.node("Where", [shown, looks, closed])], axis=1)
    attention = graph.node("Transpose", [attention], perm=[0, 2, 1])
    pooled = graph.node("MatMul", [attention, x])

    def part(value: str, begin: int, end: int) -> str:
        ends = [graph.constant([place]) for place in (begin, end, 1)]
        return graph.node("Slice", [value, *ends])

    def flat(value: str) -> str:
        return graph.node("Flatten", [value], axis=1)

    about = part(pooled, 1, count)
    read = graph.node("Mul", [about, graph.weight("judged")])
    read = graph.node("ReduceSum", [read, graph.constant([2])], keepdims=0)
    judged = graph.node("Add", [read, graph.weight("judged_bias")])
    polarity = graph.exact(part(pooled, 1, 1 + shape.aspects), "polarity.weight", "polarity.bias")
    polarity = graph.node("Add", [polarity, graph.weight("polarity_bias")])
    sentiment = graph.exact(flat(part(pooled, 0, 1)), "sentiment.weight", "sentiment.bias")
    answers = [
        sentiment,
        part(judged, 0, shape.aspects),
        graph.node("Reshape", [polarity, graph.constant([0, shape.aspects * len(POLARITIES)])]),
        part(judged, shape.aspects, count - 1),
    ]
    logits = graph.node("Concat", answers, axis=1)
    return (
        _named(graph, logits, "logits"),
        _named(graph, part(attention, 1, count), "attention"),
    )


def _named(graph: _Graph, value: str, name: str) -> str:
    graph.nodes.append(helper.make_node("Identity", [value], [name], name=name))
    return name
