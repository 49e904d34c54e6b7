"""Rows of tables for people."""

from collections.abc import Sequence


def line(cells: Sequence[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |\n"
