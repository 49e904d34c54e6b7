"""Whether a scan or a declaration is of a scanner and a site that its sender may send for."""

from dataclasses import dataclass

from tallyscan.access.caller import Caller, site_key
from tallyscan.declaration import Declaration, normal_mark
from tallyscan.errors import Forbidden
from tallyscan.store.database import Database
from tallyscan.store.identity import ScanIdentity
from tallyscan.store.whose_site import offices_of, sites_of_consignment


@dataclass(frozen=True)
class DeliveryChecks:
    """See `ChecksDelivery`. What a delivery does not say of itself contradicts nothing."""

    database: Database
    caller: Caller

    def scan(self, identity: ScanIdentity) -> None:
        """Raises `Forbidden` for one of another scanner or site, or for a consignment of another site."""
        device = (identity.device or "").removesuffix(
            f" {identity.view}"
        )  # each view is a device to the store
        said = {normal_mark(name) for name in (device, identity.scanner) if name}
        if self.caller.scanner is not None and said and normal_mark(self.caller.scanner) not in said:
            raise Forbidden(
                f"The scan is of {device or identity.scanner}, and the key {self.caller.name!r} of "
                f"{self.caller.scanner}.",
                remedy="Send it with the key of its scanner.",
            )
        if identity.site:
            self.caller.check_at([site_key(identity.site)], "The scan")
        if identity.consignment:
            self._check_consignment(identity.consignment)

    def declaration(self, declaration: Declaration, consignment: str) -> None:
        """Raises `Forbidden` for one that comes to other offices alone, or of a consignment of another site."""
        self.caller.check_at(offices_of(declaration), "The declaration")
        self._check_consignment(consignment)

    def _check_consignment(self, consignment: str) -> None:
        if self.caller.sites is not None:
            with self.database.read() as session:
                self.caller.check_at(sites_of_consignment(session, consignment), "Its consignment")
