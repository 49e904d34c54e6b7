"""What may be done with a version of a profile, and by whom: four eyes before it selects anything."""

from tallyscan.errors import Conflict
from tallyscan.risk_profile import RiskProfile


def check_release(profile: RiskProfile, by: str) -> None:
    """Raises `Conflict` for what is no draft, and for who wrote any of it."""
    if profile.status != "draft":
        raise Conflict(
            f"Profile {profile.name} is {profile.status}, no draft.",
            remedy="Save a draft of what should be changed, and have that one released.",
        )
    if _person(by) in map(_person, profile.authors):
        raise Conflict(
            f"{by} wrote profile {profile.name}: a profile is released by another person than those who wrote it.",
            remedy=f"Written by: {', '.join(profile.authors)}.",
        )


def check_retire(profile: RiskProfile) -> None:
    """Raises `Conflict` for what is not in force."""
    if profile.status != "released":
        raise Conflict(f"Profile {profile.name} is {profile.status}: only a released one is retired.")


def _person(name: str) -> str:
    """The same person, however spaced and capitalised."""
    return " ".join(name.split()).casefold()
