"""Whether every blob that a row names is there and whole."""

from dataclasses import dataclass

from sqlalchemy import union
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound, TallyscanError, Unavailable
from tallyscan.store.blobs import Blobs
from tallyscan.store.deletions import live_keys


@dataclass(frozen=True)
class Checked:
    """`named`: blobs that rows name; `missing` and `damaged` are the keys of those that are not there, or are not what
    was kept. `orphans`: blobs that no row names, as a crash between bytes and row leaves them, and those that retention
    is about to delete."""

    named: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    orphans: int

    @property
    def whole(self) -> bool:
        """Nothing that is named is missing or damaged."""
        return not self.missing and not self.damaged


def blob_keys(session: Session) -> set[str]:
    """Of all blobs that rows name and that were not deleted."""
    return set(session.execute(union(*live_keys())).scalars())


def check_store(session: Session, blobs: Blobs, *, quick: bool = False) -> Checked:
    """Look at every blob; `quick`: only whether each is there. Raises `Unavailable` where the store does not answer."""
    there = set(blobs.keys())  # before the rows: what comes meanwhile is no orphan
    named = blob_keys(session)
    missing, damaged = [], []
    for key in sorted(named):
        if quick:
            if key not in there:
                missing.append(key)
            continue
        try:
            blobs.get(key)
        except NotFound:
            missing.append(key)
        except Unavailable:
            raise
        except TallyscanError:
            damaged.append(key)
    return Checked(len(named), tuple(missing), tuple(damaged), len(there - named))
