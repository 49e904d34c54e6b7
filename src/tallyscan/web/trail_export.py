"""An audit trail as a table, for programs that know nothing else."""

import json

from tallyscan.web.trail import Trail


def rows_to_export(trail: Trail) -> list[list[str]]:
    """The trail as a table: first what the hashes are of, then a row for each source of each entry."""
    table = [["at", "kind", "by", "in_words", "source_table", "source_key", "sha256"]]
    as_of = trail.as_of.isoformat()
    table.append([as_of, "export", "", f"Scan {trail.scan}, told by {trail.software}", "", "", trail.sha256])
    table += [["", "file", "", f"{file.kind} {file.name}", "", "", file.sha256] for file in trail.files]
    for reading in trail.readings:
        model = reading.model
        at, named = reading.at.isoformat(), f"{model.name} {model.version}"
        table.append([at, "model", "", f"{named}, of reading {reading.revision}", "", "", model.sha256])
        table.append([at, "reading", "", f"Document of reading {reading.revision}", "", "", reading.sha256])
    for entry in trail.entries:
        table += [
            [
                entry.at.isoformat(),
                entry.kind,
                entry.by or "",
                entry.in_words,
                source.table,
                json.dumps(source.key, ensure_ascii=False),
                source.sha256,
            ]
            for source in entry.sources
        ]
    return [[_cell(cell) for cell in row] for row in table]


def _cell(text: str) -> str:
    """What a program for tables would take for a formula is told as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
