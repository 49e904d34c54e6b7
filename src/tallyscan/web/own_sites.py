"""Of the sites that there are, those that a caller may know of."""

from collections.abc import Iterable

from tallyscan.access.caller import Caller
from tallyscan.store.scan_scores import UNNAMED


def own_sites(caller: Caller, sites: Iterable[str]) -> list[str]:
    """The caller's own, in order, as they are compared; what names no site is of every one."""
    return sorted(site for site in sites if site == UNNAMED or caller.is_at([site]))
