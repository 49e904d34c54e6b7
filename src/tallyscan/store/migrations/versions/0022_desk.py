"""Which reader each scan waits for, and who reads it now."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. A scan on which somebody decided waits for nobody; any other for its first reader."""
    op.create_table(
        "desk",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("waits_for", sa.String(length=8), nullable=True),
        sa.Column("because", sa.String(length=16), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=120), nullable=True),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.PrimaryKeyConstraint("scan_id"),
    )
    op.create_index("ix_desk_claimed", "desk", ["claimed_by"])
    decisions = sa.table("decisions", *map(sa.column, ("id", "scan_id", "answer", "replaces")))
    undo = decisions.alias()
    stands = (
        sa.select(decisions.c.scan_id)
        .where(
            decisions.c.answer != "undone",
            ~sa.exists().where(undo.c.replaces == decisions.c.id, undo.c.answer == "undone"),
        )
        .distinct()
    )
    op.execute(sa.insert(sa.table("desk", sa.column("scan_id"))).from_select(["scan_id"], stands))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("desk")
