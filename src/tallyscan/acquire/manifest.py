"""The manifest of a scan: what `sha256sum` writes of its files.

`sha256sum gate1-77* > gate1-77.sha256`: a line a file, its SHA-256 in hex and its name. It says which files are one
scan, whether all of them have come, and whether each is what was sent.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePath

from tallyscan.errors import CorruptScan

MANIFEST_SUFFIX = ".sha256"
MOST_BYTES, _MOST_FILES = 65_536, 64
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


def is_manifest(path: PurePath) -> bool:
    """Whether the name says that this is a manifest."""
    return path.suffix.lower() == MANIFEST_SUFFIX


def parse_manifest(data: bytes) -> dict[str, str]:
    """SHA-256 by the name of the file, in the order of the lines. Raises `CorruptScan`."""
    try:
        lines = data[:MOST_BYTES].decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise _wrong("it is no text in UTF-8") from None
    files: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise _wrong(f"line {number} is not a SHA-256 and the name of a file")
        sha256, name = found.groups()
        name = name.removeprefix("./")
        if PurePath(name).name != name or "\\" in name:
            raise _wrong(f"line {number} names a file of another folder")
        if name in files:
            raise _wrong(f"it names {name} twice")
        files[name] = sha256.lower()
    if not files or len(files) > _MOST_FILES or len(data) > MOST_BYTES:
        raise _wrong(f"it names {len(files)} files; a scan has 1 to {_MOST_FILES}")
    return files


def check_against_manifest(files: Mapping[str, bytes], manifest: Mapping[str, str]) -> None:
    """Raises `CorruptScan` where the bytes of a file are not those that the manifest names."""
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != manifest[name]:
            raise CorruptScan(
                f"{name} is not the file that the manifest names: {len(data)} bytes with another SHA-256.",
                remedy="Send the files of the scan and their manifest again.",
            )


def _wrong(what: str) -> CorruptScan:
    return CorruptScan(
        f"The manifest cannot be used: {what}.", remedy="Write it with sha256sum, in the folder of the files."
    )
