"""What an officer measures on the image of a scan."""

from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tallyscan.examine.measure import measure
from tallyscan.examine.measured import Measured, Shape
from tallyscan.store.scan_images import scan_image
from tallyscan.web.errors import problem_responses
from tallyscan.web.image_examples import MEASURE_ASKED, MEASURED
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

router = APIRouter(prefix="/v1/scans", tags=["images"], route_class=SmallBodyRoute)

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class MeasureAsked(BaseModel):
    """A shape in pixels of the image: a line and a box have two points, a polygon three or more. Without a `revision`,
    the newest reading that has an image."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: Shape
    points: tuple[tuple[Coordinate, Coordinate], ...] = Field(min_length=2, max_length=1000)
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None

    @model_validator(mode="after")
    def _as_many_points_as_the_shape_has(self) -> Self:
        if self.shape == "polygon" and len(self.points) < 3:
            raise ValueError("a polygon has three points or more")
        if self.shape != "polygon" and len(self.points) != 2:
            raise ValueError(f"a {self.shape} has two points")
        return self


@dataclass(frozen=True, kw_only=True)
class MeasuredOnScan(Measured):
    """With the reading whose image was measured."""

    scan: str
    revision: int


@router.post(
    "/{scan_id}/measure",
    response_model=MeasuredOnScan,
    responses={
        200: {"content": {"application/json": {"example": MEASURED}}},
        **problem_responses(404, 413, 422),
    },
)
def post_measure(
    scan_id: str, asked: Annotated[MeasureAsked, Body(examples=[MEASURE_ASKED])], service: ServiceDep
) -> MeasuredOnScan:
    """Measure a line, a box or a polygon on the image, in physical units. Nothing is kept.

    What cannot be said has a reason instead: `undetermined` is its code.
    """
    with service.database.read() as session:
        keys = scan_image(session, scan_id, asked.revision)
    found = measure(service.images.open(keys.image), asked.shape, asked.points)
    return MeasuredOnScan(scan=scan_id, revision=keys.revision, **vars(found))
