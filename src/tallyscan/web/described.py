"""What is true of every route, said in the description of the interface: whom it refuses, and how often one may ask."""

from typing import Any

from tallyscan.access.rules import RULES
from tallyscan.web.errors import problem_responses

_OPEN = {key.replace(":path}", "}") for key, rule in RULES.items() if rule.open}


def described(description: dict[str, Any]) -> dict[str, Any]:
    """The description, with the refusals of the gate added to each route that does not name them itself."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            key = f"{method.upper()} {path}"
            for status in _refusals(key, sends="requestBody" in operation):
                operation["responses"].setdefault(str(status), _problem(status))
    return description


def _refusals(key: str, *, sends: bool) -> tuple[int, ...]:
    who = () if key in _OPEN else (401,)
    what = (400,) if sends else ()  # a body that is no JSON, or ends too early
    return (*what, *who, 403, 429)


def _problem(status: int) -> dict[str, Any]:
    said = problem_responses(status)[status]
    return {"description": said["description"], "content": said["content"]}
