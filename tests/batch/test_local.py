"""Tagging by several processes: the order of the input, bounded memory, clear errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from vocnlp.batch import local
from vocnlp.batch.local import chunks, in_order, tag
from vocnlp.errors import MissingExtraError, VocnlpError
from vocnlp.schema import Comment, FailedComment, Problem

PIPELINE = """
import os, signal
from vocnlp.errors import MissingExtraError


class Pipeline:
    def __init__(self, fault):
        if fault == "load":
            raise MissingExtraError("torch", "train")
        self.fault = fault

    def tag(self, comments):
        for comment in comments:
            if self.fault == "kill" and comment.text == "999":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault == "raise" and comment.text == "999":
                raise ZeroDivisionError("in a worker")
            yield (os.getpid(), comment)
"""


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A pipeline in a module that worker processes can import."""
    (tmp_path / "fake_pipeline.py").write_text(PIPELINE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(local, "CHUNK_COMMENTS", 50)
    monkeypatch.delitem(sys.modules, "fake_pipeline", raising=False)
    import fake_pipeline

    return fake_pipeline.Pipeline  # type: ignore[no-any-return]


def numbered(count: int) -> Iterator[Comment]:
    return (Comment(str(i), str(i)) for i in range(count))


def test_chunks_are_bounded_in_number_and_in_characters() -> None:
    found = list(chunks(numbered(1201)))
    assert [len(chunk) for chunk in found] == [500, 500, 201]
    assert [c.id for chunk in found for c in chunk] == [str(i) for i in range(1201)]  # type: ignore[union-attr]
    long = [Comment(str(i), "x" * 400_000) for i in range(5)]
    assert [len(chunk) for chunk in chunks(long)] == [2, 2, 1]
    assert [len(chunk) for chunk in chunks([FailedComment("a", Problem("bad_row", "x"))] * 3)] == [3]


def test_results_keep_their_order_and_few_are_waiting() -> None:
    taken, waiting, most = [], 0, 0

    def submit(batch: list[Any]) -> list[Any]:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        return batch

    def result(batch: list[Any]) -> list[Any]:
        nonlocal waiting
        waiting -= 1
        return batch

    for item in in_order(([i] for i in range(100)), submit, result, ahead=4):
        taken.append(item)
    assert taken == list(range(100))
    assert (most, waiting) == (4, 0)


def test_a_small_input_starts_no_processes(pipeline: Callable[..., Any]) -> None:
    assert {pid for pid, _ in tag(numbered(150), partial(pipeline, ""), workers=2)} == {os.getpid()}  # type: ignore[misc]


def test_input_is_read_no_further_than_needed(pipeline: Callable[..., Any]) -> None:
    read = 0

    def counted() -> Iterator[Comment]:
        nonlocal read
        for comment in numbered(10_000):
            read += 1
            yield comment

    records = tag(counted(), partial(pipeline, ""), workers=1)
    next(records)
    assert read <= 50


@pytest.mark.slow
def test_processes_keep_the_order(pipeline: Callable[..., Any]) -> None:
    found: list[Any] = list(tag(numbered(1020), partial(pipeline, ""), workers=2))
    assert [comment.id for _, comment in found] == [str(i) for i in range(1020)]
    assert os.getpid() not in {pid for pid, _ in found}


@pytest.mark.slow
def test_a_killed_worker_is_a_clear_error(pipeline: Callable[..., Any]) -> None:
    with pytest.raises(VocnlpError, match=r"one of 2 worker processes was killed.*--workers 1"):
        list(tag(numbered(1020), partial(pipeline, "kill"), workers=2))


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "error"), [("raise", ZeroDivisionError), ("load", MissingExtraError)])
def test_an_error_in_a_worker_comes_back(
    pipeline: Callable[..., Any], fault: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        list(tag(numbered(1020), partial(pipeline, fault), workers=2))
