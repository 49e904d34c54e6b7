"""What was learnt of the open beam of each machine, and the newest scans on which it rests."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; machines are learnt from now on."""
    op.create_table(
        "open_airs",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("energies", sa.String(length=80), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("pulses", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("gains", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.PrimaryKeyConstraint("scan_id"),
    )
    op.create_index("ix_open_airs_machine", "open_airs", ["device", "energies", "cells", "received_at"])
    op.create_table(
        "learnt_airs",
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("energies", sa.String(length=80), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("spread", sa.JSON(), nullable=False),
        sa.Column("gains", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("device", "energies", "cells", "version"),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("learnt_airs")
    op.drop_index("ix_open_airs_machine", table_name="open_airs")
    op.drop_table("open_airs")
