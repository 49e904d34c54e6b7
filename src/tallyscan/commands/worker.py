"""`tallyscan worker`: a process that reads what waits, and serves nothing; as many as wanted, on any machine."""

import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console

from tallyscan.bootstrap import open_reader, open_store, working
from tallyscan.settings import Settings
from tallyscan.store.claimant import short_name


def worker(settings: Settings, console: Console) -> int:
    """Read until Ctrl-C or a request to end; the scan that is being read comes to its end first."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with (
            open_reader(settings) as reader,
            open_store(settings) as store,
            working(settings, store, reader),
        ):
            model = reader.detector.identity
            console.print(
                f"Worker {short_name()} reads with {model.name} {model.version} (Ctrl-C ends it)",
                soft_wrap=True,
            )
            while True:
                signal.pause()
    except (KeyboardInterrupt, SystemExit):
        console.print("Ended; what waits is read by the others, or at the next start.")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
