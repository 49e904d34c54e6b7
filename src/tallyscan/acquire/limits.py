"""How large a scan may be, checked from headers before any pixel is decoded."""

from dataclasses import dataclass

from tallyscan.errors import CorruptScan, TooLarge

# Deflate cannot exceed 1032:1 (its longest match, 258 bytes, costs at least 2 bits); LZW, packbits, JPEG and PNG
# stay below it. A header that promises more than this for the bytes that follow lies.
MAX_CHANNELS = 4  # energies of a scan
MAX_COMPRESSION_RATIO = 1100
# ZSTD and LZMA have no such bound: a black image of any size comes to some hundred bytes.
UNBOUNDED_RATIO = 1_000_000


@dataclass(frozen=True)
class Limits:
    """A scan with as many pixels (width x height x channels) or bytes, or more, is refused."""

    max_pixels: int = 400_000_000
    max_bytes: int = 512_000_000

    def check_file(self, size: int) -> None:
        """Raises `TooLarge` when a file has as many bytes as are refused."""
        if size >= self.max_bytes:
            raise TooLarge(
                f"The scan has {size / 1e6:.0f} MB; {self.max_bytes / 1e6:.0f} MB or more is refused.",
                remedy="Send the scan in parts, or raise max_megabytes.",
            )

    def check_image(
        self,
        width: int,
        height: int,
        channels: int,
        sample_bytes: int,
        file_bytes: int,
        max_ratio: int = MAX_COMPRESSION_RATIO,
    ) -> None:
        """Judges the size in a header. Raises `TooLarge`, or `CorruptScan` when it cannot be true."""
        if min(width, height, channels) < 1:
            raise CorruptScan(
                f"The header says {width} x {height} pixels in {channels} channels: there is no image.",
                remedy="Export the scan again.",
            )
        samples = width * height * channels
        if samples >= self.max_pixels or samples * sample_bytes >= self.max_bytes:
            raise TooLarge(
                f"The header says {width} x {height} pixels in {channels} channels; "
                f"{self.max_pixels / 1e6:g} megapixels or {self.max_bytes / 1e6:g} MB or more is refused.",
                remedy="Send the scan in parts, or raise max_megapixels and max_megabytes.",
            )
        if samples * sample_bytes > max_ratio * file_bytes:
            raise CorruptScan(
                f"The header says {width} x {height} pixels in {channels} channels, "
                f"but the file has only {file_bytes} bytes.",
                remedy="The file is cut off or its header is wrong: send it again.",
            )
