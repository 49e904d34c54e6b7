"""Which objects of a bucket were taken, so that none is taken twice and nothing need be written to the bucket."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from tallyscan.store.database import Database
from tallyscan.store.tables import TakenObject

_AT_ONCE = 500  # databases limit how many values one statement may have


class TakenObjects:
    """See `acquire.receive_s3.Remembers`. Names are those within `prefix`, rows those of the bucket.

    So another prefix of the same bucket takes nothing again that was taken under this one.
    """

    def __init__(self, database: Database, bucket: str, prefix: str) -> None:
        self._database = database
        self._bucket = bucket
        self._prefix = prefix

    def marks(self) -> dict[str, str]:
        """Of each object under the prefix, by its name. Raises `Unavailable`, as do the others."""
        known = select(TakenObject.key, TakenObject.mark).where(TakenObject.bucket == self._bucket)
        with self._database.read() as session:
            rows = session.execute(known)
            return {key[len(self._prefix) :]: mark for key, mark in rows if key.startswith(self._prefix)}

    def remember(self, marks: Mapping[str, str]) -> None:
        """All of them, or none, instead of what was known of their names."""
        now = datetime.now(UTC)
        rows = [
            {"bucket": self._bucket, "key": self._prefix + name, "mark": mark, "taken_at": now}
            for name, mark in marks.items()
        ]
        with self._database.write() as session:
            self._delete(session, marks)
            session.execute(insert(TakenObject), rows)

    def forget(self, names: Iterable[str]) -> None:
        """They are no longer in the bucket."""
        with self._database.write() as session:
            self._delete(session, names)

    def _delete(self, session: Session, names: Iterable[str]) -> None:
        keys = [self._prefix + name for name in names]
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            session.execute(
                delete(TakenObject).where(TakenObject.bucket == self._bucket, TakenObject.key.in_(some))
            )
