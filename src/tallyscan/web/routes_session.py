"""Who works here: what the console asks first."""

from dataclasses import dataclass
from typing import Literal, get_args

from fastapi import APIRouter

Role = Literal[
    "operator",
    "targeting_officer",
    "inspector",
    "contact_point",
    "model_steward",
    "auditor",
    "administrator",
]

router = APIRouter(prefix="/v1/session", tags=["session"])


@dataclass(frozen=True)
class Session:
    """Who is signed in, with which roles. Without accounts (`sign_in` is `none`) nobody is, and everybody may do
    everything: for one machine in one room.
    """

    sign_in: Literal["none"]
    person: str | None
    roles: tuple[Role, ...]


@router.get("")
def get_session() -> Session:
    """Who is signed in here, and as what."""
    return Session("none", None, get_args(Role))
