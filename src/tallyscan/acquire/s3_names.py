"""Which names of objects may be names of files here: a key is any text, a file lies in a folder of ours."""

import unicodedata

from tallyscan.acquire.receive_folder import REFUSED, TAKEN, UNFINISHED
from tallyscan.acquire.s3_prefix import S3Object
from tallyscan.errors import InputError

_MOST_NAME_BYTES = 240  # of 255, with room for what is put before and after it meanwhile


def is_passed_over(found: S3Object) -> bool:
    """What is no file, or not yet: markers of folders, and what uploads are called meanwhile."""
    marks_folder = found.name.endswith("/") or not found.name
    return (marks_folder and not found.size_bytes) or found.name.lower().endswith(UNFINISHED)


def check_name(name: str) -> None:
    """Raises `InputError` for a name that would lead elsewhere, or cannot be kept, on a disk."""
    if wrong := _wrong_with(name):
        raise InputError(
            f"The key cannot be the name of a file: {wrong}.", remedy="Upload it again under another key."
        )


def printable(name: str) -> str:
    """For people and the database: control characters and backslashes by their code points, no two names alike."""
    if name.isprintable() and "\\" not in name:
        return name  # nearly always, and there are many
    return "".join(f"\\u{{{ord(sign):x}}}" if _is_control(sign) or sign == "\\" else sign for sign in name)


def _wrong_with(name: str) -> str | None:
    folders = name.split("/")
    if any(map(_is_control, name)):
        return "it has control characters"
    if "\\" in name:
        return "it has a backslash"
    if "" in folders:
        return "a part of it between slashes is empty"
    if any(folder.startswith(".") for folder in folders):
        return "a part of it is hidden or leads elsewhere, with a dot at its beginning"
    if any(len(folder.encode()) > _MOST_NAME_BYTES for folder in folders):
        return f"a part of it is longer than {_MOST_NAME_BYTES} bytes"
    if folders[0] in (TAKEN, REFUSED):
        return f"{folders[0]}/ is what the service calls a folder of its own"
    return None


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")  # and what breaks lines, or is no text
