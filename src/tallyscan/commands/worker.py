"""`tallyscan worker`: a process that reads what waits, and serves nothing; as many as wanted, on any machine."""

import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console

from tallyscan.bootstrap import open_reader, open_store, watched, working
from tallyscan.commands.serve import say_metrics
from tallyscan.observe.meters import Meters
from tallyscan.settings import Settings
from tallyscan.store.claimant import short_name


def worker(settings: Settings, console: Console) -> int:
    """Read until Ctrl-C or a request to end; the scan that is being read comes to its end first."""
    before = signal.signal(signal.SIGTERM, _end)
    meters = Meters()
    try:
        with (
            open_reader(settings, meters=meters) as reader,
            open_store(settings, meters) as store,
            working(settings, store, reader) as ready,
            watched(settings, meters, ready) as metrics_at,
        ):
            model = reader.detector.identity
            console.print(
                f"Worker {short_name()} reads with {model.name} {model.version} (Ctrl-C ends it)",
                soft_wrap=True,
            )
            if metrics_at is not None:
                say_metrics(metrics_at, console)
            while True:
                signal.pause()
    except (KeyboardInterrupt, SystemExit):
        console.print("Ended; what waits is read by the others, or at the next start.")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
