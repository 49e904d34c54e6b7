"""The watched folder: taken when at rest, handed over before it is moved, nothing lost."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_folder import Inbox
from tallyscan.errors import Conflict, InputError, TallyscanError, Unavailable
from tallyscan.scan import ScanFiles
from tallyscan.worker import Loop

QUIET = 10.0


class Desk:
    """Takes scans and declarations, and fails when it is told to."""

    def __init__(self) -> None:
        self.scans: list[tuple[str, ScanFiles]] = []
        self.declarations: list[tuple[str, bytes]] = []
        self.refused: list[tuple[str, str, str, bool]] = []
        self.failure: Exception | None = None

    def accept(self, files: ScanFiles, origin: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.scans.append((origin, files))

    def accept_declaration(self, data: bytes, origin: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.declarations.append((origin, data))

    def refuse(self, path: Path, origin: str, kept_at: str, error: TallyscanError) -> None:
        self.refused.append((origin, kept_at, error.code, path.is_file()))

    @property
    def origins(self) -> list[str]:
        return [origin for origin, _ in self.scans]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def inbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Inbox:
    moving = tmp_path_factory.mktemp("data") / "moving.json"
    return Inbox(
        tmp_path, desk.accept, desk.accept_declaration, desk.refuse, moving, Limits(max_bytes=1000), QUIET
    )


def pass_by(inbox: Inbox, start: float = 100.0) -> None:
    """Long enough for every file that lies in the inbox now."""
    inbox.take_what_rests(start)
    inbox.take_what_rests(start + QUIET)


def put(folder: Path, *names: str, data: bytes = b"x") -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_scan_at_rest_is_handed_over_with_what_lies_beside_it_and_moved(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "gate/scan.tif", "gate/scan.json", "gate/scan.declaration.json", data=b"bytes")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET - 0.1)
    assert not desk.scans
    inbox.take_what_rests(100.0 + QUIET)
    ((origin, files),) = desk.scans
    assert origin == "gate/scan.tif"
    assert files.images[0].data == files.sidecar == files.declaration == b"bytes"
    assert names(tmp_path) == {
        f"taken/gate/scan{ending}" for ending in (".tif", ".json", ".declaration.json")
    }
    inbox.take_what_rests(200.0)
    assert len(desk.scans) == 1


def test_a_growing_file_is_left_alone_until_it_has_stopped(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    file = tmp_path / "scan.tif"
    for step in range(5):
        file.write_bytes(b"x" * (step + 1))
        inbox.take_what_rests(100.0 + 0.8 * QUIET * step)
    assert not desk.scans
    inbox.take_what_rests(100.0 + 0.8 * QUIET * 4 + QUIET)
    assert [files.images[0].data for _, files in desk.scans] == [b"xxxxx"]


def test_rewriting_at_the_same_size_is_change_too(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    file = tmp_path / "scan.tif"
    file.write_bytes(b"old")
    inbox.take_what_rests(100.0)
    file.write_bytes(b"new")
    os.utime(file, ns=(1, 1))
    inbox.take_what_rests(100.0 + QUIET)
    assert not desk.scans
    inbox.take_what_rests(100.0 + 2 * QUIET)
    assert desk.scans[0][1].images[0].data == b"new"


def test_an_image_waits_for_its_growing_sidecar(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "scan.tif")
    inbox.take_what_rests(100.0)
    put(tmp_path, "scan.json")
    inbox.take_what_rests(100.0 + QUIET)
    assert not desk.scans
    inbox.take_what_rests(100.0 + 2 * QUIET)
    assert desk.scans[0][1].sidecar == b"x"


def test_one_energy_waits_a_while_for_the_other(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "scan.high.png", data=b"high")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 5 * QUIET)
    assert not desk.scans
    put(tmp_path, "scan.low.png", data=b"low")
    inbox.take_what_rests(100.0 + 6 * QUIET)
    inbox.take_what_rests(100.0 + 7 * QUIET)
    assert [part.data for part in desk.scans[0][1].images] == [b"high", b"low"]


def test_one_energy_alone_is_told_in_the_end(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "scan.high.png")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 10 * QUIET)
    assert desk.origins == ["scan.high.png"]


@pytest.mark.parametrize(
    "pair", [("a.HIGH.png", "a.LOW.png"), ("a.high.png", "a.low.tif"), ("a.High.PNG", "A.low.jp2")]
)
def test_two_energies_are_one_scan_in_whatever_case_and_format(
    tmp_path: Path, desk: Desk, inbox: Inbox, pair: tuple[str, str]
) -> None:
    put(tmp_path, *pair)
    pass_by(inbox)
    assert [part.name for part in desk.scans[0][1].images] == list(pair)
    assert len(desk.scans) == 1


def test_a_name_that_no_file_can_have_holds_up_nothing(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "a" * 250 + ".png", "ok.png", "b" * 240 + ".high.png")
    (tmp_path / "long.sha256").write_text(f"{'0' * 64}  {'c' * 300}\n")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 10 * QUIET)
    assert set(desk.origins) == {"a" * 250 + ".png", "ok.png", "b" * 240 + ".high.png"}
    assert [refused[0] for refused in desk.refused] == ["long.sha256"]


@pytest.mark.parametrize("linked", ["scan.json", "scan.declaration.json", "scan.low.png"])
def test_a_link_beside_an_image_is_told_and_not_followed(
    tmp_path: Path, desk: Desk, inbox: Inbox, linked: str
) -> None:
    put(tmp_path, "scan.high.png")
    (tmp_path / linked).symlink_to("/etc/hostname")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + 10 * QUIET)
    assert not desk.scans
    assert ("scan.high.png", "refused/scan.high.png") in {refused[:2] for refused in desk.refused}
    assert (
        f"{linked} of scan.high.png: links are not followed"
        in (tmp_path / "refused" / "scan.high.png.reason.txt").read_text()
    )


def test_a_declaration_alone_is_handed_over_and_a_sidecar_alone_waits(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "MSKU9070323.declaration.json", "scan.json", data=b"{}")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert desk.declarations == [("MSKU9070323.declaration.json", b"{}")]
    assert names(tmp_path) == {"taken/MSKU9070323.declaration.json", "scan.json"}
    assert not desk.scans


@pytest.mark.parametrize("ending", ["xml", "csv", "JSON"])
def test_a_declaration_alone_of_any_format_is_one(
    tmp_path: Path, desk: Desk, inbox: Inbox, ending: str
) -> None:
    put(tmp_path, f"a.declaration.{ending}", data=b"bytes")
    pass_by(inbox)
    assert (desk.declarations, desk.scans) == ([(f"a.declaration.{ending}", b"bytes")], [])


def test_a_declaration_of_any_format_lies_beside_its_scan_and_a_second_one_comes_by_itself(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "a.tif", "a.declaration.csv", "a.declaration.xml")
    pass_by(inbox)
    ((_, files),) = desk.scans
    assert files.declaration == b"x"
    assert desk.declarations == [("a.declaration.csv", b"x")]


def test_whatever_can_be_read_is_handed_over_because_the_store_keeps_the_quarantine(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "notes.txt", "scan.dcm", "broken.tif", data=b"no image")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert desk.origins == ["broken.tif", "notes.txt", "scan.dcm"]


def test_half_uploaded_hidden_and_special_files_are_not_touched(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(
        tmp_path,
        "scan.tif.part",
        "scan.tif.tmp",
        ".scan.tif.Xy12",
        ".git/scan.tif",
        "taken/old.tif",
        "refused/x.tif",
    )
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "link.tif").symlink_to("/etc/hostname")
    before = names(tmp_path)
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert not desk.scans
    assert names(tmp_path) == before


def test_what_is_too_large_is_refused_with_its_reason_and_the_next_one_is_taken(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "big.tif", "big.json", data=b"x" * 600)
    put(tmp_path, "small.tif")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert desk.origins == ["small.tif"]
    assert names(tmp_path) == {
        "refused/big.tif",
        "refused/big.json",
        "refused/big.tif.reason.txt",
        "taken/small.tif",
    }
    assert "is refused" in (tmp_path / "refused/big.tif.reason.txt").read_text(encoding="utf-8")
    # told before they are moved, so that a crash in between only tells it twice
    assert desk.refused == [
        ("big.tif", "refused/big.tif", "too_large", True),
        ("big.json", "refused/big.json", "too_large", True),
    ]


def test_what_cannot_be_told_as_refused_stays_and_is_tried_again(
    tmp_path: Path, desk: Desk, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("the database is locked")

    put(tmp_path, "big.tif", data=b"x" * 2000)
    monkeypatch.setattr(inbox, "_refuse", fail)
    pass_by(inbox)
    assert names(tmp_path) == {"big.tif"}
    monkeypatch.setattr(inbox, "_refuse", desk.refuse)
    inbox.take_what_rests(100.0 + 3 * QUIET)
    assert names(tmp_path) == {"refused/big.tif", "refused/big.tif.reason.txt"}
    assert len(desk.refused) == 1


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "scan.tif", "x.declaration.json")
    real_read = Path.read_bytes

    def no_permission(path: Path) -> bytes:
        if path.parent == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return real_read(path)

    with pytest.MonkeyPatch.context() as patch:  # a test that runs as root may read everything
        patch.setattr(Path, "read_bytes", no_permission)
        pass_by(inbox)
    assert [(origin, code) for origin, _, code, _ in desk.refused] == [
        ("scan.tif", "input"),
        ("x.declaration.json", "input"),
    ]
    assert (tmp_path / "refused/x.declaration.json").exists()


def test_two_images_of_one_name_are_refused_because_the_sidecar_could_be_that_of_either(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "a.png", "a.tif", "a.json", "a.txt", "b/a.tif", "b/a.json")
    pass_by(inbox)
    assert desk.origins == ["a.txt", "b/a.tif"]
    assert {origin for origin, *_ in desk.refused} == {"a.png", "a.tif", "a.json"}
    reason = (tmp_path / "refused/a.png.reason.txt").read_text(encoding="utf-8")
    assert "a.png and a.tif" in reason


def test_a_scan_of_another_consignment_is_refused_and_not_tried_for_ever(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "scan.tif")
    desk.failure = Conflict("This scan belongs to consignment 'C-1' already.")
    pass_by(inbox)
    assert desk.refused == [("scan.tif", "refused/scan.tif", "conflict", True)]


class Crash(BaseException):
    """The process ends here."""


def crash_at_second_move(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, now: float = 100.0) -> None:
    moves = []
    real_rename = Path.rename

    def rename(path: Path, target: Path) -> Path:
        moves.append(path)
        if len(moves) == 2:
            raise Crash
        return real_rename(path, target)

    def end(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        patch.setattr(Path, "unlink", end)
        inbox.take_what_rests(now)
        with pytest.raises(Crash):
            inbox.take_what_rests(now + QUIET)


def test_a_sidecar_that_was_used_is_not_left_for_the_next_image_of_its_name(
    tmp_path: Path, desk: Desk, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "c.tif", "c.json", data=b"first")
    crash_at_second_move(inbox, monkeypatch)
    assert names(tmp_path) == {"taken/c.tif", "c.json"}
    put(tmp_path, "c.tif", data=b"unrelated")
    inbox.finish_moving()
    pass_by(inbox, 200.0)
    assert [(files.images[0].data, files.sidecar) for _, files in desk.scans] == [
        (b"first", b"first"),
        (b"unrelated", None),
    ]
    assert names(tmp_path) == {"taken/c.tif", "taken/c.json", "taken/2-c.tif"}
    inbox.finish_moving()  # there is nothing left to do


def test_a_later_sidecar_of_the_same_name_is_not_moved_away_after_a_crash(
    tmp_path: Path, desk: Desk, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "c.tif", "c.json", data=b"first")
    crash_at_second_move(inbox, monkeypatch)
    (tmp_path / "c.json").unlink()
    put(tmp_path, "c.tif", "c.json", data=b"second")
    inbox.finish_moving()
    pass_by(inbox, 200.0)
    assert desk.scans[-1][1].sidecar == b"second"


def test_files_that_cannot_all_be_moved_stay_together(
    tmp_path: Path, desk: Desk, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "c.tif", "c.json")
    real_rename = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.name == "c.json":
            raise PermissionError(1, "Operation not permitted")
        return real_rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        pass_by(inbox)
    assert names(tmp_path) == {"c.tif", "c.json"}
    inbox.take_what_rests(100.0 + 3 * QUIET)
    assert names(tmp_path) == {"taken/c.tif", "taken/c.json"}
    assert [files.sidecar for _, files in desk.scans] == [b"x", b"x"]  # one scan, for the store


@pytest.mark.parametrize(
    "failure", [Unavailable("the database is locked"), RuntimeError("a bug"), OSError(28, "full")]
)
def test_what_could_not_be_handed_over_stays_and_is_tried_again_after_growing_pauses(
    tmp_path: Path, desk: Desk, inbox: Inbox, failure: Exception
) -> None:
    put(tmp_path, "scan.tif")
    inbox.take_what_rests(100.0)
    desk.failure = failure
    inbox.take_what_rests(100.0 + QUIET)
    assert names(tmp_path) == {"scan.tif"}
    desk.failure = None
    inbox.take_what_rests(100.0 + 1.5 * QUIET)
    assert not desk.scans
    inbox.take_what_rests(100.0 + 2 * QUIET)
    assert desk.origins == ["scan.tif"]
    assert names(tmp_path) == {"taken/scan.tif"}


def test_what_is_refused_on_handing_over_is_kept_with_the_reason(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "x.declaration.json")
    desk.failure = InputError("It is no declaration.", remedy="Correct it.")
    inbox.take_what_rests(100.0)
    inbox.take_what_rests(100.0 + QUIET)
    assert names(tmp_path) == {"refused/x.declaration.json", "refused/x.declaration.json.reason.txt"}
    reason = (tmp_path / "refused/x.declaration.json.reason.txt").read_text(encoding="utf-8")
    assert reason == "It is no declaration. Correct it.\n"


def test_a_second_file_of_the_same_name_overwrites_nothing(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    for number, data in enumerate((b"one", b"two", b"three")):
        put(tmp_path, "scan.tif", data=data)
        inbox.take_what_rests(100.0 * number)
        inbox.take_what_rests(100.0 * number + QUIET)
    assert [files.images[0].data for _, files in desk.scans] == [b"one", b"two", b"three"]
    kept = {path.name: path.read_bytes() for path in (tmp_path / "taken").iterdir()}
    assert kept == {"scan.tif": b"one", "2-scan.tif": b"two", "3-scan.tif": b"three"}


@contextmanager
def watching(folder: Path, desk: Desk) -> Iterator[Loop]:
    stop, moving = threading.Event(), folder.with_name("moving.json")
    inbox = Inbox(folder, desk.accept, desk.accept_declaration, desk.refuse, moving, Limits(), 0.2)
    loop = Loop("inbox", partial(inbox.look, stop), idle_seconds=0.05)
    loop.start()
    try:
        yield loop
    finally:
        stop.set()
        loop.stop(10)
        assert not loop.runs


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_watching_takes_what_lay_there_what_comes_and_what_comes_after_a_restart(
    tmp_path: Path, desk: Desk
) -> None:
    folder = tmp_path / "inbox"
    put(folder, "before.tif")
    with watching(folder, desk):
        assert eventually(lambda: desk.origins == ["before.tif"])
        put(folder, "later.tif")
        assert eventually(lambda: desk.origins == ["before.tif", "later.tif"])
        assert eventually(lambda: names(folder) == {"taken/before.tif", "taken/later.tif"})
    put(folder, "meanwhile.tif")
    with watching(folder, desk):
        assert eventually(lambda: desk.origins[2:] == ["meanwhile.tif"])


def manifest_of(folder: Path, *names: str) -> str:
    """As `sha256sum` writes it."""
    return "".join(f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)


def test_what_a_manifest_names_is_one_scan_in_its_order(tmp_path: Path, desk: Desk, inbox: Inbox) -> None:
    put(tmp_path, "77_le.tif", data=b"low")
    put(tmp_path, "77_he.tif", data=b"high")
    put(tmp_path, "77.json", "notes.txt", "77.declaration.json", data=b"{}")
    named = ("77_he.tif", "77_le.tif", "77.json", "77.declaration.json", "notes.txt")
    (tmp_path / "77.sha256").write_text(manifest_of(tmp_path, *named))
    pass_by(inbox)
    ((origin, files),) = desk.scans
    assert origin == "77_he.tif"
    assert [(part.name, part.data) for part in files.images] == [
        ("77_he.tif", b"high"),
        ("77_le.tif", b"low"),
    ]
    assert (files.sidecar, files.declaration, desk.declarations) == (b"{}", b"{}", [])
    assert names(tmp_path) == {f"taken/{name}" for name in (*named, "77.sha256")}


def test_a_manifest_that_comes_first_holds_its_files_back_until_all_are_there(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "a.tif", "b.tif", data=b"x")
    (tmp_path / "s.sha256").write_text(manifest_of(tmp_path, "a.tif", "b.tif"))
    (tmp_path / "b.tif").unlink()
    pass_by(inbox)
    assert desk.scans == []
    put(tmp_path, "b.tif", data=b"x")
    inbox.take_what_rests(100.0 + QUIET + 1)  # taken at once: the manifest rests, and b is what it says
    assert desk.origins == ["a.tif"]
    assert len(desk.scans[0][1].images) == 2


def test_a_file_that_still_grows_into_its_manifest_is_waited_for(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "a.tif", data=b"whole")
    (tmp_path / "a.sha256").write_text(manifest_of(tmp_path, "a.tif"))
    put(tmp_path, "a.tif", data=b"who")
    pass_by(inbox)
    assert (desk.scans, desk.refused) == ([], [])
    put(tmp_path, "a.tif", data=b"whole")
    pass_by(inbox, 100.0 + 3 * QUIET)
    assert desk.origins == ["a.tif"]


def test_what_never_comes_to_be_what_its_manifest_says_is_refused_and_kept(
    tmp_path: Path, desk: Desk, inbox: Inbox
) -> None:
    put(tmp_path, "a.tif", "short.tif", data=b"whole")
    (tmp_path / "a.sha256").write_text(manifest_of(tmp_path, "a.tif"))
    (tmp_path / "lost.sha256").write_text(manifest_of(tmp_path, "short.tif").replace("short", "lost"))
    (tmp_path / "broken.sha256").write_text("no manifest")
    put(tmp_path, "a.tif", data=b"wrong")
    (tmp_path / "short.tif").unlink()
    for step in range(18):
        inbox.take_what_rests(100.0 + step * QUIET)
    assert desk.scans == []
    assert {(origin, code) for origin, _, code, there in desk.refused if there} == {
        ("a.tif", "corrupt_scan"),
        ("a.sha256", "corrupt_scan"),
        ("lost.sha256", "incomplete_scan"),
        ("broken.sha256", "corrupt_scan"),
    }
    assert (tmp_path / "refused/a.tif").read_bytes() == b"wrong"
    assert "another SHA-256" in (tmp_path / "refused/a.tif.reason.txt").read_text()


def test_a_share_that_is_away_stops_the_watch_and_takes_nothing_with_it(
    tmp_path: Path, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    share, away = tmp_path / "share", tmp_path / "away"
    put(share := _made(share), "scan.tif", data=b"x")
    moving = tmp_path_factory.mktemp("data") / "moving.json"
    inbox = Inbox(
        share, desk.accept, desk.accept_declaration, desk.refuse, moving, Limits(max_bytes=1000), QUIET
    )
    inbox.take_what_rests(100.0)
    share.rename(away)
    with pytest.raises(Unavailable, match="cannot be looked through"):
        inbox.take_what_rests(100.0 + QUIET)
    with pytest.raises(Unavailable, match="is not there"):
        inbox.check_there()
    assert not share.exists()  # not made anew: it would hide the share when that comes back
    away.rename(share)
    pass_by(inbox, 200.0)
    assert desk.origins == ["scan.tif"]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_what_was_taken_is_deleted_where_its_copies_are_not_wanted(
    tmp_path: Path, desk: Desk, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = tmp_path_factory.mktemp("data") / "moving.json"
    inbox = Inbox(
        tmp_path, desk.accept, desk.accept_declaration, desk.refuse, moving, Limits(max_bytes=1000), QUIET,
        keep_taken=False,
    )  # fmt: skip
    put(tmp_path, "gate/a.tif", "gate/a.json")
    put(tmp_path, "large.tif", data=b"x" * 1000)
    pass_by(inbox)
    assert desk.origins == ["gate/a.tif"]
    assert names(tmp_path) == {"refused/large.tif", "refused/large.tif.reason.txt"}
    put(tmp_path, "c.tif", "c.json")
    crash_at_second_move(inbox, monkeypatch, 300.0)
    assert names(tmp_path) >= {"taken/c.tif", "c.json"}
    inbox.finish_moving()
    assert names(tmp_path) == {"refused/large.tif", "refused/large.tif.reason.txt"}


def test_a_watch_fails_while_its_share_is_away_and_goes_on_when_it_is_back(
    tmp_path: Path, desk: Desk
) -> None:
    share, away = tmp_path / "share", tmp_path / "away"
    put(_made(share), "before.tif")
    with watching(share, desk) as loop:
        assert eventually(lambda: names(share) == {"taken/before.tif"})
        share.rename(away)
        assert eventually(lambda: not loop.runs)
        put(away, "meanwhile.tif")
        away.rename(share)
        assert eventually(lambda: desk.origins == ["before.tif", "meanwhile.tif"])
        assert eventually(lambda: loop.runs)
