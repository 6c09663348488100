"""The tables. Every row names its tenant, or belongs to one that does; times are UTC.

`comments.record`, `corrections.review` and `alerts.body` are JSON as it is sent; `raw_texts` are encrypted.
`requests` remembers idempotency keys. An alert waits in `alerts` (the outbox) until its webhook has answered;
`deliveries` logs every try. One that is not sent by itself is `part_of` a digest or of an earlier alert.
`cases` and `case_actions` hold what people did about an event, which is one alert to each of its webhooks.
`activations` tell which of a tenant's `resources` were in use when.
`job_customers` says who is in the files of a job, and `job_erasures` who must leave them, both by a hash.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

__all__ = [
    "Utc",
    "activations",
    "alerts",
    "aspects",
    "case_actions",
    "cases",
    "comments",
    "corrections",
    "deliveries",
    "erasures",
    "job_customers",
    "job_erasures",
    "jobs",
    "keys",
    "metadata",
    "raw_texts",
    "requests",
    "resources",
    "risks",
    "scores",
]

# the names that alembic needs to find a constraint again
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """A time with its zone, kept in UTC also by SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of exactly this type
_Serial = BigInteger().with_variant(Integer, "sqlite")
NAME = 200


def _comment(**options: Any) -> Column[int]:
    return Column("comment", _Serial, ForeignKey("comments.pk", ondelete="CASCADE"), **options)


keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("name", String(NAME), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", String(NAME), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("revoked_at", Utc),
)

comments = Table(
    "comments",
    metadata,
    Column("pk", _Serial, primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("id", String(NAME), nullable=False),
    Column("response_id", String(NAME), nullable=False),
    Column("customer_id", String(NAME)),
    Column("time", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("language", String(16), nullable=False),
    Column("record", Text, nullable=False),
    UniqueConstraint("tenant", "id"),
    Index(None, "tenant", "time", "pk"),
    Index(None, "tenant", "response_id"),
    Index(None, "tenant", "customer_id"),
)

aspects = Table(
    "aspects",
    metadata,
    _comment(primary_key=True),
    Column("aspect", String(NAME), primary_key=True),
    Column("polarity", String(8), primary_key=True),
    Index(None, "aspect", "polarity", "comment"),
)

risks = Table(
    "risks",
    metadata,
    _comment(primary_key=True),
    Column("category", String(NAME), primary_key=True),
    Index(None, "category", "comment"),
)

corrections = Table(
    "corrections",
    metadata,
    _comment(primary_key=True),
    Column("review", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

raw_texts = Table(
    "raw_texts",
    metadata,
    _comment(primary_key=True),
    Column("key", String(16), nullable=False, index=True),
    Column("ciphertext", Text, nullable=False),
)

resources = Table(
    "resources",
    metadata,
    Column("tenant", String(NAME), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", String(NAME), nullable=False),
    Column("content", Text, nullable=False),
    Column("note", Text),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(NAME), nullable=False),
    UniqueConstraint("tenant", "kind", "version"),
)

activations = Table(
    "activations",
    metadata,
    Column("pk", _Serial, primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("key", String(NAME), nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(NAME)),
    Index(None, "tenant", "kind"),
)

scores = Table(
    "scores",
    metadata,
    Column("tenant", String(NAME), primary_key=True),
    Column("response_id", String(NAME), primary_key=True),
    Column("name", String(NAME), primary_key=True),
    Column("value", Float, nullable=False),
    Column("customer_id", String(NAME)),
    Column("time", Utc, nullable=False),
    Index(None, "tenant", "time"),
    Index(None, "tenant", "customer_id"),
)

requests = Table(
    "requests",
    metadata,
    Column("tenant", String(NAME), primary_key=True),
    Column("key", String(NAME), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("created_at", Utc, nullable=False, index=True),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    _comment(nullable=True),
    Column("subject", String(NAME)),
    Column("customer_id", String(NAME)),
    Column("rule", String(NAME), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("webhook", String(NAME), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("event", String(40), nullable=False, server_default="", index=True),
    Column("owner", String(NAME)),
    Column("part_of", String(40), index=True),
    UniqueConstraint("comment", "rule", "webhook"),
    Index(None, "status", "due_at"),
    Index(None, "tenant", "created_at"),
    Index(None, "tenant", "subject"),
    Index(None, "tenant", "customer_id"),
    Index(None, "tenant", "rule", "webhook", "status", "due_at"),
)

cases = Table(
    "cases",
    metadata,
    Column("event", String(40), primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("state", String(16), nullable=False),
    Column("assignee", String(NAME)),
    Column("resolved_at", Utc),
    Index(None, "tenant", "state"),
)

case_actions = Table(
    "case_actions",
    metadata,
    Column("pk", _Serial, primary_key=True),
    Column("event", String(40), ForeignKey("cases.event", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("key", String(NAME), nullable=False),
    Column("by", String(NAME)),
    Column("action", String(16), nullable=False),
    Column("assignee", String(NAME)),
    Column("note", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("pk", _Serial, primary_key=True),
    Column("alert", String(40), ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("status_code", Integer),
    Column("error", Text),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("at", Utc, nullable=False),
    Column("comments", Integer, nullable=False),
    Column("scores", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("jobs", Integer, nullable=False, server_default="0"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(NAME), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("options", Text, nullable=False),
    Column("key", String(NAME)),
    Column("digest", String(64), nullable=False),
    Column("round", Integer, nullable=False),
    Column("total", BigInteger),
    Column("comments", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("error", Text),
    Column("created_at", Utc, nullable=False),
    Column("started_at", Utc),
    Column("finished_at", Utc),
    UniqueConstraint("tenant", "key"),
    Index(None, "tenant", "created_at"),
)


def _job() -> Column[str]:
    return Column("job", String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)


job_customers = Table(
    "job_customers",
    metadata,
    _job(),
    Column("customer", String(64), primary_key=True, index=True),
)

job_erasures = Table("job_erasures", metadata, _job(), Column("customer", String(64), primary_key=True))
