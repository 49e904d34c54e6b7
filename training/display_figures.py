"""How often display pictures of every kind are read as what they are, and how wrong their attenuation is.

    python -m training.display_figures --n 160 --seed 4711 --workers 2
    python -m training.display_figures --real FOLDER

Every kind of `display_kinds` is made of each simulated scan and read by the service's own calibration. With `--real` it
is made of the real display pictures in that folder instead; they validate, and never train.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from tallyscan.calibrate.geometry import resample
from tallyscan.calibrate.profile import ScannerProfile, profile_for
from tallyscan.calibrate.quality import assess
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.scan import BoolArray, Float32Array, RawScan, Scan
from tallyscan.sidecar import Sidecar
from training.calibrated_scan import PROFILES, decoded
from training.display_kinds import KINDS, DisplayCase, make_case
from training.simulate.artefacts import bounce, noise_free, with_faults
from training.simulate.display_style import DisplayStyle
from training.simulate.render import draw_framing
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene
from training.simulate.shadow import cast, ridden

MOST_PX = 700, 3000  # rows and columns of a picture; workstations export no more
DARKEST = 1 / 255  # of the bright level, as of `tallyscan.calibrate.display`
AS_IT_IS = DisplayStyle(contrast=1.0, qualities=(90,))  # of a picture that has a look already
NOT_OF_REAL_ONES = ("everything", "material colours")  # need transmission, or two energies

RIGHT_MARGIN, RIGHT_MARKS = 0.9, 0.5  # of those pixels left out
MOST_LOST = 0.05  # of the scan's own pixels
MOST_ERROR = 0.15  # mean error of attenuation at which the colours of a picture were understood
SAID_OF_COLOURS = {
    "unknown_colours",
    "material_colours",
    "tinted",
    "coloured",
}  # that only brightness was read


@dataclass(frozen=True)
class Outcome:
    """What became of one picture.

    `polarity` and `upright`: whether it is bright in air and stands as it should. `margin_masked` and `marks_masked`
    are shares of those pixels that are not valid (None where there are none), `lost` is that of the scan's own.
    `error` is the mean difference of attenuation to that of the plain picture over the scan's own valid pixels,
    `error_at_marks` over those that something was drawn on, valid or not.
    """

    kind: str
    index: int
    readable: bool
    polarity: bool
    upright: bool
    margin_masked: float | None
    marks_masked: float | None
    lost: float
    error: float
    error_at_marks: float | None
    cautions: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Read as what it is; of colours that nobody knows it only has to be said."""
        kind, said, understood = KINDS[self.kind], False, True
        if kind.painted is not None:
            said = not kind.table_known and bool(SAID_OF_COLOURS & set(self.cautions))
            understood = said or self.error <= MOST_ERROR
        return (
            (self.readable and (self.polarity or said) and self.upright and understood)
            and self.lost <= MOST_LOST
            and (self.margin_masked is None or self.margin_masked >= RIGHT_MARGIN)
            and (self.marks_masked is None or self.marks_masked >= RIGHT_MARKS)
        )


def transmission_of(seed: int, index: int) -> Float32Array:
    """Transmission (energy, height, width) of a simulated scan with noise and faults, at the size of an export."""
    rng = np.random.default_rng([seed, index])
    scene = build_scene(rng, Wish(held_out=None))
    scanner = draw_scanner(rng, held_out=bool(rng.random() < 0.3), conveyance=scene.vehicle.conveyance)
    framing = draw_framing(rng, scene, scanner)
    beam = scanner.beam(framing.top_mm, framing.bottom_mm)
    columns = scanner.columns(rng, framing.x0_mm, framing.x1_mm)
    shadow = cast(scene, beam, columns, scanner.pitch_mm[1])
    rise = bounce(rng, scanner.faults, len(columns))
    if rise is not None:
        shadow = ridden(shadow, rise)
    image, _ = with_faults(rng, noise_free(shadow.basis, scanner), scanner, beam.rows_mm)
    return exported(image)


def exported(image: Float32Array) -> Float32Array:
    """A scan (energy, height, width) at the size of an export."""
    height, width = image.shape[1:]
    scale = min(1.0, MOST_PX[0] / height, MOST_PX[1] / width)
    return np.stack([resample(plane, (round(height * scale), round(width * scale))) for plane in image])


def real_grey(path: Path) -> Float32Array:
    """Grey (1, height, width) of a real picture in [0, 1], without its own black margins."""
    grey = decoded(path.name, path.read_bytes()).pixels.mean(axis=0, dtype=np.float32) / np.float32(255)
    shown = np.flatnonzero((grey > 4 / 255).mean(axis=0) > 0.05)
    left = int(shown[0]) + 8 * (shown[0] > 0)
    right = int(shown[-1]) + 1 - 8 * (shown[-1] < grey.shape[1] - 1)
    return np.ascontiguousarray(grey[None, :, left:right])


def outcomes(
    image: Float32Array, index: int, seed: int, kinds: Sequence[str], style: DisplayStyle | None = None
) -> list[Outcome]:
    """One scan as a picture of each kind."""
    found = []
    for kind in kinds:
        rng = np.random.default_rng([seed, index, sorted(KINDS).index(kind)])
        found.append(outcome_of(make_case(rng, kind, image, style), index))
    return found


def of_simulated(index: int, *, seed: int, kinds: Sequence[str]) -> list[Outcome]:
    """One simulated scan as a picture of each kind."""
    cv2.setNumThreads(1)
    return outcomes(transmission_of(seed, index), index, seed, kinds)


def of_real(numbered: tuple[int, Path], *, seed: int, kinds: Sequence[str]) -> list[Outcome]:
    """One real picture as one of each kind."""
    cv2.setNumThreads(1)
    index, path = numbered
    return outcomes(
        real_grey(path), index, seed, [kind for kind in kinds if kind not in NOT_OF_REAL_ONES], AS_IT_IS
    )


def read(case: DisplayCase) -> Scan:
    """The picture as the service calibrates it, with the site's own table where there is one."""
    pixels = np.ascontiguousarray(np.moveaxis(np.atleast_3d(case.picture), -1, 0))
    raw = RawScan(pixels, "rgb" if len(pixels) == 3 else "grey", "jpeg", "0" * 64, Sidecar())
    profile = profile_for(raw, PROFILES)
    return to_physical(raw, profile if case.table is None else with_table(profile, case.table))


def with_table(profile: ScannerProfile, table: np.ndarray) -> ScannerProfile:
    """The profile of a site that knows its workstation's colours (256, 3)."""
    said = profile.model_dump(exclude_unset=True) | {"display": {"table": [table.tolist()]}}
    return ScannerProfile.model_validate(said)


def outcome_of(case: DisplayCase, index: int) -> Outcome:
    """Read a case and hold it against its truth."""
    scan = read(case)
    quality = assess(scan)
    # in the pixels of the upright picture, whatever way the reading has turned it
    alpha, valid = (turned(plane, case) for plane in on_original(scan))
    x, y, width, height = case.inside
    own = np.s_[y : y + height, x : x + width]
    ideal, marked = attenuation(case.ideal), case.marks[own]
    seen = valid[own]
    error = np.abs(alpha[own] - ideal)
    return Outcome(
        kind=case.kind,
        index=index,
        readable=quality.readable,
        polarity=bool(seen.any()) and agreement(alpha[own][seen], ideal[seen]) > 0,
        upright=(scan.grid.quarter_turns - case.quarter_turns) % 4 == 0,
        margin_masked=share(~valid[case.margin]),
        marks_masked=share(~valid[case.marks]),
        lost=share(~seen[~marked]) or 0.0,
        error=float(error[seen].mean()) if seen.any() else float("nan"),
        error_at_marks=share(error[marked]),
        cautions=tuple(caution.partition(":")[0] for caution in scan.cautions),
        reasons=quality.reasons,
    )


def on_original(scan: Scan) -> tuple[Float32Array, BoolArray]:
    """Attenuation and validity on the pixels of the picture as it came; what was cut off is not valid."""
    grid = scan.grid
    height, width = grid.upright_shape
    left, top, right, bottom = grid.cut
    shape = (height - top - bottom, width - left - right)
    alpha = np.zeros((height, width), np.float32)
    valid = np.zeros((height, width), np.bool_)
    inner = np.s_[top : top + shape[0], left : left + shape[1]]
    alpha[inner] = resample(scan.attenuation, shape)
    valid[inner] = resample(scan.valid.astype(np.float32), shape) > 0.5
    if grid.mirrored:
        alpha, valid = alpha[:, ::-1], valid[:, ::-1]
    return np.rot90(alpha, -grid.quarter_turns), np.rot90(valid, -grid.quarter_turns)


def turned(plane: np.ndarray, case: DisplayCase) -> np.ndarray:
    """A plane of the picture as it came, turned as is right."""
    upright = np.rot90(plane, case.quarter_turns)
    return upright[:, ::-1] if case.mirrored else upright


def attenuation(grey: Float32Array) -> Float32Array:
    """As a display image's is made: of grey over its bright level."""
    bright = float(np.percentile(grey[::2, ::2], 99.0))
    return np.asarray(-np.log(np.clip(grey / max(bright, 60 / 255), DARKEST, 1)), np.float32)


def agreement(a: Float32Array, b: Float32Array) -> float:
    """Correlation; 0 where one of them is all the same."""
    a, b = a[::7] - a[::7].mean(), b[::7] - b[::7].mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-9))


def share(values: np.ndarray) -> float | None:
    """Their mean; None of nothing."""
    return float(values.mean()) if values.size else None


def table(found: Sequence[Outcome]) -> str:
    """One row a kind, in Markdown."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.kind].append(outcome)
    rows = [
        "| kind | pictures | right | readable | bright in air | upright | margin left out | marks left out | scan lost "
        "| error | 90 % of errors | at marks | said |",
        "|---" * 13 + "|",
    ]
    for kind, many in by_kind.items():
        errors = [outcome.error for outcome in many]
        said = Counter(
            name for outcome in many for name in set(outcome.cautions) if not name.startswith("unknown_p")
        )
        cells = [
            kind, str(len(many)),
            *(str(sum(getattr(o, name) for o in many)) for name in ("right", "readable", "polarity", "upright")),
            mean_of([o.margin_masked for o in many]), mean_of([o.marks_masked for o in many]),
            mean_of([o.lost for o in many], "{:.1%}"),
            f"{np.nanmedian(errors):.3f}", f"{np.nanpercentile(errors, 90):.3f}",
            mean_of([o.error_at_marks for o in many], "{:.2f}"),
            ", ".join(f"{name} {count}" for name, count in sorted(said.items()) if name != "unknown_scale"),
        ]  # fmt: skip
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def mean_of(values: Sequence[float | None], form: str = "{:.0%}") -> str:
    """Mean of what is known."""
    known = [value for value in values if value is not None]
    return form.format(float(np.mean(known))) if known else "-"


def main() -> None:
    """Print the table; `--out` keeps every outcome."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=160)
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--real", type=Path, help="folder of real scans, with JPEG pictures in its folders")
    parser.add_argument("--out", type=Path, help="file for the outcomes, JSON lines")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    how = {"seed": arguments.seed, "kinds": arguments.kinds}
    with ProcessPoolExecutor(arguments.workers) as pool:
        if arguments.real is None:
            total = arguments.n
            many = pool.map(partial(of_simulated, **how), range(total))
        else:
            paths = sorted(arguments.real.glob("*/*.jpg"))
            total = len(paths)
            many = pool.map(partial(of_real, **how), enumerate(paths))
        found = [outcome for several in track(many, "pictures", total=total) for outcome in several]
    if arguments.out is not None:
        arguments.out.write_text("".join(json.dumps(asdict(o)) + "\n" for o in found), encoding="utf-8")
    print(table(found))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
