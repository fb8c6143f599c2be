"""Finished shards on disk, each with a record that says what its files must be.

A shard is finished when its record is there, which is written after its files: what does not fit its record is made
anew, whatever happened to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geoquant.grid import Window
from geoquant.inference.tally import Tally
from geoquant.output.records import file_facts, fits, read_record, write_record


@dataclass(frozen=True)
class ShardFiles:
    """Names of one shard's files in ``folder``."""

    folder: Path
    window: Window

    def _named(self, suffix: str) -> Path:
        return self.folder / f"r{self.window.row}_c{self.window.col}{suffix}"

    @property
    def classes(self) -> Path:
        """The class map."""
        return self._named(".tif")

    @property
    def confidence(self) -> Path:
        """The confidence map, if one is wanted."""
        return self._named("_confidence.tif")

    @property
    def record(self) -> Path:
        """What the files must be, with the counts; written last."""
        return self._named(".json")


@dataclass(frozen=True)
class ShardStore:
    """The finished shards of one job.

    Attributes:
        folder: The folder in which they lie.
        key: A hash that tells the job from others.
    """

    folder: Path
    key: str

    def files(self, shard: Window) -> ShardFiles:
        """Where the files of a shard lie, or are to be."""
        return ShardFiles(self.folder, shard)

    def finish(self, shard: Window, tally: Tally, written: Sequence[Path]) -> None:
        """Record that a shard is finished: ``written`` are its files, on the disk already."""
        files = {path.name: file_facts(path) for path in written}
        write_record(
            self.files(shard).record,
            {"job": self.key, "window": _numbers(shard), "files": files, "tally": tally.to_json()},
        )

    def kept(self, shard: Window) -> Tally | None:
        """The counts of a shard that an earlier run finished; None where nothing, or not all of it, is there."""
        record = read_record(self.files(shard).record)
        if record is None or (record.get("job"), record.get("window")) != (self.key, _numbers(shard)):
            return None
        whole = all(fits(self.folder / name, *facts) for name, facts in record["files"].items())
        return Tally.from_json(record["tally"]) if whole else None

    def has_record(self, shard: Window) -> bool:
        """Whether a shard was finished once, be it whole still or not."""
        return self.files(shard).record.exists()


def _numbers(window: Window) -> list[int]:
    return [window.row, window.col, window.height, window.width]
