"""Whatever was answered as kept is on the disk and in the database, though the service dies at once under load."""

import hashlib
import threading
from pathlib import Path

import httpx

from tallyscan.bootstrap import open_store
from tallyscan.settings import Settings
from tallyscan.store.tables import ScanFile, ScanRow
from tests.acquire.dicom_network import dx, wait_until
from tests.e2e.serving import ServiceProcess
from tests.store.builders import folder_bytes

ENOUGH = 25


def test_what_was_answered_is_there_though_the_service_is_killed_in_the_middle(
    tiny_models_dir: Path, settings: Settings
) -> None:
    service = ServiceProcess(tiny_models_dir, settings.data_dir)
    address = service.client.base_url
    kept: dict[str, str] = {}

    def send(sender: int) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            for number in range(1000):
                image = dx(1000 * sender + number)
                try:
                    answer = client.post("/v1/scans", files={"image": ("scan.dcm", image)})
                except httpx.TransportError:
                    return
                kept[answer.json()["id"]] = hashlib.sha256(image).hexdigest()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(kept) >= ENOUGH)
    service.kill()
    for sender in senders:
        sender.join()
    with open_store(settings) as store, store.database.read() as session:
        for scan, sha256 in kept.items():
            assert session.get_one(ScanRow, scan).sha256 == sha256
            assert store.blobs.get(session.get_one(ScanFile, (scan, 0)).blob_key)
    again = ServiceProcess(tiny_models_dir, settings.data_dir)
    try:
        assert again.client.get("/v1/intake").json()["paused"] is None
        assert not folder_bytes(settings.data_dir / "incoming")
    finally:
        again.end()
