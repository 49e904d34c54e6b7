"""A mass that was weighed, not estimated: what a weighbridge or a verified gross mass says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

Covers = Literal["unit_gross", "vehicle_gross"]


@dataclass(frozen=True)
class WeighedMass:
    """`unit_gross` is the container or body with its goods; `vehicle_gross` the whole vehicle, on the road.

    `tare_kg` is what of it is not goods, None where nobody said it. `at` is when it was weighed, with its time zone;
    `device` the weighbridge. `mark` is the container number or plate that was weighed, None where none was named.
    """

    kg: Annotated[float, Field(gt=0)]
    covers: Covers
    tare_kg: Annotated[float, Field(ge=0)] | None
    at: datetime
    device: str | None
    mark: str | None = None

    def __post_init__(self) -> None:
        """A tare that is not below the mass is no tare."""
        if self.tare_kg is not None and self.tare_kg >= self.kg:
            raise ValueError("the tare is less than what was weighed")

    @property
    def goods_kg(self) -> float | None:
        """Goods with their packaging; None without a tare."""
        return None if self.tare_kg is None else self.kg - self.tare_kg
