"""What every blob store must do."""

import errno
import os
from pathlib import Path

import pytest

from tallyscan.errors import NotFound, TallyscanError, Unavailable
from tallyscan.store.blobs import Blobs, FolderBlobs


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


class TestFolderBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FolderBlobs:
        return FolderBlobs(tmp_path / "blobs")

    def test_a_kept_file_is_never_written_again(self, blobs: FolderBlobs, tmp_path: Path) -> None:
        blobs.put(b"abc")
        (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
        before = file.stat()
        blobs.put(b"abc")
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

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
