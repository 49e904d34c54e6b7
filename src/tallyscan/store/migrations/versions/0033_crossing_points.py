"""What a centre hears from crossing points that run their own installation."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "crossing_events",
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("told_by", sa.String(120)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("consignment_id", sa.String(80), sa.ForeignKey("consignments.id")),
        sa.Column("scan", sa.String(36)),
        sa.Column("part_of", sa.String(36)),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.UniqueConstraint("source", "event_id", name="uq_crossing_events_source_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crossing_events_subject", "crossing_events", ["source", "subject", "sequence"])
    op.create_index("ix_crossing_events_consignment", "crossing_events", ["consignment_id", "position"])
    op.create_index("ix_crossing_events_scan", "crossing_events", ["source", "scan", "position"])
    op.create_index("ix_crossing_events_part_of", "crossing_events", ["source", "part_of"])
    op.create_table(
        "crossing_points",
        sa.Column("source", sa.String(200), primary_key=True),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("newest_at", sa.DateTime()),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("taken", "repeats", "gaps", "late", "refused")
        ),
        sa.Column("refusal", sa.Text()),
        sa.Column("waiting", sa.BigInteger()),
        sa.Column("waiting_since", sa.DateTime()),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("crossing_points")
    op.drop_table("crossing_events")
