"""By which calibration groups the scans of this place were judged: on what each threshold that counts here rests."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.store.tables import ReadingRow, ScanRow

NEWEST = 1000
"""So many of the newest scans that were read are looked at."""


@dataclass(frozen=True)
class GroupSeen:
    """Scans of a scanner profile that are of one calibration group (`dual/container`), and the group whose threshold
    judged them. `used` is another one where the model has no threshold for theirs.
    """

    scanner: str
    group: str
    used: str
    model_sha256: str
    scans: int


def groups_seen(session: Session) -> tuple[tuple[GroupSeen, ...], int]:
    """Of the newest scans: those groups, and on how many scans that rests. A search that gave no answer names none."""
    document = ReadingRow.document
    newest = (
        select(
            document["provenance"]["profile"].as_string(),
            document["anomaly"]["calibration"]["group"].as_string(),
            document["containers"],
            document["model"]["sha256"].as_string(),
        )
        .join(ScanRow, (ScanRow.id == ReadingRow.scan_id) & (ScanRow.revision == ReadingRow.revision))
        .where(ScanRow.state == "read")
        .order_by(ScanRow.received_at.desc(), ScanRow.id.desc())
        .limit(NEWEST)
    )
    rows = session.execute(newest).all()
    counts = Counter(
        (profile or "", _group(used, containers), used, model)
        for profile, used, containers, model in rows
        if used is not None
    )
    return tuple(GroupSeen(*key, scans) for key, scans in sorted(counts.items())), len(rows)


def _group(used: str, containers: list[dict[str, str]] | None) -> str:
    """As `detect.units.calibration_group` names it."""
    kinds = [unit["kind"] for unit in containers or ()]
    conveyance = "container" if kinds and all(kind == "container" for kind in kinds) else "other"
    return f"{used.partition('/')[0]}/{conveyance}"
