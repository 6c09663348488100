"""Tags that a person corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "corrections",
        sa.Column("comment", SERIAL, nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"], ["comments.pk"], name=op.f("fk_corrections_comment_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment", name=op.f("pk_corrections")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("corrections")
