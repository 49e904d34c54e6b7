"""An event that its receiver refuses is held back until a person replays or skips it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision: what was not delivered waits."""
    op.drop_index("ix_outbox_held", "outbox")
    op.drop_index("ix_outbox_delivered_at", "outbox")
    op.add_column(
        "outbox", sa.Column("state", sa.String(length=16), nullable=False, server_default="waiting")
    )
    op.execute("UPDATE outbox SET state = 'delivered' WHERE delivered_at IS NOT NULL")
    op.create_index("ix_outbox_state", "outbox", ["state", "sink", "position"])
    op.create_index("ix_outbox_subject", "outbox", ["sink", "subject", "state", "position"])
    op.create_table(
        "outbox_actions",
        sa.Column("outbox_position", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state_before", sa.String(length=16), nullable=False),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.Column("error_before", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["outbox_position"], ["outbox.position"]),
        sa.PrimaryKeyConstraint("outbox_position", "sequence"),
    )


def downgrade() -> None:
    """Back to the one before: what was skipped counts as delivered, what was refused waits."""
    op.drop_table("outbox_actions")
    op.execute("UPDATE outbox SET delivered_at = created_at WHERE state = 'skipped'")
    op.drop_index("ix_outbox_subject", "outbox")
    op.drop_index("ix_outbox_state", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("state")
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at"])
    op.create_index("ix_outbox_held", "outbox", ["sink", "subject", "delivered_at", "not_before"])
