"""`tallyscan accounts`: who may come in; also while the service runs."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyscan.access.access import Access
from tallyscan.access.accounts import PasswordLink
from tallyscan.access.names import account_key
from tallyscan.bootstrap import open_access
from tallyscan.commands.accounts_options import BY, AccountsOptions
from tallyscan.commands.device_accounts import device_table, of_devices
from tallyscan.errors import NotFound
from tallyscan.settings import Settings


def accounts(settings: Settings, options: AccountsOptions, console: Console) -> int:
    """Do it, and say what came of it. Raises `TallyscanError` where it cannot be done; then nothing is."""
    with open_access(settings) as access:
        if options.action == "list":
            _list(access, console)
        elif options.action in ("add-device", "rotate-device", "remove-device"):
            of_devices(access, options, console)
        elif options.action == "sessions":
            _list_sessions(access, options.name, console)
        elif options.action == "end-sessions":
            ended = access.sessions.end_all(_known(access, options.name))
            console.print(f"{ended} ended.", markup=False, highlight=False)
        else:
            _person(access, settings, options, console)
    if settings.sign_in == "none" and options.action not in ("list", "sessions"):
        console.print(
            "The setting sign_in is none: accounts count for nothing until it is accounts.", style="yellow"
        )
    return 0


def _person(access: Access, settings: Settings, options: AccountsOptions, console: Console) -> None:
    people = access.accounts
    if options.action == "add":
        account, link = people.add(options.name, options.roles, options.sites, by=BY)
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
    scheme = "http" if settings.tls_certificate is None else "https"
    base = (settings.console_url or f"{scheme}://{settings.host}:{settings.port}").rstrip("/")
    until = link.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    told = f"{name} sets the password here, once, until {until}. Whoever has this link can: hand it over in private."
    console.print(told, soft_wrap=True, markup=False, highlight=False)
    console.print(f"{base}{link.path}", soft_wrap=True, markup=False, highlight=False)


def _list_sessions(access: Access, name: str, console: Console) -> None:
    browsers = Table("since", "last seen", "ends", "address", "browser")
    for each in access.sessions.of(_known(access, name)):
        times = (each.begun_at, each.seen_at, each.expires_at)
        said = [*(time.strftime("%Y-%m-%d %H:%M UTC") for time in times), each.address, each.browser]
        browsers.add_row(*map(escape, said))
    console.print(browsers if browsers.row_count else f"{escape(name)} is signed in nowhere.")


def _known(access: Access, name: str) -> str:
    """As the account has it. Raises `NotFound`."""
    for each in access.accounts.all():
        if account_key(each.name) == account_key(name):
            return each.name
    raise NotFound(f"There is no account {name!r}.")


def _list(access: Access, console: Console) -> None:
    people = Table("account", "roles", "sites", "state", "last signed in")
    for each in access.accounts.all():
        state = "disabled" if each.disabled else "in use" if each.ready else "no password yet"
        last = each.signed_in_at.strftime("%Y-%m-%d %H:%M UTC") if each.signed_in_at else "never"
        people.add_row(*map(escape, (each.name, ", ".join(each.roles), ", ".join(each.sites), state, last)))
    console.print(people if people.row_count else "There are no accounts.")
    if (devices := device_table(access)) is not None:
        console.print(devices)
