"""Holds, what was deleted, and bytes that are still to be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "holds",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("consignment_id", sa.String(80), sa.ForeignKey("consignments.id"), nullable=True),
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("scans.id"), nullable=True),
        sa.Column("set_by", sa.String(120), nullable=False),
        sa.Column("set_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime, nullable=True),
        sa.Column("lifted_by", sa.String(120), nullable=True),
        sa.Column("lifted_at", sa.DateTime, nullable=True),
        sa.Column("lifted_why", sa.Text, nullable=True),
    )
    op.create_index("ix_holds_consignment", "holds", ["consignment_id", "lifted_at"])
    op.create_index("ix_holds_scan", "holds", ["scan_id", "lifted_at"])
    op.create_table(
        "deletions",
        sa.Column("what", sa.String(24), primary_key=True),
        sa.Column("of", sa.String(80), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
    )
    op.create_table(
        "condemned_blobs",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("since", sa.DateTime, nullable=False),
    )
    op.create_index("ix_condemned_blobs_since", "condemned_blobs", ["since"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("condemned_blobs")
    op.drop_table("deletions")
    op.drop_table("holds")
