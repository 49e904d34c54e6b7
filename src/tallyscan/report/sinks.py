"""Every kind of sink by its name. To add one: a file `sink_x.py` with `send`, and a line here."""

from tallyscan.report.outbox import Sink
from tallyscan.report.sink_file import FileSink

SINKS: dict[str, type[Sink]] = {"file": FileSink}
