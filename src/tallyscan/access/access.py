"""All that the way in needs, on one database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tallyscan.access.accounts import Accounts, now_utc
from tallyscan.access.device_keys import DeviceKeys
from tallyscan.access.sessions import Sessions
from tallyscan.access.sign_in import SignIn
from tallyscan.settings import Settings
from tallyscan.store.database import Database


@dataclass(frozen=True)
class Access:
    """Accounts of people, their sessions, and the keys of devices."""

    accounts: Accounts
    sessions: Sessions
    sign_in: SignIn
    device_keys: DeviceKeys


def access_to(database: Database, settings: Settings, clock: Callable[[], datetime] = now_utc) -> Access:
    """As the settings have it."""
    accounts = Accounts(database, timedelta(hours=settings.account_link_hours), clock)
    idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    sessions = Sessions(database, idle, longest, clock)
    return Access(
        accounts, sessions, SignIn(database, accounts, sessions, clock), DeviceKeys(database, clock)
    )
