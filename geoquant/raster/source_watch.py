"""Whether the files of a scene, or of a mask or labels beside it, are still those that they were opened from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from geoquant.errors import RasterError, SourceUnavailable
from geoquant.raster.file_identity import identity, local_file, stamp
from geoquant.raster.handles import RASTERIO_ERRORS, freshly_opened, is_remote

SAMPLED_WINDOWS = 5
ASKED_AT_ONCE = 8


def source_identities(files: Sequence[str]) -> dict[str, str]:
    """File -> all that tells its version (``file_identity.identity``), or some of its pixels where nothing else does.

    Goes over the network for remote files.
    """
    return _of_each(files, lambda file: identity(file) or _pixels_of(file))


@dataclass(frozen=True)
class SourceWatch:
    """The files of a scene, and of what lies beside it, as they were when a job began. It pickles.

    Attributes:
        marks: Every file, with what told its version then.
    """

    marks: Mapping[str, str]

    def __or__(self, other: SourceWatch) -> SourceWatch:
        """A watch over the files of both."""
        return SourceWatch({**other.marks, **self.marks})

    def over(self, files: frozenset[str]) -> SourceWatch:
        """A watch over those of its files alone."""
        return SourceWatch({file: mark for file, mark in self.marks.items() if file in files})

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read inside comes from files that are the same afterwards as they were when the job began.

        Raises:
            RasterError: as ``check``, also where reading failed: what looks like damage may be a file that was written
                meanwhile.
        """
        try:
            yield
        except SourceUnavailable:
            raise
        except RasterError:
            self.check()
            raise
        self.check()

    def check(self) -> None:
        """Compare every file with what it was: cheap for local ones, a request for each remote one.

        Raises:
            RasterError: one has changed, or its server does not answer any more.
        """
        now = _marks(list(self.marks))
        for file, mark in self.marks.items():
            if mark and not now[file]:
                raise RasterError(
                    f"{file} is gone or can't be asked any more whether it is still the same; what was finished is "
                    "kept: run the same command again when it is back."
                )
            if now[file] != mark:
                raise RasterError(
                    f"{file} changed while it was read (size, time or version), so the result would be a mixture; "
                    "nothing of it is kept: run the command again when the file is complete."
                )


def watch(files: Sequence[str]) -> SourceWatch:
    """Begin to watch files."""
    return SourceWatch(_marks(files))


def _marks(files: Sequence[str]) -> dict[str, str]:
    """What is compared again and again."""
    return _of_each(files, lambda file: stamp(file) if local_file(file) is not None else _asked(file))


def _asked(file: str) -> str:
    return source_identities([file])[file] if is_remote(file) else ""


def _of_each(files: Sequence[str], tell: Any) -> dict[str, str]:
    remote = [file for file in files if is_remote(file)]
    told = {file: tell(file) for file in files if not is_remote(file)}
    if remote:
        with ThreadPoolExecutor(min(ASKED_AT_ONCE, len(remote))) as pool:
            told |= dict(zip(remote, pool.map(tell, remote), strict=True))
    return {file: told[file] for file in files}


def _pixels_of(file: str) -> str:
    """SHA-256 of some pixels of a remote raster, and of where they lie in the file, past GDAL's cache; else empty."""
    if not is_remote(file):
        return ""
    try:
        with freshly_opened(file) as dataset:
            return _sampled(dataset)
    except RASTERIO_ERRORS:
        return ""


def _sampled(dataset: Any) -> str:
    digest = hashlib.sha256(repr((dataset.profile, dataset.count)).encode())
    down, right = dataset.block_shapes[0]
    rows, cols = -(-dataset.height // down), -(-dataset.width // right)
    for number in range(SAMPLED_WINDOWS):
        row, col = divmod((rows * cols - 1) * number // (SAMPLED_WINDOWS - 1), cols)
        for fact in ("OFFSET", "SIZE"):
            digest.update(str(dataset.get_tag_item(f"BLOCK_{fact}_{col}_{row}", "TIFF", bidx=1)).encode())
        end = min((row + 1) * down, dataset.height), min((col + 1) * right, dataset.width)
        digest.update(dataset.read(1, window=((row * down, end[0]), (col * right, end[1]))).tobytes())
    return digest.hexdigest()
