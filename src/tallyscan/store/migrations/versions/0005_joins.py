"""How each scan joined its consignment, and what was read on its cargo units."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tallyscan.iso6346 import has_form

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision.

    Of scans that were here before, it is only known whether they have a consignment, and which marks were legible. They
    are found by those as they were; marks with one wrong sign are found of what comes from now on.
    """
    op.add_column("scans", sa.Column("seen", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column(
        "scans", sa.Column("join_state", sa.String(length=16), nullable=False, server_default="open")
    )
    op.create_table(
        "joins",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("consignment_id", sa.String(length=80), nullable=True),
        sa.Column("how", sa.String(length=32), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("scan_id", "sequence"),
    )
    op.create_index("ix_scans_join", "scans", ["join_state", "received_at"], unique=False)
    _fill()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index("ix_scans_join", table_name="scans")
    op.drop_table("joins")
    op.drop_column("scans", "join_state")
    op.drop_column("scans", "seen")


def _fill() -> None:
    connection = op.get_bind()
    scans = sa.table(
        "scans",
        sa.column("id", sa.String),
        sa.column("received_at", sa.DateTime),
        sa.column("consignment_id", sa.String),
        sa.column("seen", sa.JSON),
        sa.column("join_state", sa.String),
    )
    marks = sa.table("scan_marks", sa.column("scan_id", sa.String), sa.column("mark", sa.String))
    joins = sa.table(
        "joins",
        sa.column("scan_id", sa.String),
        sa.column("sequence", sa.Integer),
        sa.column("at", sa.DateTime),
        sa.column("state", sa.String),
        sa.column("consignment_id", sa.String),
        sa.column("why", sa.Text),
        sa.column("candidates", sa.JSON),
    )
    units: dict[str, list[dict[str, Any]]] = {}
    for scan_id, mark in connection.execute(sa.select(marks.c.scan_id, marks.c.mark)):
        kind = "container_number" if has_form(mark) else "plate"
        units.setdefault(scan_id, []).append({kind: {"as_read": mark, "text": mark}})
    before = connection.execute(sa.select(scans.c.id, scans.c.received_at, scans.c.consignment_id)).all()
    for scan_id, received_at, consignment in before:
        state = "joined" if consignment else "open"
        seen = {"site": None, "units": units.get(scan_id, [])}
        connection.execute(sa.update(scans).where(scans.c.id == scan_id).values(seen=seen, join_state=state))
        connection.execute(
            sa.insert(joins).values(
                scan_id=scan_id,
                sequence=1,
                at=received_at,
                state=state,
                consignment_id=consignment,
                why="It came before joins were recorded.",
                candidates=[],
            )
        )
