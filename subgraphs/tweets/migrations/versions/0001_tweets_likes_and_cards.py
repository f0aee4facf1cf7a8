"""Tweets, likes, idempotency keys, author cards, and the event tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql

from chassis.postgres import create_event_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tweets",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply_to_id", sa.Uuid()),
        sa.Column("reply_to_author_id", sa.Uuid()),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("like_count", sa.Integer(), nullable=False),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql_with={"fillfactor": 85},
    )
    op.create_index("tweets_by_author", "tweets", ["author_id", "id"])
    op.create_index(
        "tweets_posts_by_author",
        "tweets",
        ["author_id", "id"],
        postgresql_where=sa.text("reply_to_id IS NULL"),
    )
    op.create_index(
        "tweets_replies",
        "tweets",
        ["reply_to_id", "id"],
        postgresql_where=sa.text("reply_to_id IS NOT NULL"),
    )
    op.create_index(
        "tweets_search",
        "tweets",
        ["search"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": False},
    )
    op.create_table(
        "likes",
        sa.Column(
            "tweet_id", sa.Uuid(), sa.ForeignKey("tweets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("likes_of_tweet", "likes", ["tweet_id", "id"])
    op.create_index("likes_by_user", "likes", ["user_id", "id"])
    op.create_table(
        "postkeys",
        sa.Column("author_id", sa.Uuid(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("tweet_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "authorcards",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("avatar", postgresql.JSONB()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    create_event_tables(Operations(op.get_context()))


def downgrade() -> None:
    for table in ("likes", "tweets", "postkeys", "authorcards"):
        op.drop_table(table)
    for table in ("outbox", "inbox", "outbox_lease"):
        op.drop_table(table)
