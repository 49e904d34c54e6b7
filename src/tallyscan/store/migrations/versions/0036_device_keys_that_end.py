"""Keys of devices end, are rotated with an overlap, and are bound to a certificate."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "expires_at": sa.DateTime(),
    "rotated_at": sa.DateTime(),
    "certificate": sa.String(255),
    "old_sha256": sa.String(64),
    "old_until": sa.DateTime(),
    "old_used_at": sa.DateTime(),
    "old_certificate": sa.String(255),
}


def upgrade() -> None:
    """To this revision."""
    for name, kind in _COLUMNS.items():
        op.add_column("device_keys", sa.Column(name, kind, nullable=True))
    op.create_index("ix_device_keys_old", "device_keys", ["old_sha256"], unique=True)


def downgrade() -> None:
    """Back to the one before. A key that ends, or is bound to a certificate, would be good without: it is removed."""
    op.execute("DELETE FROM device_keys WHERE expires_at IS NOT NULL OR certificate IS NOT NULL")
    op.drop_index("ix_device_keys_old", "device_keys")
    with op.batch_alter_table("device_keys") as table:
        for name in reversed(_COLUMNS):
            table.drop_column(name)
