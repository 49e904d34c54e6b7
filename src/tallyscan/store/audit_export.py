"""The audit as it goes out: each record as it was hashed, its hash, and the names that whoever gets it may know."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from tallyscan.store.audit import SubjectKind, names_behind, records

_AT_A_TIME = 500


def exported(
    session: Session, *, since: datetime | None, until: datetime | None, kinds: Sequence[SubjectKind] = ()
) -> Iterator[dict[str, Any]]:
    """One document a record, in order. Names stay pseudonyms, the same for the same one, unless those of a kind are
    asked for; erased ones in any case."""
    found = records(session, since=since, until=until)
    while page := list(islice(found, _AT_A_TIME)):
        names = names_behind(session, [each for each, _ in page], *kinds)
        for each, kept in page:
            document = each.document
            said = str(document)
            of_it = {pseudonym: name for pseudonym, name in names.items() if pseudonym in said}
            yield {"record": document, "hash": kept, "names": of_it}
