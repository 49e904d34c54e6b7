"""Keys by which machines send: scanners, gateways, weighbridges, risk engines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select

from tallyscan.access.accounts import check_free, now_utc
from tallyscan.access.caller import TASKS, Caller, Task, checked_sites, sites_from
from tallyscan.access.names import account_key, check_name
from tallyscan.access.secrets import hash_of, new_token
from tallyscan.errors import InputError, NotFound, NotSignedIn
from tallyscan.store.access_tables import DeviceKeyRow
from tallyscan.store.database import Database
from tallyscan.tls import Certificate, expected_certificate

LONGEST_OVERLAP = timedelta(days=90)
LONGEST_LIFE = timedelta(days=3650)
_PREFIX = "tallyscan_"  # so that a key is known for one where it should not be
_USED_EVERY = timedelta(minutes=10)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeviceKey:
    """`scanner` is the device or scanner that deliveries must be of, None for any. The key itself is not kept.

    After `expires_at` nothing is taken by it. With a `certificate` (`sha256:` and a fingerprint, or a name) it is good
    from a machine that shows that one alone. Once it was rotated, the old one is good until `old_until`; `old_used_at`
    says whether the machine still sends it.
    """

    name: str
    scanner: str | None
    sites: tuple[str, ...]
    may: tuple[Task, ...]
    created_at: datetime
    created_by: str
    used_at: datetime | None
    expires_at: datetime | None
    certificate: str | None
    rotated_at: datetime | None
    old_until: datetime | None
    old_used_at: datetime | None


class DeviceKeys:
    """Made once, shown once. A key is changed by rotating it: the machine gets a new one while the old one is good."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now_utc) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        name: str,
        *,
        scanner: str | None,
        sites: Sequence[str],
        may: Sequence[Task],
        by: str,
        lasts: timedelta | None = None,
        certificate: str | None = None,
    ) -> tuple[DeviceKey, str]:
        """A new key, and what the machine sends as `Authorization: Bearer`. It is good for as long as it `lasts`, up to
        ten years; None: until it is removed. Raises `InputError`, and `Conflict` for a name that a person or another
        key has."""
        if not may:
            raise InputError("A key is for something.", remedy=f"Say for what: {', '.join(TASKS)}.")
        token, now = _PREFIX + new_token(), self._clock()
        row = DeviceKeyRow(
            key=account_key(name),
            name=check_name(name),
            token_sha256=hash_of(token),
            scanner=scanner,
            sites=checked_sites(sites),
            may=[task for task in TASKS if task in may],
            created_at=now,
            created_by=by,
            expires_at=_end(now, lasts),
            certificate=expected_certificate(certificate) if certificate is not None else None,
        )
        with self._database.write() as session:
            check_free(session, row.key)
            session.add(row)
            session.flush()
            return _key(row), token

    def rotate(
        self,
        name: str,
        *,
        overlap: timedelta,
        lasts: timedelta | None = None,
        certificate: str | None = None,
    ) -> tuple[DeviceKey, str]:
        """A new key under that name, for the same; the old one is good for the `overlap` (0 to 90 days), but never
        longer than it was, and what was old before is not. The new one lasts as long as the old one did, and needs the
        same certificate, unless another is said. Raises `InputError` and `NotFound`."""
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise InputError("An overlap is of 0 hours to 90 days.", remedy="Give 0 where a key was lost.")
        token, now = _PREFIX + new_token(), self._clock()
        needs = expected_certificate(certificate) if certificate is not None else None
        with self._database.write() as session:
            row = session.get(DeviceKeyRow, account_key(name))
            if row is None:
                raise NotFound(f"There is no key {name!r}.")
            row.old_sha256, row.old_used_at = row.token_sha256, row.used_at
            row.old_certificate = row.certificate
            row.old_until = min(now + overlap, row.expires_at or now + overlap)
            if lasts is None and row.expires_at is not None:
                lasts = row.expires_at - (row.rotated_at or row.created_at)
            row.token_sha256, row.used_at, row.rotated_at = hash_of(token), None, now
            row.expires_at, row.certificate = _end(now, lasts), needs or row.certificate
            session.flush()
            return _key(row), token

    def all(self) -> tuple[DeviceKey, ...]:
        """By name."""
        with self._database.read() as session:
            return tuple(
                map(_key, session.execute(select(DeviceKeyRow).order_by(DeviceKeyRow.key)).scalars())
            )

    def ending(self, within: timedelta) -> tuple[DeviceKey, ...]:
        """Those that have ended, or will so soon."""
        until = self._clock() + within
        return tuple(key for key in self.all() if key.expires_at is not None and key.expires_at <= until)

    def remove(self, name: str) -> None:
        """Nothing is taken by it any more. Raises `NotFound`."""
        with self._database.write() as session:
            row = session.get(DeviceKeyRow, account_key(name))
            if row is None:
                raise NotFound(f"There is no key {name!r}.")
            session.delete(row)

    def caller_of(self, token: str, shown: Certificate | None = None) -> Caller | None:
        """Which machine sends, that has `shown` a certificate or none; None for what is no key. Raises `NotSignedIn`
        for one that has ended, and without the certificate that it needs."""
        said = hash_of(token)
        with self._database.read() as session:
            is_it = or_(DeviceKeyRow.token_sha256 == said, DeviceKeyRow.old_sha256 == said)
            row = session.execute(select(DeviceKeyRow).where(is_it)).scalar()
        if row is None:
            return None
        now, is_old = self._clock(), row.token_sha256 != said
        ends, needs, used = (
            (row.old_until, row.old_certificate, row.old_used_at)
            if is_old
            else (row.expires_at, row.certificate, row.used_at)
        )
        if ends is not None and ends <= now:
            raise _refused(row.name, "has ended", "Give the machine the new key: `accounts rotate-device`.")
        if needs is not None and (shown is None or not shown.is_that(needs)):
            why = "needs the certificate of its machine" + (
                "" if shown is None else ", and another was shown"
            )
            raise _refused(row.name, why, "Call this service itself over TLS, with that certificate.")
        if used is None or now - used > _USED_EVERY:
            with self._database.write() as session:
                if (stored := session.get(DeviceKeyRow, row.key)) is not None:
                    setattr(stored, "old_used_at" if is_old else "used_at", now)
        tasks = frozenset(task for task in TASKS if task in row.may)
        return Caller("device", row.name, tasks=tasks, sites=sites_from(row.sites), scanner=row.scanner)


def _end(now: datetime, lasts: timedelta | None) -> datetime | None:
    if lasts is None:
        return None
    if not timedelta() < lasts <= LONGEST_LIFE:
        raise InputError("A key lasts up to 3650 days.", remedy="Say for how many, from 1.")
    return now + lasts


def _refused(name: str, why: str, remedy: str) -> NotSignedIn:
    _log.warning("key of a device refused", key=name, why=why)
    return NotSignedIn(f"The key {name!r} {why}.", remedy=remedy)


def _key(row: DeviceKeyRow) -> DeviceKey:
    return DeviceKey(
        name=row.name,
        scanner=row.scanner,
        sites=tuple(row.sites),
        may=tuple(task for task in TASKS if task in row.may),
        created_at=row.created_at,
        created_by=row.created_by,
        used_at=row.used_at,
        expires_at=row.expires_at,
        certificate=row.certificate,
        rotated_at=row.rotated_at,
        old_until=row.old_until,
        old_used_at=row.old_used_at,
    )
