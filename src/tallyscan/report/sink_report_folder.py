"""A sink that is a folder: each DICOS threat detection report as `<SOP instance UID>.dcm`."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from tallyscan.errors import Unavailable
from tallyscan.report.dicos_report import dicos_report
from tallyscan.report.report_of_event import report_of_event


class ReportFolderSink:
    """A report appears under its name when it is whole and on the disk; one that is there is not written again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, event: dict[str, Any], idempotency_key: str) -> None:
        """Write the report of the event. Raises `Unavailable` when the folder cannot be written."""
        report = report_of_event(event, idempotency_key)
        if report is None:
            return
        path = self._folder / f"{report.uid}.dcm"
        file = dicos_report(report)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._write(path, file)
        except OSError as error:
            raise Unavailable(f"The folder {self._folder.name} cannot be written: {error}.") from error

    def _write(self, path: Path, file: bytes) -> None:
        with NamedTemporaryFile(dir=self._folder, prefix=".report-", delete=False) as temporary:
            try:
                temporary.write(file)
                temporary.flush()
                os.fsync(temporary.fileno())
                Path(temporary.name).replace(path)
            except OSError:
                Path(temporary.name).unlink(missing_ok=True)
                raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name too survives a power cut
        finally:
            os.close(folder)
