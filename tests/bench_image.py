"""How fast the image of a scan is kept and shown, and how large it is.

    python -m tests.bench_image          (make bench)

A simulated scan of 576 x 2432 pixels and one of 1,400 x 8,000, made of the same again and again, both of two energies,
are sent to the whole service. Prints what keeping the image costs beside the reading; then, through HTTP with six
connections as a browser has, the first view of the image on a screen of 1,600 pixels (its description and all tiles of
the level that fills the screen), one tile at full size that nobody asked for yet, and a measure of the whole image.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tallyscan.bootstrap import load_reader, open_store, running
from tallyscan.calibrate.profile import load_profiles
from tallyscan.examine.pyramid import pyramid_tiff
from tallyscan.examine.scan_image import image_of
from tallyscan.pipeline import Calibrator, Reader
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tests.web.conftest import serving
from training.pipeline_figures import dual_scan
from training.simulate.render import encoded

SIZES = ((576, 2432), (1400, 8000))
SCREEN_PX = 1600
RUNS = 5


def seconds(run: Callable[[], object]) -> float:
    """Of one run."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def files_of(height: int, width: int) -> ScanFiles:
    """The simulated scan, repeated to that size."""
    scan = dual_scan()
    times = -(-height // scan.pixels.shape[1]), -(-width // scan.pixels.shape[2])
    pixels = np.tile(scan.pixels, (1, *times))[:, :height, :width].astype(np.int32)
    pixels += np.random.default_rng(2).integers(
        -60, 61, pixels.shape
    )  # so that it does not compress as a repetition
    scan.pixels = np.clip(pixels, 1, 65_535).astype(np.uint16)
    return ScanFiles((ScanPart("bench.tif", encoded(scan)),), json.dumps(scan.sidecar).encode())


def wait_for_parts(client: httpx.Client, scan: str) -> None:
    """The cargo units of the scan are read too, before anything is timed."""
    for part in client.get(f"/v1/scans/{scan}").json()["parts"]:
        while client.get(f"/v1/scans/{part['scan']}").json()["state"] in ("received", "reading"):
            time.sleep(0.2)


def first_view(client: httpx.Client, pool: ThreadPoolExecutor, scan: str) -> tuple[float, int, int]:
    """Seconds, tiles and bytes until the screen is full."""
    start = time.perf_counter()
    image = client.get(f"/v1/scans/{scan}/image").json()
    level = next((one for one in image["levels"] if one["width"] <= SCREEN_PX), image["levels"][-1])
    addresses = [
        image["tiles"].format(level=level["level"], column=column, row=row)
        for row in range(-(-level["height"] // 256))
        for column in range(-(-level["width"] // 256))
    ]

    def fetched(address: str) -> int:
        with client.stream("GET", address) as answer:
            return sum(len(part) for part in answer.iter_raw())

    size = sum(pool.map(fetched, addresses))
    return time.perf_counter() - start, len(addresses), size


def shown(client: httpx.Client, scan: str) -> dict[str, Any]:
    """Medians through HTTP; the image is new to the service once, in `first`."""
    with ThreadPoolExecutor(6) as pool:
        first, tiles, size = first_view(client, pool, scan)
        again = statistics.median(first_view(client, pool, scan)[0] for _ in range(RUNS))
    image = client.get(f"/v1/scans/{scan}/image").json()
    columns = -(-image["width"] // 256)
    fresh = statistics.median(
        seconds(lambda at=column: client.get(image["tiles"].format(level=0, column=at, row=1)))  # type: ignore[misc]
        for column in range(1, columns - 1, 3)
    )
    corners = {"shape": "box", "points": [[0, 0], [image["width"], image["height"]]]}
    measured = seconds(lambda: client.post(f"/v1/scans/{scan}/measure", json=corners).raise_for_status())
    return {
        "first_view_ms": round(1000 * first),
        "again_ms": round(1000 * again),
        "tiles": tiles,
        "first_view_kB": round(size / 1000),
        "fresh_tile_ms": round(1000 * fresh, 1),
        "measure_all_ms": round(1000 * measured),
    }


def kept(files: ScanFiles, reader: Reader) -> dict[str, Any]:
    """Seconds and bytes of keeping the image."""
    scan = Calibrator(load_profiles(None), None, reader.limits).scan_of(files)
    image = image_of(scan)
    assert image is not None
    written = statistics.median(seconds(lambda: pyramid_tiff(image.pixels, image.facts)) for _ in range(RUNS))
    return {
        "write_ms": round(1000 * written),
        "kept_MB": round(len(pyramid_tiff(image.pixels, image.facts)) / 1e6, 2),
        "pixels_MB": round(image.pixels.nbytes / 1e6, 2),
        "file_MB": round(len(files.images[0].data) / 1e6, 2),
    }


def main() -> None:
    """Send, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        reader = load_reader(settings)
        with (
            open_store(settings) as store,
            running(settings, store, reader) as service,
            serving(service, settings) as client,
        ):
            for height, width in SIZES:
                files = files_of(height, width)
                sent = [("image", ("a.tif", files.images[0].data)), ("sidecar", ("a.json", files.sidecar))]
                scan = client.post("/v1/scans?wait=60", files=sent).json()
                wait_for_parts(client, scan["id"])
                row = {"read_s": scan["seconds"]["total"], **kept(files, reader), **shown(client, scan["id"])}
                print(f"{height} x {width}", json.dumps(row))  # noqa: T201


if __name__ == "__main__":
    main()
