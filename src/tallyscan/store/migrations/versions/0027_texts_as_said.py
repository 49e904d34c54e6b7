"""Reasons of joins, and live lines, are kept as they can be said in other languages, beside the text in English."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for table in ("joins", "live_lines"):
        op.add_column(table, sa.Column("said", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    for name in ("joins", "live_lines"):
        with op.batch_alter_table(name) as table:
            table.drop_column("said")
