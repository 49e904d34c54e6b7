"""Which decisions and orders stand, as conditions of a query: those that nobody took back, and that no other corrects.

Who undoes a correction puts back what it corrected.
"""

from sqlalchemy import exists, or_
from sqlalchemy.orm import aliased

from tallyscan.store.tables import DecisionRow
from tallyscan.store.targeting_tables import DispositionRow

_UNDONE = "undone"

_LATER, _UNDOING = aliased(DecisionRow), aliased(DecisionRow)
STANDS = (
    DecisionRow.answer != _UNDONE,
    ~exists().where(
        _LATER.scan_id == DecisionRow.scan_id,
        _LATER.replaces == DecisionRow.id,
        ~exists().where(_UNDOING.replaces == _LATER.id, _UNDOING.answer == _UNDONE),
    ),
)
"""Of a decision on a scan."""

_LATER_ORDER, _UNDOING_ORDER = aliased(DispositionRow), aliased(DispositionRow)
ORDER_STANDS = (
    DispositionRow.ground.is_not(None),
    ~exists().where(
        _LATER_ORDER.consignment_id == DispositionRow.consignment_id,
        _LATER_ORDER.replaces == DispositionRow.id,
        or_(_LATER_ORDER.disposition == _UNDONE, _LATER_ORDER.ground.is_not(None)),
        ~exists().where(_UNDOING_ORDER.replaces == _LATER_ORDER.id, _UNDOING_ORDER.disposition == _UNDONE),
    ),
)
"""Of what is done with a consignment: only an order has a ground. What an office answers leaves it standing."""
