"""Tagging on a Ray cluster, in the order of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

from vocnlp.batch.local import Load, Raw, Record, chunks, in_order
from vocnlp.errors import MissingExtraError

__all__ = ["tag"]


def tag(comments: Iterable[Raw], load: Load, *, workers: int = 1) -> Iterator[Record]:
    """Tag comments by that many Ray actors, one record for each comment, in order.

    Uses the cluster that RAY_ADDRESS names, else one on this machine. vocnlp and its models must be installed
    on every node. Raises MissingExtraError without Ray.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "ray") from None

    class Actor:
        def __init__(self) -> None:
            self.tagger = load()

        def tag(self, chunk: list[Raw]) -> list[Record]:
            return list(self.tagger.tag(chunk))

    started = not ray.is_initialized()
    if started:
        ray.init(log_to_driver=False, include_dashboard=False)
    try:
        remote: Any = ray.remote(num_cpus=1)(Actor)
        actors = cycle([remote.remote() for _ in range(workers)])

        def submit(chunk: list[Raw]) -> Any:
            return next(actors).tag.remote(chunk)

        yield from in_order(chunks(comments), submit, ray.get, ahead=2 * workers)
    finally:
        if started:
            ray.shutdown()
