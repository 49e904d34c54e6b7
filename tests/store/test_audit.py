"""Whatever is done to the audit in the raw database is found, alone or with a head that had left before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tallyscan.acting import Actor
from tallyscan.audit_head import AuditHead, sign, signed_head
from tallyscan.audit_record import NOTHING_BEFORE
from tallyscan.errors import InputError
from tallyscan.store.access_tables import AccountRow, DeviceKeyRow
from tallyscan.store.audit import Subject, Told, forget, head, names_behind, record, record_of, records
from tallyscan.store.audit_changes import NOT_TOLD, TELLS
from tallyscan.store.audit_check import Verified, verify
from tallyscan.store.audit_tables import AuditRow, AuditSubjectRow
from tallyscan.store.database import Database
from tallyscan.store.tables import Table

OFFICER = Actor("person", "o.kovalenko", "operator", "image_review")


def fill(database: Database, count: int = 6) -> AuditHead:
    """So many records, beside the first, and the head of them."""
    for number in range(count):
        with database.write() as session:
            told = Told("scan.viewed", "scan", f"scan-{number}", frozenset({"XXOFF001"}), {"n": number})
            record(session, told, actor=OFFICER)
    return head_of(database)


def head_of(database: Database) -> AuditHead:
    with database.read() as session:
        found = head(session)
    assert found is not None
    return found


def verified(database: Database, *heads: AuditHead) -> Verified:
    with database.read() as session:
        return verify(session, heads)


def kinds(found: Verified) -> set[str]:
    return {problem.kind for problem in found.problems}


@contextmanager
def raw(database: Database) -> Iterator[sa.Connection]:
    """As whoever has the file or owns the schema: without the triggers."""
    with database.write() as session:
        without_triggers(session.connection())
        yield session.connection()


def without_triggers(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
    else:
        for name in ("audit_no_update", "audit_no_delete", "audit_at_the_end"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def changed(connection: sa.Connection, at: int, /, **values: object) -> None:
    connection.execute(sa.update(AuditRow).where(AuditRow.sequence == at).values(**values))


def deleted(connection: sa.Connection, *sequences: int) -> None:
    connection.execute(sa.delete(AuditRow).where(AuditRow.sequence.in_(sequences)))


def made_again(connection: sa.Connection, since: int) -> None:
    """The whole chain from there, as whoever knows how it is made can do without the key."""
    rows = connection.execute(sa.select(AuditRow.__table__).order_by(AuditRow.sequence)).mappings().all()
    previous = NOTHING_BEFORE
    for row in rows:
        if row["sequence"] >= since:
            made = record_of(AuditRow(**{**row, "previous": previous}))
            changed(connection, row["sequence"], previous=previous, hash=made.hash)
            previous = made.hash
        else:
            previous = row["hash"]


def swapped(connection: sa.Connection) -> None:
    changed(connection, 3, sequence=99)
    changed(connection, 4, sequence=3)
    changed(connection, 99, sequence=4)


def inserted(connection: sa.Connection) -> None:
    row = dict(
        connection.execute(sa.select(AuditRow.__table__).where(AuditRow.sequence == 7)).mappings().one()
    )
    made = record_of(AuditRow(**{**row, "sequence": 8, "previous": "f" * 64}))
    connection.execute(
        sa.insert(AuditRow).values(**{**row, "sequence": 8, "previous": "f" * 64, "hash": made.hash})
    )


CHANGES: dict[str, tuple[Callable[[sa.Connection], None], str, int]] = {
    **{
        f"another {name}": (lambda c, name=name, value=value: changed(c, 4, **{name: value}), "changed", 3)  # type: ignore[misc]
        for name, value in {
            "version": 2,
            "at": datetime(2026, 2, 1, tzinfo=UTC),
            "actor_kind": "device",
            "actor_name": "a" * 64,
            "role": "inspector",
            "action": "scan.decided",
            "object_kind": "consignment",
            "object_id": "scan-9",
            "sites": "|XXOFF002|",
            "purpose": "targeting",
            "details": {"n": 9},
            "hash": "0" * 64,
        }.items()
    },
    "another row before": (lambda c: changed(c, 4, previous="e" * 64), "order", 3),
    "a row less": (lambda c: deleted(c, 4), "gap", 3),
    "the first row less": (lambda c: deleted(c, 1), "gap", 0),
    "two rows in each other's place": (swapped, "order", 2),
    "a row more": (inserted, "order", 7),
}


def test_each_change_is_found_without_a_head(database: Database) -> None:
    fill(database)
    assert verified(database).problems == ()
    with database.write() as session:
        without_triggers(session.connection())
        for how, (change, kind, vouched) in CHANGES.items():
            before = session.begin_nested()
            change(session.connection())
            found = verify(session, [])
            assert kind in kinds(found), how
            assert found.vouched_to == vouched, how
            before.rollback()
        assert verify(session, []).problems == ()


def test_a_chain_that_was_cut_short_is_found_with_a_head_alone(database: Database) -> None:
    known = fill(database)
    with raw(database) as connection:
        deleted(connection, 6, 7)
    assert verified(database).problems == ()  # nothing in the database itself says so
    found = verified(database, known)
    assert [(each.kind, each.sequence) for each in found.problems] == [("cut_short", 7)]
    assert (found.records, found.vouched_to, found.known_outside_to) == (5, 5, 0)


def test_a_chain_that_was_made_again_without_the_key_is_found_with_a_head_alone(database: Database) -> None:
    early, known = fill(database, 2), fill(database, 4)
    with raw(database) as connection:
        changed(connection, 4, object_id="another scan")
        made_again(connection, 4)
    assert verified(database).problems == ()
    found = verified(database, early, known)
    assert kinds(found) == {"other_chain"}
    assert (found.vouched_to, found.known_outside_to) == (6, 3)


def test_a_chain_with_another_beginning_is_another_one(database: Database) -> None:
    known = fill(database)
    with raw(database) as connection:
        changed(connection, 1, details={"installation": "another"})
        made_again(connection, 1)
        deleted(connection, 7)
    assert kinds(verified(database, known)) == {"other_chain", "cut_short"}


def test_another_name_behind_a_pseudonym_is_found(database: Database) -> None:
    fill(database)
    with database.write() as session:
        session.execute(sa.update(AuditSubjectRow).values(value="somebody else"))
    assert kinds(verified(database)) == {"name"}


def test_neither_update_nor_delete_nor_a_place_in_the_middle_is_taken(database: Database) -> None:
    fill(database)
    for statement in (
        sa.update(AuditRow).values(role=None),
        sa.delete(AuditRow),
        sa.insert(AuditRow).from_select(
            [column.name for column in AuditRow.__table__.columns],
            sa.select(
                *(
                    sa.literal(99) if column.name == "sequence" else column
                    for column in AuditRow.__table__.columns
                )
            ).where(AuditRow.sequence == 3),
        ),
    ):
        with (
            pytest.raises(sa.exc.DBAPIError, match="the audit is only ever added to"),
            database.write() as session,
        ):
            session.execute(statement)
    with database.write() as session:
        session.execute(sa.text("SELECT 1"))
    if str(database._engine.url).startswith("postgresql"):
        with pytest.raises(sa.exc.DBAPIError, match="only ever added to"), database.write() as session:
            session.execute(sa.text("TRUNCATE audit"))
    else:
        replaces = sa.text("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 4")
        with pytest.raises(sa.exc.DBAPIError, match="only ever added to"), database.write() as session:
            session.execute(replaces)
    assert verified(database).problems == ()


def test_what_was_rolled_back_leaves_no_record_and_no_gap(database: Database) -> None:
    fill(database, 1)

    def fails() -> None:
        with database.write() as session:
            session.add(account("lost"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with database.write() as session:
        session.add(account("kept"))
    with database.read() as session:
        assert [each.action for each, _ in records(session)] == [
            "audit.begun",
            "scan.viewed",
            "account.added",
        ]


def account(name: str) -> AccountRow:
    return AccountRow(
        key=name,
        name=name,
        roles=["operator"],
        sites=["*"],
        created_at=datetime.now(UTC),
        created_by="test",
    )


def test_a_change_of_an_account_is_told_with_what_was_before(database: Database) -> None:
    with database.write() as session:
        session.add(account("officer"))
    with database.write() as session:
        session.get_one(AccountRow, "officer").roles = ["auditor"]
    with database.write() as session:
        session.get_one(AccountRow, "officer").signed_in_at = datetime.now(UTC)  # nothing to tell
    with database.read() as session:
        told = [each for each, _ in records(session)]
        names = names_behind(session, told, "person")
    assert [each.action for each in told[1:]] == ["account.added", "account.changed"]
    assert told[-1].details == {
        "roles": ["auditor"],
        "sites": ["*"],
        "before": {"roles": ["operator"], "sites": ["*"]},
    }
    assert names == {told[-1].object_id: "officer"}


def test_an_erased_name_is_gone_and_the_chain_still_holds(database: Database) -> None:
    known = fill(database)
    with database.write() as session:
        assert forget(session, Subject("person", "o.kovalenko"), reason="left")
        assert not forget(session, Subject("person", "nobody"), reason="left")
    with database.read() as session:
        told = [each for each, _ in records(session)]
        assert names_behind(session, told, "person") == {}
        assert session.execute(sa.select(AuditSubjectRow)).all() == []
    assert told[1].actor_name == told[-1].object_id
    assert verified(database, known).problems == ()
    fill(database, 1)
    with database.read() as session:
        later = list(records(session))[-1][0]
    assert later.actor_name != told[1].actor_name  # a new salt: nobody links the two


def test_texts_that_a_database_keeps_otherwise_are_hashed_as_they_are_kept(database: Database) -> None:
    with database.write() as session:
        record(session, Told("scan.viewed", "scan", "a\0b\ud800", details={"f": 0.1, "é": ["\0"]}))
        session.add(
            DeviceKeyRow(
                key="k",
                name="k",
                token_sha256="0" * 64,
                sites=["*"],
                may=[],
                created_at=datetime.now(UTC),
                created_by="t",
            )
        )
    assert verified(database).problems == ()


def test_every_table_is_told_of_or_has_a_reason_not_to_be() -> None:
    told = {table.__tablename__ for table in TELLS}
    assert told & set(NOT_TOLD) == set()
    assert told | set(NOT_TOLD) == set(Table.metadata.tables)


def test_a_head_that_another_key_signed_or_that_was_changed_is_refused() -> None:
    key = Ed25519PrivateKey.generate()
    token = sign(AuditHead("c" * 64, 7, "d" * 64, datetime(2026, 2, 1, tzinfo=UTC)), key)
    assert signed_head(token, key.public_key()).sequence == 7
    with pytest.raises(InputError, match="was not signed with the key"):
        signed_head(token, Ed25519PrivateKey.generate().public_key())
    first, second, third = token.split(".")
    for wrong in (f"{first}.{second[:-2]}AA.{third}", f"{first}.{second}", "nothing", "a.b.c"):
        with pytest.raises(InputError):
            signed_head(wrong, key.public_key())
