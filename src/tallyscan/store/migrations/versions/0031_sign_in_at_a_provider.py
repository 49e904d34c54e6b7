"""People who sign in at a provider (OpenID Connect), and what else than passwords is tried."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for column in ("issuer", "subject"):
        op.add_column("accounts", sa.Column(column, sa.String(255), nullable=True))
    op.create_index("ix_accounts_subject", "accounts", ["issuer", "subject"], unique=True)
    op.add_column("sessions", sa.Column("provider_session", sa.String(255), nullable=True))
    op.add_column("sessions", sa.Column("sealed_id_token", sa.Text(), nullable=True))
    op.create_table(
        "provider_sign_ins",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("page", sa.String(500), nullable=False),
    )
    op.create_table(
        "logout_tokens",
        sa.Column("id_sha256", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.add_column(
        "password_attempts", sa.Column("what", sa.String(16), nullable=False, server_default="password")
    )


def downgrade() -> None:
    """Back to the one before; people of a provider are forgotten."""
    with op.batch_alter_table("password_attempts") as table:
        table.drop_column("what")
    op.drop_table("logout_tokens")
    op.drop_table("provider_sign_ins")
    op.execute("DELETE FROM sessions WHERE account IN (SELECT key FROM accounts WHERE issuer IS NOT NULL)")
    op.execute("DELETE FROM accounts WHERE issuer IS NOT NULL")
    with op.batch_alter_table("sessions") as table:
        table.drop_column("sealed_id_token")
        table.drop_column("provider_session")
    op.drop_index("ix_accounts_subject", "accounts")
    with op.batch_alter_table("accounts") as table:
        table.drop_column("subject")
        table.drop_column("issuer")
