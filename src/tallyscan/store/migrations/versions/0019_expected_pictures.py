"""A reading keeps the picture that the model expected."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; readings from before have none."""
    op.add_column("readings", sa.Column("expected_key", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("readings") as table:
        table.drop_column("expected_key")
