"""Rows of past work, put straight into the tables: scans as read, decisions and controls. All of it is invented."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tallyscan.declaration import normal_mark
from tallyscan.store.tables import (
    Consignment,
    DecisionRow,
    IncomingRow,
    InspectionRow,
    PartRow,
    ScanRow,
    ScanScoreRow,
)

DAY = datetime(2026, 2, 2, tzinfo=UTC)
_SHA = "0" * 64


class PastWork:
    """Collects rows, and puts them all at once; `scan` gives the id of the scan."""

    def __init__(self) -> None:
        self._rows: dict[Any, list[dict[str, Any]]] = {}

    def scan(
        self,
        at: datetime = DAY,
        *,
        lane: str | None = "green",
        site: str | None = "Gate 1",
        device: str | None = "DEV-1",
        consignment: str | None = None,
        read_after_s: float = 10.0,
        seconds: float = 2.0,
        state: str = "read",
    ) -> str:
        """Read, unless `lane` is None; then it waits, as `state` says."""
        scan = str(uuid4())
        if consignment is not None:
            self._add(Consignment, id=consignment, created_at=at, declaration_version=0, weighings=0)
        self._add(
            ScanRow,
            id=scan,
            identity=scan.replace("-", "").ljust(64, "0"),
            sha256=_SHA,
            sidecar_sha256=_SHA,
            name="scan.tif",
            device=device,
            received_at=at,
            origin="http",
            state=state if lane is not None else "received",
            seen={"site": site},
            site=normal_mark(site or "") or None,
            consignment_id=consignment,
            join_state="joined" if consignment else "open",
            revision=1 if lane is not None else 0,
            attempts=0,
        )
        if lane is not None:
            self._add(
                ScanScoreRow,
                scan_id=scan,
                site="".join(sign for sign in (site or "unnamed").upper() if sign.isalnum()),
                at=at,
                lane=lane,
                score=None if lane == "not_assessed" else 0.4,
                urgent=False,
                machine_lane=lane,
                machine_seconds=seconds,
                first_read_at=at + timedelta(seconds=read_after_s),
            )
        return scan

    def decide(
        self,
        scan: str,
        answer: str,
        *,
        at: datetime = DAY,
        reader: str = "first",
        seconds: float | None = None,
        shown: bool = True,
        replaces: str | None = None,
    ) -> str:
        """An officer's decision; `undone` takes back what it replaces."""
        decision = str(uuid4())
        said = {"marks_shown": shown, "seconds": seconds}
        self._add(
            DecisionRow,
            id=decision,
            scan_id=scan,
            replaces=replaces,
            answer=answer,
            reader=None if answer == "undone" else reader,
            person="officer-1",
            at=at,
            received_at=at,
            document={} if answer == "undone" else said,
        )
        return decision

    def open(self, scan: str, result: str, *, at: datetime = DAY, replaces: str | None = None) -> str:
        """An inspection of the load in the scan."""
        inspection = str(uuid4())
        self._add(
            InspectionRow,
            id=inspection,
            scan_id=scan,
            replaces=replaces,
            result=result,
            person="inspector-1",
            at=at,
            received_at=at,
            said_sha256=_SHA,
            document={},
            effect={},
        )
        return inspection

    def control(self, consignment: str, outcome: str, *, at: datetime = DAY) -> None:
        """Customs' own result of a control of the consignment."""
        self._add(
            IncomingRow,
            id=str(uuid4()),
            consignment_id=consignment,
            kind="control_result",
            replaces=None,
            sender="customs",
            at=at,
            received_at=at,
            said_sha256=_SHA,
            document={"outcome": outcome},
            effect={},
        )

    def part(self, scan: str, whole: str, unit: int) -> None:
        """That the scan is a cargo unit of another one."""
        self._add(PartRow, scan_id=scan, part_of=whole, unit=unit, box=[0, 0, 1, 1], rests_on=_SHA)

    def put(self, session: Session) -> None:
        """Each table in the order in which they rest on one another."""
        for table in (Consignment, ScanRow, PartRow, ScanScoreRow, DecisionRow, InspectionRow, IncomingRow):
            rows: Iterable[dict[str, Any]] = self._rows.get(table, [])
            if table is Consignment:
                rows = {row["id"]: row for row in rows}.values()
            if rows:
                session.execute(insert(table), list(rows))
        self._rows.clear()

    def _add(self, table: Any, **row: Any) -> None:
        self._rows.setdefault(table, []).append(row)
