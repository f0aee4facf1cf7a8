"""What happens in a thread, numbered, for those who follow it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column(
            "root_id", sa.Uuid(), sa.ForeignKey("tweets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("changes", sa.Integer(), nullable=False),
    )
    op.create_table(
        "threadchanges",
        sa.Column(
            "root_id",
            sa.Uuid(),
            sa.ForeignKey("threads.root_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("tweet_id", sa.Uuid(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("traceparent", sa.String()),
    )


def downgrade() -> None:
    op.drop_table("threadchanges")
    op.drop_table("threads")
