"""All that is known of a consignment when it is asked whether to scan or to open it."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallyscan.declaration import Declaration
from tallyscan.reading import Reading
from tallyscan.risk import Risk
from tallyscan.trader_history import TraderHistory


@dataclass(frozen=True)
class ScanEvidence:
    """The newest reading of one scan, and where it was taken."""

    reading: Reading
    site: str | None


@dataclass(frozen=True)
class ConsignmentEvidence:
    """`consignor` and `consignee` are None where the declaration gives no identification number of theirs.

    `scans` is None before the scan. `risk` is the consignment's, the worst of its scans and of what people said.
    """

    consignment: str
    declaration_version: int
    declaration: Declaration | None
    consignor: TraderHistory | None = None
    consignee: TraderHistory | None = None
    scans: tuple[ScanEvidence, ...] | None = None
    risk: Risk | None = None

    @property
    def sites(self) -> tuple[str, ...]:
        """Where it was scanned, else where it is declared to come."""
        return consignment_sites((scan.site for scan in self.scans or ()), self.declaration)


def consignment_sites(scanned: Iterable[str | None], declaration: Declaration | None) -> tuple[str, ...]:
    """Where it was scanned, else where it is declared to come; each once."""
    offices = declaration.customs_offices if declaration else ()
    return tuple(dict.fromkeys(site for site in scanned if site)) or tuple(
        dict.fromkeys(office.reference_number for office in offices)
    )
