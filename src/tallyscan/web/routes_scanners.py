"""The scanners: in what condition each of them is, against what is usual for it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from fastapi import APIRouter

from tallyscan.scanner_condition import Quantity
from tallyscan.scanner_watch import ChangeKind, Watch
from tallyscan.scanner_words import standing_in_words
from tallyscan.store import learnt_airs, scanner_history
from tallyscan.store.learnt_airs import LearntView
from tallyscan.store.scanner_history import ScannerView
from tallyscan.web.examples import SCANNER_LIST
from tallyscan.web.service import ServiceDep

Standing = Literal["learning", "usual", "left"]

router = APIRouter(tags=["scanners"])


@dataclass(frozen=True)
class WatchedQuantity:
    """One number that is watched: counts for `air_level`, seconds for `clock`, else a share of 1.

    `usual`, `low` and `high` are the band, from so many `scans`; null while it is learnt, `low` also where only rising
    counts. `left_since` is the arrival of the first scan outside.
    """

    quantity: Quantity
    beam: str | None
    standing: Standing
    last: float | None
    usual: float | None
    low: float | None
    high: float | None
    scans: int
    left_since: datetime | None
    in_words: str


@dataclass(frozen=True)
class PastChange:
    """What was told outside of a change."""

    at: datetime
    kind: ChangeKind
    in_words: str


@dataclass(frozen=True)
class Learnt:
    """The newest version of what was learnt of the open beam, for one kind of scan: energies as they are stored, cells.

    `levels` are counts above the dark level, `spread` is their scatter from scan to scan, `unevenness` the mean
    deviation of what the cells give; both are shares.
    """

    energies_mv: tuple[float, ...]
    cells: int
    version: int
    learnt_at: datetime
    scans: int
    levels: tuple[float, ...]
    spread: tuple[float, ...]
    unevenness: float
    sha256: str


@dataclass(frozen=True)
class Scanner:
    """A single machine. It stands as the worst of what is watched of it; `changes` are its last 20, newest first."""

    device: str
    standing: Standing
    scans: int
    first_at: datetime
    last_at: datetime
    quantities: list[WatchedQuantity]
    learnt: list[Learnt]
    changes: list[PastChange]


@dataclass(frozen=True)
class ScannerList:
    """Every machine that is known; `without_device` counts the scans that name none, and so tell of none."""

    scanners: list[Scanner]
    without_device: int


@router.get(
    "/v1/scanners",
    response_model=ScannerList,
    responses={200: {"content": {"application/json": {"example": SCANNER_LIST}}}},
)
def list_scanners(service: ServiceDep) -> ScannerList:
    """In what condition each scanner is, in words and numbers."""
    with service.database.read() as session:
        views = scanner_history.scanners(session)
        learnt = {view.device: learnt_airs.learnt_views(session, view.device) for view in views}
        nameless = scanner_history.scans_without_device(session)
    return ScannerList([_scanner(view, learnt[view.device]) for view in views], nameless)


def _scanner(view: ScannerView, learnt: Sequence[LearntView]) -> Scanner:
    quantities = [_quantity(watch) for watch in view.watches]
    stands: list[Standing] = [quantity.standing for quantity in quantities]
    worst: tuple[Standing, ...] = ("left", "learning", "usual")
    return Scanner(
        device=view.device,
        standing=next((standing for standing in worst if standing in stands), "learning"),
        scans=view.scans,
        first_at=view.first_at,
        last_at=view.last_at,
        quantities=quantities,
        learnt=[Learnt(**asdict(version)) for version in learnt],
        changes=[PastChange(change.at, change.kind, change.in_words) for change in view.changes],
    )


def _quantity(watch: Watch) -> WatchedQuantity:
    band = watch.band
    return WatchedQuantity(
        quantity=watch.quantity,
        beam=watch.beam,
        standing="learning" if band is None else "left" if watch.left_since else "usual",
        last=watch.last,
        usual=band.usual if band else None,
        low=band.low if band else None,
        high=band.high if band else None,
        scans=len(watch.reference),
        left_since=watch.left_since.at if watch.left_since else None,
        in_words=standing_in_words(watch),
    )
