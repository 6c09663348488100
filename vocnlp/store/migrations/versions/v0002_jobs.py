"""Batch jobs, the customers in their files, and those to be erased from them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and count jobs in the receipts of erasures."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("tenant", "key", name=op.f("uq_jobs_tenant_key")),
    )
    op.create_index(op.f("ix_jobs_status"), "jobs", ["status"])
    op.create_index(op.f("ix_jobs_tenant_created_at"), "jobs", ["tenant", "created_at"])
    for table in ("job_customers", "job_erasures"):
        op.create_table(
            table,
            sa.Column("job", sa.String(length=40), nullable=False),
            sa.Column("customer", sa.String(length=64), nullable=False),
            sa.ForeignKeyConstraint(
                ["job"], ["jobs.id"], name=op.f(f"fk_{table}_job_jobs"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("job", "customer", name=op.f(f"pk_{table}")),
        )
    op.create_index(op.f("ix_job_customers_customer"), "job_customers", ["customer"])
    with op.batch_alter_table("erasures") as erasures:
        erasures.add_column(sa.Column("jobs", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("erasures") as erasures:
        erasures.drop_column("jobs")
    for table in ("job_erasures", "job_customers", "jobs"):
        op.drop_table(table)
