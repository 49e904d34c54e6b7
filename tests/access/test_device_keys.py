"""Keys of devices that end, are rotated, and are bound to a certificate."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tallyscan.access.access import Access, access_to
from tallyscan.access.device_keys import DeviceKey
from tallyscan.errors import InputError, NotFound, NotSignedIn
from tallyscan.settings import Settings
from tallyscan.store.audit_tables import AuditRow
from tallyscan.store.database import Database, open_database
from tallyscan.tls import Certificate
from tests.access.conftest import Clock

GATE = Certificate("ab" * 32, frozenset({"gate-1.scanners.example"}))
OTHER = Certificate("cd" * 32, frozenset({"gate-2.scanners.example"}))


def added(access: Access, name: str = "gate-1", **more: object) -> tuple[DeviceKey, str]:
    return access.device_keys.add(
        name,
        scanner=None,
        sites=["UA209060"],
        may=["deliver"],
        by="test",
        **more,  # type: ignore[arg-type]
    )


def rotated(access: Access, hours: float = 24, **more: object) -> tuple[DeviceKey, str]:
    return access.device_keys.rotate("GATE-1", overlap=timedelta(hours=hours), **more)  # type: ignore[arg-type]


def test_a_rotated_key_is_good_beside_the_new_one_until_the_overlap_is_over(
    access: Access, clock: Clock
) -> None:
    _, old = added(access)
    assert access.device_keys.caller_of(old)
    key, new = rotated(access)
    assert (key.used_at, key.old_used_at) == (None, clock.now), "the machine sends the old one still"
    callers = [access.device_keys.caller_of(token) for token in (old, new)]
    assert callers[0] == callers[1]
    assert access.device_keys.all()[0].used_at == clock.now
    clock.goes_on(hours=24)
    with pytest.raises(NotSignedIn, match="'gate-1' has ended"):
        access.device_keys.caller_of(old)
    assert access.device_keys.caller_of(new)


def test_of_a_key_that_is_rotated_twice_the_first_one_ends_at_once(access: Access) -> None:
    _, first = added(access)
    _, second = rotated(access)
    _, third = rotated(access)
    assert access.device_keys.caller_of(first) is None
    assert access.device_keys.caller_of(second)
    assert access.device_keys.caller_of(third)


def test_a_lost_key_is_rotated_without_an_overlap(access: Access) -> None:
    _, lost = added(access)
    _, new = rotated(access, hours=0)
    with pytest.raises(NotSignedIn):
        access.device_keys.caller_of(lost)
    assert access.device_keys.caller_of(new)


def test_a_key_ends_on_its_day_and_a_new_one_lasts_as_long(access: Access, clock: Clock) -> None:
    _, token = added(access, lasts=timedelta(days=30))
    assert access.device_keys.ending(timedelta(days=14)) == ()
    clock.goes_on(days=29, hours=12)
    assert [key.name for key in access.device_keys.ending(timedelta(days=14))] == ["gate-1"]
    key, new = rotated(access, hours=48)
    assert key.old_until == clock.now + timedelta(hours=12), "an overlap makes no key longer"
    assert key.expires_at == clock.now + timedelta(days=30)
    clock.goes_on(hours=12)
    with pytest.raises(NotSignedIn, match="has ended"):
        access.device_keys.caller_of(token)
    assert access.device_keys.caller_of(new)


@pytest.mark.parametrize("needs", ["sha256:" + ":".join(["AB"] * 32), "Gate-1.scanners.example"])
def test_a_key_bound_to_a_certificate_is_nothing_without_it(access: Access, needs: str) -> None:
    _, token = added(access, certificate=needs)
    assert access.device_keys.caller_of(token, GATE)
    with pytest.raises(NotSignedIn, match="needs the certificate of its machine"):
        access.device_keys.caller_of(token)
    with pytest.raises(NotSignedIn, match="another was shown"):
        access.device_keys.caller_of(token, OTHER)


def test_a_machine_changes_key_and_certificate_together(access: Access) -> None:
    _, old = added(access, certificate=f"sha256:{GATE.fingerprint}")
    _, new = rotated(access, certificate=f"sha256:{OTHER.fingerprint}")
    assert access.device_keys.caller_of(old, GATE)
    assert access.device_keys.caller_of(new, OTHER)
    for token, shown in ((old, OTHER), (new, GATE)):
        with pytest.raises(NotSignedIn):
            access.device_keys.caller_of(token, shown)


@pytest.mark.parametrize("said", ["sha256:abcd", "*.scanners.example", "", "a\nb", "x" * 201])
def test_what_says_no_certificate_is_refused(access: Access, said: str) -> None:
    with pytest.raises(InputError, match="says no certificate"):
        added(access, certificate=said)


@pytest.mark.parametrize(
    ("rotate", "error"),
    [
        ({"hours": -1}, InputError),
        ({"hours": 24 * 91}, InputError),
        ({"lasts": timedelta()}, InputError),
        ({"lasts": timedelta(days=4000)}, InputError),
    ],
)
def test_what_cannot_be_leaves_the_key_as_it_was(
    access: Access, rotate: dict[str, object], error: type[Exception]
) -> None:
    _, token = added(access)
    with pytest.raises(error):
        rotated(access, **rotate)  # type: ignore[arg-type]
    assert access.device_keys.caller_of(token)
    with pytest.raises(NotFound):
        access.device_keys.rotate("gate-2", overlap=timedelta())


def test_keys_are_rotated_on_either_database_and_the_audit_tells_of_it(
    database_url: str, clock: Clock
) -> None:
    opened: Database = open_database(database_url)
    try:
        access = access_to(opened, Settings(), clock)
        _, old = added(access)
        access.device_keys.caller_of(old)
        _, new = rotated(access, lasts=timedelta(days=30), certificate="gate-1.scanners.example")
        access.device_keys.remove("gate-1")
        with opened.read() as session:
            of_keys = select(AuditRow).where(AuditRow.object_kind == "device_key")
            rows = session.execute(of_keys.order_by(AuditRow.sequence)).scalars().all()
            told = [(row.action, row.object_id, row.details) for row in rows]
    finally:
        opened.close()
    assert [row[:2] for row in told] == [
        (f"device_key.{each}", "gate-1") for each in ("added", "rotated", "removed")
    ]
    assert told[1][2]["certificate"] == "gate-1.scanners.example"
    assert told[1][2]["old_until"].startswith("2026-02-02T08:00")
    assert told[1][2]["expires_at"].startswith("2026-03-03T08:00")
    assert not any(token in str(told) for token in (old, new))
