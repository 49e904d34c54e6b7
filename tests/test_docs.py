"""The texts cannot drift from what is there: links, the tree, and the pages that describe files and tables.

`test_reference.py` holds settings, errors and commands to the code, `reconcile/test_rules_page.py` and
`report/test_risk_page.py` the rules and the risk.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel

from tallyscan.acquire.file_formats import DECODERS
from tallyscan.calibrate.profile import AirLevel, DisplayReading, Recognise, ScannerProfile, load_profiles
from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.control_result import MEANINGS, ControlResultSaid
from tallyscan.decision import IN_WORDS, REASONS, DecisionSaid
from tallyscan.delivery import DicosReading, FileSet, ImageFile
from tallyscan.detect.card import HEADS, Head, ModelCard
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MassInterval,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
)
from tallyscan.disposition import GROUNDS, GROUNDS_IN_WORDS, Step
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.inspection import InspectionSaid
from tallyscan.interview import InterviewSaid
from tallyscan.raw_layout import HeaderField, Panels, RawLayout
from tallyscan.risk_score import RiskScoreSaid
from tallyscan.sidecar import Sidecar
from tallyscan.sidecar_mapping import SidecarMapping, UnitMapping, Value
from tallyscan.statement import Said
from tallyscan.triage.queue_place import PLACES, DeadlineBy, WaitsFor
from tallyscan.web.app import create_app
from tallyscan.weighing import WeighingSaid
from training.leaderboard import active_card, baselines_of, cards_of, written
from training.simulate.cargo.classes import PACKINGS, PACKINGS_BY_CLASS, Packing
from training.simulate.concealment.families import FAMILIES
from training.simulate.scanner_models import MODELS
from training.simulate.vehicles import VEHICLES
from training.train import VOCABULARY

ROOT = Path(__file__).parent.parent
IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
TEXT = {".md", ".py", ".toml", ".json", ".yaml", ".html", ".css", ".csv", ".mako", "", ".ts", ".tsx", ".js"}
# In pieces, so that this file does not name them either.
REGISTRIES = [
    "pypi." + "org",
    "python" + "hosted.org",
    "npm" + "js.",
    "pypi." + "python",
    "conda" + ".anaconda",
]
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "root")]
NUMBERS = {16: "sixteen", 35: "thirty-five"}
SIMULATOR = "docs/explanation/simulator.md"


def is_ignored(path: Path) -> bool:
    """By `.gitignore`, whose patterns here are plain names and paths."""
    inside = path.relative_to(ROOT).as_posix()
    return path.name == ".git" or any(fnmatch(path.name, p) or inside == p for p in IGNORED if p)


def files() -> Iterator[Path]:
    """Every file of the project."""
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [name for name in folders if not is_ignored(here / name)]
        yield from (here / name for name in names if not is_ignored(here / name))


def pages() -> list[Path]:
    return sorted(path for path in files() if path.suffix == ".md")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one of the same rank or above."""
    text = read(page)
    match = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert match, f"{page} has no heading {heading!r}"
    rest = text[match.end() :]
    end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def named_first(text: str) -> set[str]:
    """What stands in the first column of the tables, in backticks."""
    cells = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def own_table(page: str, heading: str) -> set[str]:
    """The names in a section without those in its subsections."""
    return named_first(re.split(r"^#", section(page, heading), maxsplit=1, flags=re.MULTILINE)[0])


def anchors(page: Path) -> set[str]:
    """Headings as GitHub and its kin make links of them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """Targets of the links and pictures that stay inside the project."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert broken == []


def test_every_page_of_the_docs_can_be_reached() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert {page for page in pages() if ROOT / "docs" in page.parents} <= reached


def test_the_tree_in_the_readme_is_the_one_on_disk() -> None:
    block = section("README.md", "The tree").split("```")[1]
    lines = [line for line in block.splitlines() if line.strip()]
    top = {line.split()[0].split("/")[0] for line in lines if not line.startswith(" ")}
    rooms = {line.split()[0].strip("/") for line in lines if line.startswith(" ")}
    package = ROOT / "src" / "tallyscan"
    assert top == {path.name for path in ROOT.iterdir() if not is_ignored(path)}
    assert rooms == {path.name for path in package.iterdir() if path.is_dir() and not is_ignored(path)}


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    guilty = []
    for path in files():
        if path.suffix not in TEXT or path.stat().st_size > 2_000_000:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        guilty += [f"{path}: {word}" for word in (*REGISTRIES, *MACHINE_PATHS) if word in text]
    assert guilty == []


def test_the_changelog_has_an_unreleased_part() -> None:
    assert "### Added" in section("CHANGELOG.md", "[Unreleased]")


def test_every_call_of_the_http_interface_is_in_its_page() -> None:
    schema = create_app(cast(Any, object())).openapi()
    served = {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{id}', path)}"
        for path, calls in schema["paths"].items()
        for method in calls
    }
    described = {name for name in named_first(read("docs/reference/http.md")) if "/" in name}
    assert "PUT /v1/consignments/{id}/declaration" in served
    pages = {"GET /", "GET /console/", "GET /consignments/{id}"}  # for people, and not in the schema
    assert described == served | pages


def test_the_table_of_commodities_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \| (.+) \| ([\d.]+) to ([\d.]+)\*? \| `(\w+)` \|$",
        read("docs/reference/commodities.md"),
        re.MULTILINE,
    )
    assert rows == [
        (c.name, c.title, " ".join(c.hs) or "-", *(f"{v:g}" for v in c.stow_density_kg_m3), c.group)
        for c in COMMODITY_CLASSES
    ]


@pytest.mark.parametrize(
    ("page", "heading", "model"),
    [
        ("scanner-profiles.md", "Profile", ScannerProfile),
        ("scanner-profiles.md", "air", AirLevel),
        ("scanner-profiles.md", "recognise", Recognise),
        ("scanner-profiles.md", "Sidecar", Sidecar),
        ("scanner-profiles.md", "files", FileSet),
        ("scanner-profiles.md", "files.images", ImageFile),
        ("scanner-profiles.md", "raw", RawLayout),
        ("scanner-profiles.md", "header fields", HeaderField),
        ("scanner-profiles.md", "raw.panels", Panels),
        ("scanner-profiles.md", "dicos", DicosReading),
        ("scanner-profiles.md", "display", DisplayReading),
        ("scanner-profiles.md", "The scanner's own sidecar", SidecarMapping),
        ("scanner-profiles.md", "values", Value),
        ("scanner-profiles.md", "sidecar.units", UnitMapping),
        ("model-card.md", "Model card", ModelCard),
        ("model-card.md", "score", ScoreCalibration),
        ("model-card.md", "empty", EmptyCalibration),
        ("model-card.md", "mismatch", MismatchCalibration),
        ("model-card.md", "mass", MassCalibration),
        ("model-card.md", "intervals", MassInterval),
        ("model-card.md", "thresholds", Threshold),
    ],
)
def test_every_field_is_described_and_nothing_else(page: str, heading: str, model: type[BaseModel]) -> None:
    assert own_table(f"docs/reference/{page}", heading) == set(model.model_fields)


def test_every_map_of_the_network_is_described() -> None:
    assert own_table("docs/reference/model-card.md", "heads") == set(HEADS) | set(Head.model_fields)
    page = section("docs/explanation/how-a-scan-is-read.md", "3. Detect")
    assert named_first(page) == set(HEADS)


def test_every_cell_of_the_table_of_formats_names_tests_that_exist() -> None:
    written = {
        (path.name, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    page = read("docs/reference/formats.md")
    named = {(file, name) for file, name in re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)}
    assert named - written == set()
    rows = [
        row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| `") and "::" in row
    ]
    assert [row[0] for row in rows if not all("::test_" in cell for cell in row[1:])] == []
    assert {len(row) for row in rows} == {5}
    formats = {decoder.FILE_FORMAT for decoder in DECODERS} | {"raw"}
    assert {row[0].strip("`") for row in rows} == formats
    assert len(rows) == len(formats)


def test_every_reason_of_a_decision_is_described_with_the_answers_that_it_is_of() -> None:
    text = section("docs/how-to/record-decisions-and-inspections.md", "Reasons")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", text, re.MULTILINE))
    answers = {code: [answer for answer, codes in REASONS.items() if code in codes] for code in IN_WORDS}
    assert rows == {code: "any" if len(of) == len(REASONS) else ", ".join(of) for code, of in answers.items()}


def test_every_ground_of_a_disposition_is_described_with_those_that_it_is_of() -> None:
    text = section("docs/reference/queue.md", "Grounds")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", text, re.MULTILINE))
    steps = {code: [step for step, codes in GROUNDS.items() if code in codes] for code in GROUNDS_IN_WORDS}
    assert rows == {code: "any" if len(of) == len(GROUNDS) else ", ".join(of) for code, of in steps.items()}


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("How pressing", PLACES),
        ("What it waits for", get_args(WaitsFor)),
        ("By when", get_args(DeadlineBy)),
        ("Dispositions", get_args(Step)),
    ],
)
def test_the_queue_is_described_as_it_is_made(heading: str, codes: tuple[str, ...]) -> None:
    assert own_table("docs/reference/queue.md", heading) == set(codes)


@pytest.mark.parametrize(
    ("heading", "model"), [("A decision", DecisionSaid), ("An inspection", InspectionSaid)]
)
def test_every_field_of_what_people_say_is_described(heading: str, model: type[BaseModel]) -> None:
    assert own_table("docs/how-to/record-decisions-and-inspections.md", heading) == set(model.model_fields)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("A risk score", RiskScoreSaid),
        ("A weighbridge value", WeighingSaid),
        ("A control result", ControlResultSaid),
        ("An interview", InterviewSaid),
    ],
)
def test_every_field_of_what_comes_in_is_described(heading: str, model: type[BaseModel]) -> None:
    page = "docs/how-to/connect-a-risk-system.md"
    of_all = own_table(page, "Sent twice is on record once")
    assert of_all == set(Said.model_fields)
    assert own_table(page, heading) == set(model.model_fields) - of_all


def test_the_table_of_control_results_is_that_of_the_code() -> None:
    text = section("docs/how-to/connect-a-risk-system.md", "A control result")
    rows = re.findall(r"^\| ([AB]\d(?:, [AB]\d)*) \| `(\w+)` \|", text, re.MULTILINE)
    assert {code: outcome for codes, outcome in rows for code in codes.split(", ")} == MEANINGS


def test_every_built_in_profile_is_named() -> None:
    page = read("docs/reference/scanner-profiles.md")
    assert [name for name in load_profiles() if f"`{name}`" not in page] == []


def test_what_is_hidden_is_described() -> None:
    assert named_first(section(SIMULATOR, "What is hidden")) == set(FAMILIES)


def test_every_vehicle_is_described_with_its_share() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) % \|", section(SIMULATOR, "Vehicles"), re.MULTILINE)
    assert rows == [(name, f"{100 * share:.0f}") for name, share in VEHICLES]


def test_every_class_of_goods_is_described_as_it_is_packed() -> None:
    text = section(SIMULATOR, "Goods")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) to (\d+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [
        (c.name, *(f"{v:g}" for v in c.stow_density_kg_m3), ", ".join(map(packing_cell, PACKINGS_BY_CLASS[c.name])))
        for c in COMMODITY_CLASSES
        if c.name in PACKINGS_BY_CLASS
    ]  # fmt: skip
    counts = {len(packings) for packings in PACKINGS_BY_CLASS.values()}
    assert f"{len(PACKINGS_BY_CLASS)} of the [{len(COMMODITY_CLASSES)} classes]" in text
    assert f"{len(PACKINGS)} in all" in text
    assert (min(counts), max(counts)) == (3, 5), "it says three to five ways of packing"


def packing_cell(packing: Packing) -> str:
    """A way of packing as the page has it: slanted when it is held out from training."""
    return f"*`{packing.name}`*" if packing.held_out else f"`{packing.name}`"


def test_every_scanner_model_is_described_and_which_are_held_out() -> None:
    text = section(SIMULATOR, "Scanners and artefacts")
    assert named_first(text) == set(MODELS)
    held_out = next(row for row in text.splitlines() if row.endswith("| held out from training |"))
    assert named_first(held_out) == {model.name for model in MODELS.values() if model.held_out}
    assert f"of {len(MODELS)} models" in text


def test_the_leaderboard_has_the_figures_of_the_cards() -> None:
    text, cards = read("models/README.md"), cards_of(ROOT / "models")
    baselines = baselines_of(ROOT / "models")
    assert written(text, cards, baselines, active_card(ROOT / "models")) == text, (
        "write it anew: python -m training.evaluate --model MODEL --work RUN"
    )
    for card in cards:  # detection and cargo, and the real trucks
        rows = 2 * ("held_out_simulation" in card.figures) + ("real_trucks" in card.figures)
        assert text.count(f"| {card.name} | {card.version} |") == rows


def test_the_limits_say_what_is_trained_on() -> None:
    limits = section("README.md", "Limits")
    assert f"All {NUMBERS[len(VOCABULARY.families)]} anomaly families" in limits
    assert f"All {NUMBERS[len(VOCABULARY.commodities)]} classes of goods" in limits
    assert set(VOCABULARY.families) == set(ANOMALY_FAMILIES) == set(FAMILIES)
