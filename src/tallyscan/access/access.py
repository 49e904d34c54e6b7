"""All that the way in needs, on one database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tallyscan.access.accounts import Accounts, now_utc
from tallyscan.access.device_keys import DeviceKeys
from tallyscan.access.groups import load_groups
from tallyscan.access.sessions import Sessions
from tallyscan.access.sign_in import SignIn
from tallyscan.access.tries import Tries
from tallyscan.errors import TallyscanError
from tallyscan.settings import Settings
from tallyscan.store.access_tables import AccountRow
from tallyscan.store.database import Database

if TYPE_CHECKING:
    from tallyscan.access.provider_sign_in import ProviderSignIn


@dataclass(frozen=True)
class Access:
    """Accounts of people, their sessions, and the keys of devices. `at_provider` where people sign in there;
    `passwords`: whether anybody signs in by a password."""

    accounts: Accounts
    sessions: Sessions
    sign_in: SignIn
    device_keys: DeviceKeys
    tries: Tries
    at_provider: "ProviderSignIn | None" = None
    passwords: bool = True


def access_to(database: Database, settings: Settings, clock: Callable[[], datetime] = now_utc) -> Access:
    """As the settings have it, without a provider: what the command line needs."""
    accounts = Accounts(database, timedelta(hours=settings.account_link_hours), clock)
    idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    lets_in = _lets_in(settings)
    sessions = Sessions(database, idle, longest, clock, lets_in)
    return Access(
        accounts,
        sessions,
        SignIn(database, accounts, sessions, clock, lets_in),
        DeviceKeys(database, clock),
        Tries(database, clock),
        passwords=settings.sign_in != "oidc" or settings.oidc_allow_passwords,
    )


def access_at_provider(
    database: Database, settings: Settings, clock: Callable[[], datetime] = now_utc
) -> Access:
    """The same where people sign in at a provider. It need not be there yet. Raises `TallyscanError` where the settings
    are not whole."""
    try:
        from tallyscan.access.provider import open_provider
        from tallyscan.access.provider_sign_in import ProviderSignIn, Strength
    except ImportError as error:
        raise TallyscanError(
            "Signing in at a provider needs Authlib and joserfc.", remedy="pip install 'tallyscan[oidc]'"
        ) from error
    access = access_to(database, settings, clock)
    at_provider = ProviderSignIn(
        database,
        open_provider(settings),
        access.sessions,
        access.tries,
        load_groups(settings.oidc_groups),
        settings.oidc_groups_claim,
        Strength(settings.oidc_required_acr, settings.oidc_required_amr),
        clock,
    )
    return replace(access, at_provider=at_provider)


def _lets_in(settings: Settings) -> Callable[[AccountRow], bool]:
    """Accounts of this provider, where people sign in there; else those with a password. Beside a provider, a password
    lets in administrators alone, and only where a setting says so."""
    if settings.sign_in != "oidc":
        return lambda account: account.issuer is None

    def lets_in(account: AccountRow) -> bool:
        if account.issuer is not None:
            return account.issuer == settings.oidc_issuer
        return settings.oidc_allow_passwords and "administrator" in account.roles

    return lets_in
