"""The size of a pixel where nobody gives it: measured on containers of known size, with its bounds."""

from dataclasses import dataclass

from tallyscan.finding import Interval


@dataclass(frozen=True)
class PixelPitch:
    """Size in mm of an original pixel, upright: along the travel, and across it in the middle of the cargo.

    None where it cannot be told; `reason` says from what it was told, or why not. The bounds are wide enough for nine
    of ten scans. Along the travel nothing is magnified; across it the side nearer to the source is, so that little is
    known without the geometry of the machine.
    """

    along_mm: Interval | None
    across_mm: Interval | None
    reason: str

    @property
    def caution(self) -> str | None:
        """What a reading says of it, after its code; None where nothing could be measured."""
        if self.along_mm is None:
            return None
        along = self.along_mm
        return (
            f"pitch_measured: along the travel a pixel is {along.estimate:.2f} mm long ({along.low:.2f} to "
            f"{along.high:.2f} mm). {self.reason}"
        )
