"""The condition of scanners: what each scan shows of it, what is usual, and what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; scanners are watched from now on."""
    op.create_table(
        "scanner_conditions",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.PrimaryKeyConstraint("scan_id"),
    )
    op.create_index("ix_scanner_conditions_device", "scanner_conditions", ["device", "received_at"])
    op.create_table(
        "scanner_watches",
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.String(length=32), nullable=False),
        sa.Column("beam", sa.String(length=80), nullable=False),
        sa.Column("left_since", sa.DateTime(), nullable=True),
        sa.Column("watch", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("device", "quantity", "beam"),
    )
    op.create_table(
        "scanner_changes",
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.String(length=32), nullable=False),
        sa.Column("beam", sa.String(length=80), nullable=False),
        sa.Column("in_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", "sequence"),
        sa.UniqueConstraint("id"),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("scanner_changes")
    op.drop_table("scanner_watches")
    op.drop_index("ix_scanner_conditions_device", table_name="scanner_conditions")
    op.drop_table("scanner_conditions")
