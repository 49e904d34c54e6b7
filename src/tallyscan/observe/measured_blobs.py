"""A blob store, timed, with its failures counted."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tallyscan.observe.meters import Meters
from tallyscan.store.blobs import Blobs


class MeasuredBlobs:
    """Does what the store behind it does. What is not there is no failure of the store, but it is counted as one: it
    should be there."""

    def __init__(self, blobs: Blobs, meters: Meters) -> None:
        self._blobs = blobs
        self._meters = meters

    def put(self, data: bytes, *, spooled: Path | None = None) -> str:
        """See `Blobs.put`."""
        with self._meters.blob("put"):
            return self._blobs.put(data, spooled=spooled)

    def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        with self._meters.blob("get"):
            return self._blobs.get(key)

    def part(self, key: str, start: int, count: int) -> bytes:
        """See `Blobs.part`."""
        with self._meters.blob("part"):
            return self._blobs.part(key, start, count)

    def keys(self) -> Iterator[str]:
        """See `Blobs.keys`."""
        return self._blobs.keys()

    def delete(self, key: str, before: datetime) -> bool:
        """See `Blobs.delete`."""
        return self._blobs.delete(key, before)
