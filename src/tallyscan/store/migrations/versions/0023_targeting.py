"""Dispositions, and the queue of targeting officers: the lines of what is here are written when the service starts."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_FILTERED = ("lane", "waits_for", "scanned", "for_scan", "for_opening", "sites")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "dispositions",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=True),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("said_sha256", sa.String(length=64), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.ForeignKeyConstraint(["replaces"], ["dispositions.id"]),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dispositions_consignment", "dispositions", ["consignment_id", "position"])
    op.create_index("ix_dispositions_person", "dispositions", ["person", "received_at"])
    op.create_table(
        "queue",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(), nullable=False),
        sa.Column("score_key", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("waits_for", sa.String(length=16), nullable=False),
        sa.Column("scanned", sa.Boolean(), nullable=False),
        sa.Column("for_scan", sa.Boolean(), nullable=False),
        sa.Column("for_opening", sa.Boolean(), nullable=False),
        sa.Column("sites", sa.String(length=800), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("consignment_id"),
    )
    by_risk = ("released", "place", "deadline_at", "score_key", "consignment_id")
    by_deadline = ("released", "deadline_at", "place", "score_key", "consignment_id")
    op.create_index("ix_queue_risk", "queue", [*by_risk, *_FILTERED])
    op.create_index("ix_queue_deadline", "queue", [*by_deadline, *_FILTERED])
    counted = ("released", "lane", "waits_for", "consignment_id", "deadline_at")
    op.create_index("ix_queue_counts", "queue", [*counted, *_FILTERED[2:]])
    word = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")
    op.create_table(
        "queue_words",
        sa.Column("word", word, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("word", "kind", "consignment_id"),
    )
    op.create_index("ix_queue_words_consignment_id", "queue_words", ["consignment_id"])
    op.create_table(
        "queue_renewals",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("consignment_id"),
    )
    op.execute("INSERT INTO queue_renewals (consignment_id) SELECT id FROM consignments")


def downgrade() -> None:
    """Back to the one before."""
    for table in ("queue_renewals", "queue_words", "queue", "dispositions"):
        op.drop_table(table)
