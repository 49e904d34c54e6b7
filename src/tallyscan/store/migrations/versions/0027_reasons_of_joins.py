"""Reasons of joins are kept as they can be said in other languages, beside the text in English."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("joins", sa.Column("said", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("joins") as joins:
        joins.drop_column("said")
