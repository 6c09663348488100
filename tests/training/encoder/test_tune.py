"""A finished model is taken further: it learns a new aspect and keeps what it knew."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from models.manifest import Manifest, ModelFileError, read_manifest
from models.network import Network, Shape
from models.store import load
from models.subword_branch import keys
from models.torch import load_network
from training.encoder.export import write_beside, write_model
from training.encoder.objective import Objective
from training.encoder.packed import Packed
from training.encoder.recipe import EncoderRecipe, Generation, SoftLabels, Stage, Student, TuneRecipe
from training.encoder.rows import Rows
from training.encoder.subwords import Subwords
from training.encoder.train import Trained, train_encoder
from training.encoder.tune import _between, tune
from vocnlp.batch.labelled import Example

RISKS = ["safety"]
STAGE = Stage((0,), 20_000, (1.0, 0, 0, 0, 0), rate=2e-3, head_rate=1e-2, tokens=1024)
FURTHER = replace(STAGE, layers=())
RECIPE = EncoderRecipe(
    generations=(Generation(STAGE, FURTHER),),
    student=Student((0,), 20_000, STAGE.mix, rate=2e-3, head_rate=1e-2, tokens=1024),
    further=FURTHER,
    words=66,
    window=40,
    threads=1,
    seeds=(0,),
)


def made(subjects: dict[str, str], count: int, seed: int) -> list[Example]:
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        aspect = str(random.choice(list(subjects)))
        good = bool(random.integers(2))
        text = f"{subjects[aspect]} was {'great' if good else 'bad'}"
        label = "pos" if good else "neg"
        result.append(Example(f"made:{seed}.{number}", text, "en", label, {aspect: label}))
    return result


def written(found: Trained, directory: Path, aspects: list[str]) -> Path:
    settings = {
        "risks": RISKS,
        "risk_weights": asdict(found.risk_weights),
        "thresholds": found.thresholds,
        "window": 40,
    }
    manifest = Manifest(directory.name, "1", "", "Apache-2.0", tuple(aspects), ("en",), {}, {}, settings)
    write_model(directory, found, manifest)
    return directory


def begun(subjects: dict[str, str], count: int, packed: Packed, directory: Path) -> Path:
    """A finished model, named first, to go on from."""
    first = train_encoder(
        made(subjects, count, seed=0),
        aspects=[*subjects],
        risks=RISKS,
        recipe=RECIPE,
        work=directory / "work",
        packed=packed,
        report=lambda _: None,
    )
    return written(first, directory / "first", [*subjects])


@pytest.mark.slow
@pytest.mark.parametrize("ngrams", [False, True])
def test_a_new_aspect_is_learned_and_old_ones_are_kept(packed: Packed, tmp_path: Path, ngrams: bool) -> None:
    old = {"logistics": "the parcel", "price": "the price"}
    start = begun(old, 400, packed, tmp_path)
    new = {"quality": "the fabric"}
    aspects = ["quality", *old]
    second = tune(
        [*made(new, 120, seed=1), *made(old, 120, seed=2)],
        start=start,
        aspects=aspects,
        recipe=TuneRecipe(replace(FURTHER, texts=6_000), threads=1, ngrams=ngrams, least_held=20),
        work=tmp_path / "tune",
        report=lambda _: None,
    )
    assert ngrams or not second.branch
    model = load(str(written(second, tmp_path / "second", aspects)), device="cpu")
    fresh = made({**new, **old}, 100, seed=3)
    found = model.predict([e.text for e in fresh], [[(0, len(e.text))] for e in fresh])
    truth = np.array([[aspect in e.aspects for aspect in aspects] for e in fresh])
    assert ((found.aspects >= model.thresholds) == truth).mean() > 0.95


@pytest.mark.parametrize(("learned", "best"), [(4.0, 1.0), (-4.0, 0.25)])
def test_weights_go_as_far_as_suits_what_is_held(
    learned: float, best: float, rows_of: Callable[..., Rows]
) -> None:
    shape = Shape(words=60, layers=1, width=16, heads=2, inner=16, positions=16, aspects=2, risks=1)
    begun = Network(shape)
    tuned = deepcopy(begun)
    with torch.no_grad():
        tuned.judged_bias += torch.tensor([learned, -learned, 0])
    known = np.tile([1, -1], (8, 1))
    rows = rows_of([1] * 8, polarity=known, held=np.ones(8, bool))
    share, found = _between(begun, tuned, Objective(rows), rows)
    assert share == best
    torch.testing.assert_close(found.judged_bias, begun.judged_bias.lerp(tuned.judged_bias, best))


@pytest.mark.slow
@pytest.mark.parametrize("ngrams", [False, True])
def test_sub_words_stay_unless_n_grams_of_ones_own_take_their_place(
    packed: Packed, tmp_path: Path, ngrams: bool
) -> None:
    subjects = {"logistics": "the parcel", "price": "the price"}
    start = begun(subjects, 300, packed, tmp_path)
    _, features = keys(np.array([9]), np.array([0, 1]))
    tensors = {
        "features": np.sort(features),
        "idf": np.ones(3, np.float16),
        "weights": np.zeros((3, 4), np.int8),
        "scale": np.ones(4, np.float32),
        "bias": np.zeros(4, np.float32),
    }
    settings = {"weight": 2.0, "temperature": 1.5}
    write_beside(start, start, read_manifest(start), Subwords(settings, tensors))
    said: list[str] = []
    second = tune(
        made(subjects, 200, seed=1),
        start=start,
        aspects=[*subjects],
        recipe=TuneRecipe(
            replace(FURTHER, texts=3_000, rate=0.0), threads=1, ngrams=ngrams, least_held=20 if ngrams else 99
        ),
        work=tmp_path / "tune",
        report=said.append,
    )
    if ngrams:
        assert "n-grams of the comments have a say in sentiment" in said[-1]
        assert second.subwords is None
    else:
        assert second.subwords
        assert second.subwords.settings == settings
        model = load(str(written(second, tmp_path / "second", [*subjects])), device="cpu")
        assert model.predict(["the parcel was bad"], [[(0, 18)]]).sentiment.shape == (1, 4)


@pytest.mark.slow
def test_heads_that_learn_sentiment_alone_leave_the_rest_as_it_was(packed: Packed, tmp_path: Path) -> None:
    subjects = {"logistics": "the parcel", "price": "the price"}
    start = begun(subjects, 300, packed, tmp_path)
    turned = {"pos": "neg", "neg": "pos"}
    rows = [replace(e, sentiment=turned[str(e.sentiment)], aspects={}) for e in made(subjects, 200, seed=1)]
    second = tune(
        rows,
        start=start,
        aspects=[*subjects],
        recipe=TuneRecipe(replace(FURTHER, texts=6_000, rate=0.0), threads=1, least_held=10),
        work=tmp_path / "tune",
        report=lambda _: None,
    )
    first = load_network(start, read_manifest(start)).eval()
    ids = torch.randint(4, first.shape.words, (20, 9))
    with torch.no_grad():
        before, after = (network(ids, ids > 0) for network in (first, second.network.eval()))
    for name in ("aspects", "polarity", "risks", "attention", "vector"):
        torch.testing.assert_close(getattr(after, name), getattr(before, name))
    assert (after.sentiment != before.sentiment).all()


@pytest.mark.slow
def test_n_grams_of_the_comments_are_heard_too(packed: Packed, tmp_path: Path) -> None:
    subjects = {"logistics": "the parcel", "price": "the price"}
    start = begun(subjects, 300, packed, tmp_path)
    words = {"neg": "meh", "pos": "wow"}
    rows = [
        replace(e, text=f"the parcel {words[str(e.sentiment)]}", aspects={})
        for e in made(subjects, 200, seed=1)
    ]
    heads = TuneRecipe(replace(FURTHER, texts=200, rate=0.0), threads=1, least_held=10)

    def positive(name: str, *, ngrams: bool) -> tuple[float, float]:
        """How likely either word is positive."""
        work = tmp_path / name
        recipe = replace(heads, ngrams=ngrams)
        found = tune(rows, start=start, aspects=[*subjects], recipe=recipe, work=work, report=lambda _: None)
        assert not [*work.glob("states*")]
        model = load(str(written(found, tmp_path / f"{name}-model", [*subjects])), device="cpu")
        texts = [f"the parcel {word}" for word in words.values()]
        bad, good = model.predict(texts, [[(0, len(text))] for text in texts]).sentiment[:, 2].tolist()
        return bad, good

    alone, both = positive("alone", ngrams=False), positive("both", ngrams=True)
    assert both[1] - both[0] > alone[1] - alone[0] + 0.05
    path = tmp_path / "both-model/ngrams.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelFileError, match="ngrams"):
        load(str(path.parent), device="cpu")


def test_only_an_encoder_can_be_taken_further(tiny_model_directory: Path, tmp_path: Path) -> None:
    stage = Stage((), 10, (1.0, 0, 0, 0, 0))
    with pytest.raises(ModelFileError, match="kind 'linear'"):
        tune(
            made({"price": "the price"}, 5, seed=0),
            start=tiny_model_directory,
            aspects=["price"],
            recipe=TuneRecipe(stage),
            work=tmp_path / "tune",
        )


@pytest.mark.slow
def test_it_goes_on_with_other_corpora_and_its_own_labels_of_them(packed: Packed, tmp_path: Path) -> None:
    subjects = {"logistics": "the parcel", "price": "the price"}
    start = begun(subjects, 300, packed, tmp_path)
    lines = [
        {"text": f"{e.text}!", "lang": "en", "sentiment": e.sentiment} for e in made(subjects, 80, seed=5)
    ]
    zstandard = pytest.importorskip("zstandard")
    (tmp_path / "shop").mkdir()
    with zstandard.open(tmp_path / "shop/train.jsonl.zst", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    said: list[str] = []
    second = tune(
        made(subjects, 60, seed=2),
        start=start,
        aspects=[*subjects],
        recipe=TuneRecipe(
            replace(FURTHER, texts=2_000, mix=(0.4, 0, 0, 0.2, 0.4)),
            soft=SoftLabels(50),
            threads=1,
            seeds=(0, 1),
        ),
        work=tmp_path / "tune",
        corpora=tmp_path,
        sources=["shop"],
        without=frozenset({lines[0]["text"]}),
        report=said.append,
    )
    assert any("50 comments labelled by first" in line for line in said)
    assert second.sources["shop"] == sum(line["text"] != lines[0]["text"] for line in lines)
    model = load(str(written(second, tmp_path / "second", [*subjects])), device="cpu")
    fresh = made(subjects, 60, seed=3)
    found = model.predict([e.text for e in fresh], [[(0, len(e.text))] for e in fresh])
    truth = np.array([[aspect in e.aspects for aspect in subjects] for e in fresh])
    assert ((found.aspects >= model.thresholds) == truth).mean() > 0.95
