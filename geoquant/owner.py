"""Who works here: a lock file that one process holds and others can read, on one machine or several.

A process that is killed leaves its lock behind. On the same machine the lock is void when its process is gone; from
another machine it is void when its time stamp, which the owner renews, has stood still for long.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from geoquant.errors import RasterError

HEARTBEAT_S = 10.0
STALE_S = 120.0
"""A lock from elsewhere that was not renewed for so long is void."""
UNREADABLE_S = 5.0
"""A lock that can't be read may be one that is being written; for so long."""


@dataclass(frozen=True)
class OwnerFacts:
    """Who holds a lock.

    Attributes:
        pid: The number of the process.
        birth: The time at which that process began, in the system's own count; "" where it does not say.
        place: A hash of the machine and its name space of processes.
        host: The machine's name, for people.
        since: The local time at which the lock was taken, for people.
        token: A random text that tells this lock from any other.
    """

    pid: int
    birth: str
    place: str
    host: str
    since: str
    token: str

    @property
    def words(self) -> str:
        """For a message."""
        return f"process {self.pid} on {self.host}, since {self.since}"


@dataclass(frozen=True)
class Lock:
    """A lock that this process holds."""

    path: Path
    facts: OwnerFacts

    def check(self) -> None:
        """Make sure that nobody took the lock over, as others may when this machine slept.

        Raises:
            RasterError: somebody did.
        """
        found = read_owner(self.path)
        if found != self.facts:
            taken = f"by {found.words}" if found else "and released"
            raise RasterError(
                f"{self.path.parent} was taken over {taken} while this process stood still; it stops, and what it "
                "had finished is used by the other one. Run the command again if that one has ended."
            )


@contextmanager
def held(path: Path, purpose: str) -> Iterator[Lock]:
    """Hold the lock ``path``; its folder must exist, and may be gone when the block ends.

    Args:
        path: name of the lock file.
        purpose: what the folder is for, to begin the message with.

    Raises:
        RasterError: somebody else holds it; names the process and the machine.
        FileNotFoundError: the folder was removed at this moment; make it again.
    """
    facts = OwnerFacts(os.getpid(), birth_of(os.getpid()), _place(), socket.gethostname(), _now(), secrets.token_hex(8))
    while not _create(path, facts):
        other = read_owner(path)
        if not _is_void(path, other):
            who = other.words if other else "another process, which is about to say who it is"
            raise RasterError(
                f"{purpose}: {who} works on it now; wait until it has ended, or give another output. What it finishes "
                f"is not lost."
            )
        _take_away(path, other)
    lock, ended = Lock(path, facts), threading.Event()
    threading.Thread(target=_beat, args=(path, ended), name="geoquant-heartbeat", daemon=True).start()
    try:
        yield lock
    finally:
        ended.set()
        if read_owner(path) == facts:
            path.unlink(missing_ok=True)


def read_owner(path: Path) -> OwnerFacts | None:
    """Who holds a lock; None where there is none or it can't be read."""
    try:
        return OwnerFacts(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def works_here(path: Path) -> str:
    """Who holds a lock now, in words; empty where nobody does: it is not there, or void.

    Raises:
        OSError: a lock of another machine can't be judged, as its folder takes no file.
    """
    owner = read_owner(path)
    if not path.exists() or _is_void(path, owner):
        return ""
    return owner.words if owner else "another process, which is about to say who it is"


def process_exists(pid: int, birth: str = "") -> bool:
    """Whether a process of this machine runs; with ``birth`` the very one, not a later one of the same number."""
    if sys.platform == "win32":
        return _exists_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        pass
    return not birth or birth_of(pid) in ("", birth)


def birth_of(pid: int) -> str:
    """When a process began, in the kernel's ticks since it started; "" where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError, ValueError):
        return ""


@cache
def machine_mark() -> str:
    """Six letters for this machine and its name space of processes."""
    return _place()[:6]


@cache
def _place() -> str:
    facts = [socket.gethostname()]
    for name in ("/proc/sys/kernel/random/boot_id", "/etc/machine-id"):
        with suppress(OSError):
            facts.append(Path(name).read_text(encoding="ascii"))
    with suppress(OSError):
        facts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _create(path: Path, facts: OwnerFacts) -> bool:
    """Make the lock file; False where there is one."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(facts), stream)
    return True


def _is_void(path: Path, owner: OwnerFacts | None) -> bool:
    if owner is not None and owner.place == _place():
        return not process_exists(owner.pid, owner.birth)
    try:
        age_s = _time_of(path.parent) - path.stat().st_mtime
    except FileNotFoundError:
        return True
    return age_s > (UNREADABLE_S if owner is None else STALE_S)


def _time_of(folder: Path) -> float:
    """The time now as the file system of a folder counts it: another machine's clock may differ."""
    probe = folder / f"{secrets.token_hex(8)}.clock"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _take_away(path: Path, void: OwnerFacts | None) -> None:
    """Remove a void lock, unless somebody replaced it a moment ago: then theirs is put back."""
    aside = path.with_name(f"{secrets.token_hex(8)}.void")
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return
    if read_owner(aside) != void:
        with suppress(OSError):
            os.link(aside, path)
    aside.unlink(missing_ok=True)


def _beat(path: Path, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_S):
        with suppress(OSError):
            os.utime(path)


def _exists_on_windows(pid: int) -> bool:
    """``os.kill`` would end it there."""
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
