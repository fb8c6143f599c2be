"""Reading again what a network failed to bring: with pauses, for a bounded time, and not beyond a cancelled job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from geoquant.errors import SourceUnavailable
from geoquant.raster.handles import RASTERIO_ERRORS, forget, is_remote
from geoquant.raster.web_identity import answers

Result = TypeVar("Result")
TRIES = 4
"""After so many failures in a row the file is at fault, if its server answers."""
PATIENCE_S = 90.0
"""How long a server that does not answer is waited for."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, STEP_S = 0.25, 8.0, 0.25
_local = threading.local()


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Let ``check`` end a pause of this thread by an exception."""
    _local.check = check
    try:
        yield
    finally:
        del _local.check


def patiently(path: str, read: Callable[[], Result]) -> Result:
    """``read()``, called again while a remote file's network fails; a local file has one chance.

    Raises:
        SourceUnavailable: the server did not answer for ``PATIENCE_S``.
        rasterio.errors.RasterioError, OSError: the last failure of a file that can be reached.
    """
    started, failures = time.monotonic(), 0
    while True:
        try:
            return read()
        except RASTERIO_ERRORS as error:
            failures += 1
            if not is_remote(path):
                raise
            is_there = answers(path)
            if is_there and failures >= TRIES:
                raise
            waited = time.monotonic() - started
            if waited > PATIENCE_S:
                raise SourceUnavailable(
                    f"{path} could not be read for {waited:.0f} s: its server does not answer, or the network is down "
                    f"({error.__cause__ or error}). Nothing is wrong with the file as far as that tells; what was "
                    f"finished is kept: run the same command again later."
                ) from error
        _pause(min(FIRST_PAUSE_S * 2**failures, LONGEST_PAUSE_S))
        if failures > 1:  # not at once: what has come through helps the next try along, unless it is half an answer
            with suppress(*RASTERIO_ERRORS):
                forget(path)


def _pause(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        getattr(_local, "check", lambda: None)()
        time.sleep(min(left, STEP_S))
