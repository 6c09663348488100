"""Tagging on the cores of one machine, in the order of the input."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import Protocol, TypeVar

from vocnlp.errors import VocnlpError
from vocnlp.schema import Comment, FailedComment, TaggedComment

__all__ = ["Load", "Tagger", "chunks", "in_order", "tag"]

CHUNK_COMMENTS = 500
CHUNK_CHARACTERS = 500_000
SMALL_INPUT = 4  # chunks: processes take longer to start than the tagging of fewer

Raw = Comment | FailedComment
Record = TaggedComment | FailedComment
Handle = TypeVar("Handle")


class Tagger(Protocol):
    """What `pipeline.Pipeline` is to this module."""

    def tag(self, comments: Iterable[Raw]) -> Iterator[Record]:
        """One record for each comment, in order."""


Load = Callable[[], Tagger]


def tag(comments: Iterable[Raw], load: Load, *, workers: int = 1) -> Iterator[Record]:
    """Tag comments, one record for each, in order.

    load: makes the pipeline; with several workers it must be picklable, and every worker calls it once.
    workers: processes, started only when there is more than a little to do. At most two chunks a worker are
    in memory.
    Raises VocnlpError when a worker is killed, such as by the system when memory runs out.
    """
    batches = chunks(comments)
    first = list(islice(batches, SMALL_INPUT + 1 if workers > 1 else 0))
    todo = chain(first, batches)
    if len(first) <= SMALL_INPUT:
        return load().tag(chain.from_iterable(todo))
    return _in_processes(todo, load, workers)


def chunks(comments: Iterable[Raw]) -> Iterator[list[Raw]]:
    """The comments in lists that are bounded in number and in characters."""
    chunk: list[Raw] = []
    size = 0
    for comment in comments:
        chunk.append(comment)
        size += len(comment.text) if isinstance(comment, Comment) else 0
        if len(chunk) >= CHUNK_COMMENTS or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def in_order(
    batches: Iterable[list[Raw]],
    submit: Callable[[list[Raw]], Handle],
    result: Callable[[Handle], list[Record]],
    *,
    ahead: int,
) -> Iterator[Record]:
    """Results in the order of the batches, with at most `ahead` of them submitted and not yet taken."""
    waiting: deque[Handle] = deque()
    for batch in batches:
        waiting.append(submit(batch))
        if len(waiting) >= ahead:
            yield from result(waiting.popleft())
    while waiting:
        yield from result(waiting.popleft())


def _in_processes(batches: Iterable[list[Raw]], load: Load, workers: int) -> Iterator[Record]:
    # spawned, not forked: threads of numerical libraries do not survive a fork
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(load,)
    )
    try:
        yield from in_order(
            batches,
            lambda batch: pool.submit(_tag_chunk, batch),
            lambda done: done.result(),
            ahead=2 * workers,
        )
    except BrokenProcessPool as error:
        raise VocnlpError(
            f"one of {workers} worker processes was killed, most often because memory ran out; "
            "try again with fewer: --workers 1"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_load: Load
_tagger: Tagger | None = None


def _start_worker(load: Load) -> None:
    global _load  # noqa: PLW0603  one pipeline a process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    for library in ("OMP", "RAYON"):  # numerical libraries and the tokenizer: one core a process
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    _load = load


def _tag_chunk(chunk: list[Raw]) -> list[Record]:
    # loaded here and not at the start, so that what goes wrong comes back as the error it is
    global _tagger  # noqa: PLW0603
    if _tagger is None:
        _tagger = _load()
        gc.freeze()  # what was loaded stays: the collector need not look through it
    return list(_tagger.tag(chunk))
