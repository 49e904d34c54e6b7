"""What the coding of an image says of its counts: the largest one there can be, and whether they were rounded."""

from tallyscan.acquire.picture import Description
from tallyscan.delivery import Delivery
from tallyscan.sidecar import Sidecar

LOSSY_CAUTION = "lossy: the image was compressed with loss; its greys are no counts."


def largest_count(bits: int, delivery: Delivery | None) -> int:
    """The largest count of so many bits, 4095 of 12; a smaller one that the scanner's profile says, wins."""
    largest = (1 << bits) - 1
    return min(largest, (delivery.full_scale if delivery is not None else None) or largest)


def described(bits: int, delivery: Delivery | None, *, lossy: bool) -> Description:
    """The sidecar of an image of so many bits a sample, which may be fewer than the sample that it is kept in."""
    said = {
        "full_scale": largest_count(bits, delivery) if 8 < bits < 16 else None,
        "grade": "display" if lossy else None,
    }
    sidecar = Sidecar.model_validate({name: value for name, value in said.items() if value is not None})
    return Description(sidecar, (LOSSY_CAUTION,) if lossy else ())
