"""What is measured: times by what they are of, and the memory of every process, as long as the trial runs."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

_PAGE = 4096
_LEAST_SECONDS = 300.0  # in less, memory grows to what work needs, and nothing can be said of an hour


class Times:
    """Seconds by what they are of; any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def add(self, what: str, seconds: float) -> None:
        """One more."""
        with self._lock:
            self._seconds[what].append(seconds)

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """The time of the block, where it does not raise."""
        begun = time.perf_counter()
        yield
        self.add(what, time.perf_counter() - begun)

    def all(self) -> dict[str, list[float]]:
        """A copy."""
        with self._lock:
            return {what: list(seconds) for what, seconds in self._seconds.items()}


class Quantiles(NamedTuple):
    """By nearest rank."""

    number: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Quantiles":
        """None where there is no value."""
        ordered = sorted(values) or [math.nan]

        def at(share: float) -> float:
            return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]

        return cls(len(values), at(0.50), at(0.95), at(0.99), ordered[-1])


class Growth(NamedTuple):
    """Of memory, in MB: where it stood in the median, and by how much it grows in an hour, with the 95 % interval."""

    median_mb: float
    most_mb: float
    an_hour_mb: float
    plus_minus_mb: float


def growth(samples: Sequence[tuple[float, float]], settled_after: float) -> Growth:
    """By least squares through the medians of 20 equal stretches of time, after the first `settled_after` seconds.

    Not a number where less than five minutes are left. Of memory that jumps with each reading single samples say
    little, and neighbours are not independent.
    """
    first = samples[0][0] + settled_after
    kept = [each for each in samples if each[0] >= first]
    most = max(mb for _, mb in samples)
    if len(kept) < 40 or kept[-1][0] - kept[0][0] < _LEAST_SECONDS:
        return Growth(median(mb for _, mb in samples), most, math.nan, math.nan)
    stretches = [kept[len(kept) * n // 20 : len(kept) * (n + 1) // 20] for n in range(20)]
    hours = [fmean(at for at, _ in each) / 3600 for each in stretches]
    levels = [median(mb for _, mb in each) for each in stretches]
    mean_hour, mean_level = fmean(hours), fmean(levels)
    spread = sum((hour - mean_hour) ** 2 for hour in hours)
    slope = (
        sum((hour - mean_hour) * (level - mean_level) for hour, level in zip(hours, levels, strict=True))
        / spread
    )
    left = [
        level - mean_level - slope * (hour - mean_hour) for hour, level in zip(hours, levels, strict=True)
    ]
    error = math.sqrt(sum(each**2 for each in left) / (len(left) - 2) / spread)
    return Growth(median(mb for _, mb in kept), most, slope, 2.1 * error)  # 2.1: Student's t of 18


class Memory:
    """Resident memory of processes and of those that they started, every second."""

    def __init__(self, roots: Callable[[], Mapping[str, int]], every_seconds: float = 1.0) -> None:
        self._roots, self._every = roots, every_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self.samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.threads: dict[str, int] = defaultdict(int)
        self.processor_seconds: dict[str, float] = defaultdict(float)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            parents = _parents()
            for name, root in self._roots().items():
                self._sample(name, [root])
                helpers = _below(parents, root)
                if helpers:
                    self._sample(f"{name}, processes that decode", helpers)

    def _sample(self, name: str, processes: Sequence[int]) -> None:
        found = [each for each in map(_standing, processes) if each is not None]
        if found:
            self.samples[name].append((time.monotonic(), sum(each.mb for each in found)))
            self.threads[name] = max(self.threads[name], sum(each.threads for each in found))
            self.processor_seconds[name] = sum(each.processor_seconds for each in found)


class _Standing(NamedTuple):
    mb: float
    threads: int
    processor_seconds: float


def _standing(process: int) -> _Standing | None:
    """None where it has ended."""
    try:
        fields = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return _Standing(
        int(fields[21]) * _PAGE / 1e6, int(fields[17]), (int(fields[11]) + int(fields[12])) / 100
    )


def _parents() -> dict[int, int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return parents


def _below(parents: Mapping[int, int], root: int) -> list[int]:
    found = [process for process, parent in parents.items() if parent == root]
    return found + [each for process in found for each in _below(parents, process)]
