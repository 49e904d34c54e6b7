"""A scan that ends the process that reads it is given up sooner than one that fails."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("scans", sa.Column("ended_readers", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("scans") as table:
        table.drop_column("ended_readers")
