"""What `tallyscan accounts` is asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tallyscan.access.caller import Role, Task

BY = "command line"
"""Who made what is made there."""


@dataclass(frozen=True)
class AccountsOptions:
    """What is done, and with whose account or key. `sites` may hold `*`, for every one."""

    action: Literal[
        "list",
        "add",
        "roles",
        "disable",
        "enable",
        "link",
        "sessions",
        "end-sessions",
        "add-device",
        "rotate-device",
        "remove-device",
    ]
    name: str = ""
    roles: tuple[Role, ...] = ()
    sites: tuple[str, ...] = ()
    scanner: str | None = None
    may: tuple[Task, ...] = ()
    expires_days: float | None = None
    overlap_hours: float = 24.0
    certificate: Path | None = None
    certificate_name: str | None = None
