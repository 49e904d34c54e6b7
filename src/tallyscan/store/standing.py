"""Which decisions stand, as a condition of a query: those that nobody took back, and that no other one corrects."""

from sqlalchemy import exists
from sqlalchemy.orm import aliased

from tallyscan.store.tables import DecisionRow

_REPLACING, _UNDOING = aliased(DecisionRow), aliased(DecisionRow)
_UNDONE = exists().where(_UNDOING.replaces == _REPLACING.id, _UNDOING.answer == "undone")
STANDS = (
    DecisionRow.answer != "undone",
    ~exists().where(
        _REPLACING.scan_id == DecisionRow.scan_id, _REPLACING.replaces == DecisionRow.id, ~_UNDONE
    ),
)
"""Who undoes a correction puts back what it corrected."""
