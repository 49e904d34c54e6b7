"""Referrals of a database from before they had a table of their own."""

import json
from pathlib import Path

from sqlalchemy import create_engine, text

from tallyscan.store.database import migrate, open_database
from tallyscan.store.referrals import referrals
from tests.review.builders import clear, decision, one

_SCAN = (
    "INSERT INTO scans (id, identity, sha256, sidecar_sha256, name, received_at, origin, state, revision, attempts) "
    "VALUES (:scan, :scan, '', '', '', '2026-02-01', 'test', 'read', 1, 1)"
)


def test_those_that_nobody_answered_are_open_and_the_others_are_not_listed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url)
    said = clear(decision="refer", reason="specialist")
    rows = [
        ("s1", 1, None, "refer", "first", 1),  # open
        ("s2", 2, None, "refer", "first", 1),
        ("s2", 3, None, "clear", "second", 2),  # answers it
        ("s3", 4, None, "refer", "first", 1),
        ("s3", 5, 4, "clear", "first", 2),  # replaces it
        ("s4", 6, None, "refer", "first", 1),
        ("s4", 7, 6, "clear", "first", 2),
        ("s4", 8, 7, "undone", None, 3),  # takes the correction back
    ]
    with engine.begin() as connection:
        migrate(connection, "0019")
        for scan in ("s1", "s2", "s3", "s4"):
            connection.execute(text(_SCAN), {"scan": scan})
        for scan, number, replaces, answer, reader, second in rows:
            document = json.loads(decision(number, **said).model_dump_json()) | {"scan_id": scan}
            connection.execute(
                text(
                    "INSERT INTO decisions (id, scan_id, replaces, answer, reader, person, at, received_at, document)"
                    " VALUES (:id, :scan, :replaces, :answer, :reader, 'x', :at, :at, :document)"
                ),
                {
                    "id": str(one(number)),
                    "scan": scan,
                    "replaces": str(one(replaces)) if replaces else None,
                    "answer": answer,
                    "reader": reader,
                    "at": f"2026-02-01 10:00:0{second}",
                    "document": json.dumps(document),
                },
            )
    engine.dispose()
    database = open_database(url)
    try:
        with database.read() as session:
            found = referrals(session, office="ANY", state="open", limit=10)
        assert {each.decision.id for each in found} == {one(1), one(6)}
    finally:
        database.close()
