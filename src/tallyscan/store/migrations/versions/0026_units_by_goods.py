"""Cargo units of the same goods on the same kind of scanner are found by an index: loads that look like one."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index(
        "ix_known_units_goods", "known_units", ["scanner", "features_version", "heading", "position"]
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_known_units_goods", table_name="known_units")
