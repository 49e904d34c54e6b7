"""Cargo units are kept in numbers, so that later ones can be held against them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; scans that were read before are known once they are read again."""
    op.create_table(
        "known_units",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(length=36), nullable=False),
        sa.Column("image_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=True),
        sa.Column("scanner", sa.String(length=160), nullable=False),
        sa.Column("consignment_id", sa.String(length=80), nullable=True),
        sa.Column("trader", sa.String(length=64), nullable=True),
        sa.Column("heading", sa.String(length=4), nullable=True),
        sa.Column("route", sa.String(length=120), nullable=True),
        sa.Column("plate", sa.String(length=35), nullable=True),
        sa.Column("container", sa.String(length=35), nullable=True),
        sa.Column("features_version", sa.Integer(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("shape", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.ForeignKeyConstraint(["image_id"], ["scans.id"]),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_known_units_scan_id", "known_units", ["scan_id"])
    trade = ["trader", "heading", "route", "scanner", "features_version", "position"]
    op.create_index("ix_known_units_trade", "known_units", trade)
    op.create_index("ix_known_units_consignment", "known_units", ["consignment_id", "heading"])
    op.create_index("ix_known_units_plate", "known_units", ["plate", "at"])
    op.create_index("ix_known_units_image", "known_units", ["image_sha256"])
    op.create_index("ix_known_units_image_id", "known_units", ["image_id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("known_units")
