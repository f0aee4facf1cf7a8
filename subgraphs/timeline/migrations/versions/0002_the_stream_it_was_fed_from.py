"""Which event stream the projection was fed from: one made anew lacks what the old one held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("stream_made_at", sa.Text()))


def downgrade() -> None:
    op.drop_column("feeds", "stream_made_at")
