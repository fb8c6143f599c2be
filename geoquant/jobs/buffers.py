"""Arrays that are used again: fresh memory of a tile's size costs the system a page fault for every 4 KiB."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Buffers:
    """Idle arrays of the shape that was asked for last. Threads may take and put back at once."""

    _idle: list[NDArray[Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """An array with any content; those of another shape are dropped."""
        with self._lock:
            self._idle[:] = [array for array in self._idle if array.shape == shape and array.dtype == dtype]
            return self._idle.pop() if self._idle else np.empty(shape, dtype)

    def put_back(self, array: NDArray[Any]) -> None:
        """Let it be taken again; nobody may use it any more."""
        with self._lock:
            self._idle.append(array)
