"""What a backup is: a folder with a manifest, which is written last and says what else there must be.

manifest.json      what follows, with SHA-256 and counts
database.sqlite    every row as of one moment, whatever database it came from
blobs/             the bytes that those rows name, under their SHA-256; not where they stay in S3
files/             what else lies in the data folder and is needed again
keys/              secrets, only where they were asked for
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from tallyscan.errors import TallyscanError

FORMAT = 1
MANIFEST, DATABASE, BLOBS, FILES, KEYS = "manifest.json", "database.sqlite", "blobs", "files", "keys"
KEPT_FILES = ("events.jsonl", "harmonized_system.csv")
KEPT_FOLDERS = ("waiting_energies", "s3_inbox")
"""What was taken from its sender and is not in the store yet."""
KEPT_KEYS = ("pseudonym.key", "selection.key", "audit.key")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class KeptBlobs:
    """`copied` into the backup, or `referenced`: they stay in S3. `missing` were not there, or damaged, already."""

    how: Literal["copied", "referenced"]
    count: int
    bytes_copied: int
    linked: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """`revision` is that of the schema, `rows` counts them by table, `files` are SHA-256 by path in the backup."""

    version: str
    revision: str
    created_at: str
    blobs: KeptBlobs
    rows: dict[str, int]
    files: dict[str, str]
    with_keys: bool
    format: int = field(default=FORMAT)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The last step: without it there is no backup. Raises `OSError`."""
    path = folder / MANIFEST
    with path.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """Raises `TallyscanError` for what is no backup, or one that was not finished."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except OSError as error:
        raise TallyscanError(
            f"{folder} is no backup, or one that was not finished: {MANIFEST}: {error.strerror}.",
            remedy="Name the folder that `tallyscan backup --to` wrote.",
        ) from error
    try:
        document = json.loads(text)
        if isinstance(document, dict) and document.get("format", 0) != FORMAT:
            raise TallyscanError(
                f"The backup {folder} has the format {document.get('format')!r}, and this version knows {FORMAT}.",
                remedy="Restore it with the version that made it, or a newer one.",
            )
        return TypeAdapter(Manifest).validate_python(document)
    except (ValueError, ValidationError) as error:
        raise TallyscanError(f"{MANIFEST} of the backup {folder} is damaged.") from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises `TallyscanError` where a file of the backup is missing or is not what was written."""
    for name, expected in manifest.files.items():
        path = folder / name
        if folder.resolve() not in path.resolve().parents:
            raise TallyscanError(f"{MANIFEST} of the backup {folder} names {name}, which leads out of it.")
        try:
            found = sha256_of(path)
        except OSError as error:
            raise TallyscanError(
                f"{name} of the backup {folder} cannot be read: {error.strerror}."
            ) from error
        if found != expected:
            raise TallyscanError(
                f"{name} of the backup {folder} is not what was written.", remedy="Use another backup."
            )


def sha256_of(path: Path) -> str:
    """Of the content of a file. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_file(source: Path, target: Path, mode: int = 0o600) -> None:
    """On the disk when this returns. Raises `OSError`."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as written:
        while piece := read.read(_CHUNK_BYTES):
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """So that names in it survive a power cut. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
