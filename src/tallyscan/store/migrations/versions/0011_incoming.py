"""What comes in about a consignment from elsewhere, the inputs of each step of its risk record, and alert budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; steps that were made before have no inputs to be replayed from."""
    op.create_table(
        "incoming",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("said_sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("effect", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.ForeignKeyConstraint(["replaces"], ["incoming.id"]),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incoming_consignment", "incoming", ["consignment_id", "position"])
    op.create_index("ix_incoming_kind", "incoming", ["kind", "received_at"])
    op.create_table(
        "scan_scores",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"]),
        sa.PrimaryKeyConstraint("scan_id"),
    )
    op.create_index("ix_scan_scores_site", "scan_scores", ["site", "at"])
    op.create_table(
        "alert_budgets",
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("site", "version"),
    )
    op.add_column("consignments", sa.Column("weighings", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("risk_record_entries") as entries:
        entries.alter_column("scan_id", existing_type=sa.String(length=36), nullable=True)
        entries.add_column(sa.Column("inputs", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Back to the revision before: what came in is lost, and so are its steps."""
    op.execute("DELETE FROM risk_record_entries WHERE scan_id IS NULL")
    with op.batch_alter_table("risk_record_entries") as entries:
        entries.drop_column("inputs")
        entries.alter_column("scan_id", existing_type=sa.String(length=36), nullable=False)
    op.drop_column("consignments", "weighings")
    op.drop_table("alert_budgets")
    op.drop_index("ix_scan_scores_site", table_name="scan_scores")
    op.drop_table("scan_scores")
    op.drop_index("ix_incoming_kind", table_name="incoming")
    op.drop_index("ix_incoming_consignment", table_name="incoming")
    op.drop_table("incoming")
