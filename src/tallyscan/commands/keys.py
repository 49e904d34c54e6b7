"""`tallyscan keys`: whether this machine has what all machines on the database must have alike."""

from dataclasses import dataclass
from typing import Literal

from rich.console import Console

from tallyscan.bootstrap import open_existing, shared_keys
from tallyscan.settings import Settings
from tallyscan.store.shared_keys import Shared, renew_shared, standing

_IN_WORDS = {True: "fits", False: "DIFFERS", None: "not known to the database yet"}


@dataclass(frozen=True)
class KeysOptions:
    """`name` of the one to renew."""

    action: Literal["list", "renew"]
    name: Shared | None = None


def keys(settings: Settings, options: KeysOptions, console: Console) -> int:
    """Say of each whether it fits, or let this machine's count from now on. 1 where one differs."""
    with open_existing(settings) as database:
        held = shared_keys(settings)
        if options.name is not None:
            with database.write() as session:
                renew_shared(session, options.name, held[options.name])
            console.print(f"{options.name}: this one counts from now on")
            return 0
        with database.read() as session:
            found = standing(session, held)
    for each in found:
        console.print(f"{each.name}: {_IN_WORDS[each.fits]}")
    return int(any(each.fits is False for each in found))
