"""How pressing each reason is and when goods are declared to come, so that lists are ordered by the database; sites
of scores and budgets as they are compared."""

import json
from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from tallyscan.declaration import normal_mark

revision = "0017"
down_revision = "0016"
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
    _compare_sites()


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
            time, office = said.get("arrivalDateAndTimeEstimated"), normal_mark(said["referenceNumber"])[:80]
            if time:
                at = datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None)
                expected[office] = min(at, expected.get(office, at))
        for office, at in expected.items():
            row = {"consignment_id": consignment, "office": office, "expected_at": at}
            connection.execute(sa.insert(offices).values(**row))


def _compare_sites() -> None:
    """Versions of budgets that were of two spellings of one site are numbered anew, as they were set."""
    connection = op.get_bind()
    scores = sa.table("scan_scores", sa.column("site"))
    for (site,) in connection.execute(sa.select(scores.c.site).distinct()).all():
        connection.execute(sa.update(scores).where(scores.c.site == site).values(site=_key(site)))
    names = ("site", "version", "set_at", "set_by", "document")
    budgets = sa.table("alert_budgets", *map(sa.column, names))
    kept = connection.execute(sa.select(budgets).order_by(budgets.c.set_at, budgets.c.version)).all()
    connection.execute(sa.delete(budgets))
    newest: Counter[str] = Counter()
    for row in kept:
        newest[_key(row.site)] += 1
        document = json.loads(row.document) | {"version": newest[_key(row.site)]}
        renamed = {"site": _key(row.site), "version": document["version"], "document": json.dumps(document)}
        connection.execute(sa.insert(budgets).values(**{**row._mapping, **renamed}))


def _key(site: str) -> str:
    return normal_mark(site)[:80] or "UNNAMED"


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("declared_offices")
    op.drop_column("selection_reasons", "priority")
