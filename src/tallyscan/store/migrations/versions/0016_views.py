"""A scan may be one view of files that hold several."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; every scan that is there is all of its files."""
    op.add_column("scans", sa.Column("view", sa.String(length=24), nullable=True))
    op.add_column("scans", sa.Column("view_of", sa.String(length=36), nullable=True))
    op.create_index("ix_scans_view_of", "scans", ["view_of"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index("ix_scans_view_of", "scans")
    op.drop_column("scans", "view_of")
    op.drop_column("scans", "view")
