"""Open GDAL handles: one set per thread, bounded, closed on time, and read under settings that never corrupt data.

GDAL datasets must not be used by two threads at once, so every thread opens its own (``sharing=False``). They are kept
open between reads because GDAL's block cache belongs to a handle: neighbouring windows with a halo then decode each
block about once (measured on a deflate COG with 512 blocks, 1024 windows and a 64 halo: 0.034 CPU seconds per Mpx with
a cache that holds a row of windows, 0.089 without).
"""

from __future__ import annotations

import atexit
import os
import threading
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import Interleaving
from rasterio.env import set_gdal_config
from rasterio.errors import NotGeoreferencedWarning, RasterioError

MAX_HANDLES_PER_THREAD = 64
MAX_BLOCK_BYTES_PER_THREAD = 32 * 2**20
"""Of all open handles: GDAL keeps the last decoded block of each, beside its cache, and a mosaic has many files."""
DEFAULT_CACHE_BYTES = 256 * 2**20
RASTERIO_ERRORS = (RasterioError, CPLE_BaseError, OSError)
"""What opening and reading may raise: GDAL's own errors come through where rasterio does not map them."""

SETTINGS: Mapping[str, str] = {
    # More than one decoding thread on a remote file has returned wrong pixels without an error (OSGeo/gdal#11552,
    # #12933, #13898), and JPEG 2000 takes every core by itself: geoquant's own workers share the cores.
    "GDAL_NUM_THREADS": "1",
    "VRT_NUM_THREADS": "1",
    "GTI_NUM_THREADS": "1",
    # A VRT may carry Python code as a pixel function; a raster must never run code.
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_HTTP_MAX_RETRY": "5",
    "GDAL_HTTP_RETRY_DELAY": "0.5",
    "GDAL_HTTP_CONNECTTIMEOUT": "30",
    "GDAL_HTTP_LOW_SPEED_TIME": "60",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1",
}
_REMOTE_SETTINGS: Mapping[str, str] = {**SETTINGS, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}


@dataclass(frozen=True)
class HandleKey:
    """What a handle is opened from.

    Attributes:
        path: The path as rasterio takes it.
        stamp: A value that changes when the file does, so that a stale handle is never used.
    """

    path: str
    stamp: str


def is_remote(path: str) -> bool:
    """Whether reading ``path`` goes over a network."""
    text = path.lower()
    networks = ("/vsicurl", "/vsis3", "/vsigs", "/vsiaz", "/vsiadls", "/vsioss", "/vsiswift", "/vsiwebhdfs")
    return "://" in text.removeprefix("file://") or any(network in text for network in networks)


def reading_env(path: str) -> rasterio.Env:
    """The GDAL settings to open or read ``path`` with; they end with the ``with`` block."""
    if not is_remote(path):
        return rasterio.Env(**SETTINGS)
    signed = {"CPL_VSIL_CURL_USE_HEAD": "NO"} if "?" in path else {}  # signatures are often good for GET alone
    return rasterio.Env(**_REMOTE_SETTINGS, **signed)


def reserve_block_cache(size_bytes: int) -> None:
    """Set the size of GDAL's block cache, which the whole process shares; ``GDAL_CACHEMAX`` in the environment wins.

    GDAL's own default is 5 % of the machine's memory, which looks like a leak on a large machine.
    """
    if "GDAL_CACHEMAX" not in os.environ:
        set_gdal_config("GDAL_CACHEMAX", min(int(size_bytes), 2**31 - 1))


class _ThreadHandles:
    """The open datasets of one thread; ``lock`` is held while one is in use, so that others may close them safely."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._open: OrderedDict[HandleKey, Any] = OrderedDict()
        self._block_bytes: dict[HandleKey, int] = {}
        _every_thread.add(self)

    def get(self, key: HandleKey) -> Any:
        """The dataset of ``key``, opened on first use; the least recently used one closes when there are too many."""
        if key not in self._open:
            dataset = _open(key)
            self._make_way(_block_bytes(dataset))
            self._open[key], self._block_bytes[key] = dataset, _block_bytes(dataset)
        self._open.move_to_end(key)
        return self._open[key]

    def _make_way(self, block_bytes: int) -> None:
        """Close the datasets that were used least recently, until one more with such a block may be open."""
        while self._open and (
            len(self._open) >= MAX_HANDLES_PER_THREAD
            or sum(self._block_bytes[key] for key in self._open) + block_bytes > MAX_BLOCK_BYTES_PER_THREAD
        ):
            self._open.popitem(last=False)[1].close()

    def discard(self, key: HandleKey) -> None:
        """Close the dataset of ``key``, if it is open; the caller holds the lock."""
        if key in self._open:
            self._open.pop(key).close()

    def close(self, wanted: Callable[[HandleKey], bool]) -> None:
        """Close the datasets whose key is wanted; waits for a read that is running."""
        with self.lock:
            for key in [key for key in self._open if wanted(key)]:
                self._open.pop(key).close()

    def __del__(self) -> None:  # the thread has ended, and its threading.local with it
        for dataset in self._open.values():
            dataset.close()


_every_thread: weakref.WeakSet[_ThreadHandles] = weakref.WeakSet()
_local = threading.local()
_cache_sized = threading.Event()
_warning_filters = threading.Lock()  # they are the process's, not the thread's


@contextmanager
def borrowed(key: HandleKey) -> Iterator[Any]:
    """The calling thread's open dataset for ``key``, with the reading settings in force.

    A dataset that failed is closed, not used again: GDAL may report a lasting failure (a VRT whose Python code is
    disabled) only once, and rasterio takes the silent failures after it for success and returns stale memory.

    Raises:
        rasterio.errors.RasterioIOError: when it can't be opened.
    """
    handles = _handles_of_this_thread()
    with reading_env(key.path), handles.lock:
        try:
            yield handles.get(key)
        except BaseException:
            handles.discard(key)
            raise


def close_paths(paths: frozenset[str]) -> None:
    """Close every thread's handles of these paths."""
    for handles in list(_every_thread):
        handles.close(lambda key: key.path in paths)


@contextmanager
def freshly_opened(path: str) -> Iterator[Any]:
    """A dataset of its own, with nothing in it that GDAL has cached of a remote file by its name alone.

    Without this a process that reads an address a second time gets the pixels of the first, whatever lies there now.

    Raises:
        rasterio.errors.RasterioIOError: when it can't be opened.
    """
    if is_remote(path):
        forget(path)
    with reading_env(path), open_quietly(path) as dataset:
        yield dataset


def forget(path: str) -> None:
    """Let go of all that GDAL has cached of a remote file, and of every handle of it.

    Raises:
        rasterio.errors.RasterioIOError: when it can't be opened.
    """
    close_paths(frozenset([path]))
    with reading_env(path), rasterio.Env(CPL_VSIL_CURL_NON_CACHED=_virtual_name(path)):
        open_quietly(path).close()  # what is cached goes with the last handle under this setting


def _virtual_name(path: str) -> str:
    """The name under GDAL's virtual file systems that rasterio gives to an address."""
    scheme, _, rest = path.partition("://")
    if path.startswith("/vsi"):
        return path
    return f"/vsicurl/{path}" if scheme.startswith("http") else f"/vsi{scheme}/{rest}"


def open_handles(path: str) -> int:
    """How many handles of ``path`` are open, over all threads."""
    return sum(key.path == path for handles in list(_every_thread) for key in list(handles._open))


def _handles_of_this_thread() -> _ThreadHandles:
    """This thread's set; a forked child starts anew, because a file offset shared with its parent corrupts both."""
    if getattr(_local, "pid", None) != os.getpid():
        _local.abandoned = getattr(_local, "handles", None)
        _local.handles, _local.pid = _ThreadHandles(), os.getpid()
    handles: _ThreadHandles = _local.handles
    return handles


def _open(key: HandleKey) -> Any:
    if not _cache_sized.is_set():
        reserve_block_cache(DEFAULT_CACHE_BYTES)
        _cache_sized.set()
    return open_quietly(key.path)


def _block_bytes(dataset: Any) -> int:
    """Bytes of one block as it is decoded: of all bands, where they are interleaved by pixel."""
    height, width = dataset.block_shapes[0]
    together = dataset.count if dataset.interleaving == Interleaving.pixel else 1
    return int(height * width * np.dtype(dataset.dtypes[0]).itemsize * together)


def open_quietly(path: str) -> Any:
    """Open without rasterio's warning about a missing transform: the scene's own warnings say it better."""
    with _warning_filters, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, sharing=False)


def close_everything() -> None:
    """Close every handle of every thread."""
    for handles in list(_every_thread):
        handles.close(lambda _: True)


atexit.register(close_everything)


if hasattr(os, "register_at_fork"):  # a lock that some thread held at the fork would never be free in the child
    os.register_at_fork(after_in_child=_every_thread.clear)
