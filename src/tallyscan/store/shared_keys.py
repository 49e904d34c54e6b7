"""What every machine on one database must have alike: with another key, a machine would draw and name differently, and
nobody would see it. So the database keeps a salted hash of each, and every start compares.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallyscan.errors import Conflict, NotFound
from tallyscan.store.database import Database
from tallyscan.store.tables import SharedKeyRow

Shared = Literal["pseudonyms", "selection", "audit", "nomenclature"]
NAMES: tuple[Shared, ...] = get_args(Shared)

_REMEDY: Mapping[Shared, str] = {
    "pseudonyms": "Give this machine the key of the others: pseudonym.key in the data folder, or pseudonym_key_file.",
    "selection": "Give this machine the key of the others: selection.key in the data folder, or selection_key_file.",
    "audit": "Give this machine the key of the others: audit.key in the data folder, or audit_key_file.",
    "nomenclature": "Import the same table on each machine: tallyscan declare import-hs.",
}


@dataclass(frozen=True)
class Fits:
    """Whether this machine has what the database knows, since when it is known; None: it is not known yet."""

    name: Shared
    fits: bool | None
    since: datetime | None


def check_shared(database: Database, held: Mapping[Shared, bytes]) -> None:
    """Compare what this machine has; what the database does not know yet, it knows from now on.

    Raises `Conflict` where they differ, with what to do.
    """
    with database.read() as session:
        known = standing(session, held)
    if any(each.fits is None for each in known):
        with database.write() as session:  # another machine may have been first
            known = standing(session, held)
            for each in known:
                if each.fits is None:
                    _put(session, each.name, held[each.name])
    for each in known:
        if each.fits is False:
            raise Conflict(
                f"This machine has another {_called(each.name)} than the one in use with this database since "
                f"{each.since:%d.%m.%Y}.",
                remedy=f"{_REMEDY[each.name]} If this one shall count from now on: "
                f"tallyscan keys renew {each.name}.",
            )


def standing(session: Session, held: Mapping[Shared, bytes]) -> list[Fits]:
    """Each of those that are held, beside what the database knows."""
    rows = {row.name: row for row in session.execute(select(SharedKeyRow)).scalars()}
    return [
        Fits(name, _is(rows[name], secret), rows[name].since) if name in rows else Fits(name, None, None)
        for name, secret in held.items()
    ]


def renew_shared(session: Session, name: Shared, secret: bytes) -> None:
    """From now on this one counts; machines with another are refused at their next start. Raises `NotFound`."""
    if name not in NAMES:
        raise NotFound(f"There is no shared key {name!r}.", remedy=f"There are: {', '.join(NAMES)}.")
    row = session.get(SharedKeyRow, name)
    if row is not None:
        session.delete(row)
        session.flush()
    _put(session, name, secret)


def _put(session: Session, name: Shared, secret: bytes) -> None:
    salt = secrets.token_bytes(16)
    session.add(SharedKeyRow(name=name, salt=salt, sha256=_hash(salt, secret), since=datetime.now(UTC)))


def _is(row: SharedKeyRow, secret: bytes) -> bool:
    return hmac.compare_digest(row.sha256, _hash(row.salt, secret))


def _hash(salt: bytes, secret: bytes) -> str:
    return hmac.new(salt, secret, hashlib.sha256).hexdigest()


def _called(name: Shared) -> str:
    return "nomenclature" if name == "nomenclature" else f"key of {name}"
