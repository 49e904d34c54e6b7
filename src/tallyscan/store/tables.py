"""The tables. Types are portable: SQLite on one machine, PostgreSQL on many.

A scan row changes (it is also the work queue), and its score with it; readings, declarations, decisions, inspections,
what comes in from elsewhere and risk record entries are only ever added.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    or_,
    select,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates
from sqlalchemy.types import TypeDecorator

from tallyscan.decision import Reader
from tallyscan.declaration import normal_mark
from tallyscan.incoming import IncomingKind
from tallyscan.risk import Lane
from tallyscan.scanner_watch import ChangeKind
from tallyscan.triage.urgency import WaitsAs

ScanState = Literal["received", "reading", "read", "not_readable", "rejected", "dead"]
WAITING: tuple[ScanState, ...] = ("received", "reading")  # its newest reading, if any, no longer counts
FileKind = Literal["image", "sidecar", "declaration", "report"]
JoinState = Literal["joined", "proposed", "open", "split"]
OutboxState = Literal["waiting", "undeliverable", "delivered", "skipped"]
OPEN: tuple[OutboxState, ...] = ("waiting", "undeliverable")  # still to be told, or to be decided on
UNJOINED: tuple[JoinState, ...] = ("proposed", "open")

ID = String(36)
CONSIGNMENT_ID = String(80)
SHA256 = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, UTC without a zone in the database: the same on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuses a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Every stored time is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """What every table is declared from."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[dict[str, Any]]: JSON}  # noqa: RUF012


class Consignment(Table):
    """`declaration_version` is 0 until a declaration came; it is the version that readings must rest on, and so are the
    weighbridge values that came, which `weighings` counts.
    """

    __tablename__ = "consignments"
    id: Mapped[str] = mapped_column(CONSIGNMENT_ID, primary_key=True)
    created_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]
    declaration_version: Mapped[int] = mapped_column(Integer, default=0)
    weighings: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class UnitMark(Table):
    """The keys of the container numbers and plates in the current declaration (`join.marks`): the marks as they are
    compared, and what finds those that are nearly so.
    """

    __tablename__ = "unit_marks"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class DeclarationVersion(Table):
    """One version of a declaration; its bytes as they came are in the blob store."""

    __tablename__ = "declarations"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    received_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(32))
    blob_key: Mapped[str] = mapped_column(SHA256)
    content_sha256: Mapped[str] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]


class ScanRow(Table):
    """One scan, and where it stands. `identity` makes the same delivery twice one scan.

    `sidecar_sha256` stands for what the scanner said of the image; `profile` is the scanner profile that was
    asked for, None when the scan itself says it. Of files that hold several views, `view` is the one that the scan is
    of, and `view_of` the scan of their first view, the same for each of them. `seen` is what was read on its cargo
    units, and where; `site` is that place as it is compared, None where nobody says it. `join_state` is that of its
    newest join; `proposed` with a consignment: it is in question there.
    `said_consignment` is what the delivery itself says, and `said_how` in which way. `claim` is the token of the worker
    that reads it now: only the holder of the token may save a reading. `ended_readers` processes that held it
    gave no sign of life any more. `due_at` is when a scan that waits is to be read (`triage.urgency`), by why it
    waits, since when, and what is known of its consignment; `job` is the one of the queue on PostgreSQL
    under which it is claimed.
    """

    __tablename__ = "scans"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    identity: Mapped[str] = mapped_column(SHA256, unique=True)
    sha256: Mapped[str] = mapped_column(SHA256, index=True)
    sidecar_sha256: Mapped[str] = mapped_column(SHA256)
    view: Mapped[str | None] = mapped_column(String(24))
    view_of: Mapped[str | None] = mapped_column(ID, index=True)
    name: Mapped[str] = mapped_column(String(255))
    profile: Mapped[str | None] = mapped_column(String(80))
    scanner: Mapped[str | None] = mapped_column(String(80))
    device: Mapped[str | None] = mapped_column(String(80))
    declared_unit: Mapped[str | None] = mapped_column(Text)
    seen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    site: Mapped[str | None] = mapped_column(String(80))
    acquired_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(32))
    state: Mapped[ScanState] = mapped_column(String(16), default="received")
    reason: Mapped[str | None] = mapped_column(Text)
    traceback: Mapped[str | None] = mapped_column(Text)
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"), index=True)
    said_consignment: Mapped[str | None] = mapped_column(CONSIGNMENT_ID)
    said_how: Mapped[str | None] = mapped_column(String(32))
    join_state: Mapped[JoinState] = mapped_column(String(16), default="open", server_default="open")
    reused_from: Mapped[str | None] = mapped_column(ForeignKey("scans.id"))
    revision: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    ended_readers: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    not_before: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(ID)
    claimed_by: Mapped[str | None] = mapped_column(String(160))
    claimed_at: Mapped[datetime | None]
    waits_since: Mapped[datetime | None]
    waits_as: Mapped[WaitsAs | None] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    job: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_scans_due", "state", "due_at"),
        Index("ix_scans_newest", "received_at", "id"),
        Index("ix_scans_device", "device", "received_at"),
        Index("ix_scans_join", "join_state", "received_at"),
        Index("ix_scans_site", "site", "received_at"),
    )

    @validates("seen")
    def _site_of(self, _: str, seen: dict[str, Any]) -> dict[str, Any]:
        self.site = normal_mark(seen.get("site") or "")[:80] or None
        return seen


class ScanFile(Table):
    """One file of a scan; its bytes are in the blob store under `blob_key`."""

    __tablename__ = "scan_files"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(255))
    blob_key: Mapped[str] = mapped_column(SHA256)
    size_bytes: Mapped[int] = mapped_column(Integer)


class PartRow(Table):
    """A scan that is one cargo unit of another one, whose files it is read from.

    `unit` is its number in the whole, left to right, `box` its place there in original pixels (x, y, width, height).
    `rests_on` stands for all that its reading takes from that of the whole.
    """

    __tablename__ = "parts"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    part_of: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    unit: Mapped[int]
    box: Mapped[list[float]] = mapped_column(JSON)
    rests_on: Mapped[str] = mapped_column(SHA256)

    __table_args__ = (UniqueConstraint("part_of", "unit", name="uq_parts_unit"),)


PARTS = select(PartRow.scan_id)
"""Scans that share their files with the whole of which they are a part: no other scan shows their image again."""

WHOLES = select(PartRow.part_of)
"""Scans of which the units are scans of their own."""


def of_same_view(view: str | None) -> ColumnElement[bool]:
    """Scans that show the same of a file: that view, or all of it. Another view of it is another image."""
    return true() if view is None else or_(ScanRow.view.is_(None), ScanRow.view == view)


def scans_at(sites: frozenset[str] | None, scan: type["ScanRow"] | None = None) -> ColumnElement[bool]:
    """Scans of these sites, and those that name none; None: of every site. `scan` is an alias, where there is one."""
    if sites is None:
        return true()
    row = scan or ScanRow
    return or_(row.site.is_(None), row.site.in_(sorted(sites)))


class ScanMark(Table):
    """The keys of the container numbers and plates that the scanner read: what finds a declaration."""

    __tablename__ = "scan_marks"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class JoinRow(Table):
    """One step in the join of a scan, never changed; the newest counts.

    `how` is what it was made by, None while it is not made; `candidates` are those that were weighed, with their
    evidence, the likeliest first. `decided_by` is the person who decided. `said` is the reason as it can be said in
    other languages; None of what a person wrote, and of steps from before.
    """

    __tablename__ = "joins"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    state: Mapped[JoinState] = mapped_column(String(16))
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"))
    how: Mapped[str | None] = mapped_column(String(32))
    confidence: Mapped[float | None] = mapped_column(Float)
    why: Mapped[str] = mapped_column(Text)
    said: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    candidates: Mapped[list[dict[str, Any]]]


class FingerprintRow(Table):
    """The fingerprint of a scan's image, as its last reading took it; `position` grows with every one that is added.

    `copy_of` is the scan that this one was found to copy.
    """

    __tablename__ = "fingerprints"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), unique=True)
    method: Mapped[int] = mapped_column(Integer)
    picture: Mapped[bytes] = mapped_column(LargeBinary(32))
    mirrored: Mapped[bytes] = mapped_column(LargeBinary(32))
    noise: Mapped[bytes | None] = mapped_column(LargeBinary)
    copy_of: Mapped[str | None] = mapped_column(ForeignKey("scans.id"))

    __table_args__ = (Index("ix_fingerprints_method", "method", "position"), {"sqlite_autoincrement": True})


class KnownUnitRow(Table):
    """A cargo unit as the last reading of its scan saw it, kept for later ones; `position` grows with every one added.

    `image_id` is the scan whose files it was read from, `trader` a pseudonym. `features` are float32 of the version
    `features_version` (0 where there are none), `shape` is packed. None: not known, or not seen.
    """

    __tablename__ = "known_units"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), index=True)
    unit: Mapped[int]
    image_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    image_sha256: Mapped[str] = mapped_column(SHA256)
    at: Mapped[datetime]
    device: Mapped[str | None] = mapped_column(String(80))
    scanner: Mapped[str] = mapped_column(String(160))
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"))
    trader: Mapped[str | None] = mapped_column(String(64))
    heading: Mapped[str | None] = mapped_column(String(4))
    route: Mapped[str | None] = mapped_column(String(120))
    plate: Mapped[str | None] = mapped_column(String(35))
    container: Mapped[str | None] = mapped_column(String(35))
    features_version: Mapped[int]
    features: Mapped[bytes | None] = mapped_column(LargeBinary)
    shape: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(
            "ix_known_units_trade", "trader", "heading", "route", "scanner", "features_version", "position"
        ),
        Index("ix_known_units_goods", "scanner", "features_version", "heading", "position"),
        Index("ix_known_units_consignment", "consignment_id", "heading"),
        Index("ix_known_units_plate", "plate", "at"),
        Index("ix_known_units_image", "image_sha256"),
        Index("ix_known_units_image_id", "image_id"),
        {"sqlite_autoincrement": True},
    )


class ReadingRow(Table):
    """One reading, never changed; a later revision supersedes it. Pictures, images and page are blobs."""

    __tablename__ = "readings"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    revision: Mapped[int] = mapped_column(Integer)
    supersedes: Mapped[int | None]
    consignment_id: Mapped[str | None] = mapped_column(ForeignKey("consignments.id"))
    declaration_version: Mapped[int]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16))
    document: Mapped[dict[str, Any]]
    picture_key: Mapped[str | None] = mapped_column(SHA256)
    thumbnail_key: Mapped[str | None] = mapped_column(SHA256)
    report_key: Mapped[str | None] = mapped_column(SHA256)
    expected_key: Mapped[str | None] = mapped_column(SHA256)
    image_key: Mapped[str | None] = mapped_column(SHA256)
    expected_image_key: Mapped[str | None] = mapped_column(SHA256)
    upright_image: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        Index("ix_readings_scan_revision", "scan_id", "revision", unique=True),
        Index("ix_readings_created_at", "created_at"),
    )


class FindingRow(Table):
    """One finding of a reading, to be searched; the document holds all of it."""

    __tablename__ = "findings"
    reading_id: Mapped[str] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    finding: Mapped[str] = mapped_column(String(16), primary_key=True)
    unit: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(32), index=True)
    score: Mapped[float] = mapped_column(Float)
    document: Mapped[dict[str, Any]]


class VerdictRow(Table):
    """One verdict of a reading, to be searched; the document holds all of it."""

    __tablename__ = "verdicts"
    reading_id: Mapped[str] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit: Mapped[int | None]
    rule: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    score: Mapped[float | None] = mapped_column(Float)
    document: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_verdicts_rule_outcome", "rule", "outcome"),)


class RiskRecordRow(Table):
    """One step of a consignment's risk record, never changed; `scan_risk` is that scan's own share in it.

    `inputs` are all shares that the risk was made of; a step that came from elsewhere is of no scan.
    """

    __tablename__ = "risk_record_entries"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(32))
    scan_id: Mapped[str | None] = mapped_column(ForeignKey("scans.id"))
    declaration_version: Mapped[int]
    lane: Mapped[str] = mapped_column(String(16))
    risk: Mapped[dict[str, Any]]
    scan_risk: Mapped[dict[str, Any]]
    supersedes: Mapped[int | None]
    detail: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class IncomingRow(Table):
    """What came in about a consignment (`incoming.py`): never changed, `replaces` names the earlier one.

    `effect` is what it does to the risk, as that was reckoned when it came.
    """

    __tablename__ = "incoming"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"))
    kind: Mapped[IncomingKind] = mapped_column(String(16))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("incoming.id"))
    sender: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    said_sha256: Mapped[str] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]
    effect: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_incoming_consignment", "consignment_id", "position"),
        Index("ix_incoming_kind", "kind", "received_at"),
        {"sqlite_autoincrement": True},
    )


class ScanScoreRow(Table):
    """The newest score of a scan, with what came with its consignment, and where and when the scan arrived.

    `urgent`: somebody must look at once, whatever a shift can do. `machine_lane` and `machine_seconds` are what the
    newest reading alone says and took, `first_read_at` is when the first one was made: figures rest on them.
    """

    __tablename__ = "scan_scores"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    site: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    lane: Mapped[Lane] = mapped_column(String(16))
    score: Mapped[float | None] = mapped_column(Float)
    urgent: Mapped[bool]
    machine_lane: Mapped[Lane | None] = mapped_column(String(16))
    machine_seconds: Mapped[float | None] = mapped_column(Float)
    first_read_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_scan_scores_site", "site", "at"),)


class AlertBudgetRow(Table):
    """How much a site can look at in each shift, never changed: the newest version counts."""

    __tablename__ = "alert_budgets"
    site: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(120))
    document: Mapped[dict[str, Any]]


class DecisionRow(Table):
    """What an officer said of a scan, an opinion, or took back: never changed, `replaces` names the earlier one.

    `said_sha256` is the hash of what was said. Of what was taken back, `answer` is `undone`, and there is neither that
    nor an effect.
    """

    __tablename__ = "decisions"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("decisions.id"))
    answer: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    reader: Mapped[str | None] = mapped_column(String(8))
    person: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    said_sha256: Mapped[str | None] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]
    effect: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        Index("ix_decisions_scan", "scan_id", "position"),
        Index("ix_decisions_person", "person", "received_at"),
        Index("ix_decisions_replaces", "replaces", "answer", "id"),
        {"sqlite_autoincrement": True},
    )


class DeskRow(Table):
    """Which reader a scan waits for since when and why, and who reads it now: `claimed_until` ends that by itself.

    A scan without a row waits for its first reader; one with `waits_for` null, for nobody. What it says follows from
    the decisions and the newest reading, and changes with them.
    """

    __tablename__ = "desk"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    waits_for: Mapped[Reader | None] = mapped_column(String(8))
    because: Mapped[str | None] = mapped_column(String(16))
    since: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(120))
    claimed_until: Mapped[datetime | None]

    __table_args__ = (Index("ix_desk_claimed", "claimed_by"),)


class InspectionRow(Table):
    """What a control of the load came to, a physical outcome: never changed, `replaces` names the earlier one."""

    __tablename__ = "inspections"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("inspections.id"))
    result: Mapped[str] = mapped_column(String(16))
    person: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    said_sha256: Mapped[str] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]
    effect: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_inspections_scan", "scan_id", "position"),
        Index("ix_inspections_result", "result", "received_at"),
        {"sqlite_autoincrement": True},
    )


class OutboxRow(Table):
    """An event that the outside must hear of, once a sink: committed with what it tells, delivered afterwards.

    `undeliverable`: its receiver refuses it, and it holds back the later ones of its subject until a person acts.
    """

    __tablename__ = "outbox"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sink: Mapped[str] = mapped_column(String(16))
    event_id: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(160))
    event: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    state: Mapped[OutboxState] = mapped_column(String(16), default="waiting", server_default="waiting")
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("event_id", "sink", name="uq_outbox_event_sink"),
        Index("ix_outbox_state", "state", "sink", "position"),
        Index("ix_outbox_subject", "sink", "subject", "state", "position"),
    )


class OutboxActionRow(Table):
    """What a person did about an event that was held back: never changed. `..._before` is how it stood then."""

    __tablename__ = "outbox_actions"
    outbox_position: Mapped[int] = mapped_column(ForeignKey("outbox.position"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[Literal["replay", "skip"]] = mapped_column(String(16))
    person: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    state_before: Mapped[OutboxState] = mapped_column(String(16))
    attempts_before: Mapped[int]
    error_before: Mapped[str | None] = mapped_column(Text)


class DeadLetterActionRow(Table):
    """That a person let a scan be read again that was given up: never changed. `..._before` is how it stood then."""

    __tablename__ = "dead_letter_actions"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    reason_before: Mapped[str | None] = mapped_column(Text)
    attempts_before: Mapped[int]


class ScannerConditionRow(Table):
    """What one scan shows of the condition of the single machine that made it, as its last reading measured it."""

    __tablename__ = "scanner_conditions"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[datetime]
    measures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    __table_args__ = (Index("ix_scanner_conditions_device", "device", "received_at"),)


class ScannerWatchRow(Table):
    """What is usual for a machine in one respect, and whether it still is; `beam` is empty where it plays no part."""

    __tablename__ = "scanner_watches"
    device: Mapped[str] = mapped_column(String(80), primary_key=True)
    quantity: Mapped[str] = mapped_column(String(32), primary_key=True)
    beam: Mapped[str] = mapped_column(String(80), primary_key=True)
    left_since: Mapped[datetime | None]
    watch: Mapped[dict[str, Any]]


class ScannerChangeRow(Table):
    """A machine left its band, came back or settled at another level: never changed, told outside once."""

    __tablename__ = "scanner_changes"
    device: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    at: Mapped[datetime]
    kind: Mapped[ChangeKind] = mapped_column(String(16))
    quantity: Mapped[str] = mapped_column(String(32))
    beam: Mapped[str] = mapped_column(String(80))
    in_words: Mapped[str] = mapped_column(Text)


class OpenAirRow(Table):
    """The open beam as one scan shows it: of the newest scans of a machine alone, what is learnt rests on them.

    `energies` are those of the channels as they are stored, `6/4`; `gains` are float32, energy after energy, each of
    `cells` from the top of the upright image, not a number where a cell sees no open beam.
    """

    __tablename__ = "open_airs"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(80))
    energies: Mapped[str] = mapped_column(String(80))
    cells: Mapped[int]
    received_at: Mapped[datetime]
    pulses: Mapped[int]
    levels: Mapped[list[float]] = mapped_column(JSON)
    gains: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_open_airs_machine", "device", "energies", "cells", "received_at"),)


class LearntAirRow(Table):
    """What was learnt of a machine from so many of its scans, never changed: a reading says which version it used."""

    __tablename__ = "learnt_airs"
    device: Mapped[str] = mapped_column(String(80), primary_key=True)
    energies: Mapped[str] = mapped_column(String(80), primary_key=True)
    cells: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    learnt_at: Mapped[datetime]
    scans: Mapped[int]
    levels: Mapped[list[float]] = mapped_column(JSON)
    spread: Mapped[list[float]] = mapped_column(JSON)
    gains: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(SHA256)


class QuarantineRow(Table):
    """Something that arrived and could not be used, and why.

    Its bytes are in the blob store under `sha256`, unless `kept_at` names the file that still holds them: one
    too large for the store, or one that cannot be read, of which `sha256` is not known either. With neither they
    were refused while they came.
    """

    __tablename__ = "quarantine"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    origin: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str | None] = mapped_column(SHA256)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    kept_at: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    scan_id: Mapped[str | None] = mapped_column(ForeignKey("scans.id"))


class TakenObject(Table):
    """An object of a bucket that was taken or refused, and the mark of its bytes then. `key` is printable."""

    __tablename__ = "taken_objects"
    bucket: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    mark: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime]


class SharedKeyRow(Table):
    """What every machine on this database must have alike, by a salted hash: the thing itself is not here."""

    __tablename__ = "shared_keys"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    sha256: Mapped[str] = mapped_column(SHA256)
    since: Mapped[datetime]
