"""What the service said of each scan of the day, beside what is true of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tallyscan.verdict import Outcome

Document = dict[str, Any]
_ANOMALY: dict[str, Outcome] = {"alarm": "differs", "clear": "agrees", "not_assessed": "undetermined"}


@dataclass(frozen=True)
class ScanRecord:
    """One scan; `said` has the outcome of each rule, of the search for anomalies and of each check of the image.

    `ids` are those of the scan and of its cargo units, where it was read to show several. `join` is how it joined.
    `lane` and `score` are those of its own reading, `consignment_lane` that of the risk record.
    """

    number: int
    unit: int
    kind: str
    wrong: bool
    format: str
    ids: tuple[str, ...]
    status: str
    join: str
    lane: str
    score: float | None
    consignment_lane: str
    indicators: tuple[str, ...] = ()
    said: dict[str, Outcome] = field(default_factory=dict)

    def to_json(self) -> Document:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Document) -> "ScanRecord":
        """What was kept."""
        sequences = {name: tuple(document[name]) for name in ("ids", "indicators")}
        return cls(**(document | sequences))


def outcomes(document: Document) -> dict[str, Outcome]:
    """Of a scan as the service answers it: over its cargo units `differs` before `agrees` before `undetermined`."""
    by_name: dict[str, list[Outcome]] = {}
    for verdict in document["verdicts"]:
        by_name.setdefault(verdict["rule"], []).append(verdict["outcome"])
    for check in document["integrity"]:
        by_name.setdefault(check["check"], []).append(check["outcome"])
    by_name["anomaly"] = [_ANOMALY[document["anomaly"]["decision"]]]
    return {name: _worst(said) for name, said in by_name.items()}


def _worst(said: Sequence[Outcome]) -> Outcome:
    order: tuple[Outcome, ...] = ("differs", "agrees", "undetermined")
    return next(outcome for outcome in order if outcome in said)
