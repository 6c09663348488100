"""The first tables: keys, comments and their tags, scores, alerts and their deliveries, erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "comments",
        sa.Column("pk", SERIAL, nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("response_id", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=True),
        sa.Column("time", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_comments")),
        sa.UniqueConstraint("tenant", "id", name=op.f("uq_comments_tenant_id")),
    )
    op.create_index(op.f("ix_comments_tenant_customer_id"), "comments", ["tenant", "customer_id"])
    op.create_index(op.f("ix_comments_tenant_response_id"), "comments", ["tenant", "response_id"])
    op.create_index(op.f("ix_comments_tenant_time_pk"), "comments", ["tenant", "time", "pk"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("scores", sa.Integer(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_keys_digest")),
    )
    op.create_table(
        "requests",
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_created_at"), "requests", ["created_at"])
    op.create_table(
        "scores",
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("response_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=True),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "response_id", "name", name=op.f("pk_scores")),
    )
    op.create_index(op.f("ix_scores_tenant_customer_id"), "scores", ["tenant", "customer_id"])
    op.create_index(op.f("ix_scores_tenant_time"), "scores", ["tenant", "time"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("comment", SERIAL, nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("webhook", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"], ["comments.pk"], name=op.f("fk_alerts_comment_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("comment", "rule", "webhook", name=op.f("uq_alerts_comment_rule_webhook")),
    )
    op.create_index(op.f("ix_alerts_status_due_at"), "alerts", ["status", "due_at"])
    op.create_index(op.f("ix_alerts_tenant_created_at"), "alerts", ["tenant", "created_at"])
    op.create_table(
        "aspects",
        sa.Column("comment", SERIAL, nullable=False),
        sa.Column("aspect", sa.String(length=200), nullable=False),
        sa.Column("polarity", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"], ["comments.pk"], name=op.f("fk_aspects_comment_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment", "aspect", "polarity", name=op.f("pk_aspects")),
    )
    op.create_index(op.f("ix_aspects_aspect_polarity_comment"), "aspects", ["aspect", "polarity", "comment"])
    op.create_table(
        "risks",
        sa.Column("comment", SERIAL, nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"], ["comments.pk"], name=op.f("fk_risks_comment_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment", "category", name=op.f("pk_risks")),
    )
    op.create_index(op.f("ix_risks_category_comment"), "risks", ["category", "comment"])
    op.create_table(
        "deliveries",
        sa.Column("pk", SERIAL, nullable=False),
        sa.Column("alert", sa.String(length=40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.id"], name=op.f("fk_deliveries_alert_alerts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_alert"), "deliveries", ["alert"])


def downgrade() -> None:
    """Drop the tables, those that refer to others first."""
    for table in (
        "deliveries",
        "risks",
        "aspects",
        "alerts",
        "scores",
        "requests",
        "keys",
        "erasures",
        "comments",
    ):
        op.drop_table(table)
