"""A disk that is full for real: a small one, mounted for the test."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallyscan.bootstrap import open_store, running
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.acquire.dicom_network import dx, wait_until
from tests.store.builders import declaration_json, folder_bytes
from tests.web.conftest import serving

MEGABYTES = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "small"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(where)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("a disk cannot be mounted: run the tests as root")
        pytest.skip("needs the right to mount a small disk: run the tests as root")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


def fill(disk: Path, leave_bytes: int) -> Path:
    filling = disk / "filling"
    status = os.statvfs(disk)
    filling.write_bytes(b"\0" * max(status.f_bavail * status.f_frsize - leave_bytes, 0))
    return filling


def test_a_full_disk_is_told_leaves_nothing_half_and_is_forgiven(
    settings: Settings, reader: Reader, small_disk: Path
) -> None:
    limits = {"data_dir": small_disk / "data", "disk_reserve_megabytes": 0, "disk_low_megabytes": 0}
    changed = settings.model_copy(update=limits)
    big = b"\1" * 2_000_000
    with (
        open_store(changed) as store,
        running(changed, store, reader) as service,
        serving(service, changed) as client,
    ):
        scan = client.post("/v1/scans", params={"wait": 30}, files={"image": ("a.dcm", dx(0))}).json()["id"]
        filling = fill(small_disk, 1_000_000)
        refused = client.post("/v1/scans", files={"image": ("b.dcm", big)})
        assert (refused.status_code, refused.json()["type"]) in (
            (503, "urn:tallyscan:error:unavailable"),
            (503, "urn:tallyscan:error:no_room"),
        )
        assert not folder_bytes(changed.data_dir / "incoming")
        assert [each["id"] for each in client.get("/v1/scans").json()["scans"]] == [scan]
        more = small_disk / "more"
        more.write_bytes(b"\0" * os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize)
        told = client.post("/v1/declarations", content=declaration_json() + b" " * 200_000)
        assert told.status_code == 503
        assert client.get("/v1/scans").is_success  # what is here is shown
        filling.unlink()
        more.unlink()
        assert client.post("/v1/declarations", content=declaration_json()).is_success
        again = client.post("/v1/scans", files={"image": ("b.dcm", big)})
        assert again.status_code == 202
        wait_until(lambda: client.get(f"/v1/scans/{again.json()['id']}").json()["state"] == "rejected")


def test_what_finds_no_room_in_the_database_is_told_and_not_half_there(
    settings: Settings, reader: Reader, small_disk: Path
) -> None:
    limits = {"data_dir": small_disk / "data", "disk_reserve_megabytes": 0, "disk_low_megabytes": 0}
    changed = settings.model_copy(update=limits)
    said = {
        "id": "6c1f8f2e-6d9c-4a53-9b0c-0f5f6b8f4a10",
        "by": "O. Officer",
        "answer": "clear",
        "revision": 1,
    }
    said["comment"] = "x" * 1000
    with (
        open_store(changed) as store,
        running(changed, store, reader) as service,
        serving(service, changed) as client,
    ):
        fill(small_disk, 0)
        answers = [
            client.put(
                f"/v1/consignments/C-{number}/declaration",
                content=declaration_json(mrn=f"26NL000510A1B2C3{number:02}"),
            )
            for number in range(8)
        ]
        assert 503 in {answer.status_code for answer in answers}
        for number, answer in enumerate(answers):
            there = client.get(f"/v1/consignments/C-{number}/declaration")
            assert there.is_success == answer.is_success  # all of it, or nothing


def test_the_watermark_refuses_before_the_disk_is_full(
    settings: Settings, reader: Reader, small_disk: Path
) -> None:
    limits = {"data_dir": small_disk / "data", "disk_reserve_megabytes": 5, "disk_low_megabytes": 8}
    changed = settings.model_copy(update=limits)
    with (
        open_store(changed) as store,
        running(changed, store, reader) as service,
        serving(service, changed) as client,
    ):
        filling = fill(small_disk, 6_000_000)
        wait_until(lambda: client.get("/healthz").json()["intake"]["disk"] == "low")
        big = client.post("/v1/scans", files={"image": ("b.dcm", b"\1" * 2_000_000)})
        assert (big.status_code, big.json()["type"]) == (503, "urn:tallyscan:error:no_room")
        assert client.post("/v1/scans", files={"image": ("a.dcm", dx(0))}).status_code == 202
        filling.unlink()
        wait_until(lambda: client.get("/v1/intake").json()["disk"] == "ok")
        assert client.post("/v1/scans", files={"image": ("b.dcm", b"\1" * 2_000_000)}).status_code == 202
