"""Archives that are read again with another model, beside what is on record."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "rereads",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("model_name", sa.String(80), nullable=False),
        sa.Column("model_version", sa.String(80), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("site", sa.String(80)),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.Column("said", sa.Text()),
    )
    op.create_table(
        "reread_scans",
        sa.Column("reread_id", sa.String(36), sa.ForeignKey("rereads.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("scans.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("claim", sa.String(36)),
        sa.Column("claimed_at", sa.DateTime()),
        sa.Column("read_at", sa.DateTime()),
        sa.Column("seconds", sa.Float()),
        sa.Column("reason", sa.Text()),
        sa.Column("revision", sa.Integer()),
        sa.Column("status_before", sa.String(16)),
        sa.Column("status", sa.String(16)),
        sa.Column("lane_before", sa.String(16)),
        sa.Column("lane", sa.String(16)),
        sa.Column("score_before", sa.Float()),
        sa.Column("score", sa.Float()),
        sa.Column("document", sa.JSON()),
    )
    op.create_index("ix_reread_scans_scan_id", "reread_scans", ["scan_id"])
    op.create_index("ix_reread_scans_state", "reread_scans", ["reread_id", "state", "position"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("reread_scans")
    op.drop_table("rereads")
