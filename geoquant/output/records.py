"""Small JSON records that are there whole or not at all, and tell whether they are what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoquant.output.destination import part_file

CHECK, NAME = "sha256", "name"
_CHUNK_BYTES = 1 << 20


def write_record(path: Path, facts: Mapping[str, Any]) -> None:
    """Write JSON values with a check sum over them and the file's name; all of it is on the disk when this returns."""
    text = json.dumps({**facts, NAME: path.name}, sort_keys=True)
    with part_file(path) as part:
        part.write_text(json.dumps({**json.loads(text), CHECK: _sum(text)}, sort_keys=True), encoding="ascii")


def read_record(path: Path) -> dict[str, Any] | None:
    """What ``write_record`` wrote there; None where it is missing, damaged, somebody else's or another record."""
    try:
        facts = json.loads(path.read_text(encoding="ascii"))
        found = facts.pop(CHECK)
    except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return None
    is_whole = found == _sum(json.dumps(facts, sort_keys=True))
    return facts if is_whole and facts.pop(NAME) == path.name else None


def file_facts(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file; of a folder over the names and contents of all files in it.

    Raises:
        OSError: it can't be read.
    """
    if path.is_dir():
        return _folder_facts(path)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK_BYTES):
            digest.update(block)
        return stream.tell(), digest.hexdigest()


def fits(path: Path, size: int, sha256: str) -> bool:
    """Whether a file has that size and content."""
    try:
        may_be = path.is_dir() or path.stat().st_size == size
        return may_be and file_facts(path) == (size, sha256)
    except OSError:
        return False


def _folder_facts(folder: Path) -> tuple[int, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [(path.relative_to(folder).as_posix(), *file_facts(path)) for path in files]
    return sum(size for _, size, _ in facts), _sum(json.dumps(facts))


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
