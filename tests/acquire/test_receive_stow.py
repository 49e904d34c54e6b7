from pathlib import Path

import pytest

from tallyscan.acquire.receive_stow import StowReceiver
from tallyscan.errors import InputError, TallyscanError, TooLarge, Unavailable, UnsupportedFormat

CONTENT_TYPE = 'multipart/related; type="application/dicom"; boundary=x'
HEAD = b"--x\r\nContent-Type: application/dicom\r\n\r\n"


def body(*objects: bytes) -> bytes:
    return b"".join(HEAD + each + b"\r\n" for each in objects) + b"--x--\r\n"


class Received:
    """What came whole, and why the rest did not; nothing is left on the disk after it."""

    def __init__(self, content: bytes, folder: Path, *, chunk: int = 100_000, max_bytes: int = 1000) -> None:
        self.objects: list[bytes] = []
        self.faults: list[TooLarge | None] = []
        self.error: TallyscanError | None = None
        try:
            with StowReceiver(CONTENT_TYPE, folder, max_bytes=max_bytes) as receiver:
                for start in range(0, len(content), chunk):
                    for part in receiver.feed(content[start : start + chunk]):
                        self.objects.append(part.path.read_bytes())
                        self.faults.append(part.fault)
                receiver.finish()
        except TallyscanError as error:
            self.error = error
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
def test_every_byte_of_every_object_arrives(tmp_path: Path, chunk: int) -> None:
    objects = [bytes(range(256)) + b"\r\n--", b"", b"\r\n--y"]
    received = Received(body(*objects), tmp_path, chunk=chunk)
    assert received.error is None
    assert received.objects == objects
    assert received.faults == [None, None, None]


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
@pytest.mark.parametrize("before", [b"\r\n", b"For readers of mail,\r\nsee --x\r\n", b"\r\n-\r\n--\r\n"])
def test_what_stands_before_the_first_boundary_is_passed_over(
    tmp_path: Path, chunk: int, before: bytes
) -> None:
    received = Received(before + body(b"one", b"two"), tmp_path, chunk=chunk)
    assert (received.error, received.objects) == (None, [b"one", b"two"])


def test_a_body_without_any_boundary_is_refused_and_not_held_in_memory(tmp_path: Path) -> None:
    with StowReceiver(CONTENT_TYPE, tmp_path, max_bytes=1000) as receiver:
        receiver.feed(bytes(50_000))
        with pytest.raises(InputError, match="no boundary"):
            receiver.feed(bytes(50_000))
        with pytest.raises(InputError, match="no boundary"):
            receiver.finish()


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
def test_of_one_that_is_too_large_the_beginning_is_there_and_the_next_is_whole(
    tmp_path: Path, chunk: int
) -> None:
    received = Received(body(b"a" * 50, b"b" * 49), tmp_path, chunk=chunk, max_bytes=50)
    assert received.objects == [b"a" * 50, b"b" * 49]
    assert isinstance(received.faults[0], TooLarge)
    assert received.faults[1] is None
    assert Received(body(b"a" * 5000), tmp_path, chunk=chunk, max_bytes=50).objects == [b"a" * 50]


@pytest.mark.parametrize("chunk", [7, 100_000])
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (body(b"whole", b"cut off")[:-12], InputError),
        (HEAD + b"whole\r\n--x\r\nContent-Type: text/plain\r\n\r\n", UnsupportedFormat),
        (HEAD + b"whole\r\n--x\r\nX: " + b"y" * 20_000, InputError),
    ],
    ids=["cut off", "another type", "endless header"],
)
def test_what_is_whole_before_a_break_is_given(
    tmp_path: Path, content: bytes, error: type[TallyscanError], chunk: int
) -> None:
    received = Received(content, tmp_path, chunk=chunk)
    assert received.objects == [b"whole"]
    assert type(received.error) is error


def test_more_objects_than_are_taken_are_refused(tmp_path: Path) -> None:
    received = Received(body(*[b"x"] * 1001), tmp_path)
    assert len(received.objects) == 1000
    assert isinstance(received.error, TooLarge)


def test_a_full_disk_is_no_fault_of_the_body(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="written to disk"):
        StowReceiver(CONTENT_TYPE, tmp_path / "file", max_bytes=1000)
