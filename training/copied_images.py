"""How far copied images are found, and how often honest scans are taken for copies: simulated scans.

    python -m training.copied_images --work FOLDER

Of each scene three scans are made: the first, the same vehicle again in the same place (only noise and faults are
new), and again elsewhere in another crop. A third of the scenes are empty, half of these containers of one type
before one scanner. Copies are made of the first. The table of docs/explanation/integrity.md is printed; `--work` keeps
the scans.
"""

import argparse
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from tallyscan.acquire.decoders import Limits, decode
from tallyscan.calibrate.profile import profile_for
from tallyscan.calibrate.to_physical import to_physical
from tallyscan.integrity.taken_print import (
    ALIKE_BITS,
    OTHER_NOISE,
    SAME_NOISE,
    TakenPrint,
    bits_apart,
    take_print,
)
from tallyscan.scan import ScanFiles, ScanPart
from training.calibrated_scan import PROFILES
from training.metrics import wilson
from training.simulate.render import draw_framing, render
from training.simulate.scanner import draw_scanner
from training.simulate.scene import Wish, build_scene

Counts = NDArray[np.uint16]
Said = dict[str, Any]
Triple = dict[str, tuple[Counts, Said]]
QUALITIES = (95, 85, 75, 60)


def simulated(index: int, seed: int) -> Triple:
    """Scene number `index`: counts of the high energy (1, height, width) and sidecar of scans `a`, `b` and `c`."""
    rng = np.random.default_rng([seed, index])
    empty, alone = index % 3 == 0, index % 3 == 0 and index % 2 == 1
    vehicle = "container_alone" if alone else None
    scene = build_scene(rng, Wish(load="empty", families=(), vehicle=vehicle) if empty else Wish())
    scanner = (
        draw_scanner(np.random.default_rng(5), energies_mv=(6.0, 4.0))
        if alone
        else draw_scanner(rng, conveyance=scene.vehicle.conveyance)
    )
    framings = [draw_framing(rng, scene, scanner, tight=alone)] * 2
    framings.append(draw_framing(np.random.default_rng([seed, index, 9]), scene, scanner, tight=alone))
    scans = {}
    for number, (name, framing) in enumerate(zip("abc", framings, strict=True), start=1):
        scan = render(np.random.default_rng([seed, index, number]), scene, scanner, framing=framing)
        scans[name] = (np.asarray(scan.pixels[:1], np.uint16), scan.sidecar)
    return scans


def kept(index: int, seed: int, folder: Path) -> Triple:
    """The scans of a scene, simulated once."""
    path = folder / f"{seed}-{index:03d}.npz"
    if not path.exists():
        scans = simulated(index, seed)
        said = np.array(json.dumps({name: sidecar for name, (_, sidecar) in scans.items()}))
        np.savez(path, said=said, a=scans["a"][0], b=scans["b"][0], c=scans["c"][0])
    with np.load(path) as stored:
        sidecars = json.loads(str(stored["said"]))
        return {name: (stored[name], sidecars[name]) for name in "abc"}


def copies(counts: Counts, said: Said) -> Iterator[tuple[str, TakenPrint | None]]:
    """What becomes of an image on its way to another number, and its print."""
    full = counts[0]
    air = said["air_level"][0]
    grey = np.clip(np.clip(full / air, 0, 1) ** 0.5 * 245, 0, 255).astype(np.uint8)
    pitch = {"pitch_mm": said["pitch_mm"]}
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    yield "16 bits, other metadata", printed(full, said)
    yield "16 bits, gain 0.97", printed((full * 0.97).astype(np.uint16), said)
    yield "16 bits, 3 to 7 lines cut off each side", printed(full[3:-5, 5:-7], said)
    yield "16 bits, mirrored", printed(full[:, ::-1], said)
    noise = np.random.default_rng(full.shape).normal(0, 1, full.shape)
    sigma = float(np.median(np.abs(np.diff(full.astype(np.float64), axis=1)))) / 0.954
    noisy = np.clip(full + sigma * noise, 0, said["full_scale"]).astype(np.uint16)
    yield "16 bits, as much noise added again", printed(noisy, said)
    yield "8-bit PNG, square root", printed_picture(".png", grey, pitch)
    for quality in QUALITIES:
        yield f"JPEG {quality}, square root", printed_picture(".jpg", grey, pitch, quality)
    yield "JPEG 90, pixel size not given", printed_picture(".jpg", grey, {}, 90)
    yield "JPEG 90, half the size, not given", printed_picture(".jpg", np.asarray(half, np.uint8), {}, 90)


def printed(counts: NDArray[np.uint16], said: Said) -> TakenPrint | None:
    """The print of 16-bit counts, as the service takes it."""
    target = io.BytesIO()
    tifffile.imwrite(target, np.ascontiguousarray(counts), photometric="minisblack")
    one = said | {name: said[name][:1] for name in ("energies_mv", "air_level")}
    return _print_of("scan.tif", target.getvalue(), one)


def printed_picture(suffix: str, grey: NDArray[np.uint8], said: Said, quality: int = 95) -> TakenPrint | None:
    """The print of an 8-bit picture."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix == ".jpg" else []
    data = cv2.imencode(suffix, grey, options)[1].tobytes()
    return _print_of("scan" + suffix, data, said)


def _print_of(name: str, data: bytes, said: Said) -> TakenPrint | None:
    raw = decode(ScanFiles((ScanPart(name, data),), json.dumps(said).encode()), Limits())
    return take_print(to_physical(raw, profile_for(raw, PROFILES, None)))


def likeness(one: TakenPrint | None, other: TakenPrint | None) -> float | None:
    """Correlation of the noise as the service finds it: None where pictures are unlike or noise cannot be told."""
    if one is None or other is None:
        return None
    picture = other.fingerprint.picture
    apart = min(bits_apart(mine, picture) for mine in (one.fingerprint.picture, one.fingerprint.mirrored))
    return one.likeness(other.fingerprint) if apart <= ALIKE_BITS else None


def row(name: str, likenesses: list[float | None]) -> str:
    """A line of the table: how many are taken for the same image, the interval, how many stay open in counts at full
    depth, and the correlations of those that look alike."""
    told = [value for value in likenesses if value is not None]
    found = sum(value >= SAME_NOISE for value in told)
    left_open = sum(OTHER_NOISE <= value < SAME_NOISE for value in told)
    _, low, high, *_ = wilson(found, len(likenesses))
    spread = f"{min(told):.2f} to {max(told):.2f}" if told else "-"
    interval = (
        f"{100 * low:.2g} to {100 * high:.2g} %" if high < 0.01 else f"{100 * low:.0f} to {100 * high:.0f} %"
    )
    return f"| {name} | {found} of {len(likenesses)} | {interval} | {left_open} | {len(told)} | {spread} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=66)
    parser.add_argument("--seed", type=int, default=78)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    found: defaultdict[str, list[float | None]] = defaultdict(list)
    prints: list[list[TakenPrint | None]] = []
    for index in range(arguments.scenes):
        scans = kept(index, arguments.seed, arguments.work)
        first, again, elsewhere = (printed(*scans[name]) for name in "abc")
        for name, copy in copies(*scans["a"]):
            found[name].append(likeness(copy, first))
        found["the same vehicle again, in the same place"].append(likeness(again, first))
        found["the same vehicle again, elsewhere"].append(likeness(elsewhere, first))
        prints.append([first, again, elsewhere])
    for one, other in combinations(prints, 2):
        found["another vehicle"] += [likeness(mine, theirs) for mine in one for theirs in other]
    print("\n".join(row(name, likenesses) for name, likenesses in found.items()))  # noqa: T201
    without = sum(taken is None or taken.fingerprint.noise is None for three in prints for taken in three)
    print(f"{without} of {3 * len(prints)} scans hold no noise to go by")  # noqa: T201


if __name__ == "__main__":
    main()
