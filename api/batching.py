"""One worker thread that tags whatever has arrived, in batches of a bounded number of tokens.

The requests that wait take turns, so that a large one does not hold up the small ones; one whose caller has
gone is dropped; when more waits than can be done soon, a request is refused at once (after `queue.rs` of
Hugging Face's text-embeddings-inference). Tokens are estimated: sub-words of a multilingual vocabulary have
3.7 to 3.9 bytes of UTF-8, in Chinese as in English.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from vocnlp.errors import ErrorCode
from vocnlp.schema import Comment, FailedComment, Problem, TaggedComment

__all__ = ["Batcher", "OverloadedError", "Tagger"]

Raw = Comment | FailedComment
Record = TaggedComment | FailedComment

# every comment costs something, however short
COMMENT_TOKENS = 5
TOKEN_BYTES = 4
TURNS = 8
FULL = 0.5  # of its budget, from which on a batch tells how fast tagging is
LONGEST_RETRY = 60

log = logging.getLogger(__name__)


class Tagger(Protocol):
    """What `pipeline.Pipeline` is to this module."""

    def tag(self, comments: Iterable[Raw]) -> Iterator[Record]:
        """One record for each comment, in order."""


class OverloadedError(Exception):
    """Too much waits already; try again in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many comments are waiting; try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(slots=True, eq=False)
class _Job:
    """The comments of one request; those before `begun` are in a batch or done."""

    comments: Sequence[Raw]
    waiting: int
    patient: bool = False
    begun: int = 0
    records: list[Record] = field(default_factory=list)
    future: Future[list[Record]] = field(default_factory=Future)

    def take(self, tokens: int) -> tuple[Sequence[Raw], int]:
        """The next comments, one at least, of about so many tokens; and how many tokens they have."""
        end, taken = self.begun, 0
        while end < len(self.comments) and taken < tokens:
            taken += _cost(self.comments[end])
            end += 1
        part = self.comments[self.begun : end]
        self.begun = end
        self.waiting -= taken
        return part, taken

    def add(self, records: Sequence[Record]) -> None:
        self.records += records
        if len(self.records) == len(self.comments) and self.future.set_running_or_notify_cancel():
            self.future.set_result(self.records)


class Batcher:
    """Tags for many callers at once.

    batch: tokens tagged in one go; it bounds how long a small request waits.   queue: seconds of work that
    may wait.   pace: tokens a second, until some were measured.   observe: is told the comments, tokens and
    seconds of every batch.
    """

    def __init__(
        self,
        tagger: Tagger,
        *,
        batch: int,
        queue: float,
        pace: float = 20_000.0,
        observe: Callable[[Sequence[Record], int, float], None] | None = None,
    ) -> None:
        self._tagger = tagger
        self._batch = batch
        self._queue = queue
        self._pace = pace
        self._observe = observe
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._waiting = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tagging", daemon=True)

    @property
    def waiting(self) -> int:
        """Tokens that wait, without those of patient callers."""
        return self._waiting

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch under way; callers that wait are cancelled."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                job.future.cancel()
            self._changed.notify()
        self._thread.join()

    def admit(self, tokens: int = 0) -> None:
        """Raises OverloadedError when so many tokens more would wait too long; never where nothing waits."""
        if self._closed or (self._waiting and self._waiting + tokens > self._queue * self._pace):
            raise OverloadedError(min(LONGEST_RETRY, math.ceil(self._waiting / self._pace) or 1))

    async def tag(self, comments: Sequence[Raw], *, patient: bool = False) -> list[Record]:
        """The records of the comments, in order; cancelling drops what is not yet tagged.

        Raises OverloadedError as `admit` does, for patient callers only at the end of the service.
        """
        if not comments:
            return []
        return await asyncio.wrap_future(self.submit(comments, patient=patient))

    def submit(self, comments: Sequence[Raw], *, patient: bool = False) -> Future[list[Record]]:
        """`tag` for threads: one comment at least."""
        job = _Job(comments, sum(map(_cost, comments)), patient)
        with self._changed:
            if self._closed or not patient:
                self.admit(job.waiting)
            self._jobs.append(job)
            self._count(job, job.waiting)
            self._changed.notify()
        return job.future

    def _count(self, job: _Job, tokens: int) -> None:
        if not job.patient:
            self._waiting += tokens

    def _run(self) -> None:
        while parts := self._collect():
            begun = time.perf_counter()
            records = self._tag([comment for _, part, _ in parts for comment in part])
            seconds = time.perf_counter() - begun
            tokens = sum(taken for _, _, taken in parts)
            if tokens >= FULL * self._batch:  # small ones are slower by the token
                self._pace += 0.1 * (tokens / max(seconds, 1e-6) - self._pace)
            if self._observe:
                self._observe(records, tokens, seconds)
            start = 0
            for job, part, _ in parts:
                job.add(records[start : start + len(part)])
                start += len(part)

    def _collect(self) -> list[tuple[_Job, Sequence[Raw], int]]:
        """The parts of the next batch, one turn a request until it is full; empty when it is time to end."""
        parts: list[tuple[_Job, Sequence[Raw], int]] = []
        left = self._batch
        with self._changed:
            while not parts:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return []
                while self._jobs and left > 0:
                    job = self._jobs.popleft()
                    if job.future.cancelled():
                        self._count(job, -job.waiting)
                        continue
                    part, taken = job.take(min(left, self._batch // TURNS))
                    parts.append((job, part, taken))
                    left -= taken
                    self._count(job, -taken)
                    if job.waiting:
                        self._jobs.append(job)
        return parts

    def _tag(self, comments: list[Raw]) -> list[Record]:
        """Tag a batch; if that fails as a whole, one by one, so that one comment cannot take others down."""
        try:
            records = list(self._tagger.tag(comments))
            if len(records) == len(comments):
                return records
            raise RuntimeError(f"{len(comments)} comments gave {len(records)} records")
        except Exception:
            log.exception("a batch of %d comments failed; trying one by one", len(comments))
        return [self._tag_alone(comment) for comment in comments]

    def _tag_alone(self, comment: Raw) -> Record:
        try:
            return next(iter(self._tagger.tag([comment])))
        except Exception as error:
            log.exception("a comment failed")
            what = f"tagging failed ({type(error).__name__})"
            return FailedComment(comment.id, Problem(ErrorCode.INTERNAL, what))


def _cost(comment: Raw) -> int:
    """Tokens of a comment, estimated; half characters, which no encoding has, count as `?`."""
    text = comment.text if isinstance(comment, Comment) else ""
    return COMMENT_TOKENS + len(text.encode(errors="replace")) // TOKEN_BYTES
