"""Who asks the service: in which roles, at which sites."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from tallyscan.declaration import normal_mark
from tallyscan.errors import Forbidden, InputError

Role = Literal[
    "operator",
    "targeting_officer",
    "inspector",
    "contact_point",
    "model_steward",
    "auditor",
    "administrator",
]
"""What a person works as. A device has no role: it has a key."""

ROLES: tuple[Role, ...] = get_args(Role)
Task = Literal["deliver", "tell", "report"]
"""What a key of a device is for: to deliver scans and declarations, to tell what is known of a consignment, or to
report as a crossing point to its centre."""

TASKS: tuple[Task, ...] = get_args(Task)
EVERY_SITE = "*"


@dataclass(frozen=True)
class Caller:
    """`person` in roles, `device` with tasks, `stranger` without either; `anybody` where there is no sign-in.

    `sites` are as they are compared, None for every site. Of a person `session` is the id of their session, and who is
    `from_provider` has no password here; of a device `scanner` is whose scans it delivers, None for any.
    """

    kind: Literal["anybody", "stranger", "person", "device"]
    name: str | None = None
    roles: frozenset[Role] = frozenset()
    tasks: frozenset[Task] = frozenset()
    sites: frozenset[str] | None = frozenset()
    session: str | None = None
    scanner: str | None = None
    from_provider: bool = False

    def is_at(self, sites: Iterable[str]) -> bool:
        """Whether one of these sites, as they are compared, is its own. What names no site is of every one."""
        of = frozenset(sites)
        return self.sites is None or not of or bool(self.sites & of)

    def check_at(self, sites: Iterable[str], what: str) -> None:
        """Raises `Forbidden` where it is not."""
        if not self.is_at(sites):
            raise Forbidden(
                f"{what} belongs to another site.",
                remedy="Ask an administrator for that site, or a colleague there.",
            )


ANYBODY = Caller("anybody", roles=frozenset(ROLES), tasks=frozenset(TASKS), sites=None)
STRANGER = Caller("stranger")


def site_key(site: str) -> str:
    """A site as it is compared: `NL 000510` and `nl000510` are one."""
    return normal_mark(site)[:80]


def sites_from(said: Iterable[str]) -> frozenset[str] | None:
    """Sites as they are compared; None for every one."""
    sites = tuple(said)
    return None if EVERY_SITE in sites else frozenset(map(site_key, sites))


def checked_sites(said: Iterable[str]) -> list[str]:
    """Sites as they are kept, `*` alone where it is among them. Raises `InputError` for none, and what is no code."""
    sites = [site.strip() for site in said]
    if EVERY_SITE in sites:
        return [EVERY_SITE]
    if not sites or not all(0 < len(site) <= 80 and site_key(site) for site in sites):
        raise InputError(
            "Accounts and keys are for a site.",
            remedy=f"Name the codes of one or more, or {EVERY_SITE} for every site.",
        )
    return sorted(set(sites))
