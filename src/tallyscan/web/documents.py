"""Scans as JSON: the reading document with where the scan stands, and the line of a list."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import TypeAdapter

from tallyscan.admission import PlaceInOrder
from tallyscan.reading import Reading
from tallyscan.scan import Box
from tallyscan.store.alert_budgets import BudgetPlace
from tallyscan.store.join_views import JoinView
from tallyscan.store.queries import ScanView, SideView
from tallyscan.store.tables import ScanState

_JOIN = TypeAdapter(JoinView)

HIDDEN = "It is read blind: the reading is shown to you once you have decided."


@dataclass(frozen=True)
class Links:
    """Where the rest is."""

    self: str
    picture: str | None
    expected: str | None
    image: str | None
    report: str | None
    risk_record: str | None
    joins: str


@dataclass(frozen=True)
class PartLink:
    """The scan of one cargo unit: its number, left to right, and its place in the whole, as x, y, width and height in
    original pixels."""

    unit: int
    scan: str
    box: Box


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a scan stands. `state` is `received` or `reading` as long as its newest reading is not done;
    `read_at` is when the last one was, `revision` how many there were. `join` says how it is of its consignment, or
    what it waits for. A scan that shows several cargo units has a scan of each as `parts`; each of these has it as
    `part_of`, and its number in it as `unit`. Of a file that holds several views each is a scan: `view` is the one of
    this scan, and `views` are all of them. `images_deleted` is when its files and
    pictures were deleted by retention: what was read and decided stays."""

    id: str
    state: ScanState
    name: str
    received_at: datetime
    acquired_at: datetime | None
    origin: str
    consignment: str | None
    join: JoinView
    part_of: str | None
    unit: int | None
    parts: tuple[PartLink, ...]
    view: str | None
    views: tuple[SideView, ...]
    reused_from: str | None
    revision: int
    read_at: datetime | None
    traceback: str | None
    declaration_refused: str | None = None
    images_deleted: datetime | None = None
    links: Links


@dataclass(frozen=True, kw_only=True)
class WaitingScan(Standing):
    """A scan that is still to be read, or to be read again; or one that whoever asks still has to read blind: then its
    `state` says that it was read.

    `reason` says why. `previous` is the last complete reading: it rests on what is no longer so, and is
    no answer any more. `waiting` says when it should be read, null while that is done.
    """

    scan: str
    sha256: str
    status: None
    reason: str | None
    previous: Reading | None = None
    waiting: PlaceInOrder | None = None


@dataclass(frozen=True, kw_only=True)
class ScanWithReading(Standing, Reading):
    """The newest reading and where the scan stands."""


@dataclass(frozen=True, kw_only=True)
class ScanLine(Standing):
    """One scan of a list. `lane` is that of its score; `budget` says whether its shift looks at it, null where its site
    has no budget."""

    sha256: str
    reason: str | None
    decision: Literal["alarm", "clear", "not_assessed"] | None
    lane: Literal["green", "yellow", "red", "not_assessed"] | None
    risk_score: float | None
    budget: BudgetPlace | None


@dataclass(frozen=True)
class ScanList:
    """A page of scans, newest first; `next` leads to the page after it."""

    scans: list[ScanLine]
    next: str | None


def scan_document(
    view: ScanView,
    *,
    declaration_refused: str | None = None,
    hidden: bool = False,
    waiting: PlaceInOrder | None = None,
) -> dict[str, Any]:
    """`ScanWithReading`, or `WaitingScan` while there is none that counts, or where it is `hidden`."""
    if hidden:
        view = without_reading(view)
    unread: dict[str, Any] = {
        "scan": view.id,
        "sha256": view.sha256,
        "status": None,
        "previous": view.previous,
    }
    unread |= {"waiting": asdict(waiting) if waiting and view.state == "received" else None}
    standing = {**_standing(view), "declaration_refused": declaration_refused}
    return {**(view.reading or unread), **standing, "reason": view.reason}


def without_reading(view: ScanView) -> ScanView:
    """The scan as whoever still has to read it blind may see it."""
    return replace(
        view,
        reading=None,
        previous=None,
        reason=HIDDEN if view.state == "read" else view.reason,
        picture_key=None,
        thumbnail_key=None,
        report_key=None,
        expected_key=None,
    )


def scan_line(view: ScanView, budget: BudgetPlace | None) -> dict[str, Any]:
    """`ScanLine`. A scan that waits stands nowhere."""
    reading = view.reading or {}
    risk = reading.get("risk", {})
    return {
        **_standing(view),
        "sha256": view.sha256,
        "reason": view.reason,
        "decision": reading.get("anomaly", {}).get("decision"),
        "lane": risk.get("lane"),
        "risk_score": risk.get("score"),
        "budget": asdict(budget) if budget and view.reading else None,
    }


def join_document(join: JoinView) -> dict[str, Any]:
    """`JoinView` as JSON."""
    document: dict[str, Any] = _JOIN.dump_python(join, mode="json")
    return document


def links_of(view: ScanView) -> dict[str, str | None]:
    """`Links`."""
    self = f"/v1/scans/{view.id}"
    consignment = quote(view.consignment, safe="") if view.consignment else None
    return {
        "self": self,
        "picture": f"{self}/picture" if view.picture_key else None,
        "expected": f"{self}/expected" if view.expected_key else None,
        "image": f"{self}/image" if view.image_key else None,
        "report": f"{self}/report" if view.report_key else None,
        "risk_record": f"/v1/consignments/{consignment}/risk-record" if consignment else None,
        "joins": f"{self}/joins",
    }


def _standing(view: ScanView) -> dict[str, Any]:
    return {
        "id": view.id,
        "state": view.state,
        "name": view.name,
        "received_at": view.received_at.isoformat(),
        "acquired_at": view.acquired_at.isoformat() if view.acquired_at else None,
        "origin": view.origin,
        "consignment": view.consignment,
        "join": join_document(view.join),
        "part_of": view.part.part_of if view.part else None,
        "unit": view.part.unit if view.part else None,
        "parts": [{"unit": part.unit, "scan": part.scan, "box": list(part.box)} for part in view.parts],
        "view": view.view,
        "views": [asdict(side) for side in view.views],
        "reused_from": view.reused_from,
        "revision": view.revision,
        "read_at": view.read_at.isoformat() if view.read_at else None,
        "traceback": view.traceback,
        "images_deleted": view.images_deleted.isoformat() if view.images_deleted else None,
        "links": links_of(view),
    }
