"""Accounts with links and sessions, wrong passwords, keys of devices; and the site of a scan, to be searched by."""

import sqlalchemy as sa
from alembic import op

from tallyscan.declaration import normal_mark

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_AT_A_TIME = 1_000


def upgrade() -> None:
    """To this revision; the site of earlier scans is taken from what was seen on them."""
    op.create_table(
        "accounts",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("password_set_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "account_links",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.key"]),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index("ix_account_links_account", "account_links", ["account"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.key"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"], unique=False)
    op.create_table(
        "password_attempts",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name_sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("ix_password_attempts_at", "password_attempts", ["at"], unique=False)
    op.create_index("ix_password_attempts_name", "password_attempts", ["name_sha256", "at"], unique=False)
    op.create_index("ix_password_attempts_address", "password_attempts", ["address", "at"], unique=False)
    op.create_table(
        "device_keys",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("scanner", sa.String(length=80), nullable=True),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("may", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.add_column("scans", sa.Column("site", sa.String(length=80), nullable=True))
    op.create_index("ix_scans_site", "scans", ["site", "received_at"], unique=False)
    _fill_sites()


def _fill_sites() -> None:
    connection = op.get_bind()
    scans = sa.table("scans", sa.column("id"), sa.column("seen", sa.JSON()), sa.column("site"))
    last = ""
    while True:
        page = sa.select(scans.c.id, scans.c.seen).where(scans.c.id > last).order_by(scans.c.id)
        rows = connection.execute(page.limit(_AT_A_TIME)).all()
        for scan, seen in rows:
            if site := normal_mark((seen or {}).get("site") or "")[:80]:
                connection.execute(sa.update(scans).where(scans.c.id == scan).values(site=site))
        if len(rows) < _AT_A_TIME:
            return
        last = rows[-1][0]


def downgrade() -> None:
    """Back to the revision before: accounts and keys are lost."""
    op.drop_index("ix_scans_site", table_name="scans")
    with op.batch_alter_table("scans") as table:
        table.drop_column("site")
    for name in ("device_keys", "password_attempts", "sessions", "account_links", "accounts"):
        op.drop_table(name)
