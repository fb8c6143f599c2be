# SPDX-License-Identifier: GPL-2.0-or-later
"""Run beside the worker: ends it where it can't end itself, because native code never comes back.

``PYTHON -I -S guardian.py WORKER CONTROL STANDSTILL_S``, where stdin is the pipe by which the worker gets its orders,
and CONTROL the descriptor of one on which it writes lines: now and then an empty one, its heartbeat, and as JSON what
it has begun to write, whenever that changes. Native code that waits while it holds Python's lock stops every thread and
every signal handler of the worker, so that only another process can act:

- The other end of the orders is closed: QGIS is gone or has cancelled. The worker has its time to end, then it is
  killed, and what it had begun is removed.
- The heart stands still although nobody has cancelled: the worker is aborted, which writes the stacks of its threads
  into its log. What it had begun stays, so that the same job goes on there.

Where the worker ends first, so does this process.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import time

PATIENCE_S = 1.25
"""More than server.py's STOP_WITHIN_S, in which the worker ends itself where it can, and less than client.py's."""
TICK_S, DEATH_WITHIN_S = 1.0, 2.0


class Watch:
    """What is known of the worker.

    Attributes:
        begun: paths that it has begun to write.
        has_ended: whether it has.
        cancelled: whether the other end of its orders is closed.
    """

    def __init__(self, control: int) -> None:
        self.begun: list[str] = []
        self.has_ended = self.cancelled = False
        self._control, self._rest, self._still_s = control, b"", 0.0
        self._poll = select.poll()
        self._poll.register(0, 0)  # asks for nothing: that the other end is closed is told all the same
        self._poll.register(control, select.POLLIN)

    def until_it_matters(self, standstill_s: float) -> None:
        """Wait until the worker has ended, is cancelled, or stands still.

        Ticks are counted, not time: a computer that sleeps lets neither process run.
        """
        while not self.has_ended and not self.cancelled and self._still_s < standstill_s:
            self._look(TICK_S)

    def until_it_ends(self, patience_s: float) -> None:
        """Wait as long for the worker's end."""
        ends = time.monotonic() + patience_s
        while not self.has_ended and time.monotonic() < ends:
            self._look(max(0.001, ends - time.monotonic()))

    def _look(self, wait_s: float) -> None:
        found = self._poll.poll(1000 * wait_s)
        self._still_s = 0.0 if found else self._still_s + wait_s
        for descriptor, _ in found:
            if descriptor == self._control:
                self._hear()
            else:
                self._poll.unregister(descriptor)
                self.cancelled = True

    def _hear(self) -> None:
        piece = os.read(self._control, 2**16)
        self.has_ended = not piece
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if line:
                self.begun = list(json.loads(line))


def main() -> None:
    """Watch until the worker has ended, or has to be."""
    worker, standstill_s = int(sys.argv[1]), float(sys.argv[3])
    watch = Watch(int(sys.argv[2]))
    watch.until_it_matters(standstill_s)
    if watch.cancelled:
        watch.until_it_ends(PATIENCE_S)
    if watch.has_ended or os.getppid() != worker:
        return
    if not watch.cancelled:
        os.write(2, b"Timeout: no Python code of the worker ran for %d s.\n" % standstill_s)
        os.kill(worker, signal.SIGABRT)
        watch.until_it_ends(DEATH_WITHIN_S)
    if not watch.has_ended:
        os.kill(worker, signal.SIGKILL)
        watch.until_it_ends(DEATH_WITHIN_S)
    if watch.cancelled:
        remove(watch.begun)
    if os.getsid(0) == worker:  # client.py starts it so
        os.killpg(worker, signal.SIGKILL)  # what it had started, and this process


def remove(paths: list[str]) -> None:
    """Remove files and folders."""
    for path in paths:
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(path)


if __name__ == "__main__":
    main()
