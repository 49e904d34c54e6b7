"""What is said of a scan on which a decoding process failed."""

import signal

from tallyscan.errors import CorruptScan, TallyscanError, TooLarge
from tallyscan.scan import ScanFiles


def out_of_time(files: ScanFiles, seconds: float) -> TallyscanError:
    """Decoding was stopped."""
    return CorruptScan(
        f"{_name(files)}: decoding did not come to an end within {seconds:.1f} seconds and was stopped.",
        remedy="Export the scan again; if it is whole, raise decode_seconds or decode_seconds_per_megabyte.",
    )


def no_memory(files: ScanFiles, memory_bytes: int) -> TallyscanError:
    """There was not as much as the decoder asked for."""
    return TooLarge(
        f"{_name(files)}: decoding takes more than the {memory_bytes / 1e6:.0f} MB of memory that it may have.",
        remedy="Send the scan in parts, or raise decode_memory_megabytes.",
    )


def crashed(files: ScanFiles, code: int | None) -> TallyscanError:
    """The process ended; `code` as `subprocess` gives it, None when it is not known."""
    if code == -signal.SIGKILL:  # not by the service: by the kernel, which does so when memory runs out
        return TooLarge(
            f"{_name(files)}: the system ended the process that decoded it, most likely for want of memory.",
            remedy="Send the scan in parts, or give the machine more memory.",
        )
    return CorruptScan(
        f"{_name(files)}: the decoder crashed ({_in_words(code)}).",
        remedy="The file is damaged or made to do harm: export the scan again.",
    )


def _in_words(code: int | None) -> str:
    if code is None:
        return "it gave no usable answer"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _name(files: ScanFiles) -> str:
    return files.images[0].name if files.images else "the scan"
