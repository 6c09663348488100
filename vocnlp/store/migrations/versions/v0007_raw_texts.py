"""Encrypted raw texts of comments."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "raw_texts",
        sa.Column("comment", SERIAL, nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"],
            ["comments.pk"],
            name=op.f("fk_raw_texts_comment_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment", name=op.f("pk_raw_texts")),
    )
    op.create_index(op.f("ix_raw_texts_key"), "raw_texts", ["key"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("raw_texts")
