"""Ctrl-C that waits until what is being written is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

__all__ = ["Hold", "hold_interrupts"]


class Hold:
    """Inside `with hold:` an interrupt waits; it is raised when the block ends."""

    def __init__(self) -> None:
        self._active = False
        self._pending = False

    def __enter__(self) -> None:
        self._active = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._active = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The handler of SIGINT."""
        if not self._active:
            raise KeyboardInterrupt
        self._pending = True


@contextmanager
def hold_interrupts() -> Iterator[Hold]:
    """A Hold that is in charge of SIGINT meanwhile.

    Outside the main thread, or where the program handles SIGINT itself, it holds nothing.
    """
    hold = Hold()
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield hold
        return
    signal.signal(signal.SIGINT, hold.handle)
    try:
        yield hold
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
