"""Metrics for Prometheus; none of them names a tenant, a key or a customer."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from vocnlp.schema import Alert, Attempt, FailedComment, TaggedComment

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 5, 10, 25, 50, 100, 250, 500)


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "vocnlp_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.latency = Histogram(
            "vocnlp_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=registry
        )
        self.queue = Gauge(
            "vocnlp_queue_tokens", "Tokens that wait to be tagged (estimated).", registry=registry
        )
        self.batches = Histogram(
            "vocnlp_batch_comments", "Comments in a batch.", buckets=_SIZES, registry=registry
        )
        self.batch_seconds = Histogram(
            "vocnlp_batch_seconds", "Time to tag a batch.", buckets=_SECONDS, registry=registry
        )
        self.tokens = Counter("vocnlp_tokens", "Tokens tagged (estimated).", registry=registry)
        self.comments = Counter("vocnlp_comments", "Comments tagged.", ["language"], registry=registry)
        self.failures = Counter("vocnlp_comment_errors", "Comments that failed.", ["code"], registry=registry)
        self.jobs = Gauge("vocnlp_jobs_unfinished", "Jobs that wait or are under way.", registry=registry)
        self.alerts_waiting = Gauge("vocnlp_alerts_waiting", "Alerts to be delivered.", registry=registry)
        self.alert_lag = Gauge(
            "vocnlp_alert_lag_seconds", "How long the oldest alert has waited.", registry=registry
        )
        self.deliveries = Counter("vocnlp_deliveries", "Tries to deliver.", ["outcome"], registry=registry)

    def observe_batch(
        self, records: Sequence[TaggedComment | FailedComment], tokens: int, seconds: float
    ) -> None:
        """Count one batch."""
        self.batches.observe(len(records))
        self.batch_seconds.observe(seconds)
        self.tokens.inc(tokens)
        for record in records:
            if isinstance(record, TaggedComment):
                self.comments.labels(record.language.code).inc()
            else:
                self.failures.labels(record.error.code).inc()

    def observe_delivery(self, alert: Alert, attempt: Attempt) -> None:  # noqa: ARG002
        """Count one try to deliver."""
        self.deliveries.labels("failed" if attempt.error else "delivered").inc()
