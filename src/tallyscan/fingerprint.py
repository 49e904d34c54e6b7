"""The fingerprint of an image: what tells a copy of it, whatever was done to the file."""

from dataclasses import dataclass

FINGERPRINT_METHOD = 1
"""Fingerprints of another method are not compared: raise it with any change to `integrity/` that moves a bit."""

PICTURE_BYTES = 32


@dataclass(frozen=True)
class Fingerprint:
    """`picture` is the perceptual hash, `mirrored` that of the image with left and right exchanged, both of
    `PICTURE_BYTES`; `noise` are the signs of its noise in up to 24 tiles, None where the image holds none to go by.
    """

    picture: bytes
    mirrored: bytes
    noise: bytes | None
