"""Alerts that are parts of others, whose department they concern, and what people did about them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = {
    "ix_alerts_event": ["event"],
    "ix_alerts_part_of": ["part_of"],
    "ix_alerts_tenant_customer_id": ["tenant", "customer_id"],
    "ix_alerts_tenant_rule_webhook_status_due_at": ["tenant", "rule", "webhook", "status", "due_at"],
}


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("alerts", sa.Column("event", sa.String(40), nullable=False, server_default=""))
    op.add_column("alerts", sa.Column("owner", sa.String(200), nullable=True))
    op.add_column("alerts", sa.Column("part_of", sa.String(40), nullable=True))
    op.execute("UPDATE alerts SET event = id")
    for name, columns in INDEXES.items():
        op.create_index(op.f(name), "alerts", columns)
    op.create_table(
        "cases",
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(200), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_tenant_state"), "cases", ["tenant", "state"])
    op.create_table(
        "case_actions",
        sa.Column("pk", SERIAL, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("by", sa.String(200), nullable=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event"], ["cases.event"], name=op.f("fk_case_actions_event_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_case_actions")),
    )
    op.create_index(op.f("ix_case_actions_event"), "case_actions", ["event"])


def downgrade() -> None:
    """Forget them; what was held back is sent by itself."""
    op.drop_table("case_actions")
    op.drop_table("cases")
    op.execute("UPDATE alerts SET status = 'pending' WHERE status = 'held'")
    op.execute("UPDATE alerts SET status = 'delivered' WHERE status IN ('digested', 'repeated')")
    for name in INDEXES:
        op.drop_index(op.f(name), "alerts")
    for name in ("event", "owner", "part_of"):
        op.drop_column("alerts", name)
