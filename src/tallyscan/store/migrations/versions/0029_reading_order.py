"""When each scan that waits is due, who let those be read again that were given up, and on PostgreSQL the queue of
workers on many machines."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from tallyscan.store.job_schema import create_job_schema, drop_job_schema

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_FIRST, _AGAIN = (
    timedelta(minutes=15),
    timedelta(minutes=30),
)  # what is known of them comes with the next change


def upgrade() -> None:
    """To this revision; what waits is due by when it came."""
    for name, kind in (
        ("waits_since", sa.DateTime()),
        ("waits_as", sa.String(16)),
        ("due_at", sa.DateTime()),
        ("job", sa.BigInteger()),
    ):
        op.add_column("scans", sa.Column(name, kind, nullable=True))
    op.drop_index("ix_scans_queue", "scans")
    op.create_index("ix_scans_due", "scans", ["state", "due_at"])
    _fill()
    op.create_table(
        "dead_letter_actions",
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("scans.id"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason_before", sa.Text(), nullable=True),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "sequence"),
    )
    create_job_schema(op.get_bind())


def _fill() -> None:
    connection = op.get_bind()
    names = ("id", "state", "revision", "waits_as")
    times = (sa.column(name, sa.DateTime()) for name in ("received_at", "waits_since", "due_at"))
    scans = sa.table("scans", *map(sa.column, names), *times)
    waiting = sa.select(scans.c.id, scans.c.revision, scans.c.received_at)
    rows = connection.execute(waiting.where(scans.c.state.in_(("received", "reading")))).all()
    for scan, read, received_at in rows:
        connection.execute(
            sa.update(scans)
            .where(scans.c.id == scan)
            .values(
                waits_since=received_at,
                waits_as="reading_again" if read else "first_reading",
                due_at=received_at + (_AGAIN if read else _FIRST),
            )
        )


def downgrade() -> None:
    """Back to the one before."""
    drop_job_schema(op.get_bind())
    op.drop_table("dead_letter_actions")
    op.drop_index("ix_scans_due", "scans")
    op.create_index("ix_scans_queue", "scans", ["state", "received_at"])
    with op.batch_alter_table("scans") as table:
        for name in ("job", "due_at", "waits_as", "waits_since"):
            table.drop_column(name)
