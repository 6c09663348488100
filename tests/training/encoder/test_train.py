"""The whole training on a tiny encoder: it learns, goes on after a kill, and what it writes loads."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from models.encoder import TOKENIZER
from models.manifest import Manifest, ModelFileError
from models.store import load
from models.torch import TorchRunner
from training.encoder.export import write_model
from training.encoder.packed import Packed
from training.encoder.recipe import EncoderRecipe, Generation, Stage, Student
from training.encoder.train import Trained, distil, train_encoder
from vocnlp.batch.labelled import Example

ASPECTS = ("logistics", "price", "quality")
SUBJECTS = {"logistics": "the parcel", "price": "the price", "quality": "the fabric"}
VERDICTS = {"neg": "was bad", "pos": "was great"}
TEACHER = Stage((0, 1), 24_000, (0.8, 0.2, 0, 0, 0), rate=2e-3, head_rate=1e-2, tokens=1024)
FINISH = replace(TEACHER, layers=(), texts=1_000)
RECIPE = EncoderRecipe(
    generations=(Generation(TEACHER, FINISH, seeds=(0, 1)),),
    student=Student((0,), 24_000, TEACHER.mix, rate=2e-3, head_rate=1e-2, tokens=1024),
    further=FINISH,
    words=66,
    window=40,
    threads=1,
)


def made(count: int, seed: int) -> list[Example]:
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        chosen = random.choice(ASPECTS, size=random.integers(1, 3), replace=False).tolist()
        labels = {aspect: str(random.choice(["neg", "pos"])) for aspect in chosen}
        clauses = [f"{SUBJECTS[a]} {VERDICTS[p]}" for a, p in labels.items()]
        feelings = set(labels.values())
        sentiment = "mix" if len(feelings) > 1 else feelings.pop()
        risks = ["fraud"] if labels.get("price") == "neg" else []
        result.append(Example(f"made:{seed}.{number}", ". ".join(clauses), "en", sentiment, labels, risks))
    return result


def trained(packed: Packed, work: Path, recipe: EncoderRecipe = RECIPE) -> Trained:
    return train_encoder(
        made(600, seed=0),
        aspects=ASPECTS,
        risks=["fraud"],
        recipe=recipe,
        work=work,
        packed=packed,
        report=lambda _: None,
    )


def written(found: Trained, directory: Path) -> Manifest:
    settings = {
        "risks": ["fraud"],
        "risk_weights": asdict(found.risk_weights),
        "thresholds": found.thresholds,
        "window": RECIPE.window,
    }
    manifest = Manifest(
        name="own",
        version="1",
        kind="",
        licence="Apache-2.0",
        aspects=ASPECTS,
        languages=("en",),
        files={},
        settings=settings,
    )
    write_model(directory, found, manifest)
    return manifest


@pytest.fixture(scope="module")
def directory(packed: Packed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("trained")
    written(trained(packed, place / "work"), place / "own")
    return place / "own"


@pytest.mark.slow
def test_it_learns_what_can_be_learnt(directory: Path) -> None:
    model = load(str(directory), device="cpu")
    fresh = made(100, seed=1)
    first = [len(e.text.split(". ")[0]) for e in fresh]
    spans = [
        [span for span in ((0, cut), (cut, len(e.text))) if span[0] < span[1]]
        for e, cut in zip(fresh, first, strict=True)
    ]
    found = model.predict([example.text for example in fresh], spans)
    truth = np.array([[aspect in example.aspects for aspect in ASPECTS] for example in fresh])
    assert ((found.aspects >= model.thresholds) == truth).mean() > 0.95
    assert ((found.risks[:, 0] >= 0.5) == ["fraud" in e.risks for e in fresh]).mean() > 0.9
    feeling = found.sentiment.argmax(axis=1)
    assert (feeling == [("neg", "neu", "pos", "mix").index(e.sentiment or "") for e in fresh]).mean() > 0.9
    two = [row for row, example in enumerate(fresh) if len(example.aspects) == 2]
    best = [found.clauses[found.offsets[row] : found.offsets[row + 1]].argmax(axis=0) for row in two]
    names = [list(fresh[row].aspects) for row in two]
    right = [b[ASPECTS.index(n[c])] == c for b, n in zip(best, names, strict=True) for c in (0, 1)]
    assert np.mean(right) > 0.75  # half by chance


@pytest.mark.slow
def test_a_text_is_judged_alike_alone_in_a_batch_and_by_torch(directory: Path) -> None:
    model = load(str(directory), device="cpu")
    texts = ["the parcel was bad", "", "the price was great. the fabric was bad. " * 9, "很好"]
    spans = [[(0, len(text))] if text else [] for text in texts]
    together = model.predict(texts, spans)
    for row, (text, span) in enumerate(zip(texts, spans, strict=True)):
        alone = model.predict([text], [span])
        np.testing.assert_allclose(alone.aspects[0], together.aspects[row], rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(alone.sentiment[0], together.sentiment[row], rtol=1e-3, atol=1e-3)
    model._runner = TorchRunner(directory, model.manifest, device="cpu")
    np.testing.assert_allclose(model.predict(texts, spans).aspects, together.aspects, atol=0.05)


@pytest.mark.slow
def test_texts_of_like_meaning_have_near_vectors(directory: Path) -> None:
    model = load(str(directory), device="cpu")
    texts = ["the parcel was bad", "the price was great", "the parcel was bad.", "the price was great. " * 20]
    found = model.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    near = found @ found.T
    assert near[0, 2] > max(near[0, 1], near[0, 3])
    np.testing.assert_allclose(model.embed(texts[3:])[0], found[3], atol=1e-3)
    model._runner = TorchRunner(directory, model.manifest, device="cpu")
    assert (model.embed(texts) * found).sum(axis=1).min() > 0.98


@pytest.mark.slow
def test_a_killed_training_goes_on_where_it_was(packed: Packed, tmp_path: Path) -> None:
    before: list[str] = []

    class KilledError(Exception):
        pass

    def killed(message: str) -> None:
        before.append(message)
        if sum("texts read" in line for line in before) == 6:  # the last one of the second generation
            raise KilledError

    teacher, finish = replace(TEACHER, texts=500), replace(FINISH, texts=500)
    generations = Generation(teacher, finish), Generation(teacher, finish, seeds=(1, 2))
    student = replace(RECIPE.student, texts=500)
    short = replace(RECIPE, generations=generations, student=student, further=finish)
    given = {"aspects": ASPECTS, "risks": ["fraud"], "recipe": short, "packed": packed}
    with pytest.raises(KilledError):
        train_encoder(made(100, seed=0), work=tmp_path, report=killed, **given)
    said: list[str] = []
    left = (tmp_path / "teacher2.2.safetensors").stat().st_mtime_ns
    train_encoder(made(100, seed=0), work=tmp_path, report=said.append, **given)
    assert (tmp_path / "teacher2.2.safetensors").stat().st_mtime_ns == left
    assert sum("texts read" in line for line in said) == 4  # that one again, the student, and twice further


@pytest.mark.slow
def test_a_finished_model_teaches_a_smaller_one(directory: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, generations=(), student=replace(RECIPE.student, inner=32, joins=(0,)))
    given = {"aspects": ASPECTS, "recipe": recipe, "work": tmp_path / "work", "report": lambda _: None}
    found = distil(made(600, seed=0), start=directory, **given)
    assert (found.network.shape.inner, found.network.shape.together) == (32, 2)
    written(found, tmp_path / "small")
    model = load(str(tmp_path / "small"), device="cpu")
    fresh = made(100, seed=1)
    told = model.predict([e.text for e in fresh], [[(0, len(e.text))] for e in fresh])
    truth = np.array([[aspect in example.aspects for aspect in ASPECTS] for example in fresh])
    assert ((told.aspects >= model.thresholds) == truth).mean() > 0.95


@pytest.mark.slow
def test_a_damaged_model_is_refused(directory: Path, tmp_path: Path) -> None:
    for path in directory.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((tmp_path / TOKENIZER).read_bytes())
    content[100] ^= 1
    (tmp_path / TOKENIZER).write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        load(str(tmp_path))
