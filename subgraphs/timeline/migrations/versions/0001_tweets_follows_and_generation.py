"""The projection of tweets and follows, and the generation of the feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tweets",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reply_to_id", sa.Uuid()),
        sa.Column("reply_to_author_id", sa.Uuid()),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("noted_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "tweets_by_author",
        "tweets",
        ["author_id", "created_ms", "id"],
        postgresql_where=sa.text("NOT deleted"),
    )
    op.create_index(
        "tweets_replies_to_author",
        "tweets",
        ["reply_to_author_id", "author_id", "created_ms", "id"],
        postgresql_where=sa.text("NOT deleted AND reply_to_author_id IS NOT NULL"),
    )
    op.create_table(
        "follows",
        sa.Column("actor_id", sa.Uuid(), primary_key=True),
        sa.Column("target_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("noted_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "follows_of_target",
        "follows",
        ["target_id", "actor_id"],
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "followchanges",
        sa.Column("actor_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("and_before", sa.Boolean(), nullable=False),
    )
    feeds = op.create_table(
        "feeds",
        sa.Column("one", sa.Boolean(), sa.CheckConstraint("one"), primary_key=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(feeds, [{"one": True, "generation": 1}])


def downgrade() -> None:
    for table in ("tweets", "follows", "followchanges", "feeds"):
        op.drop_table(table)
