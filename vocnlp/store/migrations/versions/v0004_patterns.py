"""Alerts that are about no single comment: about a subject, and perhaps about a customer."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DELIVERIES = "pk, alert, at, seconds, status_code, error"


def _alter(change: Callable[[BatchOperations], None]) -> None:
    """Change the table of alerts; SQLite makes it anew, which would take the deliveries along."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql(f"CREATE TEMP TABLE kept AS SELECT {DELIVERIES} FROM deliveries")  # noqa: S608
    with op.batch_alter_table("alerts") as alerts:
        change(alerts)
    if sqlite:
        connection.exec_driver_sql("DELETE FROM deliveries")
        connection.exec_driver_sql(
            f"INSERT INTO deliveries ({DELIVERIES}) SELECT {DELIVERIES} FROM kept"  # noqa: S608
        )
        connection.exec_driver_sql("DROP TABLE kept")


def upgrade() -> None:
    """Let alerts be about something else."""

    def change(alerts: BatchOperations) -> None:
        alerts.alter_column("comment", existing_type=SERIAL, nullable=True)
        alerts.add_column(sa.Column("subject", sa.String(length=200), nullable=True))
        alerts.add_column(sa.Column("customer_id", sa.String(length=200), nullable=True))

    _alter(change)
    op.create_index(op.f("ix_alerts_tenant_subject"), "alerts", ["tenant", "subject"])


def downgrade() -> None:
    """Forget such alerts."""
    op.drop_index(op.f("ix_alerts_tenant_subject"), "alerts")
    op.execute("DELETE FROM alerts WHERE comment IS NULL")

    def change(alerts: BatchOperations) -> None:
        alerts.drop_column("customer_id")
        alerts.drop_column("subject")
        alerts.alter_column("comment", existing_type=SERIAL, nullable=False)

    _alter(change)
