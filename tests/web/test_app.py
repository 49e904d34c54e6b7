import asyncio
import re
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store, running
from tallyscan.declaration import Declaration
from tallyscan.finding import Detection
from tallyscan.pipeline import Reader
from tallyscan.reconcile.rules import RULES
from tallyscan.report.indicators import INDICATORS
from tallyscan.report.risk_update import assess_risk
from tallyscan.risk import RiskRecord
from tallyscan.settings import Settings
from tallyscan.triage.odds import PRIOR, lane_of, log_odds, probability
from tallyscan.web import examples
from tallyscan.web.app import build_routes, create_app
from tallyscan.web.documents import ScanList, ScanWithReading, WaitingScan
from tallyscan.web.routes_joins import JoinDecision, JoinList
from tests.e2e.serving import wait_until
from tests.sample_images import container_tiff, declaration_json, sidecar_json, two_container_tiff


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (ScanWithReading, examples.READ_SCAN),
        (WaitingScan, examples.WAITING_SCAN),
        (ScanList, examples.SCAN_LIST),
        (JoinList, examples.JOIN_LIST),
        (JoinDecision, examples.DECISION),
        (RiskRecord, examples.RISK_RECORD),
        (Declaration, examples.DECLARATION),
    ],
)
def test_the_examples_are_what_the_interface_describes(
    kind: type[object], example: dict[str, object]
) -> None:
    TypeAdapter(kind).validate_python(example)


def test_the_risk_of_the_examples_is_the_one_of_their_reading() -> None:
    reading = TypeAdapter(ScanWithReading).validate_python(examples.READ_SCAN)
    detection = Detection(
        units=reading.containers,
        anomaly=reading.anomaly,
        findings=reading.findings,
        commodities=reading.commodities,
        empty=reading.empty,
        mass_kg=reading.mass_kg,
        model=reading.model,
        tiling="whole",
    )
    assert reading.risk == assess_risk(reading.quality, detection, reading.verdicts)
    record = TypeAdapter(RiskRecord).validate_python(examples.RISK_RECORD)
    (line,) = TypeAdapter(ScanList).validate_python(examples.SCAN_LIST).scans
    for risk in (reading.risk, record.risk, *(entry.risk for entry in record.history)):
        assert {indicator.code for indicator in risk.indicators} <= set(INDICATORS)
        total = log_odds(PRIOR) + sum(indicator.weight for indicator in risk.indicators)
        assert risk.score == pytest.approx(probability(total), abs=1e-3)
        assert risk.lane == lane_of(probability(total))
        assert (line.risk_score, line.lane) == (risk.score, risk.lane)
    assert {verdict.rule for verdict in reading.verdicts} == set(RULES)


def test_the_examples_are_of_one_consignment() -> None:
    declaration = Declaration.model_validate(examples.DECLARATION)
    assert declaration.reference == examples.RISK_RECORD["consignment"] == examples.READ_SCAN["consignment"]
    verdicts = {verdict["rule"]: verdict["evidence"] for verdict in examples.READ_SCAN["verdicts"]}
    assert verdicts["mass"]["declared_kg"] == declaration.goods_items[0].gross_mass
    assert list(verdicts["hs_code"]["chapters"]) == [declaration.goods_items[0].hs]
    assert tuple(verdicts["container_number"]["declared"]) == declaration.unit_marks


def test_answers_are_what_the_interface_describes(client: httpx.Client) -> None:
    files = [("image", ("a.tif", container_tiff())), ("sidecar", ("a.json", sidecar_json()))]
    files.append(("declaration", ("d.json", declaration_json())))
    read = client.post("/v1/scans?wait=30", files=files).json()
    TypeAdapter(ScanWithReading).validate_python(read)
    assert set(read) == set(examples.READ_SCAN)
    listed = client.get("/v1/scans").json()
    TypeAdapter(ScanList).validate_python(listed)
    assert set(listed["scans"][0]) == set(examples.SCAN_LIST["scans"][0])


def test_the_interface_is_described_with_examples(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/session",
        "/v1/session/provider",
        "/v1/session/provider/callback",
        "/v1/session/provider/logout",
        "/v1/sessions",
        "/v1/sessions/{session}",
        "/v1/account/password",
        "/v1/accounts",
        "/v1/accounts/{account}/roles",
        "/v1/accounts/{account}/disable",
        "/v1/accounts/{account}/enable",
        "/v1/accounts/{account}/link",
        "/v1/accounts/{account}/sessions",
        "/v1/device-keys",
        "/v1/device-keys/{key}",
        "/v1/scans",
        "/v1/scans/{scan_id}",
        "/v1/scans/{scan_id}/picture",
        "/v1/scans/{scan_id}/expected",
        "/v1/scans/{scan_id}/image",
        "/v1/scans/{scan_id}/measure",
        "/v1/scans/{scan_id}/image/{revision}/{level}/{column}/{row}",
        "/v1/scans/{scan_id}/image/{revision}/expected/{level}/{column}/{row}",
        "/v1/scans/{scan_id}/report",
        "/v1/scans/{scan_id}/trail",
        "/v1/scans/{scan_id}/related",
        "/v1/reference",
        "/v1/scans/{scan_id}/joins",
        "/v1/scans/{scan_id}/consignment",
        "/v1/joins",
        "/v1/consignments/{consignment}/risk-record/check",
        "/v1/consignments/{consignment}/risk-scores",
        "/v1/consignments/{consignment}/weighings",
        "/v1/consignments/{consignment}/control-results",
        "/v1/consignments/{consignment}/interviews",
        "/v1/consignments/{consignment}/incoming",
        "/v1/events",
        "/v1/crossing-points/events",
        "/v1/crossing-points/standing",
        "/v1/crossing-points",
        "/v1/consignments/{consignment}/crossing-points",
        "/v1/sites/{site}/alert-budget",
        "/v1/sites/{site}/worklist",
        "/v1/sites/{site}/desk",
        "/v1/sites/{site}/desk/next",
        "/v1/desk/choices",
        "/v1/desk/scans/{scan_id}",
        "/v1/desk/scans/{scan_id}/claim",
        "/v1/desk/scans/{scan_id}/release",
        "/v1/sites",
        "/v1/sites/{site}/board",
        "/v1/statistics",
        "/v1/risk-profile-facts",
        "/v1/risk-profile-check",
        "/v1/scans/{scan_id}/decisions",
        "/v1/scans/{scan_id}/decisions/{decision_id}/undo",
        "/v1/scans/{scan_id}/inspections",
        "/v1/dicomweb/studies",
        "/v1/dicomweb/studies/{study}",
        "/v1/declarations",
        "/v1/consignments/{consignment}/declaration",
        "/v1/consignments/{consignment}/risk-record",
        "/v1/consignments/{consignment}/scans",
        "/v1/consignments/{consignment}/parties",
        "/v1/consignments/{consignment}/dispositions",
        "/v1/consignments/{consignment}/dispositions/{disposition_id}/undo",
        "/v1/dispositions",
        "/v1/dispositions/undo",
        "/v1/queue",
        "/v1/queue/sites",
        "/v1/consignments/{consignment}/selections",
        "/v1/sites/{site}/selection",
        "/v1/sites/{site}/live",
        "/v1/risk-profiles",
        "/v1/risk-profiles/{profile}",
        "/v1/risk-profiles/{profile}/draft",
        "/v1/risk-profiles/{profile}/versions/{version}/release",
        "/v1/risk-profiles/{profile}/versions/{version}/retire",
        "/v1/risk-profiles/{profile}/versions/{version}/dry-run",
        "/v1/scans/{scan_id}/sheet",
        "/v1/scans/{scan_id}/sheet.pdf",
        "/v1/scans/{scan_id}/sheet/overview",
        "/v1/scans/{scan_id}/sheet/close-ups/{region}",
        "/v1/scans/{scan_id}/sheet/phone.svg",
        "/v1/referrals",
        "/v1/referrals/{referral_id}",
        "/v1/referrals/{referral_id}/steps",
        "/v1/control-result-codes",
        "/v1/scanners",
        "/v1/models",
        "/v1/models/drift",
        "/v1/models/labels",
        "/v1/models/budgets",
        "/v1/intake",
        "/v1/quarantine",
        "/v1/rereads",
        "/v1/rereads/{reread_id}",
        "/v1/dead-letters",
        "/v1/dead-letters/{scan_id}/replay",
        "/v1/audit",
        "/v1/holds",
        "/v1/holds/{hold}/lift",
        "/v1/outbox",
        "/v1/outbox/{event}",
        "/v1/outbox/{event}/replay",
        "/v1/outbox/{event}/skip",
        "/healthz",
        "/health/live",
        "/health/ready",
        "/v1/health",
    }
    sending = described["paths"]["/v1/scans"]["post"]
    assert sending["responses"]["200"]["content"]["application/json"]["example"]["status"] == "read"
    assert "image" in str(sending["requestBody"])
    names = set(re.findall(r"#/components/schemas/([^'\"]+)", str(described)))
    assert names <= set(described["components"]["schemas"])


def test_nothing_may_be_loaded_from_elsewhere(client: httpx.Client) -> None:
    for path in ("/v1/queue", "/v1/scans", "/nothing", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert client.get("/docs").status_code == 404


def test_no_request_builds_what_the_start_has_built(
    settings: Settings, store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[object] = []
    build = TypeAdapter.__init__

    def told(self: Any, *arguments: Any, **more: Any) -> None:
        built.append(self)
        build(self, *arguments, **more)

    async def statuses(app: Any) -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [
                (await client.get(path)).status_code for path in ("/v1/queue", "/v1/scanners", "/nothing")
            ]

    with running(settings, store, reader) as service:
        app = create_app(service)
        monkeypatch.setattr(TypeAdapter, "__init__", told)
        build_routes(app)
        assert built
        built.clear()
        assert asyncio.run(statuses(app)) == [200, 200, 404]
        assert not built


def test_health_names_model_and_counts(client: httpx.Client) -> None:
    files = [("image", ("a.tif", b"text"))]
    client.post("/v1/scans?wait=30", files=files)
    health = client.get("/healthz")
    assert health.status_code == 200
    assert health.json()["status"] == "ok"
    assert health.json()["model"] == "tiny 1"
    assert health.json()["scans"] == {"rejected": 1}


def test_a_whole_scan_and_its_units_are_listed(client: httpx.Client) -> None:
    units = [{"container_number": "CSQU3054383"}, {"container_number": "TGHU7599330"}]
    files = [
        ("image", ("t.tif", two_container_tiff())),
        ("sidecar", ("a.json", sidecar_json(None, units=units))),
    ]
    client.put("/v1/consignments/C-2/declaration", content=declaration_json("TGHU7599330"))
    whole = client.post("/v1/scans?wait=30", files=files).json()
    TypeAdapter(ScanWithReading).validate_python(whole)
    assert [part["unit"] for part in whole["parts"]] == [1, 2]
    wait_until(lambda: client.get("/healthz").json()["scans"] == {"read": 3})
    listed = client.get("/v1/joins").json()["joins"]
    assert [waiting["scan"] for waiting in listed] == [whole["parts"][0]["scan"]]
