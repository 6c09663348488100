"""Ctrl-C that waits until what is being written is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Hold", "hold_interrupts"]

_DEFAULTS: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


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
        """The handler of the signals."""
        if not self._active:
            raise KeyboardInterrupt
        self._pending = True


@contextmanager
def hold_interrupts() -> Iterator[Hold]:
    """A Hold that is in charge of SIGINT meanwhile, and of SIGTERM, which then interrupts in the same way.

    Outside the main thread it holds nothing, nor signals that the program handles itself.
    """
    hold = Hold()
    taken: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number, default in _DEFAULTS.items():
            if signal.getsignal(number) is default:
                taken[number] = default
                signal.signal(number, hold.handle)
    try:
        yield hold
    finally:
        for number, default in taken.items():
            signal.signal(number, default)
