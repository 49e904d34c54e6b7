"""Where decoders lay the pixels of a scan.

A decoding process lends the memory that it shares with the service, so that pixels are not copied there once more;
everywhere else they get memory of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Allocate = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]

_allocate: ContextVar[Allocate] = ContextVar("_allocate", default=np.empty)


def new_pixels(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array with nothing in it yet, for the pixels of the scan that is being decoded."""
    return _allocate.get()(shape, dtype)


@contextmanager
def pixels_in(allocate: Allocate) -> Iterator[None]:
    """Meanwhile `new_pixels` gives what `allocate` does."""
    before = _allocate.set(allocate)
    try:
        yield
    finally:
        _allocate.reset(before)
