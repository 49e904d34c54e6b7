"""The audit: records in a chain that triggers keep from being changed, and the names behind their pseudonyms."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_NO = "the audit is only ever added to"


def upgrade() -> None:
    """To this revision. What was done before is not in the audit."""
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_name", sa.String(160), nullable=True),
        sa.Column("role", sa.String(32), nullable=True),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("object_kind", sa.String(24), nullable=False),
        sa.Column("object_id", sa.String(160), nullable=True),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor", "audit", ["actor_name", "sequence"])
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id", "sequence"])
    op.create_index("ix_audit_action", "audit", ["action", "sequence"])
    op.create_table(
        "audit_subjects",
        sa.Column("pseudonym", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("kind", "value", name="uq_audit_subjects_value"),
    )
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the one before: the audit is gone."""
    op.drop_table("audit_subjects")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql("DROP FUNCTION audit_refuses()")
        op.get_bind().exec_driver_sql("DROP FUNCTION audit_follows()")


# INSERT OR REPLACE deletes without a trigger for that; the one for adding refuses it.
_SQLITE = (
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{_NO}'); END",
    f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, '{_NO}'); END",
    f"""CREATE TRIGGER audit_at_the_end BEFORE INSERT ON audit
    WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM audit), 0)
    BEGIN SELECT RAISE(ABORT, '{_NO}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_NO}' USING ERRCODE = 'insufficient_privilege'; END $$""",
    f"""CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM audit), 0) THEN
            RAISE EXCEPTION '{_NO}' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses()""",
    """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()""",
    """CREATE TRIGGER audit_at_the_end BEFORE INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_follows()""",
)
