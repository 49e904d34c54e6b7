"""A scan of an archive that ends its reader each time is given up, as one that arrives is."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("reread_scans", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("reread_scans", "attempts")
