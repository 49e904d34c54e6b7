"""How fast the viewer is, on a software renderer: from a key to the changed picture, and to the first image.

    python -m tests.console.bench_viewer          (make bench)

A scan of 1,400 x 8,000 pixels and two energies, in a window of 1,440 x 900, in Chromium without a graphics card. The
first image is timed from asking for the page, with an empty cache, until all that is in view is drawn: the service, its
tiles and the console are in it. A key is timed until the picture has been read back changed. Beside it the size of the
built console, gzip.
"""

import gzip
import statistics
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tallyscan.web.console import STATIC
from tests.bench_decode_pool import HEIGHT, WIDTH, counts, tiff
from tests.console.conftest import CHROMIUM, FLAGS, ROOT
from tests.e2e.serving import ServiceProcess

RUNS = 9
# What stays on the screen and is drawn anew: window, colours, materials, filters, place.
KEYS = {
    "window by preset": ("2", "1"),
    "window wider": ("]", "["),
    "inversion": ("i", "i"),
    "colours": ("p", "p"),
    "materials": ("m", "m"),
    "edges": ("e", "e"),
    "local contrast": ("k", "k"),
}
_SIDECAR = b"""{"scanner": "tallyscan_simulator", "grade": "transmission", "energies_mv": [6.0, 4.0],
"air_level": [52000.0, 48000.0], "full_scale": 65535, "pitch_mm": {"x": 2.5, "y": 2.5}}"""

_WHEN_DRAWN = """new MutationObserver(() => {
  if (window.drawnAt === undefined && document.querySelector('.stages[aria-busy="false"]'))
    window.drawnAt = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true})"""

_UNTIL_CHANGED = """async (key) => {
  const canvas = document.querySelector(".stage canvas");
  const [width, height] = [64, 36];
  const small = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  const seen = () => {
    small.drawImage(canvas, 0, 0, width, height);
    return small.getImageData(0, 0, width, height).data.join();
  };
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  const before = seen();
  await frame();
  const code = /[a-z]/.test(key) ? `Key${key.toUpperCase()}` : "";
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key, code, bubbles: true}));
  for (let frames = 0; frames < 120; frames++) {
    await frame();
    if (seen() !== before) return performance.now() - start;
  }
  throw new Error(`the picture did not change at ${key}`);
}"""


def main() -> None:
    """Send, open, measure, print."""
    if CHROMIUM is None or not STATIC.is_dir():
        print("the viewer is not timed: needs chromium and the built console (make console)")  # noqa: T201
        return
    _print_size()
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(ROOT / "models", Path(folder) / "data")
        try:
            scan = _send(service.client)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                _measure(browser, f"{service.client.base_url}console/scans/{scan}")
                browser.close()
        finally:
            service.kill()


def _send(client: httpx.Client) -> str:
    parts = [("image", ("bench.tif", tiff(counts()))), ("sidecar", ("bench.json", _SIDECAR))]
    answer = client.post("/v1/scans", params={"wait": 60}, files=parts).raise_for_status().json()
    while answer["state"] in ("received", "reading"):
        answer = client.get(f"/v1/scans/{answer['id']}").json()
    return str(answer["id"])


def _measure(browser: Browser, address: str) -> None:
    firsts, page = [], None
    for _ in range(RUNS):
        page = _opened(browser, address)
        firsts.append(float(page.evaluate("window.drawnAt")))
    assert page is not None
    print(f"first image of {WIDTH} x {HEIGHT} pixels: {statistics.median(firsts):.0f} ms")  # noqa: T201
    for place, key in (("whole scan", "f"), ("1:1", "o")):
        page.keyboard.press(key)
        page.wait_for_timeout(1500)
        print(f"from a key to the changed picture, {place}:")  # noqa: T201
        for name, pair in KEYS.items():
            times = [float(page.evaluate(_UNTIL_CHANGED, key)) for _ in range(RUNS) for key in pair]
            print(f"  {name:18s} {statistics.median(times):6.1f} ms")  # noqa: T201
            page.keyboard.press("Shift+w")
            page.keyboard.press(key)


def _opened(browser: Browser, address: str) -> Page:
    """The scan, in a context with nothing in its cache, drawn."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script("localStorage.setItem('tallyscan.name', 'Officer 1')")
    context.add_init_script(_WHEN_DRAWN)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector('.stages[aria-busy="false"]')
    return page


def _print_size() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg")]
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    print(f"the whole console: {size / 1000:.0f} kB, gzip")  # noqa: T201


if __name__ == "__main__":
    main()
