"""One test of a check of many files, which names every file that fails: a test per file costs more than its check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def of_every(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Decorate a check of one file, which asserts, as a test of all ``paths``."""

    def decorate(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            assert paths, "there are no files to check"
            faults = {path.relative_to(ROOT).as_posix(): fault for path in paths if (fault := _fault(check, path))}
            assert not faults, "\n\n".join(f"{name}:\n{fault}" for name, fault in faults.items())

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def _fault(check: Callable[[Path], None], path: Path) -> str:
    """What a check says against a file; empty where it holds."""
    try:
        check(path)
    except AssertionError as error:
        return str(error) or "the check does not hold"
    return ""
