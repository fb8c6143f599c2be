"""Several outputs of one job that get their final names together, in a stage that can be repeated.

All are made under other names first; a record then says what they are, and only after that come the renames. Whoever
runs the job again after a crash finds in the record which files, under either name, are this very job's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.output.destination import STYLE_SUFFIX, publish, to_disk
from geoquant.output.records import file_facts, fits, read_record, write_record
from geoquant.unfinished import link_target

RECORD, FOLDER = "publishing.json", "outputs"


@dataclass(frozen=True)
class StagedOutputs:
    """The outputs of one job before they have their names.

    Attributes:
        folder: The job's own folder, beside its main output.
        key: A hash that tells the job from others.
    """

    folder: Path
    key: str

    def place(self, final: Path) -> Path:
        """Where to write what will be ``final``: on the same file system, so that a rename is all that is left."""
        if final.parent.resolve() == self.folder.resolve().parent:
            return self.folder / FOLDER / final.name
        return final.with_name(f".{final.name}.{self.key[:8]}.staged")

    def begin(self) -> None:
        """Make the folder; forget an earlier record."""
        (self.folder / RECORD).unlink(missing_ok=True)
        (self.folder / FOLDER).mkdir(exist_ok=True)

    def seal(self, finals: Sequence[Path], made_with: str) -> None:
        """Record the outputs, all of which are made and on the disk; from here on the job can't be undone.

        Args:
            finals: in the order in which they get their names; files beside them go first.
            made_with: what else than the job's key decides their content.
        """
        files = []
        for final in dict.fromkeys(name for output in finals for name in _with_companions(output)):
            staged = self.place(final)
            if staged.exists():
                size, sha256 = file_facts(staged)
                files.append({"final": str(final.absolute()), "staged": str(staged), "size": size, "sha256": sha256})
        outputs = [str(final.absolute()) for final in finals]
        write_record(
            self.folder / RECORD, {"job": self.key, "made_with": made_with, "outputs": outputs, "files": files}
        )

    def is_sealed(self, finals: Sequence[Path], made_with: str) -> bool:
        """Whether an earlier run made exactly these outputs, and each is still there under one of its names."""
        record = self._record()
        wanted = made_with, [str(final.absolute()) for final in finals]
        if record is None or (record["made_with"], record["outputs"]) != wanted:
            return False
        return all(_is_staged(file) or _is_published(file) for file in record["files"])

    def release(self) -> None:
        """Give every sealed file its final name; those that have it already stay. May be called again at any time."""
        record = self._record()
        for file in record["files"] if record else ():
            if Path(file["staged"]).exists():
                publish(Path(file["staged"]), Path(file["final"]))
        for parent in {link_target(Path(file["final"])).parent for file in record["files"]} if record else ():
            to_disk(parent)

    def discard(self) -> None:
        """Remove what lies outside the job's folder."""
        record = self._record()
        for file in record["files"] if record else ():
            Path(file["staged"]).unlink(missing_ok=True)

    def _record(self) -> dict[str, Any] | None:
        record = read_record(self.folder / RECORD)
        return record if record is not None and record.get("job") == self.key else None


def published_by(folder: Path) -> frozenset[Path]:
    """The files with final names that an unfinished job, whose folder this is, has published: absolute paths."""
    record = read_record(folder / RECORD)
    return frozenset(Path(file["final"]) for file in record["files"] if _is_published(file)) if record else frozenset()


def waits_for_names(folder: Path) -> bool:
    """Whether finished outputs lie in a job's folder, or beside it, that have not got their names yet."""
    record = read_record(folder / RECORD)
    return record is not None and any(Path(file["staged"]).exists() for file in record["files"])


def is_staged_name(path: str) -> bool:
    """Whether ``StagedOutputs.place`` could have given that name outside of the job's folder."""
    return re.fullmatch(r"\..+\.[0-9a-f]{8}\.staged", Path(path).name) is not None


def _with_companions(output: Path) -> Iterator[Path]:
    """The files that belong to an output, then the output itself."""
    yield from (output.with_suffix(STYLE_SUFFIX), output.with_name(f"{output.name}.aux.xml"), output)


def _is_staged(file: dict[str, Any]) -> bool:
    return fits(Path(file["staged"]), file["size"], file["sha256"])


def _is_published(file: dict[str, Any]) -> bool:
    return fits(Path(file["final"]), file["size"], file["sha256"])
