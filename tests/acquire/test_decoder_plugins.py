"""Decoders that are installed beside Tallyscan: the documented one, and every way in which one may be broken."""

import importlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tallyscan.acquire.decoder_plugins import installed_plugins
from tallyscan.acquire.decoders import decode
from tallyscan.acquire.file_formats import all_decoders
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import sidecar_reader
from tallyscan.errors import CorruptScan, InputError, TallyscanError, TooLarge, UnsupportedFormat
from tallyscan.scan import RawScan, ScanFiles, ScanPart
from tests.acquire.dicos_files import CONTAINER
from tests.sample_images import container_tiff

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-decoder-plugin.md"
DUAL = np.random.default_rng(3).integers(0, 65_536, (2, 30, 50)).astype(np.uint16)
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a distribution into a folder of its own on the path, as an installer would."""
    made: list[str] = []

    def put(source: str, name: str = "acme_container", version: str = "1.0") -> None:
        site = tmp_path / name
        info = site / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[tallyscan.decoders]\n{name} = {name}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        made.append(name)
        importlib.invalidate_caches()
        installed_plugins.cache_clear()

    yield put
    for name in made:
        sys.modules.pop(name, None)
    installed_plugins.cache_clear()


def documented() -> str:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


def acme(image: np.ndarray = DUAL, **said: object) -> bytes:  # type: ignore[type-arg]
    header = {
        "height": image.shape[1],
        "width": image.shape[2],
        "energies_mv": [6, 4],
        "container": CONTAINER,
    }
    text = json.dumps(header | said).encode()
    return b"ACME" + struct.pack("<I", len(text)) + text + image.astype("<u2").tobytes()


def scan(data: bytes) -> ScanFiles:
    return ScanFiles((ScanPart("scan.img", data),))


def read(data: bytes) -> RawScan:
    return decode(scan(data), Limits())


def test_without_plugins_only_what_is_built_in_is_known() -> None:
    installed_plugins.cache_clear()
    with pytest.raises(UnsupportedFormat):
        read(acme())


def test_the_documented_plugin_is_found_by_its_entry_point_and_reads_its_files(install: Install) -> None:
    install(documented())
    raw = read(acme())
    np.testing.assert_array_equal(raw.pixels, DUAL)
    assert raw.file_format == "acme"
    assert raw.sidecar.energies_mv == (6.0, 4.0)
    said = sidecar_reader({})(scan(acme()), None)
    assert said is not None
    assert said.units[0].number_read is not None
    assert said.units[0].number_read.text == CONTAINER
    assert "acme" in {decoder.FILE_FORMAT for decoder in all_decoders()}


def test_the_documented_plugin_is_bound_by_the_same_limits(install: Install) -> None:
    install(documented())
    with pytest.raises(TooLarge):
        read(acme(height=40_000, width=40_000))
    for end in (3, 7, 40, 100, len(acme()) - 1):
        with pytest.raises(InputError) as caught:
            read(acme()[:end])
        assert caught.value.remedy


def test_what_a_plugin_raises_names_it(install: Install) -> None:
    install(documented(), version="2.3")
    with pytest.raises(
        CorruptScan, match=r"acme_container \(acme_container 2\.3\) could not read it \(KeyError"
    ):
        read(b"ACME" + struct.pack("<I", 2) + b"{}")


def test_a_built_in_decoder_comes_first(install: Install) -> None:
    install(documented().replace("head.startswith(_MAGIC)", "True"))
    assert read(container_tiff()).file_format == "tiff"


BROKEN = {
    "cannot be loaded": "raise RuntimeError('no licence')",
    "has no FILE_FORMAT": documented().replace('FILE_FORMAT = "acme"', 'FILE_FORMAT = "ACME 1"'),
    "has no function decode": documented().replace("def decode(", "def decodes("),
    "has no function recognises": documented().replace("def recognises(", "def recognizes("),
    "reads 'tiff', which Tallyscan itself reads": documented().replace('"acme"', '"tiff"'),
    "fails to recognise a file": documented().replace("head.startswith(_MAGIC)", "1 / 0 > 0"),
    "gives float32": documented().replace("counts.astype(np.uint16)", "counts.astype(np.float32)"),
    "gives list": documented().replace("counts.astype(np.uint16)", "[1, 2]"),
    "gives uint16": documented().replace("counts.astype(np.uint16)", "counts[0].astype(np.uint16)"),
    "channels that are 'shiny'": documented().replace('"grey"', '"shiny"'),
    "not by a Description": documented().replace("return Description(", "return dict(sidecar="),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_plugin_is_named_and_keeps_no_other_format_from_being_read(
    what: str, install: Install
) -> None:
    install(BROKEN[what])
    with pytest.raises(TallyscanError) as caught:
        read(acme())
    assert not isinstance(caught.value, InputError)
    assert "acme_container (acme_container 1.0)" in caught.value.detail
    assert what in caught.value.detail
    assert caught.value.remedy
    assert read(container_tiff()).file_format == "tiff"


def test_two_plugins_for_one_format_are_refused(install: Install) -> None:
    install(documented())
    install(documented(), "other_container")
    with pytest.raises(
        TallyscanError, match=r"other_container .* reads 'acme', which acme_container .* reads"
    ):
        read(acme())
