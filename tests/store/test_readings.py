import pytest
from sqlalchemy import select, update

from tallyscan.errors import Conflict
from tallyscan.risk import Risk
from tallyscan.store import queries
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.readings import SavedReading, Shown, save_reading
from tallyscan.store.risk_record import risk_record
from tallyscan.store.tables import Consignment, FindingRow, RiskRecordRow, VerdictRow
from tallyscan.store.work_queue import Claim, DatabaseQueue
from tallyscan.triage.consignment import worst_risk
from tests.store.builders import OTHER_CONTAINER, declaration_json, reading_of, scan_files, sidecar_json

MRN = "26NL000510A1B2C3D4"


def save(database: Database, claim: Claim | None, **risk: object) -> SavedReading:
    assert claim is not None
    with database.write() as session:
        reading = reading_of(claim.scan_id, version=claim.declaration_version, **risk)  # type: ignore[arg-type]
        return save_reading(session, claim, reading, state="read", shown=Shown())


def test_a_reading_is_kept_with_its_findings_and_verdicts(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    accepted = intake.accept_scan(scan_files(), origin="http")
    saved = save(database, queue.claim())
    with database.read() as session:
        view = queries.scan(session, accepted.scan_id)
        finding = session.execute(select(FindingRow)).scalar_one()
        outcomes = session.execute(select(VerdictRow.outcome).order_by(VerdictRow.position)).scalars().all()
    assert (view.state, view.revision, saved.entry) == ("read", 1, None)
    assert view.reading is not None
    assert view.reading["findings"][0]["box"] == [1, 2, 3, 4]
    assert (finding.kind, finding.document["explanation"]) == ("void", "a hollow")
    assert outcomes == ["undetermined", "agrees"]


def test_a_reading_that_rests_on_an_older_declaration_is_refused(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json(), declaration=declaration_json()), origin="http")
    claim = queue.claim()
    intake.accept_declaration(declaration_json(mass_kg=1), origin="http")
    with pytest.raises(Conflict, match="changed while it was read"):
        save(database, claim)
    with database.read() as session:
        assert risk_record(session, MRN).history == ()


def test_a_reading_of_a_scan_that_joined_meanwhile_is_refused(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http")
    claim = queue.claim()
    intake.accept_declaration(declaration_json(), origin="http")
    with pytest.raises(Conflict, match="changed while it was read"):
        save(database, claim)


def test_a_claim_is_good_for_one_reading(intake: Intake, queue: DatabaseQueue, database: Database) -> None:
    intake.accept_scan(scan_files(), origin="http", consignment="C-1")
    claim = queue.claim()
    save(database, claim)
    with pytest.raises(Conflict, match="lost"):
        save(database, claim)
    with database.read() as session:
        assert len(risk_record(session, "C-1").history) == 1


def test_a_later_reading_supersedes_and_the_history_stays(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json(), declaration=declaration_json()), origin="http")
    first = save(database, queue.claim(), score=0.9)
    intake.accept_declaration(declaration_json(mass_kg=1), origin="http")
    second = save(database, queue.claim(), score=0.02)
    assert (second.revision, second.supersedes) == (2, first.reading_id)
    with database.read() as session:
        record = risk_record(session, MRN)
        assert session.execute(select(RiskRecordRow)).scalars().all()
    assert [(e.sequence, e.supersedes, e.declaration_version, e.risk.lane) for e in record.history] == [
        (1, None, 1, "red"),
        (2, 1, 2, "green"),
    ]
    assert record.risk.lane == "green"


def test_a_clear_scan_does_not_hide_a_red_one_of_the_same_consignment(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    intake.accept_scan(scan_files(b"b", sidecar_json(OTHER_CONTAINER)), origin="http", consignment="C-1")
    save(database, queue.claim(), score=0.9)
    save(database, queue.claim(), score=0.02)
    with database.read() as session:
        assert risk_record(session, "C-1").risk == reading_of("x", score=0.9).risk


def test_the_first_use_of_a_reused_image_is_in_the_risk_record(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    first = intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    intake.accept_scan(scan_files(sidecar=sidecar_json(OTHER_CONTAINER)), origin="http", consignment="C-2")
    save(database, queue.claim())
    save(database, queue.claim())
    with database.read() as session:
        assert risk_record(session, "C-2").history[0].detail["reused_image"] == {"first_scan": first.scan_id}
        assert "reused_image" not in risk_record(session, "C-1").history[0].detail


def test_after_a_correction_the_old_lane_does_not_count_until_the_scan_is_read_again(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    accepted = intake.accept_scan(
        scan_files(sidecar=sidecar_json(), declaration=declaration_json()), origin="http"
    )
    save(database, queue.claim(), score=0.02)
    with database.read() as session:
        record = risk_record(session, MRN)
    assert (record.risk.lane, record.pending) == ("green", None)
    intake.accept_declaration(declaration_json(mass_kg=1), origin="http")
    for claimed in (False, True):  # waiting, and being read
        claim = queue.claim() if claimed else None
        with database.read() as session:
            record = risk_record(session, MRN)
            view = queries.scan(session, accepted.scan_id)
        assert (record.risk.lane, record.risk.score) == ("not_assessed", None)
        assert record.pending == "Not yet read against version 2 of the declaration: 1 of 1 scan."
        assert [entry.risk.lane for entry in record.history] == ["green"]
        assert view.reading is None
        assert view.previous is not None
        assert view.previous["risk"]["lane"] == "green"
        assert "version 2 of the declaration" in (view.reason or "")
    save(database, claim, score=0.03)
    with database.read() as session:
        record = risk_record(session, MRN)
        view = queries.scan(session, accepted.scan_id)
    assert (record.risk.lane, record.risk.score, record.pending) == ("green", 0.03, None)
    assert (view.previous, view.reason) == (None, None)


def test_a_reading_against_another_version_does_not_count_whatever_the_state_says(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json(), declaration=declaration_json()), origin="http")
    save(database, queue.claim(), score=0.02)
    with database.write() as session:
        session.execute(update(Consignment).values(declaration_version=2))
    with database.read() as session:
        record = risk_record(session, MRN)
    assert record.risk.lane == "not_assessed"
    assert record.pending is not None


def test_a_second_scan_that_waits_takes_the_green_away_until_it_is_read(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    intake.accept_scan(scan_files(b"b", sidecar_json(OTHER_CONTAINER)), origin="http", consignment="C-1")
    first = save(database, queue.claim(), score=0.02)
    assert first.entry is not None
    assert first.entry.risk.lane == "not_assessed"  # and so it is told outside
    with database.read() as session:
        record = risk_record(session, "C-1")
    assert (record.risk.lane, record.pending) == ("not_assessed", "Not yet read: 1 of 2 scans.")
    second = save(database, queue.claim(), score=0.2)
    assert second.entry is not None
    with database.read() as session:
        record = risk_record(session, "C-1")
    assert (record.risk.lane, second.entry.risk.lane, record.pending) == ("yellow", "yellow", None)


def test_a_scan_that_waits_does_not_hide_a_red_one(
    intake: Intake, queue: DatabaseQueue, database: Database
) -> None:
    intake.accept_scan(scan_files(sidecar=sidecar_json()), origin="http", consignment="C-1")
    intake.accept_scan(scan_files(b"b", sidecar_json(OTHER_CONTAINER)), origin="http", consignment="C-1")
    save(database, queue.claim(), score=0.9)
    with database.read() as session:
        record = risk_record(session, "C-1")
    assert record.risk.lane == "red"
    assert record.pending is not None


@pytest.mark.parametrize(
    ("lanes", "worst"),
    [
        ((), "not_assessed"),
        (("green", "not_assessed"), "not_assessed"),
        (("yellow", "not_assessed"), "not_assessed"),
        (("not_assessed", "red"), "red"),
        (("green", "yellow"), "yellow"),
        (("green", "green"), "green"),
    ],
)
def test_the_worst_lane_counts(lanes: tuple[str, ...], worst: str) -> None:
    risks = [Risk(None if lane == "not_assessed" else 0.5, lane) for lane in lanes]  # type: ignore[arg-type]
    assert worst_risk(risks).lane == worst


def test_of_two_red_scans_the_higher_score_counts() -> None:
    assert worst_risk([Risk(0.8, "red"), Risk(0.9, "red")]).score == 0.9
