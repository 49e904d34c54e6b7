"""A reading keeps the plain picture of its scan; referrals stand in tables of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. Referrals that nobody answered are open; readings from before have no plain picture."""
    op.add_column("readings", sa.Column("upright_image", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "referrals",
        sa.Column("decision_id", sa.String(36), sa.ForeignKey("decisions.id"), primary_key=True),
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("scans.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("office", sa.String(80), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("answer_by", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
    )
    op.create_index("ix_referrals_office", "referrals", ["state", "office", "opened_at"])
    op.create_index("ix_referrals_scan", "referrals", ["scan_id"])
    op.create_table(
        "referral_steps",
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("referral_id", sa.String(36), sa.ForeignKey("referrals.decision_id"), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("said_sha256", sa.String(64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_referral_steps_referral", "referral_steps", ["referral_id", "position"])
    _take_over()


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("referral_steps")
    op.drop_table("referrals")
    with op.batch_alter_table("readings") as table:
        table.drop_column("upright_image")


def _take_over() -> None:
    """Of the decisions that refer a scan and stand, those that neither another reader nor a control answered."""
    decisions = sa.table(
        "decisions",
        *(sa.column(name) for name in ("id", "scan_id", "replaces", "answer", "reader", "received_at")),
    )
    inspections = sa.table(
        "inspections", *(sa.column(name) for name in ("id", "scan_id", "replaces", "result", "received_at"))
    )
    referrals = sa.table(
        "referrals", *(sa.column(name) for name in ("decision_id", "scan_id", "state", "office", "opened_at"))
    )
    later, undone, other = (decisions.alias(name) for name in ("later", "undone", "other"))
    # A correction that was taken back replaces nothing.
    counts = ~sa.exists().where(undone.c.replaces == later.c.id, undone.c.answer == "undone")
    replaced = sa.exists().where(later.c.replaces == decisions.c.id, counts)
    read_again = sa.exists().where(
        other.c.scan_id == decisions.c.scan_id,
        other.c.reader != decisions.c.reader,
        other.c.received_at >= decisions.c.received_at,
    )
    looked = sa.exists().where(
        inspections.c.scan_id == decisions.c.scan_id,
        inspections.c.result != "not_opened",
        inspections.c.received_at >= decisions.c.received_at,
    )
    still = sa.select(
        decisions.c.id,
        decisions.c.scan_id,
        sa.literal("open"),
        sa.literal(""),
        decisions.c.received_at,
    ).where(decisions.c.answer == "refer", ~replaced, ~read_again, ~looked)
    columns = ["decision_id", "scan_id", "state", "office", "opened_at"]
    op.execute(sa.insert(referrals).from_select(columns, still))
