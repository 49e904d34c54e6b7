"""The words by which a consignment is found in the queue, as words are compared, and what kind of thing they name."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Select, select

from tallyscan.declaration import Declaration, normal_mark
from tallyscan.store.targeting_tables import WORD_CHARACTERS, QueueWordRow

WordKind = Literal["mark", "trader", "goods"]
MOST_WORDS = 400
"""So many words of a consignment are kept: the first ones of a long declaration."""

_LAST_SIGN = "\U0010ffff"


def words_of(consignment: str, declaration: Declaration | None) -> list[tuple[str, WordKind]]:
    """Of its id, and of what is declared of it."""
    said: dict[WordKind, list[str | None]] = {"mark": [consignment], "trader": [], "goods": []}
    marks: list[str] = [normal_mark(consignment)]
    if declaration is not None:
        document = declaration.transport_document
        said["mark"] += [declaration.mrn, declaration.lrn, declaration.reference_number_ucr]
        said["mark"].append(document.document_number if document else None)
        marks += declaration.unit_marks
        for party in (declaration.consignor, declaration.consignee):
            if party is not None:
                said["trader"] += [party.name, party.identification_number]
        for item in declaration.goods_items:
            said["goods"] += [item.description_of_goods, item.written_code]
    found: list[tuple[str, WordKind]] = [
        (mark.casefold()[:WORD_CHARACTERS], "mark") for mark in marks if mark
    ]
    found += [(word, kind) for kind, texts in said.items() for word in compared(filter(None, texts))]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def compared(texts: Iterable[str]) -> list[str]:
    """The words of texts as they are compared: without case, whatever the script."""
    folded = (unicodedata.normalize("NFKC", text).casefold() for text in texts)
    return [word[:WORD_CHARACTERS] for text in folded for word in re.findall(r"\w+", text)]


def consignments_with(word: str, kind: WordKind | None) -> Select[str]:
    """Those with a word that begins so: part of another question."""
    row = QueueWordRow
    begins = select(row.consignment_id).where(row.word >= word, row.word < word + _LAST_SIGN)
    return begins if kind is None else begins.where(row.kind == kind)
