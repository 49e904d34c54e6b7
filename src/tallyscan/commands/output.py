"""What a command shows of a scan, and where it is written: JSON, an annotated picture and a page."""

import json
from dataclasses import dataclass
from pathlib import Path

from tallyscan.bootstrap import Store
from tallyscan.declaration import Declaration
from tallyscan.errors import NotFound
from tallyscan.reading import Reading, reading_from_dict, reading_to_dict
from tallyscan.store.queries import ScanView
from tallyscan.store.readings import load_declaration


@dataclass(frozen=True)
class Outcome:
    """A reading, and what is shown of it where that was asked for."""

    reading: Reading
    declaration: Declaration | None
    picture: bytes | None
    page: str | None


def stored_outcome(store: Store, view: ScanView) -> Outcome:
    """The newest reading of a scan in the store. Raises `NotFound` when it has none."""
    if view.reading is None:
        raise NotFound(f"Scan {view.id} has no reading: it is {view.state}.", remedy=view.reason or "")
    reading = reading_from_dict(view.reading)
    with store.database.read() as session:
        version = reading.provenance.declaration_version
        declaration = load_declaration(session, view.consignment, version)
    picture = store.blobs.get(view.picture_key) if view.picture_key else None
    page = store.blobs.get(view.report_key).decode() if view.report_key else None
    return Outcome(reading, declaration, picture, page)


def json_line(reading: Reading) -> str:
    """The reading as one line of JSON."""
    return json.dumps(reading_to_dict(reading), ensure_ascii=False)


def write_outputs(folder: Path, stem: str, outcome: Outcome) -> None:
    """Write `<stem>.reading.json` and, where there are, `<stem>.html` and `<stem>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps(reading_to_dict(outcome.reading), ensure_ascii=False, indent=2)
    (folder / f"{stem}.reading.json").write_text(f"{document}\n", encoding="utf-8")
    if outcome.page is not None:
        (folder / f"{stem}.html").write_text(outcome.page, encoding="utf-8")
    if outcome.picture is not None:
        (folder / f"{stem}.png").write_bytes(outcome.picture)


def free_stem(wanted: str, taken: set[str]) -> str:
    """The stem, with a number when another scan of this run has it already."""
    stem, number = wanted, 1
    while stem in taken:
        number += 1
        stem = f"{wanted}-{number}"
    taken.add(stem)
    return stem
