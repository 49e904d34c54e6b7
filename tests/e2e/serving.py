"""`tallyscan serve` as a process of its own, as it runs at a site."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tallyscan.settings import Settings


class EndedEarlyError(AssertionError):
    """It ended, with that code, before it said that it is at work."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code


def _ended_early(process: subprocess.Popen[str], said: str) -> EndedEarlyError:
    assert process.stdout is not None
    process.stdout.close()
    return EndedEarlyError(process.wait(30), said)


class ServiceProcess:
    """Started on a free port; `kill` is SIGKILL, `end` a polite request."""

    def __init__(self, models_dir: Path, data_dir: Path, *arguments: str, **settings: object) -> None:
        command = [
            sys.executable,
            "-m",
            "tallyscan",
            "serve",
            "--port",
            "0",
            "--data",
            str(data_dir),
            *arguments,
        ]
        environment = os.environ | {
            "TALLYSCAN_MODELS_DIR": str(models_dir),
            "TALLYSCAN_INFERENCE_THREADS": "1",
            "TALLYSCAN_INBOX_QUIET_SECONDS": "0.2",
            **{f"TALLYSCAN_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+/", line)
        if not found:
            raise _ended_early(self.process, line)
        self.client = httpx.Client(base_url=found[0], timeout=90)

    def dicom_port(self) -> int:
        """Where it takes DICOM, which it says among the first things; asked once."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"takes DICOM at \S+:(\d+),", line):
                return int(found[1])
        raise AssertionError("it takes no DICOM")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._close()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._close()

    def ended(self, seconds: float = 120) -> int:
        """Wait until it ends by itself; its code."""
        return self._close(seconds)

    def _close(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        self.client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


class WorkerProcess:
    """`tallyscan worker` as a process of its own, with these settings; ready when it says so."""

    def __init__(self, settings: Settings) -> None:
        told = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        told["database_url"] = settings.database_address.render_as_string(hide_password=False)
        environment = os.environ | {f"TALLYSCAN_{name.upper()}": str(value) for name, value in told.items()}
        command = [sys.executable, "-m", "tallyscan", "worker"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("Worker "):
            raise _ended_early(self.process, line)

    def metrics_url(self) -> str:
        """Where it is seen from outside, which it says next; asked once."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://[^/]+/", line)
        assert found, line
        return found[0]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._close()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._close()

    def ended(self, seconds: float = 120) -> int:
        """Wait until it ends by itself; its code."""
        return self._close(seconds)

    def _close(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
