"""What libraries remark on a damaged file is not printed beside the reason that is given for it."""

import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from tallyscan.__main__ import main
from tests.broken_inputs import broken_inputs


def png_of_no_known_kind() -> bytes:
    data = bytearray(imagecodecs.png_encode(np.zeros((5, 5), np.uint16)))
    data[24:26] = 1, 2  # one bit, in colour
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tiny_models_dir: Path, tmp_path: Path) -> Path:
    monkeypatch.setenv("TALLYSCAN_MODELS_DIR", str(tiny_models_dir))
    monkeypatch.setenv("TALLYSCAN_INFERENCE_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.png").write_bytes(png_of_no_known_kind())
    for name, data in broken_inputs()["TIFF says 9000 x 9000"].named_files("a").items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_codecs_are_heard_only_when_asked(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    main(["--verbose", "read", str(folder), "--json"])
    assert {record.name for record in caplog.records} >= {"tifffile", "imagecodecs"}
    caplog.clear()
    main(["read", str(folder), "--json"])
    assert not caplog.records
