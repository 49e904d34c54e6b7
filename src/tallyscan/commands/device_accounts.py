"""`tallyscan accounts`, of keys: made, rotated, removed and listed."""

from datetime import datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyscan.access.access import Access
from tallyscan.access.accounts import now_utc
from tallyscan.access.device_keys import DeviceKey
from tallyscan.commands.accounts_options import BY, AccountsOptions
from tallyscan.tls import fingerprint_of


def of_devices(access: Access, options: AccountsOptions, console: Console) -> None:
    """Do it, and say what came of it. Raises `TallyscanError`."""
    keys = access.device_keys
    lasts = timedelta(days=options.expires_days) if options.expires_days is not None else None
    certificate = options.certificate_name
    if options.certificate is not None:
        certificate = fingerprint_of(options.certificate)
    if options.action == "add-device":
        key, token = keys.add(
            options.name,
            scanner=options.scanner,
            sites=options.sites,
            may=options.may,
            by=BY,
            lasts=lasts,
            certificate=certificate,
        )
        _say(f"The key of {key.name}, shown this once. The device sends it with each request:", console)
        _say(f"Authorization: Bearer {token}", console)
        _say_bounds(key, console)
    elif options.action == "rotate-device":
        overlap = timedelta(hours=options.overlap_hours)
        key, token = keys.rotate(options.name, overlap=overlap, lasts=lasts, certificate=certificate)
        _say(f"The new key of {key.name}, shown this once. The device sends it with each request:", console)
        _say(f"Authorization: Bearer {token}", console)
        assert key.old_until is not None
        good = f"is good until {_at(key.old_until)}" if overlap else "is good no more"
        _say(f"The old one {good}.", console)
        _say_bounds(key, console)
    else:
        keys.remove(options.name)
        _say(f"Nothing is taken by the key {options.name} any more.", console)


def device_table(access: Access) -> Table | None:
    """Every key; None where there is none."""
    table = Table("device key", "scanner", "sites", "may", "certificate", "ends", "last used")
    for key in access.device_keys.all():
        cells = (
            key.name,
            key.scanner or "any",
            ", ".join(key.sites),
            ", ".join(key.may),
            _short(key.certificate),
            _ends(key),
            _used(key),
        )
        table.add_row(*map(escape, cells))
    return table if table.row_count else None


def _say_bounds(key: DeviceKey, console: Console) -> None:
    if key.expires_at is not None:
        _say(f"It ends at {_at(key.expires_at)}.", console)
    if key.certificate is not None:
        _say(f"It is good with the certificate {key.certificate} alone.", console)


def _ends(key: DeviceKey) -> str:
    if key.expires_at is None:
        return "never"
    return f"ended {_at(key.expires_at)}" if key.expires_at <= now_utc() else _at(key.expires_at)


def _used(key: DeviceKey) -> str:
    used = _at(key.used_at) if key.used_at else "never"
    if key.old_until is None or key.old_until <= now_utc():
        return used
    old = _at(key.old_used_at) if key.old_used_at else "never"
    return f"{used}; the old one {old}, good until {_at(key.old_until)}"


def _short(certificate: str | None) -> str:
    if certificate is None:
        return "any, or none"
    return certificate[:23] + "..." if certificate.startswith("sha256:") else certificate


def _at(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")


def _say(told: str, console: Console) -> None:
    console.print(told, soft_wrap=True, markup=False, highlight=False)
