"""Who may call what: the one table. What is not in it is not served (`tallyscan.web.gate`).

docs/reference/access.md is made from it.
"""

from dataclasses import dataclass
from typing import Literal

from tallyscan.access.caller import ROLES, Role, Task

Where = Literal[
    "anywhere",
    "site",
    "scan",
    "referral",
    "consignment",
    "subject",
    "listed",
    "asked",
    "own",
    "arriving",
    "every",
]
"""Of which site the call is: `anywhere` of none; of the `site`, `scan`, `referral` or `consignment` in the address, of
the consignment that is the `subject` of the event or of those `listed` in the document; of the site or office `asked`
for in the query, and without one it answers with what is of the caller's own; it answers with what is of the caller's
`own` sites alone; of what is `arriving`, by the site that it names; of `every` site at once."""


@dataclass(frozen=True)
class Rule:
    """Who may: people in one of the `roles` at the site, devices whose key has the `task`. `open`: everybody, without
    being signed in. `referred`: also a contact point of another site, while the case is referred to their office."""

    roles: tuple[Role, ...] = ()
    where: Where = "anywhere"
    task: Task | None = None
    open: bool = False
    referred: bool = False


_OPEN = Rule(open=True)
_PEOPLE = Rule(ROLES)
_CASES: tuple[Role, ...] = (
    "operator",
    "targeting_officer",
    "inspector",
    "contact_point",
    "model_steward",
    "auditor",
)
_SITE_VIEWS: tuple[Role, ...] = ("operator", "targeting_officer", "inspector", "contact_point", "auditor")
_SEE_SCAN = Rule(_CASES, "scan", referred=True)
_SEE_CONSIGNMENT = Rule(_CASES, "consignment", referred=True)
_DECIDE = Rule(("operator", "targeting_officer"), "scan")
_SEE_PROFILES = Rule(("targeting_officer", "model_steward", "auditor"))
_WRITE_PROFILES = Rule(("targeting_officer",), "every")
_REPORT = Rule((), "anywhere", "report")
_WATCH_ALL = Rule(("auditor", "administrator"), "every")
_ADMINISTER = Rule(("administrator",), "every")

RULES: dict[str, Rule] = {
    "POST /v1/scans": Rule(("operator",), "arriving", "deliver"),
    "GET /v1/scans": Rule(_CASES, "own"),
    "GET /v1/scans/{scan_id}": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/picture": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/expected": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/report": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/image": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/image/{revision}/{level}/{column}/{row}": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/image/{revision}/expected/{level}/{column}/{row}": _SEE_SCAN,
    "GET /v1/intake": _PEOPLE,
    "POST /v1/scans/{scan_id}/measure": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/sheet": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/sheet.pdf": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/sheet/overview": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/sheet/close-ups/{region}": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/sheet/phone.svg": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/related": _SEE_SCAN,
    "GET /v1/scans/{scan_id}/trail": Rule(("auditor",), "scan"),
    "GET /v1/audit": Rule(("auditor", "administrator"), "own"),
    "GET /v1/scans/{scan_id}/joins": _SEE_SCAN,
    "PUT /v1/scans/{scan_id}/consignment": _DECIDE,
    "GET /v1/joins": Rule(_SITE_VIEWS, "own"),
    "POST /v1/scans/{scan_id}/decisions": _DECIDE,
    "GET /v1/scans/{scan_id}/decisions": _SEE_SCAN,
    "POST /v1/scans/{scan_id}/decisions/{decision_id}/undo": _DECIDE,
    "POST /v1/scans/{scan_id}/inspections": Rule(("inspector", "contact_point"), "scan"),
    "GET /v1/scans/{scan_id}/inspections": _SEE_SCAN,
    "POST /v1/dicomweb/studies": Rule((), "arriving", "deliver"),
    "POST /v1/dicomweb/studies/{study}": Rule((), "arriving", "deliver"),
    "POST /v1/declarations": Rule(("targeting_officer",), "arriving", "deliver"),
    "GET /v1/consignments/{consignment:path}/declaration": _SEE_CONSIGNMENT,
    "PUT /v1/consignments/{consignment:path}/declaration": Rule(
        ("targeting_officer",), "arriving", "deliver"
    ),
    "GET /v1/consignments/{consignment:path}/risk-record": _SEE_CONSIGNMENT,
    "GET /v1/consignments/{consignment:path}/risk-record/check": _SEE_CONSIGNMENT,
    "POST /v1/consignments/{consignment:path}/risk-scores": Rule(
        ("targeting_officer",), "consignment", "tell"
    ),
    "POST /v1/consignments/{consignment:path}/weighings": Rule(
        ("operator", "inspector"), "consignment", "tell"
    ),
    "POST /v1/consignments/{consignment:path}/control-results": Rule(
        ("inspector", "contact_point"), "consignment", "tell"
    ),
    "POST /v1/consignments/{consignment:path}/interviews": Rule(
        ("operator", "inspector"), "consignment", "tell"
    ),
    "GET /v1/control-result-codes": Rule(_CASES),
    "GET /v1/consignments/{consignment:path}/incoming": _SEE_CONSIGNMENT,
    "POST /v1/events": Rule((), "subject", "tell"),
    "POST /v1/crossing-points/events": _REPORT,
    "POST /v1/crossing-points/standing": _REPORT,
    "GET /v1/crossing-points": Rule((*_SITE_VIEWS, "administrator"), "own"),
    "GET /v1/consignments/{consignment:path}/crossing-points": _SEE_CONSIGNMENT,
    "GET /v1/consignments/{consignment:path}/selections": _SEE_CONSIGNMENT,
    "GET /v1/consignments/{consignment:path}/dispositions": _SEE_CONSIGNMENT,
    "POST /v1/consignments/{consignment:path}/dispositions": Rule(("targeting_officer",), "consignment"),
    "POST /v1/consignments/{consignment:path}/dispositions/{disposition_id}/undo": Rule(
        ("targeting_officer",), "consignment"
    ),
    "POST /v1/dispositions": Rule(("targeting_officer",), "listed"),
    "POST /v1/dispositions/undo": Rule(("targeting_officer",)),
    "GET /v1/consignments/{consignment:path}/parties": Rule(("targeting_officer", "auditor"), "consignment"),
    "GET /v1/consignments/{consignment:path}/scans": _SEE_CONSIGNMENT,
    "GET /v1/queue": Rule(("targeting_officer", "auditor"), "asked"),
    "GET /v1/queue/sites": Rule(("targeting_officer", "auditor"), "own"),
    "GET /v1/desk/choices": Rule(_CASES, "own"),
    "GET /v1/desk/scans/{scan_id}": _SEE_SCAN,
    "POST /v1/desk/scans/{scan_id}/claim": _DECIDE,
    "POST /v1/desk/scans/{scan_id}/release": _DECIDE,
    "GET /v1/sites/{site}/desk": Rule(("operator", "targeting_officer"), "site"),
    "POST /v1/sites/{site}/desk/next": Rule(("operator", "targeting_officer"), "site"),
    "GET /v1/sites": Rule((*_CASES, "administrator"), "own"),
    "GET /v1/sites/{site}/board": Rule(_SITE_VIEWS, "site"),
    "GET /v1/statistics": Rule((*_SITE_VIEWS, "model_steward"), "asked"),
    "PUT /v1/sites/{site}/alert-budget": Rule(("targeting_officer",), "site"),
    "GET /v1/sites/{site}/alert-budget": Rule((*_SITE_VIEWS, "model_steward"), "site"),
    "GET /v1/sites/{site}/worklist": Rule(_SITE_VIEWS, "site"),
    "GET /v1/sites/{site}/selection": Rule(_SITE_VIEWS, "site"),
    "GET /v1/sites/{site}/live": Rule(_SITE_VIEWS, "site"),
    "GET /v1/risk-profile-facts": _SEE_PROFILES,
    "POST /v1/risk-profile-check": _SEE_PROFILES,
    "GET /v1/risk-profiles": _SEE_PROFILES,
    "GET /v1/risk-profiles/{profile}": _SEE_PROFILES,
    "PUT /v1/risk-profiles/{profile}/draft": _WRITE_PROFILES,
    "DELETE /v1/risk-profiles/{profile}/draft": _WRITE_PROFILES,
    "POST /v1/risk-profiles/{profile}/versions/{version}/release": _WRITE_PROFILES,
    "POST /v1/risk-profiles/{profile}/versions/{version}/retire": _WRITE_PROFILES,
    "GET /v1/risk-profiles/{profile}/versions/{version}/dry-run": Rule(
        ("targeting_officer", "model_steward", "auditor"), "every"
    ),
    "GET /v1/referrals": Rule(_SITE_VIEWS, "asked"),
    "GET /v1/referrals/{referral_id}": Rule(_SITE_VIEWS, "referral", referred=True),
    "POST /v1/referrals/{referral_id}/steps": Rule(
        ("operator", "targeting_officer", "inspector", "contact_point"), "referral", referred=True
    ),
    "GET /v1/models": Rule(("model_steward", "auditor")),
    "GET /v1/models/budgets": Rule(("model_steward", "auditor"), "every"),
    "GET /v1/models/drift": Rule(("model_steward", "auditor"), "every"),
    "GET /v1/models/labels": Rule(("model_steward", "auditor"), "every"),
    "GET /v1/reference": Rule(_CASES, "own"),
    "GET /v1/scanners": Rule((*_CASES, "administrator")),
    "GET /v1/quarantine": Rule(("operator", "targeting_officer", "auditor", "administrator"), "every"),
    "GET /v1/rereads": Rule(("model_steward", "auditor", "administrator"), "every"),
    "GET /v1/rereads/{reread_id}": Rule(("model_steward", "auditor", "administrator"), "every"),
    "GET /v1/dead-letters": Rule(("model_steward", "auditor", "administrator"), "every"),
    "POST /v1/dead-letters/{scan_id}/replay": Rule(("model_steward", "administrator"), "every"),
    "GET /v1/holds": _WATCH_ALL,
    "POST /v1/holds": _WATCH_ALL,
    "POST /v1/holds/{hold}/lift": _WATCH_ALL,
    "GET /v1/outbox": _WATCH_ALL,
    "GET /v1/outbox/{event}": _WATCH_ALL,
    "POST /v1/outbox/{event}/replay": _ADMINISTER,
    "POST /v1/outbox/{event}/skip": _ADMINISTER,
    "GET /v1/session": _OPEN,
    "POST /v1/session": _OPEN,
    "DELETE /v1/session": _OPEN,
    "GET /v1/session/provider": _OPEN,
    "GET /v1/session/provider/callback": _OPEN,
    "POST /v1/session/provider/logout": _OPEN,
    "GET /v1/sessions": _PEOPLE,
    "DELETE /v1/sessions": _PEOPLE,
    "DELETE /v1/sessions/{session}": _PEOPLE,
    "POST /v1/account/password": _OPEN,
    "GET /v1/accounts": _ADMINISTER,
    "POST /v1/accounts": _ADMINISTER,
    "PUT /v1/accounts/{account}/roles": _ADMINISTER,
    "POST /v1/accounts/{account}/disable": _ADMINISTER,
    "POST /v1/accounts/{account}/enable": _ADMINISTER,
    "POST /v1/accounts/{account}/link": _ADMINISTER,
    "GET /v1/accounts/{account}/sessions": _ADMINISTER,
    "DELETE /v1/accounts/{account}/sessions": _ADMINISTER,
    "GET /v1/device-keys": _ADMINISTER,
    "DELETE /v1/device-keys/{key}": _ADMINISTER,
    "GET /healthz": _OPEN,
    "GET /health/live": _OPEN,
    "GET /health/ready": _OPEN,
    "GET /v1/health": _ADMINISTER,
    "GET /openapi.json": _OPEN,
    "GET /console/assets/{name:path}": _OPEN,
    "GET /console/words/{language}": _OPEN,
    "GET /console/{page:path}": _OPEN,
    "GET /": _OPEN,
    "GET /consignments/{consignment:path}": _OPEN,
}
"""By method and address as the routes are written."""
