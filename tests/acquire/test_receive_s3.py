"""The S3 prefix: taken whole and once, nothing lost, nothing written to the bucket."""

import hashlib
import os
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tallyscan.acquire.limits import Limits
from tallyscan.acquire.receive_folder import Inbox
from tallyscan.acquire.receive_s3 import S3Inbox
from tallyscan.acquire.s3_names import printable
from tallyscan.acquire.s3_prefix import S3Object, S3Prefix
from tallyscan.acquire.s3_spool import S3Spool
from tallyscan.acquire.scan_files import ProfileOf, no_profile, profile_by_folder
from tallyscan.delivery import Delivery, FileSet, ImageFile
from tallyscan.errors import TallyscanError, Unavailable
from tallyscan.scan import ScanFiles
from tallyscan.store.database import Database, open_database
from tallyscan.store.taken_objects import TakenObjects
from tests.acquire.s3_server import S3Server

POLL, QUIET, PATIENCE = 5.0, 2.0, 120.0
LIMITS = Limits(max_bytes=1000)


class Crash(BaseException):
    """The process ends here."""


class Site:
    """A prefix and its folder, with the watch of the folder and a clock of the test's own."""

    def __init__(
        self, s3: S3Server, folder: Path, database: Database, profile_of: ProfileOf = no_profile
    ) -> None:
        self.folder = folder / "spool"
        self.stop = threading.Event()
        self.prefix = S3Prefix(f"s3://{s3.bucket}/in", s3.url)
        self.memory = TakenObjects(database, self.prefix.bucket, self.prefix.prefix)
        self.refused: list[tuple[str, str]] = []
        self.scans: list[tuple[str, ScanFiles]] = []
        self.declarations: list[tuple[str, bytes]] = []
        self.inbox_refused: list[tuple[str, str]] = []
        self.now = 1000.0
        self.arrivals = S3Inbox(
            self.prefix,
            S3Spool(self.folder, self.prefix, LIMITS, self.stop),
            self.memory,
            self.refuse,
            poll_seconds=POLL,
            quiet_seconds=QUIET,
            patience_seconds=PATIENCE,
            stop=self.stop,
            profile_of=profile_of,
        )
        self.inbox = Inbox(
            self.folder,
            lambda files, origin: self.scans.append((origin, files)),
            lambda data, origin: self.declarations.append((origin, data)),
            lambda _path, origin, _kept_at, error: self.inbox_refused.append((origin, error.code)),
            folder / "moving.json",
            LIMITS,
            1.0,
            profile_of,
            keep_taken=False,
        )

    def refuse(self, found: S3Object, error: TallyscanError) -> None:
        self.refused.append((found.name, error.code))

    def poll(self, seconds: float = POLL) -> None:
        """As time goes by, with the watch of the folder in between."""
        self.now += seconds
        self.arrivals.list_new(self.now)
        try:
            self.arrivals.take_what_rests(self.now)
        finally:
            for second in range(13):  # a file that is missing is waited for ten quiet times long
                self.inbox.take_what_rests(self.now + second)

    def polls(self, times: int = 2) -> None:
        for _ in range(times):
            self.poll()

    @property
    def lying(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if not path.is_dir()}

    @property
    def taken(self) -> list[str]:
        return [origin for origin, _ in self.scans]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'tallyscan.db'}")
    yield opened
    opened.close()


@pytest.fixture
def site(s3: S3Server, tmp_path: Path, database: Database) -> Site:
    return Site(s3, tmp_path, database)


def manifest(**files: bytes) -> bytes:
    return "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name.replace('__', '.')}\n" for name, data in files.items()
    ).encode()


def test_a_scan_is_taken_with_what_lies_beside_it_and_its_subfolder(s3: S3Server, site: Site) -> None:
    s3.put("in/gate 1/b.tif", "in/gate 1/b.json", "in/gate 1/b.declaration.json", data=b"bytes")
    s3.put("elsewhere/c.tif", "inner/d.tif")
    site.polls()
    ((origin, files),) = site.scans
    assert origin == "gate 1/b.tif"
    assert files.images[0].data == files.sidecar == files.declaration == b"bytes"
    assert site.declarations == []
    site.polls()
    assert len(site.scans) == 1
    assert list(site.folder.iterdir()) == []  # no copy is left, and no folder


def test_nothing_is_ever_written_to_the_bucket(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", "in/a.json", "in/x.declaration.json", "in/too.tif", data=b"x" * 10)
    s3.put("in/too.tif", data=b"x" * 1000)
    before, s3.asked = s3.contents(), []
    site.polls(3)
    assert site.taken == ["a.tif"]
    assert site.refused == [("too.tif", "too_large")]
    assert {method for method, _ in s3.asked} == {"GET"}
    assert s3.contents() == before


def test_a_sidecar_that_comes_a_little_after_its_image_is_not_left_behind(
    s3: S3Server,
    site: Site,
) -> None:
    s3.put("in/a.tif")
    site.poll()
    assert site.lying == set()
    s3.put("in/a.json")
    site.poll()  # the image has been listed for long enough, what lies beside it has not
    site.poll()
    assert [(origin, files.sidecar) for origin, files in site.scans] == [("a.tif", b"x")]


def test_two_energies_are_one_scan_however_far_apart_they_come(s3: S3Server, site: Site) -> None:
    s3.put("in/a.high.png", data=b"high")
    for _ in range(5):
        site.poll()
    assert site.scans == []
    s3.put("in/a.low.png", data=b"low")
    site.polls()
    assert [part.data for part in site.scans[0][1].images] == [b"high", b"low"]


def test_what_stays_alone_is_taken_alone_in_the_end(s3: S3Server, site: Site) -> None:
    s3.put("in/a.low.png", "in/b.declaration.json", "in/c.json", "in/d.declaration.xml")
    site.polls()
    assert (site.scans, site.declarations) == ([], [])
    site.poll(PATIENCE)
    assert site.taken == ["a.low.png"]
    assert site.declarations == [("b.declaration.json", b"x"), ("d.declaration.xml", b"x")]
    s3.put("in/c.tif")  # its sidecar has waited in the bucket
    site.polls()
    assert [(origin, files.sidecar) for origin, files in site.scans[1:]] == [("c.tif", b"x")]


def test_a_declaration_waits_for_the_image_that_is_still_being_uploaded(
    s3: S3Server,
    site: Site,
) -> None:
    upload = s3.client.create_multipart_upload(Bucket=s3.bucket, Key="in/a.tif")["UploadId"]
    part = s3.client.upload_part(
        Bucket=s3.bucket, Key="in/a.tif", UploadId=upload, PartNumber=1, Body=b"image"
    )
    s3.put("in/a.declaration.json", data=b"{}")
    site.polls(5)
    assert (site.scans, site.declarations, site.lying) == ([], [], set())
    s3.client.complete_multipart_upload(
        Bucket=s3.bucket,
        Key="in/a.tif",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    site.polls()
    assert [(files.images[0].data, files.declaration) for _, files in site.scans] == [(b"image", b"{}")]
    assert site.declarations == []


def test_what_a_manifest_names_is_taken_together_whenever_it_comes(s3: S3Server, site: Site) -> None:
    files = {"z_he__tif": b"high", "a_le__tif": b"low", "meta__json": b"{}"}
    s3.put("in/shift.sha256", data=manifest(**files))
    s3.put("in/z_he.tif", data=b"high")
    s3.put("in/meta.json", data=b"{}")
    site.polls(5)
    assert (site.scans, site.lying) == ([], set())
    s3.put("in/a_le.tif", data=b"low")
    site.polls()
    ((origin, scan),) = site.scans
    assert origin == "z_he.tif"
    assert [part.data for part in scan.images] == [b"high", b"low"]
    assert (scan.sidecar, site.inbox_refused) == (b"{}", [])


def test_what_is_missing_of_a_manifest_is_refused_by_name_and_can_be_sent_again(
    s3: S3Server,
    site: Site,
) -> None:
    names = manifest(a__tif=b"1", b__tif=b"2")
    s3.put("in/s.sha256", data=names)
    s3.put("in/a.tif", data=b"1")
    site.polls()
    site.poll(PATIENCE)
    assert sorted(site.inbox_refused) == [("a.tif", "incomplete_scan"), ("s.sha256", "incomplete_scan")]
    assert {"refused/a.tif", "refused/s.sha256"} <= site.lying
    wait_for_the_next_second(s3)
    s3.put("in/s.sha256", data=names)
    s3.put("in/a.tif", data=b"1")  # the same bytes, and yet sent anew
    s3.put("in/b.tif", data=b"2")
    site.polls()
    assert [len(files.images) for _, files in site.scans] == [2]


def test_a_manifest_that_cannot_be_used_is_refused(s3: S3Server, site: Site) -> None:
    s3.put("in/s.sha256", data=b"no manifest")
    s3.put("in/a.tif")
    site.polls()
    assert site.inbox_refused == [("s.sha256", "corrupt_scan")]
    assert site.taken == ["a.tif"]


def test_a_folder_of_a_profile_waits_for_all_its_files(
    s3: S3Server,
    tmp_path: Path,
    database: Database,
) -> None:
    images = (ImageFile(name="H_*.raw", planes=("high",)), ImageFile(name="L_*.raw", planes=("low",)))
    files = FileSet(images=images, sidecar="*.xml", beside=("*.jpg",))
    profiles = profile_by_folder(tmp_path / "spool", {"gate_3"}, {"gate_3": Delivery("gate_3", files)})
    site = Site(s3, tmp_path, database, profiles)
    s3.put("in/gate_3/H_7.raw", data=b"high")
    s3.put("in/gate_3/7.XML", data=b"<x/>")
    s3.put("in/gate_3/7.jpg", "in/gate_3/8.jpg", data=b"preview")
    site.polls(5)
    assert site.scans == []
    s3.put("in/gate_3/L_7.raw", data=b"low")
    site.polls()
    ((origin, scan),) = site.scans
    assert (origin, scan.profile, scan.sidecar) == ("gate_3/H_7.raw", "gate_3", b"<x/>")
    assert [part.data for part in scan.images] == [b"high", b"low"]
    assert site.lying == set()
    site.poll(PATIENCE)  # no raw file has come for the other picture
    assert site.taken == ["gate_3/H_7.raw", "gate_3/8.jpg"]


def test_a_restart_takes_nothing_twice(s3: S3Server, site: Site, tmp_path: Path, database: Database) -> None:
    s3.put("in/a.tif", "in/b.declaration.json", "in//c.tif")
    site.polls()
    site.poll(PATIENCE)
    assert (site.taken, len(site.declarations), len(site.refused)) == (["a.tif"], 1, 1)
    again = Site(s3, tmp_path, database)
    again.polls()
    again.poll(PATIENCE)
    assert (again.scans, again.declarations, again.refused) == ([], [], [])
    s3.asked = []
    again.poll()
    assert len(s3.asked) == 1  # one listing, and nothing is fetched


def test_a_key_that_is_written_again_is_taken_again(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", data=b"one")
    site.polls()
    s3.put("in/a.tif", data=b"two")
    site.polls()
    assert [files.images[0].data for _, files in site.scans] == [b"one", b"two"]


def test_what_was_deleted_is_forgotten(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", "in/b.tif")
    site.polls()
    assert set(site.memory.marks()) == {"a.tif", "b.tif"}
    s3.delete("in/a.tif")
    site.poll()
    assert set(site.memory.marks()) == {"b.tif"}


def test_another_prefix_of_the_bucket_takes_nothing_again(
    s3: S3Server,
    site: Site,
    database: Database,
) -> None:
    s3.put("in/gate1/a.tif", "in/gate2/a.tif")
    site.polls()
    narrower = TakenObjects(database, s3.bucket, "in/gate1/")
    assert set(narrower.marks()) == {"a.tif"}
    narrower.forget(["a.tif"])
    assert set(site.memory.marks()) == {"gate2/a.tif"}


def test_a_crash_before_it_is_remembered_takes_it_twice_and_loses_nothing(
    s3: S3Server,
    site: Site,
    tmp_path: Path,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3.put("in/a.tif", "in/a.json")

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(TakenObjects, "remember", crash)
        site.poll()
        with pytest.raises(Crash):
            site.poll()
    assert len(site.scans) == 1  # the watch of the folder had it already
    again = Site(s3, tmp_path, database)
    again.polls()
    assert [files for _, files in again.scans] == [files for _, files in site.scans]


def test_a_crash_while_it_is_fetched_leaves_nothing_that_could_be_taken_for_it(
    s3: S3Server,
    site: Site,
    tmp_path: Path,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3.put("in/deep/a.tif", "in/deep/a.json")

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash)
        patch.setattr(Path, "unlink", crash)
        site.poll()
        with pytest.raises(Crash):
            site.poll()
    assert site.lying == {"deep/.a.tif.part", "deep/.a.json.part"}
    assert site.scans == []
    again = Site(s3, tmp_path, database)
    assert again.lying == set()
    again.polls()
    assert again.taken == ["deep/a.tif"]


ODD_KEYS = [
    "../out.tif", "..", "/absolute.tif", "a//b.tif", "a/./b.tif", ".hidden/a.tif", "a/.b.tif", "a\\b.tif",
    "a\x01b.tif", "a\x00b.tif", "a\x7fb.tif", "x" * 241 + ".tif", "taken/a.tif", "refused/a.tif", "file/",
]  # fmt: skip


def test_keys_that_lead_elsewhere_are_refused_once_and_hold_nothing_up(
    s3: S3Server,
    site: Site,
    tmp_path: Path,
    database: Database,
) -> None:
    s3.put(*(f"in/{key}" for key in ODD_KEYS), "in/good.tif")
    s3.asked = []
    site.polls()
    assert sorted(site.refused) == sorted((key, "input") for key in ODD_KEYS)
    assert site.taken == ["good.tif"]
    assert [path for _, path in s3.asked if path != f"/{s3.bucket}"] == [f"/{s3.bucket}/in/good.tif"]
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"spool"}
    again = Site(s3, tmp_path, database)
    again.polls()
    assert again.refused == []


def test_no_two_names_look_alike_where_they_are_remembered() -> None:
    names = ["a\x01b", "a\\u{1}b", "a\\b", "a\nb", "ab", "a b", "ä"]
    shown = [printable(name) for name in names]
    assert len(set(shown)) == len(names)
    assert "".join(shown).isprintable()
    assert shown[-3:] == names[-3:]


def test_names_in_any_script_are_kept(s3: S3Server, site: Site) -> None:
    names = ["brána ä.tif", "货柜 1.tif", "a+b c%20d.tif", "a?b#c&d.tif", "~*[x].tif"]
    s3.put(*(f"in/{name}" for name in names))
    site.polls()
    assert sorted(site.taken) == sorted(names)


def test_markers_of_folders_and_unfinished_uploads_are_passed_over(s3: S3Server, site: Site) -> None:
    s3.put("in/", "in/gate1/", data=b"")
    s3.put("in/a.tif.part", "in/b.TMP", "in/c.filepart")
    site.polls(3)
    assert (site.refused, site.scans, site.lying) == ([], [], set())


def test_too_large_a_scan_is_refused_once_and_not_fetched(s3: S3Server, site: Site) -> None:
    s3.put("in/a.high.png", "in/a.low.png", data=b"x" * 500)
    s3.put("in/b.tif", data=b"x" * 999)
    s3.asked = []
    site.polls(4)
    assert sorted(site.refused) == [("a.high.png", "too_large"), ("a.low.png", "too_large")]
    assert site.taken == ["b.tif"]
    assert [path.rpartition("/")[2] for _, path in s3.asked if not path.endswith(s3.bucket)] == ["b.tif"]


def test_an_archived_object_is_refused_and_taken_when_it_was_copied_onto_itself(
    s3: S3Server,
    site: Site,
) -> None:
    place = {"Bucket": s3.bucket, "Key": "in/a.tif"}
    s3.client.put_object(**place, Body=b"x", StorageClass="GLACIER")
    site.polls(3)
    assert (site.refused, site.scans) == ([("a.tif", "input")], [])
    wait_for_the_next_second(s3)
    s3.client.put_object(**place, Body=b"x")
    site.polls()
    assert site.taken == ["a.tif"]


def test_a_server_that_is_away_is_told_and_goes_on_when_it_is_back(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif")
    site.poll()
    s3.stop()
    with pytest.raises(Unavailable, match=f"s3://{s3.bucket}/in/ cannot be read"):
        site.poll()
    s3.start()
    site.poll()
    assert site.taken == ["a.tif"]


def test_pauses_grow_while_the_server_is_away(
    s3: S3Server, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    monkeypatch.setattr(site.stop, "wait", wait)
    site.arrivals.poll()
    s3.answer_instead = lambda _path: HTTPStatus.FORBIDDEN
    for _ in range(6):
        with pytest.raises(Unavailable):
            site.arrivals.poll()
    s3.answer_instead = lambda _path: None
    site.arrivals.poll()
    site.arrivals.poll()
    first, *after_faults, back = pauses
    assert first == 0.0
    assert after_faults[0] >= POLL
    assert after_faults[1:] == [min(2 * pause, 60.0) for pause in after_faults[:-1]]
    assert POLL <= back < 60.0


def test_an_object_that_cannot_be_read_holds_up_no_other(s3: S3Server, site: Site) -> None:
    for number in range(5):
        s3.put(f"in/locked{number}.tif")
    s3.put("in/zebra.tif")
    s3.answer_instead = lambda path: HTTPStatus.FORBIDDEN if "locked" in path else None
    site.poll()
    for _ in range(3):
        with pytest.raises(Unavailable, match="403"):
            site.poll()
    assert site.taken == ["zebra.tif"]
    s3.answer_instead = lambda _path: None
    site.polls()
    assert len(site.taken) == 6
    assert site.refused == []


def test_a_manifest_that_cannot_be_read_now_holds_back_its_folder_alone(s3: S3Server, site: Site) -> None:
    s3.put("in/one/a.tif", "in/two/b.tif", data=b"1")
    s3.put("in/one/s.sha256", data=manifest(a__tif=b"1"))
    s3.answer_instead = lambda path: HTTPStatus.FORBIDDEN if "sha256" in path else None
    for _ in range(3):
        with pytest.raises(Unavailable):
            site.poll()
    assert site.taken == ["two/b.tif"]
    s3.answer_instead = lambda _path: None
    site.polls()
    assert site.taken == ["two/b.tif", "one/a.tif"]


def test_what_is_cut_off_on_its_way_is_fetched_again(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", data=b"all of it")
    site.poll()
    s3.cut_at = 4
    with pytest.raises(Unavailable, match="cannot be read"):
        site.poll()
    assert (site.scans, site.lying) == ([], set())
    s3.cut_at = None
    site.poll()
    assert [files.images[0].data for _, files in site.scans] == [b"all of it"]


def test_what_changes_while_it_is_fetched_is_never_taken_half(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", "in/b.tif", data=b"old")
    site.poll()

    def change(path: str) -> None:
        if path.endswith(".tif"):
            s3.before = lambda _path: None
            s3.put("in/a.tif", data=b"new")
            s3.delete("in/b.tif")

    s3.before = change
    site.poll()
    assert site.scans == []
    site.polls()
    assert [files.images[0].data for _, files in site.scans] == [b"new"]


def test_a_newer_object_does_not_replace_one_that_still_waits(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", data=b"one")
    (site.folder / "a.tif").write_bytes(b"waits, as the store does not answer")
    site.arrivals.list_new(0.0)
    site.arrivals.take_what_rests(0.0)
    site.arrivals.list_new(POLL)
    site.arrivals.take_what_rests(POLL)
    assert (site.folder / "a.tif").read_bytes() == b"waits, as the store does not answer"
    site.polls()
    assert [files.images[0].data for _, files in site.scans] == [
        b"waits, as the store does not answer",
        b"one",
    ]


def test_a_file_and_a_folder_of_one_name_follow_one_another(s3: S3Server, site: Site) -> None:
    s3.put("in/a", "in/a/b.tif")
    site.polls(4)
    assert sorted(site.taken) == ["a", "a/b.tif"]


def test_only_so_much_is_fetched_as_the_inbox_takes(s3: S3Server, site: Site) -> None:
    for number in range(5):
        s3.put(f"in/{number}.tif", data=b"x" * 900)
    for now in (0.0, POLL, 2 * POLL):
        site.arrivals.list_new(now)
        site.arrivals.take_what_rests(now)
        assert len(site.lying) <= 2
    site.polls(4)
    assert sorted(site.taken) == [f"{number}.tif" for number in range(5)]


def test_what_was_refused_does_not_count_as_waiting(s3: S3Server, site: Site) -> None:
    (site.folder / "refused").mkdir()
    for number in range(3):
        (site.folder / f"refused/{number}.tif").write_bytes(b"x" * 900)
    s3.put("in/a.tif")
    site.polls()
    assert site.taken == ["a.tif"]
    assert len(site.lying) == 3


def test_what_has_lain_there_for_hours_does_not_hold_up_the_rest(s3: S3Server, site: Site) -> None:
    for number in range(3):
        stuck = site.folder / f"{number}.tif"
        stuck.write_bytes(b"x" * 900)
    s3.put("in/a.tif")

    def poll_alone(now: float) -> None:
        site.arrivals.list_new(now)
        site.arrivals.take_what_rests(now)

    poll_alone(0.0)
    poll_alone(POLL)
    assert "a.tif" not in site.lying
    for path in site.folder.iterdir():
        os.utime(path, (1e9, 1e9))
    poll_alone(2 * POLL)
    assert "a.tif" in site.lying


def test_images_get_their_names_last(s3: S3Server, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    names = manifest(a__tif=b"x", b__tif=b"x", b__json=b"x", z__declaration__json=b"x")
    s3.put("in/a.tif", "in/b.tif", "in/b.json", "in/z.declaration.json")
    s3.put("in/s.sha256", data=names)
    named: list[str] = []
    real_replace = Path.replace

    def replace(path: Path, target: Path) -> Path:
        named.append(target.name)
        return real_replace(path, target)

    site.poll()
    monkeypatch.setattr(Path, "replace", replace)
    site.arrivals.take_what_rests(site.now + POLL)
    assert named == ["s.sha256", "b.json", "z.declaration.json", "a.tif", "b.tif"]


def test_the_oldest_is_taken_first(s3: S3Server, site: Site) -> None:
    s3.put("in/z.tif")
    wait_for_the_next_second(s3)
    s3.put("in/a.tif")
    site.arrivals.list_new(0.0)
    site.arrivals.list_new(POLL)
    s3.asked = []
    site.arrivals.take_what_rests(POLL)
    assert [path.rpartition("/")[2] for _, path in s3.asked] == ["z.tif", "a.tif"]


def test_a_full_disk_is_told_and_takes_nothing_away(
    s3: S3Server,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3.put("in/a.tif")
    site.poll()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(Unavailable, match="No space left"):
            site.poll()
    assert site.lying == set()
    site.poll()
    assert site.taken == ["a.tif"]


def test_more_pages_than_one_are_listed(s3: S3Server, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    s3.put(*(f"in/{number}.tif" for number in range(5)))
    s3.asked = []
    site.poll()
    assert len(s3.asked) == 3
    site.poll()
    assert len(site.taken) == 5


def test_nothing_more_is_begun_when_the_service_ends(s3: S3Server, site: Site) -> None:
    s3.put("in/a.tif", "in/b.tif")
    site.poll()
    s3.before = lambda _path: site.stop.set()
    site.arrivals.take_what_rests(site.now + POLL)
    assert site.lying == set()
    s3.asked = []
    site.arrivals.poll()
    assert s3.asked == []


def wait_for_the_next_second(s3: S3Server) -> None:
    """What is written now has another time, as the server tells it in whole seconds."""
    s3.put("other/first")
    first = s3.contents()["other/first"][1]
    while True:
        s3.put("other/later")
        if s3.contents()["other/later"][1] != first:
            return
