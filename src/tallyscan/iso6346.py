"""Container numbers by ISO 6346: three letters of the owner, the category, six digits and a check digit."""

import re

_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
# Letters count from 10 and leave out the multiples of 11.
_VALUE = {str(digit): digit for digit in range(10)} | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True)
)


def has_form(number: str) -> bool:
    """Is this normalised text built like a container number, whatever its check digit?"""
    return _FORM.fullmatch(number) is not None


def check_digit(number: str) -> int:
    """The check digit that the first ten characters of a well-formed number ask for."""
    return sum(_VALUE[character] << place for place, character in enumerate(number[:10])) % 11 % 10


def is_valid(number: str) -> bool:
    """Well formed, and its last digit is the check digit."""
    return has_form(number) and int(number[10]) == check_digit(number)


def corrected(number: str) -> str:
    """A well-formed number with the check digit that its other characters ask for."""
    return f"{number[:10]}{check_digit(number)}"
