"""An event goes to several sinks, each at its own pace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}  # for the constraint that SQLite left without a name


def upgrade() -> None:
    """To this revision: what waits, waits for the file."""
    op.drop_index("ix_outbox_held", "outbox")
    with op.batch_alter_table("outbox", naming_convention=_NAMES) as table:
        table.add_column(sa.Column("sink", sa.String(length=16), nullable=False, server_default="file"))
        table.drop_constraint(_unnamed(), type_="unique")
        table.create_unique_constraint("uq_outbox_event_sink", ["event_id", "sink"])
    with op.batch_alter_table("outbox") as table:
        table.alter_column("sink", server_default=None)
    op.create_index(
        "ix_outbox_held", "outbox", ["sink", "subject", "delivered_at", "not_before"], unique=False
    )


def downgrade() -> None:
    """Back to the one before: what waits for other sinks than the file is lost."""
    op.execute("DELETE FROM outbox WHERE sink <> 'file'")
    op.drop_index("ix_outbox_held", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint("uq_outbox_event_sink", type_="unique")
        table.drop_column("sink")
        table.create_unique_constraint(_unnamed(), ["event_id"])
    op.create_index("ix_outbox_held", "outbox", ["subject", "delivered_at", "not_before"], unique=False)


def _unnamed() -> str:
    postgresql = op.get_bind().dialect.name == "postgresql"
    return "outbox_event_id_key" if postgresql else "uq_outbox_event_id"
