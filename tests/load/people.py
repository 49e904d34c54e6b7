"""People at the console while scans come: operators who decide, a targeting officer, watchers, and the monitoring."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from tests.load.measured import Times

DECISION, DESK_LIST, NEXT_SCAN, FIRST_VIEW, QUEUE_PAGE, BOARD, SCRAPE = (
    "decision",
    "list at the desk",
    "next scan",
    "first view of an image",
    "page of the queue",
    "board",
    "scrape of the metrics",
)
_SCREEN_PX, _TILE_PX = 1600, 256
Headers = dict[str, str]


class People:
    """Threads that go on until `stop`; what goes wrong is in `faults`."""

    def __init__(self, url: str, times: Times, *, looks_seconds: float, seed: int = 1) -> None:
        """`looks_seconds`: how long an operator looks at a scan, from half to one and a half of it."""
        self.faults: list[str] = []
        self.decided: list[str] = []
        self.lines = 0
        self._url, self._times, self._looks = url, times, looks_seconds
        self._seed = seed
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Each does what it is doing to its end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def operator(self, name: str, site: str, headers: Headers) -> None:
        """Takes the next scan, opens its image, looks, decides; looks at the list between."""
        chance = random.Random(f"{self._seed} {name}")
        self._begin(lambda client: self._work(client, name, site, chance), headers)

    def every(self, seconds: float, what: str, address: str, headers: Headers) -> None:
        """Asks for the same again and again."""

        def ask(client: httpx.Client) -> None:
            with self._times.of(what):
                client.get(address).raise_for_status()
            self._stopping.wait(seconds)

        self._begin(ask, headers)

    def watcher(self, site: str, headers: Headers) -> None:
        """Has the site's live lines on a screen, until the service ends."""

        def watch(client: httpx.Client) -> None:
            with client.stream("GET", f"/v1/sites/{site}/live", timeout=30) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    self.lines += line.startswith("data:")

        threading.Thread(target=self._run, args=(watch, headers), daemon=True).start()

    def _begin(self, step: Callable[[httpx.Client], None], headers: Headers) -> None:
        thread = threading.Thread(target=self._run, args=(step, headers), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, step: Callable[[httpx.Client], None], headers: Headers) -> None:
        with httpx.Client(base_url=self._url, headers=headers, timeout=120) as client:
            while not self._stopping.is_set():
                try:
                    step(client)
                except Exception as error:  # noqa: BLE001 - counted, and said at the end
                    if self._stopping.is_set() and isinstance(error, httpx.TransportError):
                        return  # the service ends
                    told = error.response.text[:300] if isinstance(error, httpx.HTTPStatusError) else ""
                    self.faults.append(f"{error!r} {told}")
                    self._stopping.wait(1)

    def _work(self, client: httpx.Client, name: str, site: str, chance: random.Random) -> None:
        with self._times.of(DESK_LIST):
            client.get(f"/v1/sites/{site}/desk", params={"person": name}).raise_for_status()
        begun = time.perf_counter()
        answer = client.post(f"/v1/sites/{site}/desk/next", json={"by": name})
        if answer.status_code == 404:
            self._stopping.wait(2)
            return
        answer.raise_for_status()
        self._times.add(NEXT_SCAN, time.perf_counter() - begun)
        scan = answer.json()
        with self._times.of(FIRST_VIEW):
            _open_image(client, scan["scan"])
        self._stopping.wait(self._looks * chance.uniform(0.5, 1.5))
        said = _decision(name, scan, chance)
        with self._times.of(DECISION):
            answer = client.post(f"/v1/scans/{scan['scan']}/decisions", json=said)
            answer.raise_for_status()
        self.decided.append(said["id"])


def _open_image(client: httpx.Client, scan: str) -> None:
    """What a screen asks for: the description, and the tiles of the level that fills it."""
    image = client.get(f"/v1/scans/{scan}/image").raise_for_status().json()
    level = next((one for one in image["levels"] if one["width"] <= _SCREEN_PX), image["levels"][-1])
    for row in range(-(-level["height"] // _TILE_PX)):
        for column in range(-(-level["width"] // _TILE_PX)):
            tile = image["tiles"].format(level=level["level"], column=column, row=row)
            client.get(tile).raise_for_status()


def _decision(name: str, scan: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Four of five are clear, others suspicious, a few to be scanned again."""
    said: dict[str, Any] = {
        "id": str(uuid4()),
        "by": name,
        "reader": scan["reader"],
        "revision": scan["revision"],
        "marks_shown": not scan["blind"],
    }
    drawn = chance.random()
    if not scan["read"] or drawn < 0.04:
        return said | {"decision": "not_readable", "reason": "image_faulty"}
    if drawn < 0.2:
        return said | {
            "decision": "suspicious",
            "reason": "anomaly",
            "comment": "Among the goods, at the doors.",
        }
    return said | {"decision": "clear", "reason": "nothing_found"}
