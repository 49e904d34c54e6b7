"""What a decoding process has given up before it sees a byte from outside."""

import os
import socket
from pathlib import Path

import pytest

from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.sandbox import clean_environment, landlock_version
from tallyscan.errors import CorruptScan
from tallyscan.scan import ScanFiles, ScanPart
from tests.acquire import misbehaving
from tests.acquire.test_decode_pool import PATIENT

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s",
    "TALLYSCAN_EVENTS_WEBHOOK_SECRETS": "s",
    "PGPASSWORD": "s",
    "MY_SECRET": "s",
    "HTTPS_PROXY": "http://user:s@proxy",
}


def test_the_environment_that_is_left_has_no_secrets() -> None:
    kept = clean_environment(
        {**SECRETS, "PATH": "/bin", "LC_ALL": "C", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    )
    assert set(kept) == {"PATH", "LC_ALL", "PYTHONHASHSEED", "OMP_NUM_THREADS"}


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel has no Landlock that knows TCP")
def test_whoever_takes_over_a_decoder_finds_no_secret_writes_nothing_and_reaches_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        (tmp_path / "port").write_text(str(listening.getsockname()[1]))
        with DecodePool(1, PATIENT, misbehaving.decode) as pool, pytest.raises(CorruptScan) as said:
            pool.decode(ScanFiles((ScanPart("tries_everything", b"x"),)), Limits())
    assert said.value.detail == "could: nothing."
    assert len(list(tmp_path.iterdir())) == 1


def test_no_file_of_the_service_is_open_in_it(tmp_path: Path) -> None:
    """Sockets of others, the database: what is not handed over on purpose is closed."""
    (tmp_path / "secret").write_text("x")
    with (tmp_path / "secret").open() as held, socket.create_server(("127.0.0.1", 0)):
        os.set_inheritable(held.fileno(), True)
        with DecodePool(1, PATIENT) as pool:
            pool.wait_until_warm()
            links = [str(each.readlink()) for each in Path(f"/proc/{pool.pids[0]}/fd").iterdir()]
    assert not [link for link in links if "secret" in link]
    assert sum(link.startswith("socket:") for link in links) == 1
