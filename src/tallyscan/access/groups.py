"""What the groups of a provider give: a file of the administration says so, and who is in none of them is not let in.

```toml
["/customs/odesa/operators"]
roles = ["operator"]
sites = ["UA500060"]
```
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tallyscan.access.caller import EVERY_SITE, ROLES, Role, checked_sites, site_key
from tallyscan.errors import InputError, TallyscanError, wrong_fields

_MOST_BYTES = 1_000_000


class Gives(BaseModel):
    """Each of the roles at each of the sites."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: tuple[Role, ...] = Field(min_length=1)
    sites: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Granted:
    """Each of the roles at each of the sites; none where no group gives any."""

    roles: tuple[Role, ...]
    sites: tuple[str, ...]


_FILE = TypeAdapter(dict[str, Gives])


def load_groups(path: Path | None) -> dict[str, Gives]:
    """By the name of the group. Raises `TallyscanError` for what is no such file, and where no group gives access."""
    if path is None:
        raise _wrong("oidc_groups is not set: nobody could sign in.")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _wrong(f"{path} has more than {_MOST_BYTES} bytes.")
        groups = _FILE.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise _wrong(f"{path}: {wrong_fields(error)}.") from error
    except (OSError, ValueError) as error:
        raise _wrong(f"{path} cannot be used: {error}.") from error
    for name, gives in groups.items():
        _check(path, name, gives)
    if not any("administrator" in gives.roles for gives in groups.values()):
        raise _wrong(
            f"{path}: no group gives the role administrator, so nobody could give keys or end sessions."
        )
    return groups


def _check(path: Path, name: str, gives: Gives) -> None:
    try:
        sites = checked_sites(gives.sites)
    except InputError as error:
        raise _wrong(f"{path}: group {name!r}: {error.reason}") from error
    if "administrator" in gives.roles and sites != [EVERY_SITE]:
        raise _wrong(f"{path}: group {name!r}: an administrator is for every site: {EVERY_SITE}.")


def granted(groups: Mapping[str, Gives], of: Sequence[str]) -> Granted:
    """What somebody in these groups may be. A role holds at each site of its bearer: raises `InputError` where groups
    together would so give more than each of them does."""
    given = [groups[name] for name in dict.fromkeys(of) if name in groups]
    roles = tuple(role for role in ROLES if any(role in each.roles for each in given))
    if not given:
        return Granted((), ())
    sites = checked_sites([site for each in given for site in each.sites])
    for role in roles:
        where = {site_key(site) for each in given if role in each.roles for site in each.sites}
        if not any(EVERY_SITE in each.sites for each in given if role in each.roles) and (
            where != {site_key(site) for site in sites}
        ):
            raise InputError(
                f"Of these groups some give other sites than others, and {role.replace('_', ' ')} would hold at all of "
                f"them: {', '.join(sorted(name for name in set(of) if name in groups))}.",
                remedy="Give each person groups for the same sites, or one group with those roles and sites.",
            )
    return Granted(roles, tuple(sites))


def groups_in(claims: Mapping[str, Any], claim: str) -> tuple[str, ...] | None:
    """Those that the claim names, `a.b` being `b` in `a`; None where there is no such claim."""
    found: Any = claims
    for part in [claim] if claim in claims else claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return (found,)
    if isinstance(found, list):
        return tuple(name for name in found if isinstance(name, str))
    return None


def _wrong(what: str) -> TallyscanError:
    return TallyscanError(
        what,
        remedy='oidc_groups is a TOML file: a table for each group, with roles and sites, as ["customs-chiefs"].',
    )
