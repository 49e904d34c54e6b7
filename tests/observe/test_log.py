"""What the log of a whole service says, and what it never says."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_process import Allowance
from tallyscan.bootstrap import open_access
from tallyscan.errors import CorruptScan
from tallyscan.observe.log import forget_log, log_to_stderr
from tallyscan.observe.meters import Meters
from tallyscan.observe.request_id import request_id
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.settings import Settings
from tests.acquire import misbehaving
from tests.e2e.serving import wait_until
from tests.review.builders import clear
from tests.sample_images import container_tiff, declaration_json, sidecar_json

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def _no_handler_stays() -> Iterator[None]:
    yield
    forget_log()
    structlog.contextvars.clear_contextvars()


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_library_that_logs_has_the_scan_and_goes_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json", "info")
    with structlog.contextvars.bound_contextvars(scan="scan-1"):
        logging.getLogger("uvicorn.error").warning("from %s", "uvicorn")
        logging.getLogger("sqlalchemy.engine").info("SELECT secret")
        structlog.get_logger().info("ours", nothing=None)
        logging.getLogger("pynetdicom").info("from DICOM")
    told = lines(capfd.readouterr().err)
    assert [line["event"] for line in told] == ["from uvicorn", "ours", "from DICOM"]
    assert {line["scan"] for line in told} == {"scan-1"}
    assert all({"timestamp", "level"} <= line.keys() for line in told)
    assert "nothing" not in told[1]


def test_a_traceback_is_one_line_of_json(capfd: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json", "warning")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("uvicorn.error").exception("failed too")
    ours, theirs = lines(capfd.readouterr().err)
    assert "ValueError: two\nlines" in ours["exception"]
    assert "ValueError: two\nlines" in theirs["exception"]


def test_text_is_for_people_and_less_than_the_level_is_not_logged(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log_to_stderr("text", "warning")
    structlog.get_logger().info("not this")
    structlog.get_logger().warning("this", scan="s")
    assert re.fullmatch(r"timestamp='[^']+' level='warning' event='this' scan='s'\n", capfd.readouterr().err)


@pytest.mark.parametrize(
    ("traceparent", "said", "expected"),
    [
        (None, "abcDEF-123.4_5", "abcDEF-123.4_5"),
        (TRACEPARENT, None, "0af7651916cd43dd8448eb211c80319c"),
        (TRACEPARENT, "said-by-the-sender", "said-by-the-sender"),
        (None, "short", None),
        (None, "with space in it", None),
        (None, "line\nbreak-in-it", None),
        (None, "x" * 65, None),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", None, None),
        ("nonsense", "né" * 8, None),
    ],
)
def test_an_id_is_taken_only_where_it_is_well_formed(
    traceparent: str | None, said: str | None, expected: str | None
) -> None:
    found = request_id(traceparent, said)
    assert found == expected if expected else re.fullmatch("[0-9a-f]{32}", found)


def test_a_decoder_that_crashes_and_what_it_says_carry_the_scan(capfd: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json", "warning")
    meters = Meters()
    files = ScanFiles((ScanPart("says_and_exits", b"x"),))
    allowance = Allowance(memory_bytes=10**9, seconds=30, seconds_per_megabyte=0)
    with (
        DecodePool(1, allowance, misbehaving.decode, told=meters.decode_failed) as pool,
        structlog.contextvars.bound_contextvars(scan="scan-7"),
        pytest.raises(CorruptScan),
    ):
        pool.decode(files, Limits())
    told = lines(capfd.readouterr().err)
    assert {line["scan"] for line in told} == {"scan-7"}
    assert sum("process ended" in line["event"] for line in told) == 1
    assert sum("last words" in str(line.get("text")) for line in told) == 2
    count = meters.registry.get_sample_value
    assert count("tallyscan_decode_failures_total", {"why": "ended"}) == 2


PERSON, PARTY, PASSWORD, AGENT, QUERY, REMARK = MARKED = (
    "Marked-Person-Zq81",
    "Marked Party Zq82 GmbH",
    "Marked-Password-Zq83",
    "Marked-Agent-Zq84",
    "Marked-Query-Zq85",
    "Marked remark Zq86",
)
"""Values that nobody should find in a log."""


def test_a_whole_flow_is_logged_by_ids_and_no_name_or_secret_is_in_it(
    tmp_path: Path, tiny_models_dir: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data", models_dir=tiny_models_dir, sign_in="accounts")
    with open_access(settings) as access:
        access.accounts.add(PERSON, ["operator", "targeting_officer"], ["*"], by="test")
        _, key = access.device_keys.add("gate", scanner=None, sites=["*"], may=["deliver"], by="test")
    environment = {
        "TALLYSCAN_MODELS_DIR": str(tiny_models_dir),
        "TALLYSCAN_SIGN_IN": "accounts",
        "TALLYSCAN_LOG_FORMAT": "json",
        "TALLYSCAN_LOG_LEVEL": "info",
        "TALLYSCAN_INFERENCE_THREADS": "1",
        "TALLYSCAN_METRICS_PORT": "0",
    }
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tallyscan", "serve", "--port", "0", "--data", str(settings.data_dir)],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    found = re.search(r"http://\S+/", process.stdout.readline())
    assert found
    try:
        with httpx.Client(base_url=found[0], timeout=90) as client, open_access(settings) as access:
            scan, cookie = flow(client, access, key)
        wait_until(lambda: log.read_text().count('"event": "sent"') >= 2)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
    text = log.read_text()
    told = lines(text)  # every line is an object
    about = [line["event"] for line in told if line.get("scan") == scan]
    assert {"arrived", "read", "sent", "decided", "request"} <= set(about)
    arrived = next(line for line in told if line["event"] == "arrived")
    assert arrived["request"] == "gate-request-1"
    decided = next(line for line in told if line["event"] == "request" and "decisions" in line["route"])
    assert decided["session"]
    for secret in (*MARKED, key, cookie):
        assert secret not in text


def flow(client: httpx.Client, access: Any, key: str) -> tuple[str, str]:
    from tallyscan.access.names import account_key
    from tallyscan.access.secrets import csrf_token

    wrong = client.post("/v1/session", json={"name": PERSON, "password": PASSWORD})
    assert wrong.status_code == 401
    assert wrong.json()["request"] == wrong.headers["x-request-id"]
    device = {"Authorization": f"Bearer {key}", "X-Request-ID": "gate-request-1"}
    document = json.loads(declaration_json())
    document["Declarant"] = {"name": PARTY}
    document["consignor"] = {"name": PARTY}
    files = [
        ("image", ("a.tif", container_tiff())),
        ("sidecar", ("a.json", sidecar_json())),
        ("declaration", ("d.json", json.dumps(document).encode())),
    ]
    sent = client.post(f"/v1/scans?wait=60&x={QUERY}", files=files, headers=device)
    assert sent.headers["x-request-id"] == "gate-request-1"
    scan = str(sent.json()["id"])
    token = access.sessions.begin(account_key(PERSON), address="127.0.0.1", browser=AGENT).token
    person = {"Cookie": f"tallyscan_session={token}", "X-CSRF-Token": csrf_token(token)}
    said = clear() | {"by": PERSON, "comment": REMARK, "id": str(uuid4())}
    made = client.post(f"/v1/scans/{scan}/decisions", json=said, headers=person | {"User-Agent": AGENT})
    assert made.status_code == 201, made.text
    assert client.get(f"/v1/accounts/{PERSON}/sessions", headers=person).status_code in (403, 404)
    return scan, token
