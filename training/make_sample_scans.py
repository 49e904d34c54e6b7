"""Make `sample_scans/`: a few cases that show what Tallyscan does, with the simulator's truth.

    python -m training.make_sample_scans --out sample_scans

Expected values are what the simulator drew, never what a model said. Cases 01 to 18 are not chosen by whether the
model gets them right. Those from 19 on show each rule where it differs, so loads and scanners were drawn until it did
with the model of that day. What the active model misses is listed in `sample_scans/misses.json`.

    python -m training.make_sample_scans --out sample_scans --only 21-third-of-the-mass

writes that case alone: the floats of the simulator differ in their last bit between machines, so that an image made
anew is another file.
"""

import argparse
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from tallyscan.scan import Grade
from training.sample_declarations import WRONG_PAPERS
from training.sample_series import lot, same_lorry
from training.simulate.render import SimulatedScan, draw_framing, render, write_case
from training.simulate.scanner import at_pitch, draw_scanner
from training.simulate.scene import Wish, build_scene

SEED = 20_262
PITCH_MM = 6.4  # within what scanners have, and it keeps the files small
COARSE_MM = 12.8  # of a case that is large
SMALL_MM = 16.0  # of cases that show a rule: enough for it, and the files are small
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class Case:
    """What a case shows. `declared` is a scenario of the simulator's manifest or one of `WRONG_PAPERS`; `draw` is the
    number of the first attempt.
    """

    name: str
    shows: str
    wish: Wish
    energies_mv: tuple[float, ...] = (6.0, 4.0)
    grade: Grade = "transmission"
    declared: str = "truth"
    pitch_mm: float = PITCH_MM
    draw: int = 0


@dataclass(frozen=True)
class Series:
    """A case of several scans, which belong together; their names end with their number."""

    name: str
    shows: str
    make: Callable[[int], list[SimulatedScan]]
    seed: int


def wish(vehicle: str, load: str = "full", commodity: str | None = None, hidden: str | None = None) -> Wish:
    """A vehicle, its load, and what is hidden in it; blatant enough to be worth showing."""
    return Wish(vehicle, load, commodity, (hidden,) if hidden else (), amount=0.7)


CASES = (
    Case("01-honest-garments", "an honest load, declared as it is", wish("truck_20", "full", "textiles_garments")),
    Case("02-honest-tyres", "an honest load on one energy", wish("truck_20", "full", "tyres"), (6.0,)),
    Case("03-empty-declared-empty", "an empty container, declared empty", wish("truck_20", "empty"), declared="empty"),
    Case("04-loaded-declared-empty", "goods in a container that was declared empty",
         wish("truck_20", "full", "cigarettes"), declared="empty"),
    Case("05-bricks-in-load", "bricks among cartons",
         wish("truck_20", "full", "footwear_bags", "bricks_in_load")),
    Case("06-weapons", "weapons in a load of furniture",
         wish("truck_20", "full", "furniture_household", "weapons_ammunition")),
    Case("07-shielded-object", "a shielded dense object in timber",
         wish("truck_20", "full", "timber_plywood", "shielded_nuclear"), (9.0, 6.0)),
    Case("08-false-wall", "a compartment behind a false wall",
         wish("truck_20", "full", "plastic_articles_toys", "false_wall")),
    Case("09-rip-off-bags", "bags thrown in at the doors of an otherwise empty container",
         wish("container_alone", "empty", None, "rip_off_bags"), declared="empty", pitch_mm=COARSE_MM),
    Case("10-other-commodity", "goods of another kind than declared",
         wish("truck_20", "full", "tyres"), declared="other_commodity"),
    Case("11-half-the-mass", "half of the mass is declared",
         wish("truck_20", "full", "fresh_produce"), (9.0, 6.0), declared="half_mass"),
    Case("12-display-two-containers", "an 8-bit picture of two containers, no physical units",
         wish("truck_two_20"), grade="display"),
    Case("13-people", "people in a van", wish("panel_van", "partial", "furniture_household", "people"), (6.0,)),
    Case("14-missing-goods", "goods taken out of the middle of a load",
         wish("truck_20", "full", "bottled_drinks", "void")),
    Case("16-display-concealed-car", "a picture of a trailer with a vehicle or engines behind its goods",
         wish("curtain_trailer", "partial", "paper_rolls", "vehicles_engines"), grade="display"),
    Case("17-display-cigarettes", "a picture of a container with cigarettes behind a cover of the declared goods",
         wish("truck_40", "full", "textiles_garments", "cigarettes_behind_cover"), grade="display"),
    Case("18-display-vehicle-cavity", "a picture of a lorry with packages in a hollow of the vehicle itself",
         wish("truck_20", "empty", None, "vehicle_cavity"), grade="display", declared="empty"),
    Case("19-scrap-as-garments", "scrap metal declared as garments", wish("truck_20", "full", "scrap_metal"),
         declared="as_garments", pitch_mm=SMALL_MM, draw=6),
    Case("20-two-kinds-as-one", "goods of two kinds declared as one of them", wish("truck_20", "front_back"), (6.0,),
         declared="only_the_first", pitch_mm=SMALL_MM),
    Case("21-third-of-the-mass", "a third of the mass is declared", wish("truck_20", "full", "tyres"), (6.0,),
         declared="third_of_the_mass", pitch_mm=SMALL_MM, draw=1),
    Case("22-another-container", "the papers of another container, of another size",
         wish("truck_20", "full", "cigarettes"), (6.0,), declared="another_container", pitch_mm=SMALL_MM,
         draw=1),
    Case("23-careless-papers", "words that contradict their code, a code of no chapter, a total that is not the sum",
         wish("truck_20", "partial", "textiles_garments"), (6.0,), declared="careless_papers", pitch_mm=SMALL_MM),
    Case("24-part-of-the-goods", "a quarter of the declared goods is there",
         wish("truck_20", "partial", "footwear_bags"), (6.0,), declared="four_times_the_mass", pitch_mm=SMALL_MM,
         draw=3),
)  # fmt: skip
SERIES = (
    Series("25-lot", "thirteen containers of one declaration, the last with other goods than the others", lot, 2),
    Series("26-lorry", "an empty lorry on three trips, on the last with a tank that was not there", same_lorry, 32),
)  # fmt: skip
UNREADABLE, UNREADABLE_SHOWS = "15-unreadable-black", "a scan that cannot be read"


def write_unreadable(folder: Path) -> None:
    """A scan without beam: every count is that of the dark detector."""
    rng = np.random.default_rng(SEED)
    counts = rng.integers(0, 4, (2, 400, 900)).astype(np.uint16)
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in counts:
            writer.write(page, compression="zlib", metadata=None)
    (folder / "scan.tif").write_bytes(buffer.getvalue())
    sidecar = {
        "scanner": "tallyscan_simulator",
        "grade": "transmission",
        "energies_mv": [6.0, 4.0],
        "air_level": [52000.0, 51000.0],
        "full_scale": 65535,
        "pitch_mm": {"x": 5.0, "y": 5.0},
        "units": [{"container_number": "ZZZU0000001"}],
    }
    (folder / "scan.json").write_text(json.dumps(sidecar, indent=1) + "\n", encoding="utf-8")
    truth: dict[str, object] = {
        "status": "not_readable",
        "units": [],
        "mass_kg": None,
        "anomalies": [],
        "declared": "none",
    }
    (folder / "scan.expected.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def drawn(case: Case, index: int) -> SimulatedScan:
    """The scan of a case, the same whenever drawn; a scene in which nothing could be hidden is drawn anew.

    Raises `ValueError` when its truth still is not what the case shows.
    """
    for attempt in range(case.draw, case.draw + MOST_ATTEMPTS):
        rng = np.random.default_rng([SEED, index, attempt])
        scene = build_scene(rng, case.wish)
        machine = draw_scanner(rng, energies_mv=case.energies_mv, conveyance=scene.vehicle.conveyance)
        scanner = at_pitch(machine, case.pitch_mm, case.pitch_mm)
        framing = draw_framing(rng, scene, scanner, tight=True)
        papers = WRONG_PAPERS.get(case.declared)
        scan = render(rng, scene, scanner, case.grade, "truth" if papers else case.declared, framing=framing)
        families = tuple(anomaly["family"] for anomaly in scan.truth["anomalies"])
        if families == (case.wish.families or ()):
            if papers and scan.declaration is not None:
                papers.change(scan.declaration)
                scan.truth["declared"] = case.declared
            return scan
    raise ValueError(
        f"{case.name} should hide {case.wish.families or 'nothing'}, and hides {families or 'nothing'}"
    )


def write_series(folder: Path, series: Series) -> None:
    """Every scan of a series as `<name>-<number>.tif`, with what lies beside it."""
    for number, scan in enumerate(series.make(series.seed), start=1):
        scan.truth = {"status": "read", **scan.truth}
        write_case(folder, scan, stem=f"{series.name}-{number:02d}")


def without_old_cases(out: Path) -> None:
    """Delete the folders of cases that are no longer in the list; only what holds a case is touched."""
    for folder in {path.parent for path in out.glob("*/*.expected.json")}:
        if folder.name not in dict(list_of_cases()):
            shutil.rmtree(folder)


def list_of_cases() -> list[tuple[str, str]]:
    """Name of each case and what it shows, in the order of names."""
    return sorted([(case.name, case.shows) for case in (*CASES, *SERIES)] + [(UNREADABLE, UNREADABLE_SHOWS)])


def main() -> None:
    """Write every case, or those that are asked for, and the list of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("sample_scans"))
    parser.add_argument("--only", nargs="+", choices=[name for name, _ in list_of_cases()], metavar="CASE")
    arguments = parser.parse_args()
    wanted = arguments.only or [name for name, _ in list_of_cases()]
    without_old_cases(arguments.out)
    for index, case in enumerate(CASES):
        if case.name in wanted:
            scan = drawn(case, index)
            scan.truth = {"status": "read", **scan.truth}
            write_case(arguments.out / case.name, scan)
    for series in SERIES:
        if series.name in wanted:
            write_series(arguments.out / series.name, series)
    if UNREADABLE in wanted:
        write_unreadable(arguments.out / UNREADABLE)
    readme = arguments.out / "README.md"
    head = (
        readme.read_text(encoding="utf-8").split("| case |")[0] if readme.exists() else "# Sample scans\n\n"
    )
    rows = "".join(f"| {name} | {shows} |\n" for name, shows in list_of_cases())
    readme.write_text(f"{head}| case | shows |\n|---|---|\n{rows}", encoding="utf-8")


if __name__ == "__main__":
    main()
