"""Whom an erasure takes out of the record, and what it says that it left there."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tallyscan.acting import Actor
from tallyscan.errors import Conflict, InputError, NotFound
from tallyscan.store.access_tables import AccountRow
from tallyscan.store.audit import Subject, Told, pseudonym_of, record, records
from tallyscan.store.audit_check import verify
from tallyscan.store.audit_tables import AuditSubjectRow
from tallyscan.store.blobs import FolderBlobs
from tallyscan.store.check_store import check_store
from tallyscan.store.database import Database
from tallyscan.store.deletions import declaration_deleted
from tallyscan.store.erasure import erase_party, erase_person
from tallyscan.store.holds import lift_hold, set_hold
from tallyscan.store.intake import Intake
from tallyscan.store.retention import Kept, Retention
from tallyscan.store.tables import DecisionRow, DeclarationVersion, OutboxRow
from tallyscan.store.targeting_tables import QueueWordRow
from tests.store.test_retention import NONE, TRADER, declared

OFFICER = "o.kovalenko"
WHY = "Request 7"


def declare(intake: Intake, case: str, consignor: str = TRADER) -> None:
    document = declared(consignor, mrn=f"26NL00000000000{case}")
    intake.accept_declaration(document, origin="test", consignment=case)


def decide(database: Database, intake: Intake, case: str, comment: str = "It is fine.") -> str:
    """A decision of that officer on a scan of its own; its id."""
    from tests.store.builders import scan_files

    scan = intake.accept_scan(scan_files(case.encode()), origin="test", consignment=case).scan_id
    now = datetime.now(UTC)
    with database.write() as session:
        session.add(
            DecisionRow(
                id=f"d-{case}",
                scan_id=scan,
                answer="clear",
                reason="nothing_found",
                reader="first",
                person=OFFICER,
                at=now,
                received_at=now,
                said_sha256="0" * 64,
                document={"by": OFFICER, "comment": comment},
                effect=None,
            )
        )
        for state in ("delivered", "waiting"):
            session.add(
                OutboxRow(
                    sink="file",
                    event_id=f"{case}-{state}",
                    subject=case,
                    event={"data": {"decision": {"by": OFFICER}}},
                    created_at=now,
                    state=state,
                )
            )
    return scan


def all_that_is_kept(database: Database) -> str:
    """Of every table, as it stands."""
    with database.read() as session:
        connection = session.connection()
        found = sa.MetaData()
        found.reflect(connection)
        return "\n".join(
            str(row) for table in found.sorted_tables for row in connection.execute(sa.select(table))
        )


def test_a_party_is_taken_out_of_declarations_search_and_audit_and_its_documents_go(
    database: Database, intake: Intake, blobs: FolderBlobs
) -> None:
    declare(intake, "C1")
    declare(intake, "C2", "Another Trader")
    done = erase_party(database, "oliynyk  PAPER", reason=WHY)
    assert done.whole
    assert done.rows == {"declarations": 1}
    with database.read() as session:
        assert declaration_deleted(session, "C1", 1) is not None
        assert declaration_deleted(session, "C2", 1) is None
        told = [each.document for each, _ in records(session) if each.action == "data.erased"]
        assert verify(session, [], rows=True).problems == ()
    assert len(told) == 1
    assert TRADER not in str(told)
    Retention(database, blobs, Kept(), wait=NONE).run()
    with database.read() as session:
        checked = check_store(session, blobs)
        assert (checked.whole, checked.named, checked.orphans) == (True, 1, 0)
        words = set(session.execute(sa.select(QueueWordRow.word)).scalars())
    assert TRADER not in all_that_is_kept(database)
    assert "oliynyk" not in {word.casefold() for word in words}
    with pytest.raises(NotFound):
        erase_party(database, TRADER, reason=WHY)


def test_a_party_of_a_held_consignment_stays_with_its_name_in_the_audit_until_the_hold_is_over(
    database: Database, intake: Intake
) -> None:
    declare(intake, "C1")
    declare(intake, "C2")
    with database.write() as session:
        hold = set_hold(session, by="Auditor 1", reason="Appeal", consignment="C2")
    done = erase_party(database, "UA12345678", reason=WHY)
    assert (done.whole, done.held, done.audit_names) == (False, {"declarations": ["C2"]}, 0)
    with database.read() as session:
        documents = dict(
            session.execute(sa.select(DeclarationVersion.consignment_id, DeclarationVersion.document)).all()
        )
        assert pseudonym_of(session, Subject("party", "UA12345678")) is not None
    assert [TRADER in str(documents[case]) for case in ("C1", "C2")] == [False, True]
    with database.write() as session:
        lift_hold(session, hold.id, by="Auditor 1", reason="Settled")
    done = erase_party(database, "UA12345678", reason=WHY)
    assert (done.whole, done.audit_names) == (True, 1)
    with database.read() as session:
        assert pseudonym_of(session, Subject("party", "UA12345678")) is None
    assert "UA12345678" not in all_that_is_kept(database)


def test_a_person_is_taken_out_of_decisions_events_account_and_audit(
    database: Database, intake: Intake
) -> None:
    decide(database, intake, "C1", comment="Told O.Kovalenko by telephone.")
    with database.write() as session:
        record(session, Told("scan.viewed", "scan", "s"), actor=Actor("person", OFFICER, "operator", "x"))
        account = AccountRow(
            key=OFFICER,
            name=OFFICER,
            roles=[],
            sites=[],
            created_at=datetime.now(UTC),
            created_by="tallyscan",
        )
        session.add(account)
    with pytest.raises(Conflict, match="may still sign in"):
        erase_person(database, OFFICER, reason=WHY)
    with database.write() as session:
        session.get_one(AccountRow, OFFICER).disabled_at = datetime.now(UTC)
    done = erase_person(database, OFFICER, reason=WHY)
    assert (done.whole, len(done.waiting), done.rows) == (False, 1, {"decisions": 1, "outbox": 1})
    with database.write() as session:
        session.execute(sa.update(OutboxRow).values(state="delivered"))
    done = erase_person(database, OFFICER, reason=WHY)
    assert (done.whole, done.rows, done.audit_names) == (True, {"outbox": 1, "accounts": 1}, 1)
    assert [(each.table, each.id) for each in done.free_text] == [("decisions", "1")]
    with database.read() as session:
        row = session.execute(sa.select(DecisionRow)).scalar_one()
        assert (row.person, row.document["by"]) == ("[erased]", "[erased]")
        assert row.document["comment"] == "Told O.Kovalenko by telephone."
        assert verify(session, [], rows=True).problems == ()
        names = set(session.execute(sa.select(AuditSubjectRow.value)).scalars())
    assert OFFICER not in names
    assert OFFICER not in all_that_is_kept(database)


def test_a_person_stays_where_the_scan_is_held(database: Database, intake: Intake) -> None:
    held = decide(database, intake, "C1")
    decide(database, intake, "C2")
    with database.write() as session:
        set_hold(session, by="Auditor 1", reason="Appeal", scan=held)
        session.execute(sa.update(OutboxRow).values(state="delivered"))
    done = erase_person(database, OFFICER, reason=WHY)
    assert done.held["decisions"] == ["1"]
    with database.read() as session:
        people = dict(session.execute(sa.select(DecisionRow.id, DecisionRow.person)).all())
        assert pseudonym_of(session, Subject("person", OFFICER)) is not None
    assert people == {"d-C1": OFFICER, "d-C2": "[erased]"}


def test_an_erasure_says_of_whom_and_why_and_finds_somebody(database: Database) -> None:
    for erase in (erase_party, erase_person):
        for name, reason in (("", WHY), ("A", " ")):
            with pytest.raises(InputError):
                erase(database, name, reason=reason)
        with pytest.raises(NotFound):
            erase(database, "Nobody", reason=WHY)
