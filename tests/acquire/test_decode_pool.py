"""Decoding in processes of their own: the same answers, and nothing that a decoder does reaches the service."""

import dataclasses
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest

from tallyscan.acquire import decoders, pool_layout, pool_process
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.pool_channel import Done, SharedMemory
from tallyscan.acquire.pool_layout import AnswerArrays
from tallyscan.acquire.pool_process import Allowance
from tallyscan.calibrate.profile import deliveries_of, load_profiles
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import CorruptScan, IncompleteScan, InputError, TooLarge, Unavailable
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tests.acquire import misbehaving
from tests.acquire.dicos_files import dicos
from tests.acquire.raw_files import big_endian, counts, im_portrait
from tests.broken_inputs import broken_inputs, good_scan, tiff
from tests.e2e.serving import wait_until

PATIENT = Allowance(memory_bytes=600_000_000, seconds=60, seconds_per_megabyte=1)
HASTY = Allowance(memory_bytes=600_000_000, seconds=1, seconds_per_megabyte=0)  # for what has no end


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    """Two processes with decoders that may misbehave, and time enough."""
    with DecodePool(2, PATIENT, misbehaving.decode) as opened:
        yield opened


def scan(name: str = "scan.tif", seed: int = 1, height: int = 50) -> ScanFiles:
    return ScanFiles((ScanPart(name, tiff(counts(height, 70, seed)[np.newaxis])),), b'{"scanner": "display"}')


def same(one: RawScan, other: RawScan) -> bool:
    for field in dataclasses.fields(RawScan):
        a, b = getattr(one, field.name), getattr(other, field.name)
        alike = a.dtype == b.dtype and np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        if not alike:
            return False
    return one.sidecar.model_fields_set == other.sidecar.model_fields_set


def group(pid: int) -> list[int]:
    """The processes that run in the group of that one."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, process_group, *_ = stat.read_text().rpartition(")")[2].split()
            if int(process_group) == pid and state != "Z":
                members.append(int(stat.parent.name))
    return members


def gone(pid: int) -> bool:
    """Whether there is no such process, or only its exit code is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


DELIVERIES = deliveries_of(load_profiles())


def formats() -> dict[str, tuple[ScanFiles, str | None]]:
    dual, grey = np.stack([counts(50, 70, 1), counts(50, 70, 2)]), (counts(50, 70) >> 8).astype(np.uint8)
    return {
        "TIFF of two energies": (good_scan(), None),
        "two PNG files": (
            ScanFiles(tuple(ScanPart(f"{n}.png", imagecodecs.png_encode(dual[n])) for n in (0, 1))),
            None,
        ),
        "JPEG": (ScanFiles((ScanPart("a.jpg", imagecodecs.jpeg_encode(grey)),)), None),
        "colour PNG": (ScanFiles((ScanPart("a.png", imagecodecs.png_encode(np.dstack([grey] * 3))),)), None),
        "raw with its XML": (ScanFiles((ScanPart("a.img", im_portrait(dual[0])),)), "raw_im_portrait"),
        "raw of three files": (
            ScanFiles(
                (
                    ScanPart("a.high.raw", big_endian(dual[0])),
                    ScanPart("a.low.raw", big_endian(dual[1])),
                    ScanPart("a.mat.raw", big_endian(grey)),
                )
            ),
            "raw_three_files",
        ),
    }


FORMATS = formats()


@pytest.mark.parametrize("name", FORMATS)
def test_everything_comes_back_as_it_was_decoded(pool: DecodePool, name: str) -> None:
    files, profile = FORMATS[name]
    delivery = DELIVERIES[profile] if profile else None
    raw = pool.decode(files, Limits(), delivery)
    assert same(raw, decoders.decode(files, Limits(), delivery))
    assert raw.sha256 == files.sha256
    assert raw.pixels.flags.c_contiguous
    assert raw.pixels.flags.writeable
    assert (raw.material is not None) == (name == "raw of three files")


def test_a_view_comes_back_as_it_was_decoded(pool: DecodePool) -> None:
    file = dicos(np.stack([counts(50, 70, 1), counts(50, 70, 2)]))
    delivery = Delivery("gate", dicos=DicosReading(frames=("top", "side")))
    of_views = [ScanFiles((ScanPart("a.dcm", file),), view=view) for view in ("top", "side")]
    top, side = (pool.decode(files, Limits(), delivery) for files in of_views)
    assert same(top, decoders.decode(of_views[0], Limits(), delivery))
    assert same(side, decoders.decode(of_views[1], Limits(), delivery))
    assert not np.array_equal(top.pixels, side.pixels)


def test_every_field_of_a_raw_scan_is_sent() -> None:
    fields = {field.name for field in dataclasses.fields(RawScan)}
    assert set(pool_layout.SentScan.model_fields) | {"sha256"} == fields


def test_what_is_refused_is_refused_in_the_same_words(pool: DecodePool) -> None:
    refused = 0
    for name, broken in broken_inputs().items():
        answers = []
        for decode in (decoders.decode, pool.decode):
            try:
                answers.append(decode(broken.files, Limits()))
            except InputError as error:
                answers.append((type(error), error.detail, error.remedy))
        here, there = answers
        if isinstance(here, RawScan):
            assert isinstance(there, RawScan), name
            assert same(here, there), name
        else:
            assert here == there, name
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    ("happens", "error", "words"),
    [
        ("takes_memory", TooLarge, "more than the 600 MB.*decode_memory_megabytes"),
        ("takes_memory_bit_by_bit", TooLarge, "more than the 600 MB"),
        ("no_memory_inside", TooLarge, "more than the 600 MB"),
        ("killed", TooLarge, "the system ended the process.*more memory"),
        ("exits", CorruptScan, r"crashed \(exit code 3\).*export"),
        ("segfault", CorruptScan, r"crashed \(SIGSEGV\)"),
        ("aborts", CorruptScan, r"crashed \(SIGABRT\)"),
        ("refuses", IncompleteScan, "The low energy is missing. Send it."),
        ("refuses_by_an_odd_name", CorruptScan, r"scan\\udcff.tif: it is damaged"),
    ],
)
def test_what_happens_in_a_decoder_is_said_of_the_scan_and_the_next_one_is_decoded(
    pool: DecodePool, happens: str, error: type[InputError], words: str
) -> None:
    with pytest.raises(error, match=f"(?s){words}") as caught:
        pool.decode(scan(happens), Limits())
    assert type(caught.value) is error
    if not happens.startswith("refuses"):
        assert caught.value.detail.startswith(happens)
        assert caught.value.remedy
    assert same(pool.decode(scan(), Limits()), decoders.decode(scan(), Limits()))
    assert len(pool.pids) == 2
    assert not any(gone(pid) for pid in pool.pids)


@pytest.mark.parametrize(
    ("happens", "words"), [("defect", "ZeroDivisionError: a defect"), ("leaves", "SystemExit: 0")]
)
def test_a_defect_is_no_fault_of_the_scan_and_shows_where_it_is(
    pool: DecodePool, happens: str, words: str
) -> None:
    with pytest.raises(pool_layout.DecoderDefect, match=words) as caught:
        pool.decode(scan(happens), Limits())
    assert "misbehaving.py" in caught.value.__notes__[0]


@pytest.mark.parametrize("happens", ["endless", "endless_in_c", "deaf", "stops", "forks_and_crashes"])
def test_what_has_no_end_is_ended(happens: str) -> None:
    with DecodePool(1, HASTY, misbehaving.decode) as hasty:
        (before,) = hasty.pids
        with pytest.raises(CorruptScan, match=f"{happens}: .* within 1.0 seconds.*decode_seconds"):
            hasty.decode(scan(happens), Limits())
        assert gone(before)
        wait_until(lambda: not group(before))
        assert before not in hasty.pids
        hasty.wait_until_warm()


def test_a_large_scan_may_take_longer() -> None:
    allowance = Allowance(memory_bytes=1, seconds=10, seconds_per_megabyte=0.3)
    assert allowance.seconds_for(45_000_000) == pytest.approx(23.5)
    slow = Allowance(memory_bytes=600_000_000, seconds=0.5, seconds_per_megabyte=50)  # the file has 0.01 MB
    with (
        DecodePool(1, slow, misbehaving.decode) as opened,
        pytest.raises(CorruptScan, match=r"within 0\.9 seconds"),
    ):
        opened.decode(scan("endless"), Limits())


def test_a_process_that_another_scan_has_damaged_is_not_held_against_this_one() -> None:
    with DecodePool(1, PATIENT, misbehaving.decode) as opened:
        opened.decode(scan(), Limits())
        raw = opened.decode(scan("crashes_when_used"), Limits())
    assert same(raw, decoders.decode(scan(), Limits()))


def test_a_process_that_was_killed_while_it_waited_is_replaced(pool: DecodePool) -> None:
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    killed = set(pool.pids)
    for seed in range(3):
        assert same(pool.decode(scan(seed=seed), Limits()), decoders.decode(scan(seed=seed), Limits()))
    assert not killed & set(pool.pids)


def test_pixels_that_are_still_looked_at_are_not_written_over() -> None:
    with DecodePool(1, PATIENT) as opened:
        kept = [
            opened.decode(scan(seed=seed, height=40 + seed), Limits()).pixels[0, ::2] for seed in range(4)
        ]
        for seed in range(4, 8):
            opened.decode(scan(seed=seed), Limits())
    for seed, pixels in enumerate(kept):
        np.testing.assert_array_equal(pixels, counts(40 + seed, 70, seed)[::2])


def test_the_memory_of_pixels_that_are_let_go_of_is_used_again() -> None:
    with DecodePool(1, PATIENT) as opened:
        opened.decode(scan(), Limits())
        gc.collect()
        before = open_files()
        for seed in range(20):
            opened.decode(scan(seed=seed), Limits())
        assert len(open_files()) <= len(before) + 1


def open_files() -> list[str]:
    links = Path("/proc/self/fd").iterdir()
    return [str(link.readlink()) for link in links if link.is_symlink()]


def test_many_threads_get_each_its_own(pool: DecodePool) -> None:
    def decoded(seed: int) -> RawScan | str:
        happens = {3: "segfault", 7: "refuses", 11: "takes_memory"}.get(seed % 13, "scan.tif")
        try:
            return pool.decode(scan(happens, seed, height=20 + seed), Limits())
        except InputError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(decoded, range(39)))
    for seed, answer in enumerate(answers):
        code = {3: "corrupt_scan", 7: "incomplete_scan", 11: "too_large"}.get(seed % 13)
        if code is not None:
            assert answer == code
        else:
            assert isinstance(answer, RawScan)
            np.testing.assert_array_equal(answer.pixels[0], counts(20 + seed, 70, seed))


def test_what_libraries_remark_is_logged_by_the_service(
    pool: DecodePool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("tifffile", "py.warnings"):
        caplog.set_level(logging.WARNING, name)
    pool.decode(scan("remarks"), Limits())
    said = {(record.name, record.levelno): record.getMessage() for record in caplog.records}
    assert said[("tifffile", logging.WARNING)] == "this tag is odd"
    assert "this value is odd" in said[("py.warnings", logging.WARNING)]
    assert capfd.readouterr().err == ""


def test_a_decoder_cannot_take_away_the_memory_of_the_service(pool: DecodePool) -> None:
    with pytest.raises(pool_layout.DecoderDefect, match="PermissionError"):
        pool.decode(scan("shrinks_the_memory"), Limits())


def test_a_remark_that_cannot_be_written_is_no_error_of_the_scan(pool: DecodePool) -> None:
    assert same(pool.decode(scan("remarks_wrongly"), Limits()), decoders.decode(scan(), Limits()))


def test_what_a_decoder_has_started_ends_with_its_process() -> None:
    with DecodePool(1, PATIENT, misbehaving.decode) as opened:
        assert same(opened.decode(scan("forks"), Limits()), decoders.decode(scan(), Limits()))
        (pid,) = opened.pids
        assert len(group(pid)) == 2
    wait_until(lambda: not group(pid))


@pytest.mark.parametrize("nonsense", misbehaving.NONSENSE)
def test_nonsense_in_answer_is_no_scan(nonsense: str) -> None:
    with (
        DecodePool(1, PATIENT, misbehaving.answers_nonsense) as opened,
        pytest.raises(CorruptScan, match="no usable answer"),
    ):
        opened.decode(scan(nonsense), Limits())


def test_a_process_that_speaks_without_being_asked_is_replaced() -> None:
    with DecodePool(1, PATIENT, misbehaving.decode) as opened:
        opened.decode(scan("speaks_when_told"), Limits())
        (pid,) = opened.pids
        os.kill(pid, signal.SIGUSR1)
        wait_until(lambda: not opened._processes[0].fit)
        assert same(opened.decode(scan(), Limits()), decoders.decode(scan(), Limits()))
        assert pid not in opened.pids


SENT: dict[str, Any] = {
    "pixels": {"dtype": "uint16", "shape": [1, 2, 3], "offset": 0},
    "photometric": "grey",
    "file_format": "tiff",
    "sidecar": {},
}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"scan": None},
        {"refusal": {}},
        {"scan": SENT | {"pixels": SENT["pixels"] | {"offset": 60}}},
        {"scan": SENT | {"pixels": SENT["pixels"] | {"offset": -8}}},
        {"scan": SENT | {"pixels": SENT["pixels"] | {"shape": [2**40, 2**40, 2**40]}}},
        {"scan": SENT | {"pixels": SENT["pixels"] | {"shape": [2, 3]}}},
        {"scan": SENT | {"pixels": SENT["pixels"] | {"dtype": "object"}}},
        {"scan": SENT | {"material": {"dtype": "uint16", "shape": [2, 3], "offset": 0}}},
        {"scan": SENT | {"photometric": "clear"}},
    ],
)
def test_an_answer_that_cannot_be_is_none(answer: dict[str, Any]) -> None:
    def read(told: dict[str, Any]) -> RawScan | pool_layout.Refusal:
        text = json.dumps(told).encode()
        memory.at_least(64 + len(text))[64 : 64 + len(text)] = text
        return pool_layout.read_answer(memory, Done(64, len(text)), scan(), Limits()).result

    memory = SharedMemory()
    assert isinstance(read({"scan": SENT}), RawScan)
    with pytest.raises(ValueError, match=r"."):
        read(answer)
    memory.close()


@pytest.mark.parametrize("constant", [{"_MOST_SCANS": 2}, {"_KEPT_BYTES": 1000}], ids=["used", "large"])
def test_a_process_that_has_served_its_time_is_replaced(
    monkeypatch: pytest.MonkeyPatch, constant: dict[str, int]
) -> None:
    for name, value in constant.items():
        monkeypatch.setattr(pool_process, name, value)
    with DecodePool(1, PATIENT) as opened:
        first = opened.pids
        for seed in range(2):
            opened.decode(scan(seed=seed), Limits())
        assert opened.pids != first
        assert gone(*first)
        assert same(opened.decode(scan(), Limits()), decoders.decode(scan(), Limits()))


def test_a_process_that_does_not_start_is_said_and_not_held_against_the_scan() -> None:
    with DecodePool(1, PATIENT, misbehaving.cannot_start) as opened:
        for _ in range(2):
            with pytest.raises(Unavailable, match="does not start"):
                opened.decode(scan(), Limits())
        with pytest.raises(Unavailable, match="does not start"):
            opened.wait_until_warm()


def test_the_end_of_the_service_is_not_held_against_the_scans_in_its_hands() -> None:
    pool = DecodePool(1, PATIENT, misbehaving.decode)
    with pool, ThreadPoolExecutor(3) as threads:
        pool.wait_until_warm()
        waiting = [threads.submit(pool.decode, scan("endless"), Limits()) for _ in range(3)]
        wait_until(lambda: any(future.running() for future in waiting))
        pids = pool.pids
        pool.__exit__(None, None, None)
        for future in waiting:
            with pytest.raises(Unavailable, match="ending"):
                future.result(30)
    assert all(gone(pid) for pid in pids)
    with pytest.raises(Unavailable):
        pool.decode(scan(), Limits())


def test_nothing_is_left_behind() -> None:
    gc.collect()
    before, threads = open_files(), threading.active_count()
    with (
        DecodePool(2, PATIENT, misbehaving.decode) as opened,
        DecodePool(1, HASTY, misbehaving.decode) as hasty,
    ):
        raw: Any = opened.decode(scan(), Limits())
        for pool, happens in ((opened, "segfault"), (hasty, "endless")):
            with pytest.raises(CorruptScan):
                pool.decode(scan(happens), Limits())
        pids = opened.pids + hasty.pids
    assert all(gone(pid) for pid in pids)
    np.testing.assert_array_equal(raw.pixels[0], counts(50, 70, 1))  # the pixels outlive the pool
    del raw
    gc.collect()
    assert sorted(open_files()) == sorted(before)
    assert threading.active_count() == threads


SERVICE = """
import os, signal, sys, threading, time
from tallyscan.acquire.limits import Limits
from tests.acquire.test_decode_pool import HASTY, misbehaving, scan
from tallyscan.acquire.decode_pool import DecodePool

with DecodePool(2, HASTY, misbehaving.decode) as pool:
    for _ in pool.pids:
        pool.wait_until_warm()
    threading.Thread(target=pool.decode, args=(scan("endless_in_c"), Limits()), daemon=True).start()
    time.sleep(0.3)
    print(*pool.pids, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_end_with_a_service_that_was_killed() -> None:
    """The idle one at once, the busy one no later than the scan may take, and nothing is said of leaks."""
    service = subprocess.run(
        [sys.executable, "-c", SERVICE],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert service.returncode == -signal.SIGKILL, service.stderr
    pids = [int(pid) for pid in service.stdout.split()]
    assert len(pids) == 2
    for pid in pids:
        wait_until(lambda pid=pid: gone(pid))
    assert service.stderr == ""


def test_arrays_are_used_where_they_were_made_and_others_are_laid_behind_them() -> None:
    memory = SharedMemory()
    arrays = AnswerArrays(memory)
    made = arrays.new((2, 3, 5), np.uint16)
    made[...] = np.arange(30, dtype=np.uint16).reshape(2, 3, 5)
    assert arrays.offset_of(made) == 0
    end = arrays.end
    turned = made[:, ::-1]  # begins elsewhere, and runs the other way
    swapped = made.astype(">u2")
    at = [arrays.offset_of(array) for array in (turned, swapped, made[:, 1:], made[0])]
    assert at[0] >= end
    assert len(set(at[:3])) == 3
    mapped = np.frombuffer(memory.at_least(arrays.end), np.uint8)
    for array, offset in zip((turned, swapped, made[:, 1:], made[0]), at, strict=True):
        there = mapped[offset : offset + array.nbytes].view(np.uint16).reshape(array.shape)
        np.testing.assert_array_equal(there, array)
    memory.close()
