"""The rows of a trail without names, as it leaves the house: people and parties by the pseudonyms of the audit."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy.orm import Session

from tallyscan.store.audit import Subject, SubjectKind, pseudonym_of
from tallyscan.store.redaction import ERASED, renamed
from tallyscan.store.trail_rows import TrailRow

WITHHELD = "[withheld]"
"""A name that the audit does not know, and so has no pseudonym."""


def without_names(session: Session, rows: Sequence[TrailRow]) -> tuple[TrailRow, ...]:
    """The same name is the same pseudonym in every export, and in those of the audit."""

    @cache
    def of(kind: SubjectKind, name: str) -> str:
        return name if name == ERASED else pseudonym_of(session, Subject(kind, name)) or WITHHELD

    return tuple(
        replace(
            row,
            columns=renamed(row.columns, lambda name: of("person", name), lambda name: of("party", name)),
        )
        for row in rows
    )
