"""Accounts, sessions, refresh tokens, and the event tables."""

import sqlalchemy as sa
from alembic import op

from chassis.postgres import create_event_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("username_folded", sa.String(), nullable=False, unique=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_folded", sa.String(), nullable=False, unique=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("bio", sa.String()),
        sa.Column("location", sa.String()),
        sa.Column("website", sa.String()),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("searchable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "user_id", sa.Uuid(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.String()),
        sa.Column("ip", sa.String()),
    )
    op.create_index("sessions_by_user", "sessions", ["user_id", "last_used_at"])
    op.create_table(
        "tokens",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("salt", sa.LargeBinary()),
    )
    op.create_index("tokens_by_session", "tokens", ["session_id"])
    create_event_tables(op)  # pyright: ignore[reportArgumentType] -- the module stands for one


def downgrade() -> None:
    for table in ("tokens", "sessions", "users", "outbox", "inbox", "outbox_lease"):
        op.drop_table(table)
