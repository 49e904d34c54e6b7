"""A reading keeps the image at the scanner's own resolution, and the expected one at the model's."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COLUMNS = ("image_key", "expected_image_key")


def upgrade() -> None:
    """To this revision; readings from before have none."""
    for name in _COLUMNS:
        op.add_column("readings", sa.Column(name, sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("readings") as table:
        for name in reversed(_COLUMNS):
            table.drop_column(name)
