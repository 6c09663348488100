from __future__ import annotations

from pathlib import Path

import pytest

from training.encoder.recipe import EncoderRecipe, SubwordRecipe, TuneRecipe
from training.linear import Recipe
from training.recipes import read_recipe
from vocnlp.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("baseline", Recipe),
        ("fast", EncoderRecipe),
        ("full", EncoderRecipe),
        ("heads", TuneRecipe),
        ("small", EncoderRecipe),
        ("subwords", SubwordRecipe),
        ("tune", TuneRecipe),
    ],
)
def test_the_recipes_that_ship_can_be_read(name: str, kind: type) -> None:
    assert isinstance(read_recipe(name), kind)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("bitz = 3", "unknown setting 'bitz'"),
        ("kind = 'forest'", "kind 'forest'; known: linear, encoder, tune, subwords"),
        ("kind = 'tune'", r"\[stage\]: .*'layers'"),
        ("kind = 'tune'\n[stage]\nlayers = []\ntexts = 5\nmix = [1.0]", "mix needs 5 shares"),
        ("kind = 'encoder'\n[student]\nlayers = [0]\ntexts = 5\nmix = [1, 0, 0, 0, 0]\njoin = [0]", "'join'"),
        (
            "kind = 'encoder'\n[student]\nlayers = [0, 2]\ntexts = 5\nmix = [1, 0, 0, 0, 0]\njoins = [2]",
            r"\[student\]: joins must name layers from 0 to 1",
        ),
        ("kind = 'encoder'\nstudent = 3", r"\[student\] must be a table"),
        ("kind = 'encoder'\n[generations]\nseeds = [3]", r"\[generations\] must not be a table"),
        (
            "kind = 'tune'\n[stage]\nlayers = [0]\ntexts = 5\nmix = [1, 0, 0, 0, 0]",
            r"mine.toml: stage .*layers must be \[\]",
        ),
        ("kind = 'encoder'\n[student]\nlayer = 3", r"\[student\] has the unknown setting 'layer'"),
        ("kind = 'encoder'\n[[generations]]\nseed = 3", r"\[generations\] has the unknown setting 'seed'"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=said):
        read_recipe(str(path))


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(InputError, match="baseline, fast, full, heads, small, subwords, tune"):
        read_recipe("best")
