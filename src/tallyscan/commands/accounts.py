"""`tallyscan accounts`: who may come in; also while the service runs."""

from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyscan.access.access import Access
from tallyscan.access.accounts import PasswordLink
from tallyscan.access.caller import Role, Task
from tallyscan.bootstrap import open_access
from tallyscan.settings import Settings

_BY = "command line"


@dataclass(frozen=True)
class AccountsOptions:
    """What is done, and with whose account or key. `sites` may hold `*`, for every one."""

    action: Literal["list", "add", "roles", "disable", "enable", "link", "add-device", "remove-device"]
    name: str = ""
    roles: tuple[Role, ...] = ()
    sites: tuple[str, ...] = ()
    scanner: str | None = None
    may: tuple[Task, ...] = ()


def accounts(settings: Settings, options: AccountsOptions, console: Console) -> int:
    """Do it, and say what came of it. Raises `TallyscanError` where it cannot be done; then nothing is."""
    with open_access(settings) as access:
        if options.action == "list":
            _list(access, console)
        elif options.action == "add-device":
            _add_device(access, options, console)
        elif options.action == "remove-device":
            access.device_keys.remove(options.name)
            console.print(
                f"Nothing is taken by the key {options.name} any more.", markup=False, highlight=False
            )
        else:
            _person(access, settings, options, console)
    if settings.sign_in == "none" and options.action != "list":
        console.print(
            "The setting sign_in is none: accounts count for nothing until it is accounts.", style="yellow"
        )
    return 0


def _person(access: Access, settings: Settings, options: AccountsOptions, console: Console) -> None:
    people = access.accounts
    if options.action == "add":
        account, link = people.add(options.name, options.roles, options.sites, by=_BY)
        _say_link(settings, account.name, link, console)
    elif options.action == "link":
        _say_link(settings, options.name, people.new_link(options.name), console)
    elif options.action == "roles":
        people.change(options.name, options.roles, options.sites)
    elif options.action == "disable":
        people.disable(options.name)
    else:
        people.enable(options.name)
    if options.action not in ("add", "link"):
        _list(access, console)


def _say_link(settings: Settings, name: str, link: PasswordLink, console: Console) -> None:
    base = (settings.console_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    until = link.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    told = f"{name} sets the password here, once, until {until}. Whoever has this link can: hand it over in private."
    console.print(told, soft_wrap=True, markup=False, highlight=False)
    console.print(f"{base}{link.path}", soft_wrap=True, markup=False, highlight=False)


def _add_device(access: Access, options: AccountsOptions, console: Console) -> None:
    key, token = access.device_keys.add(
        options.name, scanner=options.scanner, sites=options.sites, may=options.may, by=_BY
    )
    told = f"The key of {key.name}, shown this once. The device sends it with each request:"
    console.print(told, soft_wrap=True, markup=False, highlight=False)
    console.print(f"Authorization: Bearer {token}", soft_wrap=True, markup=False, highlight=False)


def _list(access: Access, console: Console) -> None:
    people = Table("account", "roles", "sites", "state", "last signed in")
    for each in access.accounts.all():
        state = "disabled" if each.disabled else "in use" if each.ready else "no password yet"
        last = each.signed_in_at.strftime("%Y-%m-%d %H:%M UTC") if each.signed_in_at else "never"
        people.add_row(*map(escape, (each.name, ", ".join(each.roles), ", ".join(each.sites), state, last)))
    console.print(people if people.row_count else "There are no accounts.")
    devices = Table("device key", "scanner", "sites", "may", "last used")
    for key in access.device_keys.all():
        used = key.used_at.strftime("%Y-%m-%d %H:%M UTC") if key.used_at else "never"
        cells = (key.name, key.scanner or "any", ", ".join(key.sites), ", ".join(key.may), used)
        devices.add_row(*map(escape, cells))
    if devices.row_count:
        console.print(devices)
