"""Delivering alerts: signed, at least once, again and again with growing pauses, and not for ever.

Signature and headers: Standard Webhooks (standardwebhooks.com). Pauses: exponential backoff with jitter.
"""

from __future__ import annotations

import http.client
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from vocnlp.alerts.channels import Channel
from vocnlp.alerts.rules import Webhook
from vocnlp.alerts.targets import Network, RefusedTargetError, post
from vocnlp.schema import Alert, Attempt

__all__ = ["Dispatcher", "Queue", "pause"]

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0
POLL = 0.5
WORKERS = 8
GONE = 410

log = logging.getLogger(__name__)


class Queue(Protocol):
    """Where alerts wait; see `store.outbox.Outbox`."""

    def claim(self, limit: int) -> list[Alert]:
        """Take alerts that are due."""

    def settle(
        self,
        alert: Alert,
        attempt: Attempt,
        *,
        status: Literal["pending", "delivered", "dead"],
        due_at: datetime | None = None,
    ) -> None:
        """Log a try and say what becomes of the alert."""


def pause(attempts: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds to wait after a number of failed tries: 2, 4, 8, ... up to an hour, give or take half."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 20)) * uniform(0.5, 1.5)


class Dispatcher:
    """Delivers the alerts of a queue in threads of its own, between `start` and `stop`.

    targets: by name.   allowed: private networks that may be reached.   seconds: that a try may take.
    hours: after which an alert that was never taken is dead.
    """

    def __init__(
        self,
        queue: Queue,
        targets: Mapping[str, Webhook | Channel],
        *,
        allowed: Sequence[Network] = (),
        seconds: float = 5.0,
        hours: float = 24.0,
        observe: Callable[[Alert, Attempt], None] | None = None,
    ) -> None:
        self._queue = queue
        self._targets = targets
        self._allowed = allowed
        self._seconds = seconds
        self._patience = timedelta(hours=hours)
        self._observe = observe
        self._wake = threading.Event()
        self._stopping = False
        self._slots = threading.Semaphore(WORKERS)
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the tries that are under way and end."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look for new alerts now instead of at the next poll."""
        self._wake.set()

    def deliver(self, alert: Alert) -> None:
        """Try once, and log what came of it."""
        begun, at = time.perf_counter(), datetime.now(UTC)
        status_code, error, final = self._send(alert, at)
        attempt = Attempt(at, time.perf_counter() - begun, status_code, error)
        if error is None:
            self._queue.settle(alert, attempt, status="delivered")
        elif final or datetime.now(UTC) - alert.created_at > self._patience:
            log.warning("alert %s to %s is dead: %s", alert.id, alert.webhook, error)
            self._queue.settle(alert, attempt, status="dead")
        else:
            due_at = datetime.now(UTC) + timedelta(seconds=pause(alert.attempts))
            self._queue.settle(alert, attempt, status="pending", due_at=due_at)
        if self._observe:
            self._observe(alert, attempt)

    def _send(self, alert: Alert, at: datetime) -> tuple[int | None, str | None, bool]:
        """Status, error, and whether another try is useless."""
        target = self._targets.get(alert.webhook)
        if target is None:
            return None, f"there is no webhook {alert.webhook!r} any more", True
        try:
            if isinstance(target, Webhook):
                return self._post(target, alert, at)
            target.send(alert, seconds=self._seconds)
            return None, None, False
        except RefusedTargetError as error:
            return None, str(error), True
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}", False

    def _post(self, webhook: Webhook, alert: Alert, at: datetime) -> tuple[int, str | None, bool]:
        headers = {
            "content-type": "application/json",
            "user-agent": "vocnlp",
            "webhook-id": alert.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": webhook.sign(alert.id, at, alert.body),
        }
        status = post(webhook.url, alert.body.encode(), headers, allowed=self._allowed, seconds=self._seconds)
        taken = 200 <= status < 300
        return status, None if taken else f"the webhook answered {status}", status == GONE

    def _run(self) -> None:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook") as pool:
            while not self._stopping:
                self._wake.clear()
                if not self._claim(pool):
                    self._wake.wait(POLL)

    def _claim(self, pool: ThreadPoolExecutor) -> bool:
        """Start one delivery as soon as a thread is free; False if nothing is due."""
        self._slots.acquire()
        try:
            claimed = self._queue.claim(1)
        except Exception:  # the database may be away for a while; alerts wait in it
            log.exception("cannot read the outbox")
            claimed = []
        if not claimed:
            self._slots.release()
            return False
        pool.submit(self.deliver, claimed[0]).add_done_callback(self._done)
        return True

    def _done(self, future: Future[None]) -> None:
        self._slots.release()
        if error := future.exception():
            log.error("a delivery could not be logged; it will be repeated: %r", error)
