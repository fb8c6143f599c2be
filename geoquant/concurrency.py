"""The threads of a stream: reading in the calling thread, inference in threads that all shards share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Semaphore
from typing import TypeVar

from geoquant.errors import Cancelled

Item = TypeVar("Item")
Read = TypeVar("Read")
Result = TypeVar("Result")


@dataclass(frozen=True)
class InferencePool:
    """The inference threads of this process and the limits that every shard keeps.

    Attributes:
        inference: The executor that runs tiles, with one thread per core.
        slots: Every tile holds one from before its reading until its result: this bounds memory, however much faster
            the reader is.
        stop: Set when the job is cancelled or has failed; work not yet begun is then dropped.
    """

    inference: Executor
    slots: Semaphore
    stop: Event = field(default_factory=Event)

    def check(self) -> None:
        """Raise ``Cancelled`` once the job is to stop."""
        if self.stop.is_set():
            raise Cancelled("The job was cancelled; nothing was written under the output's name.")

    def in_order(
        self, items: Iterable[Item], read: Callable[[Item], Read], work: Callable[[Item, Read], Result]
    ) -> Iterator[Result]:
        """``work(item, read(item))`` of every item, in order: read here, work in the inference threads.

        An error of any step ends the iteration with that error; items not yet begun are dropped.
        """
        pending: deque[Future[Result]] = deque()
        try:
            for item in items:
                pending.append(self._begin(item, read, work))
                while pending and pending[0].done():
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for job in pending:
                job.cancel()

    def _begin(self, item: Item, read: Callable[[Item], Read], work: Callable[[Item, Read], Result]) -> Future[Result]:
        self.slots.acquire()
        try:
            self.check()
            job = self.inference.submit(self._unless_stopped, work, item, read(item))
        except BaseException:
            self.slots.release()
            raise
        job.add_done_callback(lambda _: self.slots.release())
        return job

    def _unless_stopped(self, work: Callable[[Item, Read], Result], item: Item, pixels: Read) -> Result:
        self.check()
        return work(item, pixels)


@contextmanager
def inference_pool(workers: int) -> Iterator[InferencePool]:
    """A pool of ``workers`` inference threads; one tile more than that is in flight, so that none waits for a read."""
    with ThreadPoolExecutor(workers, thread_name_prefix="geoquant-infer") as pool:
        tile_pool = InferencePool(pool, Semaphore(workers + 1))
        try:
            yield tile_pool
        except BaseException:
            tile_pool.stop.set()
            raise
