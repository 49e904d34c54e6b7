"""What the scans of each scanner came to over time: lanes, scores, and how many were not assessed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.risk import Lane
from tallyscan.store.tables import WHOLES, ReadingRow, ScanRow, ScanScoreRow
from tallyscan.triage.budget import share_at_least, share_at_most

MOST_SCANS = 10_000
"""So many of the newest scans of the time are counted; `Shares.since` says how far back that reaches."""

UNNAMED_SCANNER = ""
_EACH_SIDE = 0.975
Step = Literal["hour", "day"]
_Row = tuple[str, datetime, Lane, float | None, str | None]


@dataclass(frozen=True)
class Bucket:
    """The scans of a scanner that arrived in one hour or day (UTC) and have been read, or could not be.

    The lanes are those of the scans by themselves, with what came with their consignment; `not_assessed` could not be
    read. Of the read ones `alarms` alarmed, and of `search_not_assessed` the search for anomalies gave no answer.
    `score_10`, `score_50`, `score_90` are quantiles of the risk; None where no scan has one.
    """

    at: datetime
    scans: int
    red: int
    yellow: int
    green: int
    not_assessed: int
    alarms: int
    search_not_assessed: int
    score_10: float | None
    score_50: float | None
    score_90: float | None


@dataclass(frozen=True)
class ScannerShares:
    """One machine where the scans name it, else a scanner profile, else `UNNAMED_SCANNER`.

    Of `searched` scans the search gave an answer, and `alarms` of them alarmed: that share with its 95 % interval
    (Clopper-Pearson), None where none was searched. What was found is among them.
    """

    scanner: str
    scans: int
    searched: int
    alarms: int
    alarm_share: float | None
    alarm_low: float | None
    alarm_high: float | None
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Shares:
    """`since` is later than asked for where more scans came than are counted."""

    since: datetime
    by: Step
    scans: int
    scanners: tuple[ScannerShares, ...]


def shares(session: Session, since: datetime, by: Step) -> Shares:
    """Since a time, by scanner. Of a scan with several cargo units, the units are counted."""
    document = ReadingRow.document
    newest = (
        select(
            ScanRow.device,
            ScanRow.scanner,
            document["provenance"]["profile"].as_string(),
            ScanScoreRow.at,
            ScanScoreRow.lane,
            ScanScoreRow.score,
            document["anomaly"]["decision"].as_string(),
        )
        .join(ScanRow, ScanRow.id == ScanScoreRow.scan_id)
        .join(ReadingRow, (ReadingRow.scan_id == ScanRow.id) & (ReadingRow.revision == ScanRow.revision))
        .where(ScanScoreRow.at >= since, ScanRow.id.not_in(WHOLES))
        .order_by(ScanScoreRow.at.desc())
        .limit(MOST_SCANS)
    )
    rows: list[_Row] = [
        (device or scanner or profile or UNNAMED_SCANNER, at, lane, score, decision)
        for device, scanner, profile, at, lane, score, decision in session.execute(newest)
    ]
    of: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        of[row[0]].append(row)
    reaches = rows[-1][1] if len(rows) == MOST_SCANS else since
    return Shares(
        reaches,
        by,
        len(rows),
        tuple(_of_scanner(name, own, by) for name, own in sorted(of.items())),
    )


def _of_scanner(name: str, rows: Sequence[_Row], by: Step) -> ScannerShares:
    searched = sum(row[4] in ("alarm", "clear") for row in rows)
    alarms = sum(row[4] == "alarm" for row in rows)
    return ScannerShares(
        scanner=name,
        scans=len(rows),
        searched=searched,
        alarms=alarms,
        alarm_share=round(alarms / searched, 4) if searched else None,
        alarm_low=round(share_at_least(alarms, searched, sure=_EACH_SIDE), 4) if searched else None,
        alarm_high=round(share_at_most(alarms, searched, sure=_EACH_SIDE), 4) if searched else None,
        buckets=_buckets(rows, by),
    )


def _buckets(rows: Sequence[_Row], by: Step) -> tuple[Bucket, ...]:
    of: dict[datetime, list[_Row]] = defaultdict(list)
    for row in rows:
        whole = row[1].replace(minute=0, second=0, microsecond=0)
        of[whole if by == "hour" else whole.replace(hour=0)].append(row)
    return tuple(_bucket(at, own) for at, own in sorted(of.items()))


def _bucket(at: datetime, rows: Sequence[_Row]) -> Bucket:
    lanes = [row[2] for row in rows]
    scores = [row[3] for row in rows if row[3] is not None]
    low, middle, high = np.quantile(scores, (0.1, 0.5, 0.9)).round(4).tolist() if scores else (None,) * 3
    return Bucket(
        at=at,
        scans=len(rows),
        red=lanes.count("red"),
        yellow=lanes.count("yellow"),
        green=lanes.count("green"),
        not_assessed=lanes.count("not_assessed"),
        alarms=sum(row[4] == "alarm" for row in rows),
        search_not_assessed=sum(row[4] == "not_assessed" and row[2] != "not_assessed" for row in rows),
        score_10=low,
        score_50=middle,
        score_90=high,
    )
