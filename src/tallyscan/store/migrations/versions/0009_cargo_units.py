"""A scan that shows several cargo units has a scan of each."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; scans that were read before are split when they are read again."""
    op.add_column("scans", sa.Column("said_consignment", sa.String(length=80), nullable=True))
    op.add_column("scans", sa.Column("said_how", sa.String(length=32), nullable=True))
    said = (
        "FROM joins WHERE joins.scan_id = scans.id AND state = 'joined' "
        "AND (how IN ('sender', 'declaration_beside') OR how IS NULL) ORDER BY sequence DESC LIMIT 1"
    )
    op.execute(f"UPDATE scans SET said_consignment = (SELECT consignment_id {said})")
    op.execute(f"UPDATE scans SET said_how = (SELECT coalesce(how, 'sender') {said})")
    op.create_table(
        "parts",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("part_of", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("rests_on", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.ForeignKeyConstraint(["part_of"], ["scans.id"]),
        sa.PrimaryKeyConstraint("scan_id"),
        sa.UniqueConstraint("part_of", "unit", name="uq_parts_unit"),
    )


def downgrade() -> None:
    """Back to the revision before: what was read of single units stays as scans."""
    op.drop_table("parts")
    op.drop_column("scans", "said_how")
    op.drop_column("scans", "said_consignment")
