"""Tagging on Ray."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from vocnlp.batch import ray
from vocnlp.errors import MissingExtraError
from vocnlp.schema import Comment


def test_without_ray_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'vocnlp\[ray\]'"):
        list(ray.tag([Comment("a", "b")], lambda: pytest.fail("loaded"), workers=1))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_actors_keep_the_order(fake_pipeline: object, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install 'vocnlp[ray]'")
    # the actors must find the classes of the records and of this test
    paths = [str(Path(__file__).parents[2]), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    comments = [Comment(str(i), f"comment {i}") for i in range(1200)]
    records = list(ray.tag(comments, partial(lambda: fake_pipeline), workers=2))
    assert [record.id for record in records] == [comment.id for comment in comments]
    assert records[7].aspects[0].aspect == "logistics"  # type: ignore[union-attr]
