"""What the machine said of each scan, when and in what time, beside its score: what figures of the work rest on."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ADDED = ("machine_lane", "machine_seconds", "first_read_at")


def upgrade() -> None:
    """To this revision; all three are taken from the readings on record."""
    for column in (
        sa.Column("machine_lane", sa.String(length=16), nullable=True),
        sa.Column("machine_seconds", sa.Float(), nullable=True),
        sa.Column("first_read_at", sa.DateTime(), nullable=True),
    ):
        op.add_column("scan_scores", column)
    scores = sa.table("scan_scores", *map(sa.column, ("scan_id", *_ADDED)))
    readings = sa.table(
        "readings",
        *map(sa.column, ("scan_id", "revision", "created_at")),
        sa.column("document", sa.JSON()),
    )
    of_scan = readings.c.scan_id == scores.c.scan_id
    newest = sa.select(readings.c.document).where(of_scan).order_by(readings.c.revision.desc()).limit(1)
    document = readings.c.document
    taken = {
        "machine_lane": newest.with_only_columns(document["risk"]["lane"].as_string()),
        "machine_seconds": newest.with_only_columns(document["seconds"]["total"].as_float()),
        "first_read_at": sa.select(sa.func.min(readings.c.created_at)).where(of_scan),
    }
    values = {name: found.correlate(scores).scalar_subquery() for name, found in taken.items()}
    op.execute(sa.update(scores).values(values))
    op.create_index("ix_decisions_replaces", "decisions", ["replaces", "answer", "id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_decisions_replaces", "decisions")
    with op.batch_alter_table("scan_scores") as table:
        for column in _ADDED:
            table.drop_column(column)
