"""What every blob store must do."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from tallyscan.errors import NotFound, StoreAway, TallyscanError, Unavailable
from tallyscan.store.blob_cache import CachedBlobs
from tallyscan.store.blobs import Blobs, FolderBlobs
from tallyscan.store.blobs_s3 import S3Blobs
from tests.acquire.s3_server import S3Server


class BlobsContract:
    """Inherited by the tests of each adapter; `blobs` gives an empty store."""

    def test_bytes_come_back_under_their_sha256(self, blobs: Blobs) -> None:
        key = blobs.put(b"abc")
        assert key == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert blobs.get(key) == b"abc"

    def test_the_same_bytes_are_kept_once(self, blobs: Blobs) -> None:
        assert blobs.put(b"abc") == blobs.put(b"abc")

    def test_no_bytes_are_bytes_too(self, blobs: Blobs) -> None:
        assert blobs.get(blobs.put(b"")) == b""

    def test_a_spooled_file_is_taken_and_may_be_there_already(self, blobs: Blobs, tmp_path: Path) -> None:
        for _ in range(2):
            spooled = tmp_path / "spooled"
            spooled.write_bytes(b"abc")
            assert blobs.get(blobs.put(b"abc", spooled=spooled)) == b"abc"

    @pytest.mark.parametrize("key", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
    def test_what_is_not_there_is_not_found(self, blobs: Blobs, key: str) -> None:
        with pytest.raises(NotFound):
            blobs.get(key)
        with pytest.raises(NotFound):
            blobs.part(key, 0, 1)

    def test_parts_come_by_their_place_and_never_shorter(self, blobs: Blobs) -> None:
        key = blobs.put(b"abcdef")
        assert (blobs.part(key, 0, 6), blobs.part(key, 2, 3), blobs.part(key, 3, 0)) == (
            b"abcdef",
            b"cde",
            b"",
        )
        for start, count in ((4, 3), (6, 1), (60, 5)):
            with pytest.raises(TallyscanError, match="were changed"):
                blobs.part(key, start, count)

    def test_what_is_deleted_is_gone_unless_it_was_put_since(self, blobs: Blobs) -> None:
        key, other = blobs.put(b"abc"), blobs.put(b"other")
        earlier = datetime.now(UTC) - timedelta(minutes=1)
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert not blobs.delete(key, earlier)
        assert blobs.get(key) == b"abc"
        for _ in range(2):
            assert blobs.delete(key, later)
        with pytest.raises(NotFound):
            blobs.get(key)
        assert list(blobs.keys()) == [other]
        assert blobs.get(blobs.put(b"abc")) == b"abc"

    def test_every_key_is_listed(self, blobs: Blobs) -> None:
        assert list(blobs.keys()) == []
        assert {blobs.put(b"abc"), blobs.put(b""), blobs.put(b"abc")} == set(blobs.keys())


class TestFolderBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")

    def test_a_kept_file_is_never_written_again(self, blobs: FolderBlobs, tmp_path: Path) -> None:
        blobs.put(b"abc")
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        before = file.stat()
        blobs.put(b"abc")
        assert file.stat().st_ino == before.st_ino

    def test_one_that_is_put_again_is_not_deleted(self, blobs: FolderBlobs, tmp_path: Path) -> None:
        key = blobs.put(b"abc")
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        os.utime(file, (0, 0))
        blobs.put(b"abc")
        assert not blobs.delete(key, datetime.now(UTC) - timedelta(hours=1))
        os.utime(file, (0, 0))
        assert blobs.delete(key, datetime.now(UTC) - timedelta(hours=1))

    def test_changed_bytes_are_told(self, blobs: FolderBlobs, tmp_path: Path) -> None:
        key = blobs.put(b"abc")
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        file.write_bytes(b"abd")
        with pytest.raises(TallyscanError, match="changed on the disk"):
            blobs.get(key)

    @pytest.mark.parametrize("damage", [b"abd", b"ab", b""])
    def test_a_damaged_file_is_healed_when_its_bytes_come_again(
        self, blobs: FolderBlobs, tmp_path: Path, damage: bytes
    ) -> None:
        key = blobs.put(b"abc")
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        file.write_bytes(damage)
        assert blobs.put(b"abc") == key
        assert blobs.get(key) == b"abc"

    def test_a_spooled_file_is_moved_and_not_written_again(self, blobs: FolderBlobs, tmp_path: Path) -> None:
        spooled = tmp_path / "spooled"
        spooled.write_bytes(b"abc")
        number = spooled.stat().st_ino
        blobs.put(b"abc", spooled=spooled)
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        assert file.stat().st_ino == number
        assert file.parent.parent == tmp_path / "blobs"

    def test_a_new_folder_is_on_the_disk_before_the_bytes_are_said_to_be(
        self, blobs: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced = []
        real_sync = os.fsync

        def sync(descriptor: int) -> None:
            synced.append(os.fstat(descriptor).st_ino)
            real_sync(descriptor)

        monkeypatch.setattr(os, "fsync", sync)
        blobs.put(b"abc")
        root = tmp_path / "blobs"
        assert {root.stat().st_ino, (root / "ba").stat().st_ino} <= set(synced)

    @pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
    def test_a_disk_that_is_full_or_fails_is_unavailable_and_nothing_half_written_stays(
        self, blobs: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
    ) -> None:
        key = blobs.put(b"abc")

        def fail(*_: object) -> None:
            raise OSError(fault, os.strerror(fault))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(Unavailable, match=os.strerror(fault)):
                blobs.put(b"others")
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", fail)
            with pytest.raises(Unavailable, match=os.strerror(fault)):
                blobs.get(key)
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
        assert blobs.get(blobs.put(b"others")) == b"others"


PREFIX = "scans/of 2026"


class TestS3Blobs(BlobsContract):
    @pytest.fixture
    def blobs(self, s3: S3Server) -> S3Blobs:
        return S3Blobs(f"s3://{s3.bucket}/{PREFIX}", s3.url)

    def test_a_kept_object_is_never_written_again(self, blobs: S3Blobs, s3: S3Server) -> None:
        key = blobs.put(b"abc")
        assert list(s3.contents()) == [f"{PREFIX}/{key}"]
        s3.asked.clear()
        blobs.put(b"abc")
        assert {method for method, _ in s3.asked} == {"HEAD", "GET"}

    @pytest.mark.parametrize("damage", [b"abd", b"ab", b""])
    def test_a_damaged_object_is_told_and_healed_when_its_bytes_come_again(
        self, blobs: S3Blobs, s3: S3Server, damage: bytes
    ) -> None:
        key = blobs.put(b"abc")
        s3.put(f"{PREFIX}/{key}", data=damage)
        with pytest.raises(TallyscanError, match=f"were changed in s3://{s3.bucket}"):
            blobs.get(key)
        assert blobs.put(b"abc") == key
        assert blobs.get(key) == b"abc"

    def test_large_bytes_go_in_parts_and_come_back_whole(self, blobs: S3Blobs, s3: S3Server) -> None:
        data = bytes(range(256)) * (1 << 17)  # 32 MiB and a little
        data += b"end"
        key = blobs.put(data)
        assert [method for method, _ in s3.asked].count("PUT") == 3
        assert blobs.get(key) == data
        assert blobs.part(key, len(data) - 3, 3) == b"end"

    def test_a_spooled_file_is_taken_away_once_its_bytes_are_there(
        self, blobs: S3Blobs, s3: S3Server, tmp_path: Path
    ) -> None:
        spooled = tmp_path / "spooled"
        spooled.write_bytes(b"abc")
        s3.answer_instead = lambda _path: HTTPStatus.FORBIDDEN
        with pytest.raises(StoreAway, match="403"):
            blobs.put(b"abc", spooled=spooled)
        assert spooled.read_bytes() == b"abc"
        s3.answer_instead = lambda _path: None
        blobs.put(b"abc", spooled=spooled)
        assert not spooled.exists()

    @pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE])
    def test_a_server_that_refuses_is_unavailable_and_no_fault_of_the_bytes(
        self, blobs: S3Blobs, s3: S3Server, status: HTTPStatus
    ) -> None:
        key = blobs.put(b"abc")
        s3.answer_instead = lambda _path: status
        for ask in (
            lambda: blobs.put(b"others"),
            lambda: blobs.put(b"abc"),
            lambda: blobs.get(key),
            lambda: blobs.part(key, 0, 1),
            lambda: list(blobs.keys()),
        ):
            with pytest.raises(StoreAway, match=str(status.value)):
                ask()
        s3.answer_instead = lambda _path: None
        assert blobs.get(blobs.put(b"others")) == b"others"

    def test_a_server_that_is_away_or_breaks_off_is_unavailable_too(
        self, blobs: S3Blobs, s3: S3Server
    ) -> None:
        key = blobs.put(b"abc" * 1000)
        s3.cut_at = 5
        with pytest.raises(StoreAway):
            blobs.get(key)
        s3.cut_at = None
        s3.stop()
        with pytest.raises(StoreAway, match="cannot be reached"):
            blobs.get(key)
        s3.start()
        assert blobs.get(key) == b"abc" * 1000

    def test_a_bucket_that_is_not_there_is_not_bytes_that_are_not_there(self, s3: S3Server) -> None:
        blobs = S3Blobs("s3://no-such-bucket", s3.url)
        for ask in (lambda: blobs.put(b"abc"), lambda: blobs.get("0" * 64), lambda: list(blobs.keys())):
            with pytest.raises(StoreAway, match="NoSuchBucket"):
                ask()

    def test_the_server_encrypts_as_it_is_told(self, s3: S3Server) -> None:
        key = S3Blobs(f"s3://{s3.bucket}", s3.url, encryption="aws:kms", kms_key="alias/scans").put(b"abc")
        head = s3.client.head_object(Bucket=s3.bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/scans")

    def test_no_bytes_cross_a_network_in_the_open_unless_that_is_allowed(self, s3: S3Server) -> None:
        assert s3.port
        with pytest.raises(TallyscanError, match=r"without TLS.*blobs_s3_allow_plain"):
            S3Blobs("s3://scans", "http://s3.example:9000")
        S3Blobs("s3://scans", "http://s3.example:9000", allow_plain=True)

    def test_without_credentials_nothing_starts(self, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(TallyscanError, match="no credentials"):
            S3Blobs(f"s3://{s3.bucket}", s3.url)


class TestCachedBlobs(BlobsContract):
    @pytest.fixture
    def original(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "original")

    @pytest.fixture
    def blobs(self, original: FolderBlobs, tmp_path: Path) -> CachedBlobs:
        return CachedBlobs(original, tmp_path / "cache", 1000)

    def test_what_is_kept_is_asked_for_once(self, blobs: CachedBlobs, tmp_path: Path) -> None:
        key = blobs.put(b"abc")
        (tmp_path / "original").rename(tmp_path / "away")
        assert (blobs.get(key), blobs.part(key, 1, 2)) == (b"abc", b"bc")
        again = CachedBlobs(FolderBlobs(tmp_path / "original"), tmp_path / "cache", 1000)  # another process
        assert (again.part(key, 1, 2), again.get(key)) == (b"bc", b"abc")

    @pytest.mark.parametrize("damage", [b"abd", b"a", b""])
    def test_a_damaged_copy_is_made_anew(self, blobs: CachedBlobs, tmp_path: Path, damage: bytes) -> None:
        key = blobs.put(b"abc")
        copy = tmp_path / "cache" / key
        copy.write_bytes(damage)
        again = CachedBlobs(FolderBlobs(tmp_path / "original"), tmp_path / "cache", 1000)
        assert again.part(key, 0, 3) == b"abc"
        assert again.get(key) == b"abc"
        assert copy.read_bytes() == b"abc"

    def test_what_was_not_asked_for_longest_makes_room(self, blobs: CachedBlobs, tmp_path: Path) -> None:
        keys = [blobs.put(bytes([number]) * 250) for number in range(4)]
        for age, key in enumerate((keys[2], keys[0], keys[3], keys[1])):  # the newest first
            os.utime(tmp_path / "cache" / key, (1e9 - age, 1e9 - age))
        fifth = blobs.put(b"x" * 300)
        kept = {path.name for path in (tmp_path / "cache").iterdir()}
        assert kept == {keys[2], keys[0], fifth}
        assert [blobs.get(key) for key in keys] == [bytes([number]) * 250 for number in range(4)]

    def test_a_full_disk_only_makes_reading_slower(
        self, original: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = original.put(b"abc")
        blobs = CachedBlobs(original, tmp_path / "cache", 1000)

        def fail(**_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("tallyscan.store.blob_cache.tempfile.NamedTemporaryFile", fail)
        assert (blobs.get(key), blobs.part(key, 0, 2)) == (b"abc", b"ab")
        assert list((tmp_path / "cache").iterdir()) == []

    def test_the_copies_of_many_bytes_stay_within_their_bound(
        self, blobs: CachedBlobs, tmp_path: Path
    ) -> None:
        for number in range(60):
            data = hashlib.sha256(str(number).encode()).digest() * 4
            assert blobs.get(blobs.put(data)) == data
            assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 1000
