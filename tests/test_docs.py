"""The texts cannot drift from what is there: links, the tree, and the pages that describe files and tables.

`test_reference.py` holds settings, errors and commands to the code, `reconcile/test_rules_page.py` and
`report/test_risk_page.py` the rules and the risk.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel

from tallyscan.calibrate.profile import AirLevel, Recognise, ScannerProfile, load_profiles
from tallyscan.commodity import COMMODITY_CLASSES
from tallyscan.detect.card import EmptyCalibration, Head, MassCalibration, ModelCard, Threshold
from tallyscan.finding import ANOMALY_FAMILIES
from tallyscan.sidecar import Sidecar
from tallyscan.web.app import create_app
from training.leaderboard import cards_of, written
from training.simulate.anomaly import FAMILIES
from training.simulate.cargo import PACKINGS

ROOT = Path(__file__).parent.parent
IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
TEXT = {".md", ".py", ".toml", ".json", ".yaml", ".html", ".css", ".csv", ".mako", "", ".ts", ".js"}
# In pieces, so that this file does not name them either.
REGISTRIES = [
    "pypi." + "org",
    "python" + "hosted.org",
    "npm" + "js.",
    "pypi." + "python",
    "conda" + ".anaconda",
]
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "root")]
NUMBERS = {6: "Six", 12: "Twelve", 16: "sixteen", 35: "thirty-five"}


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
    assert described == served | {"GET /"}  # the first page is for people and not in the schema


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
        ("model-card.md", "Model card", ModelCard),
        ("model-card.md", "heads", Head),
        ("model-card.md", "empty", EmptyCalibration),
        ("model-card.md", "mass", MassCalibration),
        ("model-card.md", "thresholds", Threshold),
    ],
)
def test_every_field_is_described_and_nothing_else(page: str, heading: str, model: type[BaseModel]) -> None:
    assert own_table(f"docs/reference/{page}", heading) == set(model.model_fields)


def test_every_built_in_profile_is_named() -> None:
    page = read("docs/reference/scanner-profiles.md")
    assert [name for name in load_profiles() if f"`{name}`" not in page] == []


def test_what_the_simulator_draws_is_described() -> None:
    page = "docs/explanation/simulator.md"
    assert named_first(section(page, "What is hidden")) == set(FAMILIES)
    assert set(re.findall(r"`(\w+)`", section(page, "Goods"))) == {item.commodity for item in PACKINGS}


def test_the_leaderboard_has_the_figures_of_the_cards() -> None:
    text, cards = read("models/README.md"), cards_of(ROOT / "models")
    assert written(text, cards) == text, "write it anew: python -m training.evaluate --model MODEL --work RUN"
    assert all(text.count(f"| {card.name} | {card.version} |") == 2 for card in cards)


def test_the_limits_count_right() -> None:
    limits = section("README.md", "Limits")
    assert f"{NUMBERS[len(FAMILIES)]} of {NUMBERS[len(ANOMALY_FAMILIES)]} anomaly families" in limits
    assert f"{NUMBERS[len(PACKINGS)]} of {NUMBERS[len(COMMODITY_CLASSES)]} classes of goods" in limits
