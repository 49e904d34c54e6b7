"""Examples of sessions and accounts for the description of the interface."""

from pydantic.config import JsonDict

SESSION: JsonDict = {
    "sign_in": "accounts",
    "person": "o.kovalenko",
    "roles": ["operator"],
    "sites": ["UA209060"],
    "csrf": "0f5ab2c6d7",
    "passwords": True,
    "from_provider": False,
}
SIGN_IN: JsonDict = {"name": "o.kovalenko", "password": "four words of your own"}
ACCOUNT: JsonDict = {
    "name": "o.kovalenko",
    "roles": ["operator"],
    "sites": ["UA209060"],
    "ready": False,
    "disabled": False,
    "created_at": "2026-02-01T08:00:00Z",
    "created_by": "administrator",
    "signed_in_at": None,
    "from_provider": False,
}
NEW_ACCOUNT: JsonDict = {"name": "o.kovalenko", "roles": ["operator"], "sites": ["UA209060"]}
LINK: JsonDict = {"path": "/console/set-password#a-token", "expires_at": "2026-02-02T08:00:00Z"}
