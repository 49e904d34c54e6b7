"""When two deliveries are the same scan, and when an image was used for another one."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tallyscan.declaration import Declaration
from tallyscan.errors import InvalidSidecar
from tallyscan.scan import ScanFiles
from tallyscan.sidecar import Sidecar, UnitMark, parse_sidecar


@dataclass(frozen=True)
class ScanIdentity:
    """What makes a scan this scan: its image and view, everything the scanner said of it, and the declared unit.

    `sidecar` is what the scanner said, whatever its spacing; `declared_unit` is what the scanner read, else
    what the declaration beside names; `consignment` what the sender named (`named`), else that of the declaration
    beside; `marks` are the scanner's alone, as they are legible, and `units` all that it read on the cargo units.
    """

    sha256: str
    sidecar: str
    scanner: str | None
    device: str | None
    acquired_at: datetime | None
    declared_unit: str | None
    consignment: str | None
    marks: tuple[str, ...]
    named: bool
    units: tuple[UnitMark, ...]
    site: str | None
    view: str | None

    @property
    def key(self) -> str:
        """The same view of the same bytes with the same sidecar, scanner and declared unit gives the same key."""
        said = [self.sha256, self.sidecar, self.declared_unit or ["consignment", self.consignment]]
        if self.view is not None:
            said.append(self.view)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def sidecar_sha256(self) -> str:
        """The hash of what the scanner said."""
        return hashlib.sha256(self.sidecar.encode()).hexdigest()


def identify(
    files: ScanFiles, declaration: Declaration | None, consignment: str | None, read: Sidecar | None = None
) -> ScanIdentity:
    """Read the identity of a delivery; a sidecar that is not the canonical one identifies by its bytes.

    `read` is what the scanner says of the scan, where its profile tells how to read it.
    """
    sidecar, said = _sidecar(files.sidecar)
    sidecar = read if read is not None else sidecar
    marks = sidecar.marks
    declared = declaration.unit_marks if declaration else ()
    return ScanIdentity(
        sha256=files.sha256,
        sidecar=said,
        scanner=sidecar.scanner,
        device=sidecar.device,
        acquired_at=sidecar.acquired_at,
        declared_unit=" ".join(sorted(marks or declared)) or None,
        consignment=consignment or (declaration.reference if declaration else None),
        marks=marks,
        named=bool(consignment),
        units=sidecar.units,
        site=sidecar.site,
        view=files.view,
    )


class Circumstances(Protocol):
    """Under what an image was shown: a `ScanIdentity`, or the row of an earlier scan."""

    @property
    def scanner(self) -> str | None: ...
    @property
    def device(self) -> str | None: ...
    @property
    def acquired_at(self) -> datetime | None: ...
    @property
    def declared_unit(self) -> str | None: ...


def same_scan(
    earlier: Circumstances,
    later: Circumstances,
    earlier_consignment: str | None,
    later_consignment: str | None,
) -> bool:
    """Whether two deliveries of the same image with the same sidecar are one scan.

    The units say so; where one of them is not known, the consignments stand for them. A delivery that names
    neither is one with a delivery that does, whichever comes first: else it would wait for good.
    """
    if earlier.declared_unit is not None and later.declared_unit is not None:
        return earlier.declared_unit == later.declared_unit
    return not _differ(earlier_consignment, later_consignment)


def contradicts(
    earlier: Circumstances,
    later: Circumstances,
    earlier_consignment: str | None,
    later_consignment: str | None,
) -> bool:
    """Whether one image was shown as two scans: for another unit, by another scanner, or at another time.

    What one of them leaves open contradicts nothing: an image sent again with its sidecar is not reused.
    Where a unit is not known, the consignments stand for the units.
    """
    if _differ(earlier.declared_unit, later.declared_unit):
        return True
    if None in (earlier.declared_unit, later.declared_unit) and _differ(
        earlier_consignment, later_consignment
    ):
        return True
    return (
        _differ(earlier.scanner, later.scanner)
        or _differ(earlier.device, later.device)
        or _differ(earlier.acquired_at, later.acquired_at)
    )


def _differ(a: object, b: object) -> bool:
    return a is not None and b is not None and a != b


def _sidecar(data: bytes | None) -> tuple[Sidecar, str]:
    if data is None:
        return Sidecar(), ""
    try:
        sidecar = parse_sidecar(data)
    except InvalidSidecar:
        return Sidecar(), hashlib.sha256(data).hexdigest()
    return sidecar, json.dumps(sidecar.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
