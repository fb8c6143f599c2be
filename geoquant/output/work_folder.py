"""A folder for what a job makes on its way, beside its output: gone when the job ends, however it ends."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoquant.owner import machine_mark, process_exists
from geoquant.unfinished import unfinished

_PREFIX = ".geoquant-"
_NAME = re.compile(rf"{re.escape(_PREFIX)}([0-9a-f]{{6}})-(\d+)-[0-9a-f]{{8}}")


@contextmanager
def work_folder(beside: Path) -> Iterator[Path]:
    """A new folder in ``beside``, in which other libraries put their temporary files too.

    Its name tells its process; the folders of this machine's processes that were killed are removed.
    """
    remove_orphans(beside)
    folder = beside / f"{_PREFIX}{machine_mark()}-{os.getpid()}-{secrets.token_hex(4)}"
    before = tempfile.tempdir
    with unfinished(folder):
        folder.mkdir(mode=0o700)
        try:
            tempfile.tempdir = str(folder)  # the only way to tell a library that asks for a temporary folder
            yield folder
        finally:
            tempfile.tempdir = before
            shutil.rmtree(folder, ignore_errors=True)


def remove_orphans(beside: Path) -> None:
    """Remove the work folders of processes that are gone."""
    for entry in beside.iterdir():
        found = _NAME.fullmatch(entry.name)
        if found and found[1] == machine_mark() and not process_exists(int(found[2])):
            shutil.rmtree(entry, ignore_errors=True)
