"""The encoder: eight bits beside floats, long texts in windows, evidence by attention."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")

from models.encoder import TENSORS  # noqa: E402
from models.network import Network, Shape, quantised, restored  # noqa: E402
from models.onnx import OnnxRunner  # noqa: E402
from models.pieces import PAD  # noqa: E402
from training.encoder.graph import write_graph  # noqa: E402
from training.encoder.ranges import activation_ranges, shrinking  # noqa: E402

SHAPE = Shape(words=50, layers=2, width=64, heads=4, inner=128, positions=40, aspects=3, risks=2)
SHAPES = {"plain": SHAPE, "joined": replace(SHAPE, joins=(0, 1))}


@pytest.fixture(scope="module", params=SHAPES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Network]:
    """An encoder of random weights, one channel of which reaches far."""
    shape = SHAPES[request.param]
    torch.manual_seed(0)
    network = Network(shape).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    with torch.no_grad():
        network.layers[0].attended.bias[5] = 40
    directory = tmp_path_factory.mktemp("encoder")
    ranges = activation_ranges(network, [torch.from_numpy(ids(40))])
    tensors = quantised(network, shrinking(ranges))
    save_file(tensors, directory / TENSORS)
    network = restored(shape, tensors).eval()
    write_graph(directory, shape, ranges)
    return directory, network


def ids(count: int) -> np.ndarray:
    found = np.random.default_rng(0).integers(3, 50, (count, 12))
    found[1, 7:] = found[3, 3:] = PAD
    return found


def reference(network: Network, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with torch.inference_mode():
        given = torch.from_numpy(places)
        found = network(given, given != PAD)
    parts = [found.sentiment, found.aspects, found.polarity.flatten(start_dim=1), found.risks]
    return torch.cat(parts, dim=1).numpy(), found.attention.numpy()


def test_the_graph_gives_the_numbers_of_the_network(written) -> None:
    directory, network = written
    logits, attention = OnnxRunner(directory)(ids(5))
    expected, looked = reference(network, ids(5))
    assert logits.shape == (5, 4 + 3 + 12 + 2)
    assert attention.shape == (5, 5, 12 // network.shape.together)
    np.testing.assert_allclose(attention.sum(axis=2), 1, atol=1e-5)
    assert np.abs(logits - expected).mean() < 0.05 * expected.std()
    assert np.abs(attention - looked).mean() < 0.01


def test_two_products_of_a_matrix_fit_in_sixteen_bits(written) -> None:
    _, network = written
    matrices = [
        value
        for name, value in quantised(network).items()
        if name.startswith(("layers.", "joins.")) and value.dtype == np.int8
    ]
    assert len(matrices) == 6 * SHAPE.layers + len(network.shape.joins)
    assert max(2 * 255 * int(np.abs(value.astype(int)).max()) for value in matrices) < 2**15


def test_a_text_has_the_same_numbers_in_any_company(written) -> None:
    directory, _ = written
    run = OnnxRunner(directory)
    together, _ = run(ids(40))
    for row in range(40):
        alone, _ = run(ids(40)[row : row + 1])
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-4, atol=1e-4)


def test_the_channel_that_reaches_far_is_shrunk_and_no_weight_is_lost(written) -> None:
    directory, network = written
    factors = load_file(directory / TENSORS)["layers.0.rise.shrink"]
    assert factors.argmin() == 5
    assert factors[5] < 0.5
    again = restored(network.shape, quantised(network, {"layers.0.rise": factors}))
    torch.testing.assert_close(again.layers[0].rise.weight, network.layers[0].rise.weight)


def test_the_last_places_of_a_text_need_no_padding(written) -> None:
    _, network = written
    for length in (1, 5, 7, 11):
        short = torch.from_numpy(ids(5))[:1, :length]
        padded = torch.nn.functional.pad(short, (0, 12 - length), value=PAD)
        one, other = network(short, short != PAD), network(padded, padded != PAD)
        torch.testing.assert_close(one.vector, other.vector, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(one.aspects, other.aspects, rtol=1e-4, atol=1e-4)
