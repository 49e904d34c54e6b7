"""Fingerprints of images, and the order in which a machine delivered its scans."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; scans that were read before get theirs when they are read again."""
    op.create_table(
        "fingerprints",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mirrored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("noise", sa.LargeBinary(), nullable=True),
        sa.Column("copy_of", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.ForeignKeyConstraint(["copy_of"], ["scans.id"]),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("scan_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fingerprints_method", "fingerprints", ["method", "position"], unique=False)
    op.create_index("ix_scans_device", "scans", ["device", "received_at"], unique=False)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index("ix_scans_device", table_name="scans")
    op.drop_index("ix_fingerprints_method", table_name="fingerprints")
    op.drop_table("fingerprints")
