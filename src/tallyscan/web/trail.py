"""Everything that happened to a scan, in order: each thing with the rows of the store that say so, and their hashes."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tallyscan import __version__
from tallyscan.finding import ModelIdentity
from tallyscan.store.trail_rows import TrailRow
from tallyscan.web.trail_words import Told, told

_OWNER = {
    "findings": ("readings", {"id": "reading_id"}),
    "verdicts": ("readings", {"id": "reading_id"}),
    "selection_reasons": ("selections", {name: name for name in ("consignment_id", "stage", "sequence")}),
    "selection_sites": ("selections", {name: name for name in ("consignment_id", "stage", "sequence")}),
    "scan_files": ("scans", {}),
    "scan_marks": ("scans", {}),
}
"""To the entry of which row a row belongs that says nothing by itself; any other belongs to the newest reading."""


_AT_ONCE = {"arrived": 0, "cut": 1, "declared": 2, "risk_step": 4, "event": 5, "shown_live": 6}
"""The order of what one transaction did at once."""


@dataclass(frozen=True)
class TrailSource:
    """A row of the store as it is kept: `sha256` is of `record` as JSON with sorted keys and without spaces. Bytes in a
    record are told by their number and hash.
    """

    table: str
    key: dict[str, Any]
    sha256: str
    record: dict[str, Any]


@dataclass(frozen=True)
class TrailEntry:
    """One thing that happened, by the clock of the service. `by` is the person or system that did it, null where the
    service did; `values` are what `in_words` is made of.
    """

    at: datetime
    kind: str
    by: str | None
    in_words: str
    values: dict[str, Any]
    sources: tuple[TrailSource, ...]


@dataclass(frozen=True)
class KeptFile:
    """A file as it came. `intact` says whether its bytes still have that hash; null where that was not asked."""

    kind: str
    name: str
    sha256: str
    size_bytes: int
    intact: bool | None = None


@dataclass(frozen=True)
class ReadingHash:
    """A reading: the hash of its document as it is kept, and all that it rested on."""

    revision: int
    at: datetime
    sha256: str
    model: ModelIdentity
    thresholds: str | None
    calibration_sha256: str | None
    declaration_version: int
    software: str


@dataclass(frozen=True)
class Trail:
    """The trail as it stands at `as_of`, oldest first. `software` is what told it; `sha256` is of the list of table,
    key and hash of every source, so that two exports can be compared.
    """

    scan: str
    as_of: datetime
    software: str
    name: str
    state: str
    consignment: str | None
    revision: int
    image_sha256: str
    files: tuple[KeptFile, ...]
    readings: tuple[ReadingHash, ...]
    entries: tuple[TrailEntry, ...]
    sha256: str


def trail_of(rows: Sequence[TrailRow], scan_id: str) -> Trail:
    """The trail of the rows of a scan."""
    scan = next(row.columns for row in rows if row.table == "scans" and row.columns["id"] == scan_id)
    entries = _entries(rows, scan_id)
    sources = [(source.table, source.key, source.sha256) for entry in entries for source in entry.sources]
    return Trail(
        scan=scan_id,
        as_of=datetime.now(UTC),
        software=f"tallyscan {__version__}",
        name=scan["name"],
        state=scan["state"],
        consignment=scan["consignment_id"],
        revision=scan["revision"],
        image_sha256=scan["sha256"],
        files=tuple(_file(row.columns) for row in rows if row.table == "scan_files"),
        readings=tuple(
            sorted((_reading(r.columns) for r in rows if r.table == "readings"), key=lambda r: r.revision)
        ),
        entries=entries,
        sha256=sha256_of(sources),
    )


def sha256_of(document: Any) -> str:
    """Of a document as JSON with sorted keys and without spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(rows: Sequence[TrailRow], scan_id: str) -> tuple[TrailEntry, ...]:
    said = [(row, told(row, scan_id)) for row in rows]
    speaking = [(row, words) for row, words in said if words is not None]
    beside = [row for row, words in said if words is None]
    newest = max(
        (row for row, _ in speaking if row.table == "readings"),
        key=lambda row: row.columns["revision"],
        default=None,
    )
    arrived = next(row for row, words in speaking if words.kind == "arrived")
    of: dict[int, list[TrailRow]] = {id(row): [row] for row, _ in speaking}
    for row in beside:
        of[id(_owner(row, [row for row, _ in speaking]) or newest or arrived)].append(row)
    entries = [_entry(row, words, of[id(row)], arrived) for row, words in _superseded(speaking)]
    return tuple(sorted(_together(entries), key=lambda entry: (entry.at, _AT_ONCE.get(entry.kind, 3))))


def _superseded(speaking: Sequence[tuple[TrailRow, Told]]) -> list[tuple[TrailRow, Told]]:
    """Each reading also says which one superseded it."""
    later = {
        row.columns["supersedes"]: row.columns["revision"] for row, _ in speaking if row.table == "readings"
    }
    told_so = []
    for row, words in speaking:
        if row.table == "readings":
            by = later.get(row.columns["revision"])
            said = f"{words.in_words} Reading {by} superseded it." if by else words.in_words
            words = replace(words, in_words=said, values=words.values | {"superseded_by": by})
        told_so.append((row, words))
    return told_so


def _owner(row: TrailRow, speaking: Iterable[TrailRow]) -> TrailRow | None:
    table, same = _OWNER.get(row.table, (None, {}))
    return next(
        (
            each
            for each in speaking
            if each.table == table
            and all(each.columns[theirs] == row.columns[ours] for theirs, ours in same.items())
        ),
        None,
    )


def _entry(row: TrailRow, words: Told, rows: Sequence[TrailRow], arrived: TrailRow) -> TrailEntry:
    at = row.at or arrived.at
    assert at is not None
    return TrailEntry(at, words.kind, words.by, words.in_words, words.values, tuple(map(_source, rows)))


def _together(entries: Sequence[TrailEntry]) -> list[TrailEntry]:
    """One event is one entry, whatever number of sinks it went to."""
    events: dict[str, TrailEntry] = {}
    others = []
    for entry in entries:
        if entry.kind != "event":
            others.append(entry)
            continue
        key = entry.values["event_id"]
        first = events.get(key)
        events[key] = entry if first is None else _joined(first, entry)
    return [*others, *events.values()]


def _joined(first: TrailEntry, second: TrailEntry) -> TrailEntry:
    also = second.in_words.partition(" to ")[2]
    sinks = [*first.values["sinks"], *second.values["sinks"]]
    return replace(
        first,
        in_words=f"{first.in_words}, {also}",
        values=first.values | {"sinks": sinks},
        sources=first.sources + second.sources,
    )


def _source(row: TrailRow) -> TrailSource:
    record = {name: _plain(value) for name, value in row.columns.items()}
    key = {name: _plain(value) for name, value in row.key.items()}
    return TrailSource(row.table, key, sha256_of(record), record)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    return value


def _file(columns: Mapping[str, Any]) -> KeptFile:
    return KeptFile(columns["kind"], columns["name"], columns["blob_key"], columns["size_bytes"])


def _reading(columns: Mapping[str, Any]) -> ReadingHash:
    document, provenance = columns["document"], columns["document"]["provenance"]
    return ReadingHash(
        revision=columns["revision"],
        at=columns["created_at"],
        sha256=sha256_of(document),
        model=ModelIdentity(**document["model"]),
        thresholds=provenance.get("thresholds"),
        calibration_sha256=provenance.get("calibration_sha256"),
        declaration_version=columns["declaration_version"],
        software=provenance["software"],
    )


def with_bytes_checked(trail: Trail, still: Mapping[str, bool]) -> Trail:
    """The trail with what a look at the bytes came to, by hash."""
    files = (replace(file, intact=still[file.sha256]) for file in trail.files)
    return replace(trail, files=tuple(files))
