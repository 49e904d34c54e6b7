"""Who does what is done now, and for what: set where a request, a command or a loop begins, read where it is recorded.

It follows the call, also into the threads in which routes run.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

ActorKind = Literal["person", "device", "unsigned", "stranger", "command_line", "process"]
"""`person`: signed in. `device`: by its key. `unsigned`: where nobody signs in, whoever asked. `stranger`: not signed
in where people do. `command_line`: the user of the machine. `process`: the service by itself."""

Purpose = Literal[
    "image_review",
    "targeting",
    "inspection",
    "referral",
    "model_stewardship",
    "audit",
    "administration",
    "support",
    "integration",
    "operation",
]
"""For what somebody saw or did something: the closed list. `integration` is of devices, `operation` of processes."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@dataclass(frozen=True)
class Actor:
    """`name` is that of the account, the key, the user or the part of the service; `role` in which a person acts."""

    kind: ActorKind
    name: str | None = None
    role: str | None = None
    purpose: Purpose = "operation"


_SERVICE = Actor("process", "tallyscan")
_acting: ContextVar[Actor] = ContextVar("acting")


def acting() -> Actor:
    """Whoever acts here and now; the service, where nobody said so."""
    return _acting.get(_SERVICE)


def act_as(actor: Actor) -> None:
    """From here on, in this thread or task and what it calls."""
    _acting.set(actor)
