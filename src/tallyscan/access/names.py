"""Names of accounts and keys: what they may be, and which two are one."""

import re
import unicodedata

from tallyscan.errors import InputError

_NAME = re.compile(r"[\w][\w .'@+-]{0,78}[\w.]|\w")


def check_name(name: str) -> str:
    """As it is kept and shown. Raises `InputError` for what would be taken for another name, or breaks an address."""
    said = unicodedata.normalize("NFC", " ".join(name.split()))
    if not _NAME.fullmatch(said):
        raise InputError(
            f"{name!r} is no name for an account or a key.",
            remedy="Up to 80 letters, digits and . ' @ + - between them, as `o.kovalenko` or `Officer 7`.",
        )
    return said


def account_key(name: str) -> str:
    """As it is compared: neither case nor blanks make another person."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()[:80]
