"""Risk profiles in versions, selections with their reasons, who trades, and lines for those who watch."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; who traded before is taken from the declarations on record."""
    op.create_table(
        "risk_profiles",
        sa.Column("profile_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "version"),
    )
    op.create_index("ix_risk_profiles_in_force", "risk_profiles", ["stage", "status"], unique=False)
    op.create_table(
        "selections",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("consignment_id", "stage", "sequence"),
    )
    op.create_index(
        "ix_selections_standing", "selections", ["stage", "superseded", "selected", "at"], unique=False
    )
    step = ["consignment_id", "stage", "sequence"]
    of_step = [f"selections.{name}" for name in step]
    op.create_table(
        "selection_reasons",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.String(length=64), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(step, of_step),
        sa.PrimaryKeyConstraint(*step, "position"),
    )
    op.create_index(
        "ix_selection_reasons_profile", "selection_reasons", ["profile_id", "profile_version"], unique=False
    )
    op.create_table(
        "selection_sites",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(step, of_step),
        sa.PrimaryKeyConstraint(*step, "site"),
    )
    op.create_index("ix_selection_sites_site", "selection_sites", ["site", "stage"], unique=False)
    op.create_table(
        "declared_parties",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("party", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("consignment_id", "role"),
    )
    op.create_index("ix_declared_parties_party", "declared_parties", ["party"], unique=False)
    op.create_table(
        "live_lines",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("consignment", sa.String(length=80), nullable=True),
        sa.Column("scan_id", sa.String(length=36), nullable=True),
        sa.Column("lane", sa.String(length=16), nullable=True),
        sa.Column("in_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sqlite_autoincrement=True,
    )
    _fill_parties()


def _fill_parties() -> None:
    connection = op.get_bind()
    consignments = sa.table("consignments", sa.column("id"), sa.column("declaration_version"))
    declarations = sa.table(
        "declarations", sa.column("consignment_id"), sa.column("version"), sa.column("document", sa.JSON())
    )
    parties = sa.table("declared_parties", sa.column("consignment_id"), sa.column("role"), sa.column("party"))
    current = sa.select(declarations.c.consignment_id, declarations.c.document).join(
        consignments,
        (consignments.c.id == declarations.c.consignment_id)
        & (consignments.c.declaration_version == declarations.c.version),
    )
    for consignment, document in connection.execute(current).all():
        for role in ("consignor", "consignee"):
            number = _plain((document.get(role) or {}).get("identificationNumber") or "")
            if number:
                row = {"consignment_id": consignment, "role": role, "party": number}
                connection.execute(sa.insert(parties).values(**row))


def _plain(number: str) -> str:
    upper = unicodedata.normalize("NFKC", number).upper()
    return "".join(sign for sign in upper if sign.isalnum())[:64]


def downgrade() -> None:
    """Back to the revision before: profiles and selections are lost."""
    for table in (
        "live_lines",
        "declared_parties",
        "selection_sites",
        "selection_reasons",
        "selections",
        "risk_profiles",
    ):
        op.drop_table(table)
