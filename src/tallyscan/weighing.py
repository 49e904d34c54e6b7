"""A weighbridge value as it is put on record; the mass in it is `weighed_mass.py`."""

from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from tallyscan.declaration import MOST_KG
from tallyscan.statement import Said, Words
from tallyscan.weighed_mass import Covers, WeighedMass

WEIGHS_KG: dict[Covers, tuple[float, float]] = {
    "unit_gross": (50.0, 150_000.0),
    "vehicle_gross": (500.0, MOST_KG),
}
"""What such a thing can weigh: from an empty aircraft container (some 80 kg) to a railway wagon (at most 140 t), and
from the lightest car. Wide, but no mass of a container or truck in tonnes lies in it. A judgement."""


class WeighingSaid(Said):
    """As the weighbridge sends it: `by` is who or what sends, `at` when it was weighed."""

    kg: float = Field(gt=0, le=MOST_KG)
    covers: Covers = Field(
        description="`unit_gross`: the container or body with its goods; or the whole vehicle"
    )
    tare_kg: float | None = Field(
        None, ge=0, le=MOST_KG, description="what of it is not goods, if it is known"
    )
    device: Words | None = Field(None, description="the weighbridge")
    container: Words | None = Field(None, description="number or plate of what was weighed")

    @model_validator(mode="after")
    def _has_goods(self) -> "WeighingSaid":
        if self.tare_kg is not None and self.tare_kg >= self.kg:
            raise ValueError("the tare is less than what was weighed")
        return self

    @model_validator(mode="after")
    def _is_in_kg(self) -> "WeighingSaid":
        least, most = WEIGHS_KG[self.covers]
        if not least <= self.kg <= most:
            what = "one unit" if self.covers == "unit_gross" else "a vehicle"
            tonnes = ", not in tonnes" if self.kg < least else ""
            raise ValueError(f"{what} does not weigh {self.kg:g} kg: send kg{tonnes}")
        return self


class Weighing(WeighingSaid):
    """On record, never changed."""

    model_config = ConfigDict(extra="ignore")  # what a later version adds

    id: UUID
    at: AwareDatetime
    consignment: str
    received_at: AwareDatetime

    @model_validator(mode="after")
    def _is_in_kg(self) -> "Weighing":
        return self  # one that is on record stays readable, whatever is refused by now

    @property
    def mass(self) -> WeighedMass:
        """What the rules look at."""
        return WeighedMass(self.kg, self.covers, self.tare_kg, self.at, self.device, self.container)
