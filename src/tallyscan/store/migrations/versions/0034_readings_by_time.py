"""Readings are counted by when they were made: how fast scans are read says how long one waits."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index("ix_readings_created_at", "readings", ["created_at"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_readings_created_at", table_name="readings")
