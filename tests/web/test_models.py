"""What is told of models, thresholds, drift, labels and budgets."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tallyscan.bootstrap import Store, open_store, running
from tallyscan.detect.targets import TARGETS
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store.scanner_shares import Shares
from tallyscan.store.selection_tables import SelectionReasonRow, SelectionRow
from tallyscan.web import model_examples as examples
from tallyscan.web.routes_models import LabelList, ModelList, SiteBudgets
from tests.review.builders import clear, found, nothing, suspicious
from tests.sample_images import MRN, sidecar_json
from tests.web.conftest import serving
from tests.web.test_incoming import examples as incoming
from tests.web.test_reviews import send

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (ModelList, examples.MODEL_LIST),
        (Shares, examples.SHARES),
        (LabelList, examples.LABELS),
        (SiteBudgets, examples.SITE_BUDGETS),
    ],
)
def test_the_examples_are_what_the_interface_describes(kind: Any, example: dict[str, Any]) -> None:
    model = TypeAdapter(kind).validate_python(example)
    assert TypeAdapter(kind).dump_python(model, mode="json") == example


@pytest.fixture
def shipped(tmp_path: Path, tiny_models_dir: Path) -> Path:
    """A models folder in which the tiny model reads, and beside it the shipped card and one of an old format."""
    folder = tmp_path / "models"
    shutil.copytree(tiny_models_dir, folder)
    card = sorted((ROOT / "models").glob("*/*/card.json"))[-1]
    (folder / card.parent.parent.name / card.parent.name).mkdir(parents=True)
    shutil.copy(card, folder / card.parent.parent.name / card.parent.name)
    (folder / "old" / "1").mkdir(parents=True)
    (folder / "old" / "1" / "card.json").write_text('{"format": 1}')
    return folder


def test_every_card_is_told_with_figures_that_are_those_of_the_card(
    settings: Settings, store: Store, reader: Reader, shipped: Path
) -> None:
    with (
        running(settings.model_copy(update={"models_dir": shipped}), store, reader) as service,
        serving(service, settings) as client,
    ):
        told = client.get("/v1/models").json()
    TypeAdapter(ModelList).validate_python(told)
    models = {model["name"]: model for model in told["models"]}
    assert (models["tiny"]["in_use"], models["tiny"]["named"], models["tiny"]["held_out"]) == (
        True,
        True,
        None,
    )
    assert {target["outcome"] for target in models["tiny"]["targets"]} == {"not_measured"}
    (unreadable,) = told["unreadable"]
    assert (unreadable["folder"], "format 1" in unreadable["reason"]) == ("old/1", True)
    assert str(shipped) not in unreadable["reason"]
    other = models["tallynet"]
    assert not other["in_use"]
    assert [target["key"] for target in other["targets"]] == [target.key for target in TARGETS]
    at = {each["false_alarm_rate"]: each for each in other["held_out"]["at"]}["0.01"]
    assert len(at["by_family"]) == 16
    for rate in (*at["by_family"], *at["by_contrast"], at["clear"]):
        assert rate["low"] <= rate["rate"] <= rate["high"]
        assert rate["rate"] == pytest.approx(rate["hits"] / rate["count"], abs=1e-3)
    assert [each["name"] for each in at["by_contrast"]] == [
        "under 1", "1 to 2", "2 to 5", "5 to 10", "10 to 20", "20 and over"
    ]  # fmt: skip
    kinds = {kind["kind"]: kind for kind in other["held_out"]["by_scanner_kind"]}
    assert set(kinds) == {"dual", "single", "display"}
    assert all(threshold["benign_scans"] > 0 for threshold in other["thresholds"])
    assert other["limits"]


def test_a_group_of_this_place_without_a_threshold_of_its_own_is_not_calibrated_here(
    client: httpx.Client,
) -> None:
    send(client)
    told = client.get("/v1/models").json()
    (group,) = told["groups_here"]
    assert (group["group"], group["used"], group["standing"]) == ("single/other", "single", "borrowed")
    assert (group["calibrated_here"], group["scans"], group["benign_scans"]) == (False, 1, 100)
    assert told["of_scans"] == 1


def test_drift_counts_each_scan_in_its_scanner_and_step(client: httpx.Client) -> None:
    send(client)
    send(client, lump=True, seed=1)
    black = [("image", ("c.tif", b"no image")), ("sidecar", ("c.json", sidecar_json()))]
    assert client.post("/v1/scans?wait=30", files=black).json()["status"] == "rejected"
    told = client.get("/v1/models/drift?by=hour&days=2").json()
    TypeAdapter(Shares).validate_python(told)
    assert (told["scans"], told["by"]) == (3, "hour")
    counted = [bucket for scanner in told["scanners"] for bucket in scanner["buckets"]]
    assert sum(bucket["scans"] for bucket in counted) == 3
    for bucket in counted:
        lanes = sum(bucket[lane] for lane in ("red", "yellow", "green", "not_assessed"))
        assert lanes == bucket["scans"]
    assert sum(bucket["alarms"] for bucket in counted) == 1
    (searched,) = [scanner for scanner in told["scanners"] if scanner["searched"]]
    assert (searched["searched"], searched["alarms"], searched["alarm_share"]) == (2, 1, 0.5)
    assert (searched["alarm_low"], searched["alarm_high"]) == (0.0126, 0.9874)  # Clopper-Pearson, 1 of 2
    assert sum(bucket["not_assessed"] for bucket in counted) == 1
    assert client.get("/v1/models/drift?days=0").status_code == 422


def counts(client: httpx.Client, **asked: str) -> dict[tuple[str, str, str | None], tuple[int, int]]:
    told = client.get("/v1/models/labels", params=asked)
    TypeAdapter(LabelList).validate_python(told.json())
    return {
        (each["origin"], each["answer"], each["family"]): (each["entries"], each["regions"])
        for each in told.json()["counts"]
    }


def test_labels_are_what_stands_and_opinions_are_apart_from_outcomes(client: httpx.Client) -> None:
    scan = send(client)["id"]
    decisions = f"/v1/scans/{scan}/decisions"
    first = client.post(decisions, json=suspicious()).json()
    assert counts(client) == {
        ("first_reader", "suspicious", None): (1, 1),
        ("first_reader", "suspicious", "rip_off_bags"): (1, 1),
    }
    box = suspicious()["regions"][0]["box"]
    two = suspicious(corrects=first["id"], regions=[{"box": box, "family": "people"}, {"box": box}])
    corrected = client.post(decisions, json=two).json()
    assert counts(client) == {
        ("first_reader", "suspicious", None): (1, 2),
        ("first_reader", "suspicious", "people"): (1, 1),
        ("first_reader", "suspicious", ""): (1, 1),
    }
    client.post(f"{decisions}/{corrected['id']}/undo", json={"by": "officer-7"}).raise_for_status()
    assert ("first_reader", "suspicious", "rip_off_bags") in counts(client)
    client.post(decisions, json=clear(by="officer-8", reader="second")).raise_for_status()
    client.post(f"/v1/scans/{scan}/inspections", json=found()).raise_for_status()
    client.post(
        f"/v1/consignments/{MRN}/control-results", json=incoming.CONTROL_RESULT_SAID
    ).raise_for_status()
    told = client.get("/v1/models/labels").json()["counts"]
    assert {(each["origin"], each["is_opinion"]) for each in told} == {
        ("first_reader", True), ("second_reader", True), ("inspection", False), ("control_result", False)
    }  # fmt: skip
    assert counts(client)["inspection", "found", "cigarettes_behind_cover"] == (1, 1)
    assert counts(client, since="2020-01-01T00:00:00Z", until="2020-02-01T00:00:00Z") == {}


def test_an_outcome_of_a_load_that_chance_chose_is_told_apart(settings: Settings, reader: Reader) -> None:
    all_by_chance = settings.model_copy(update={"random_open_share": 1.0})
    with (
        open_store(all_by_chance) as store,
        running(all_by_chance, store, reader) as service,
        serving(service, settings) as client,
    ):
        scan = send(client)["id"]
        client.post(f"/v1/scans/{scan}/inspections", json=nothing()).raise_for_status()
        assert counts(client) == {("random_audit", "nothing", None): (1, 0)}


def test_a_load_that_chance_chose_only_after_it_was_opened_is_no_random_audit(
    client: httpx.Client, store: Store
) -> None:
    scan = send(client)["id"]
    client.post(f"/v1/scans/{scan}/inspections", json=nothing()).raise_for_status()
    chosen_by_chance(store, MRN, at=datetime.now(UTC) + timedelta(minutes=1))
    assert counts(client) == {("inspection", "nothing", None): (1, 0)}


def chosen_by_chance(store: Store, consignment: str, at: datetime) -> None:
    with store.database.write() as session:
        step = SelectionRow(
            consignment_id=consignment, stage="after_scan", sequence=77, at=at, selected=True, document={}
        )
        session.add(step)
        session.flush()
        session.add(
            SelectionReasonRow(
                consignment_id=consignment, stage="after_scan", sequence=77, position=0, kind="audit",
                action="open", priority=9, chance=0.01, drawn=True,
            )
        )  # fmt: skip


def test_each_site_has_what_its_budget_makes_of_the_shift_now(client: httpx.Client) -> None:
    send(client)
    assert client.get("/v1/models/budgets").json() == {"budgets": [], "without_budget": ["UNNAMED"]}
    said = {"shifts": [{"name": "all day", "starts": "00:00", "budget": 3, "scans": 3}], "by": "supervisor-1"}
    client.put("/v1/sites/unnamed/alert-budget", json=said).raise_for_status()
    told = client.get("/v1/models/budgets").json()
    TypeAdapter(SiteBudgets).validate_python(told)
    (budget,) = told["budgets"]
    assert (budget["set_by"], budget["shift"]["budget"], budget["bound"]["scans"]) == ("supervisor-1", 3, 3)
    assert told["without_budget"] == []
