"""How pressing each reason is, and when goods are declared to come, so that lists are ordered by the database."""

import unicodedata
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None

_LEAST_PRESSING = "5"


def upgrade() -> None:
    """To this revision; both are taken from the selections and declarations on record."""
    op.add_column(
        "selection_reasons",
        sa.Column("priority", sa.Integer(), nullable=False, server_default=_LEAST_PRESSING),
    )
    op.create_table(
        "declared_offices",
        sa.Column("consignment_id", sa.String(length=80), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("expected_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignments.id"]),
        sa.PrimaryKeyConstraint("consignment_id", "office"),
    )
    _fill_priorities()
    _fill_offices()


def _fill_priorities() -> None:
    connection = op.get_bind()
    key = ("consignment_id", "stage", "sequence")
    selections = sa.table("selections", *map(sa.column, key), sa.column("document", sa.JSON()))
    reasons = sa.table("selection_reasons", *map(sa.column, (*key, "position", "priority")))
    for consignment, stage, sequence, document in connection.execute(sa.select(selections)).all():
        for position, reason in enumerate(document["reasons"]):
            of_reason = (
                (reasons.c.consignment_id == consignment)
                & (reasons.c.stage == stage)
                & (reasons.c.sequence == sequence)
                & (reasons.c.position == position)
            )
            connection.execute(sa.update(reasons).where(of_reason).values(priority=reason["priority"]))


def _fill_offices() -> None:
    connection = op.get_bind()
    consignments = sa.table("consignments", sa.column("id"), sa.column("declaration_version"))
    declarations = sa.table(
        "declarations", sa.column("consignment_id"), sa.column("version"), sa.column("document", sa.JSON())
    )
    offices = sa.table(
        "declared_offices",
        sa.column("consignment_id"),
        sa.column("office"),
        sa.column("expected_at", sa.DateTime()),
    )
    current = sa.select(declarations.c.consignment_id, declarations.c.document).join(
        consignments,
        (consignments.c.id == declarations.c.consignment_id)
        & (consignments.c.declaration_version == declarations.c.version),
    )
    for consignment, document in connection.execute(current).all():
        expected: dict[str, datetime] = {}
        for said in document.get("customsOffices") or ():
            time, office = said.get("arrivalDateAndTimeEstimated"), _plain(said["referenceNumber"])
            if time:
                at = datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None)
                expected[office] = min(at, expected.get(office, at))
        for office, at in expected.items():
            row = {"consignment_id": consignment, "office": office, "expected_at": at}
            connection.execute(sa.insert(offices).values(**row))


def _plain(code: str) -> str:
    upper = unicodedata.normalize("NFKC", code).upper()
    return "".join(sign for sign in upper if sign.isalnum())[:80]


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("declared_offices")
    op.drop_column("selection_reasons", "priority")
