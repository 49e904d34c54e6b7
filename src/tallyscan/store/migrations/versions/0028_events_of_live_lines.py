"""Live lines name the event that they tell of. Those from before name none, and are told in words alone."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("live_lines", sa.Column("event_id", sa.String(64), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("live_lines") as table:
        table.drop_column("event_id")
