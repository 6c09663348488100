"""A second model that tags a sample of what the first one has tagged, for nobody but the counts.

It works in one thread of the lowest priority, and only while nothing waits to be answered; what it has no
time for is skipped. It gets the masked text.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from api.batching import Tagger
from vocnlp.schema import Comment, FailedComment, TaggedComment

__all__ = ["Disagreement", "Shadow"]

SLICE = 16
MOST_WAITING = 1024
PATIENCE = 0.05
LOWEST = 19

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Disagreement:
    """compared: comments; differ: those in which sentiment, aspects with polarity or risk categories differ.

    only_active, only_shadow: how often a tag, such as `logistics:neg` or `fraud`, was given by one alone.
    skipped: comments of the sample for which there was no time.
    """

    model: str | None = None
    compared: int = 0
    skipped: int = 0
    differ: dict[str, int] = field(default_factory=lambda: {"sentiment": 0, "aspects": 0, "risks": 0})
    only_active: Counter[str] = field(default_factory=Counter)
    only_shadow: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)


class Shadow:
    """load: gives the second pipeline; its errors are raised.   share: of the comments, from 0 to 1.

    busy: whether anybody waits for an answer.
    """

    def __init__(self, load: Callable[[], Tagger], *, share: float) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow", initializer=_give_way)
        self._tagger = self._thread.submit(load).result()
        self._share = share
        self._busy: Callable[[], bool] = lambda: False
        self._stopping = threading.Event()
        self._waiting = 0
        self._lock = threading.Lock()
        self._found = Disagreement()

    def start(self, busy: Callable[[], bool]) -> None:
        """Begin; while `busy`, nothing is compared."""
        self._busy = busy

    def stop(self) -> None:
        """End after the slice under way."""
        self._stopping.set()
        self._thread.shutdown(cancel_futures=True)

    def offer(self, records: Iterable[TaggedComment | FailedComment]) -> None:
        """Take a sample of what was tagged; returns at once."""
        draws = (record for record in records if random.random() < self._share)  # noqa: S311
        sample = [record for record in draws if isinstance(record, TaggedComment)]
        for start in range(0, len(sample), SLICE):
            part = sample[start : start + SLICE]
            with self._lock:
                room = self._waiting + len(part) <= MOST_WAITING and not self._stopping.is_set()
                if not room:
                    self._found.skipped += len(part)
                    continue
                self._waiting += len(part)
            with contextlib.suppress(RuntimeError):  # it was stopped in this moment
                self._thread.submit(self._compare, part)

    def found(self) -> Disagreement:
        """What was found so far, by this process."""
        with self._lock:
            now = self._found
            return Disagreement(
                now.model,
                now.compared,
                now.skipped,
                dict(now.differ),
                Counter(now.only_active),
                Counter(now.only_shadow),
                Counter(now.languages),
            )

    def _compare(self, part: Sequence[TaggedComment]) -> None:
        while self._busy() and not self._stopping.wait(PATIENCE):
            pass
        try:
            if not self._stopping.is_set():
                others = list(self._tagger.tag([Comment(record.id, record.text) for record in part]))
                with self._lock:
                    for one, other in zip(part, others, strict=True):
                        if isinstance(other, TaggedComment):
                            self._count(one, other)
        except Exception:
            log.exception("the shadow model failed on %d comments", len(part))
        finally:
            with self._lock:
                self._waiting -= len(part)

    def _count(self, active: TaggedComment, shadow: TaggedComment) -> None:
        found = self._found
        found.model = shadow.versions.get("model")
        found.compared += 1
        differs = {
            "sentiment": active.sentiment.label != shadow.sentiment.label,
            "aspects": _aspects(active) != _aspects(shadow),
            "risks": _risks(active) != _risks(shadow),
        }
        for name, differ in differs.items():
            found.differ[name] += differ
        if any(differs.values()):
            found.languages[active.language.code] += 1
        mine, theirs = _aspects(active) | _risks(active), _aspects(shadow) | _risks(shadow)
        found.only_active.update(mine - theirs)
        found.only_shadow.update(theirs - mine)


def _aspects(record: TaggedComment) -> set[str]:
    return {f"{tag.aspect}:{tag.polarity}" for tag in record.aspects}


def _risks(record: TaggedComment) -> set[str]:
    return {risk.category for risk in record.risks}


def _give_way() -> None:
    """Run after everything else; the threads that a model makes while it is loaded do so too."""
    with contextlib.suppress(OSError):  # only Linux knows priorities of threads
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
