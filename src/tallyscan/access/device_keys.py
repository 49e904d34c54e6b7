"""Keys by which machines send: scanners, gateways, weighbridges, risk engines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tallyscan.access.accounts import check_free, now_utc
from tallyscan.access.caller import TASKS, Caller, Task, checked_sites, sites_from
from tallyscan.access.names import account_key, check_name
from tallyscan.access.secrets import hash_of, new_token
from tallyscan.errors import InputError, NotFound
from tallyscan.store.access_tables import DeviceKeyRow
from tallyscan.store.database import Database

_PREFIX = "tallyscan_"  # so that a key is known for one where it should not be
_USED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class DeviceKey:
    """`scanner` is the device or scanner that deliveries must be of, None for any. The key itself is not kept."""

    name: str
    scanner: str | None
    sites: tuple[str, ...]
    may: tuple[Task, ...]
    created_at: datetime
    created_by: str
    used_at: datetime | None


class DeviceKeys:
    """Made once, shown once. To change a key, add another, put it into the machine, and remove the old one."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now_utc) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, name: str, *, scanner: str | None, sites: Sequence[str], may: Sequence[Task], by: str
    ) -> tuple[DeviceKey, str]:
        """A new key, and what the machine sends as `Authorization: Bearer`. Raises `InputError`, and `Conflict` for a
        name that a person or another key has."""
        if not may:
            raise InputError("A key is for something.", remedy=f"Say for what: {', '.join(TASKS)}.")
        token = _PREFIX + new_token()
        row = DeviceKeyRow(
            key=account_key(name),
            name=check_name(name),
            token_sha256=hash_of(token),
            scanner=scanner,
            sites=checked_sites(sites),
            may=[task for task in TASKS if task in may],
            created_at=self._clock(),
            created_by=by,
        )
        with self._database.write() as session:
            check_free(session, row.key)
            session.add(row)
            session.flush()
            return _key(row), token

    def all(self) -> tuple[DeviceKey, ...]:
        """By name."""
        with self._database.read() as session:
            return tuple(
                map(_key, session.execute(select(DeviceKeyRow).order_by(DeviceKeyRow.key)).scalars())
            )

    def remove(self, name: str) -> None:
        """Nothing is taken by it any more. Raises `NotFound`."""
        with self._database.write() as session:
            row = session.get(DeviceKeyRow, account_key(name))
            if row is None:
                raise NotFound(f"There is no key {name!r}.")
            session.delete(row)

    def caller_of(self, token: str) -> Caller | None:
        """Which machine sends; None for what is no key."""
        with self._database.read() as session:
            row = session.execute(
                select(DeviceKeyRow).where(DeviceKeyRow.token_sha256 == hash_of(token))
            ).scalar()
        if row is None:
            return None
        now = self._clock()
        if row.used_at is None or now - row.used_at > _USED_EVERY:
            with self._database.write() as session:
                if (stored := session.get(DeviceKeyRow, row.key)) is not None:
                    stored.used_at = now
        tasks = frozenset(task for task in TASKS if task in row.may)
        return Caller("device", row.name, tasks=tasks, sites=sites_from(row.sites), scanner=row.scanner)


def _key(row: DeviceKeyRow) -> DeviceKey:
    return DeviceKey(
        name=row.name,
        scanner=row.scanner,
        sites=tuple(row.sites),
        may=tuple(task for task in TASKS if task in row.may),
        created_at=row.created_at,
        created_by=row.created_by,
        used_at=row.used_at,
    )
