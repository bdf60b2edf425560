"""One thread that draws and writes, so that training does neither.

- The order of the jobs is the order of the calls.
- The queue is bounded: where it is full, the caller of an ordinary job waits, and a droppable job
  (a picture) is dropped and counted.
- The first error is kept; the thread goes on emptying the queue, so that nobody waits for ever, and
  the next `submit`, `flush` or `close` raises it.
- `close` always closes the file; a submit after it raises.
- Nobody waits for a thread that is gone (something ended it, or the process was forked).
"""

import os
import queue
import threading
from collections.abc import Callable

from avh.records.event_file import EventFile

Job = Callable[[EventFile], None]
QUEUE_SIZE = 64  # records; some hundred kilobytes each at most
_LOOK_SECONDS = 0.5  # between two looks whether the thread lives, while waiting for it


class BackgroundWriter:
    """A queue of jobs on one event file, done by one thread."""

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        first_step: int | None = None,
        queue_size: int = QUEUE_SIZE,
    ) -> None:
        """Start the thread; the file is made by the first job that writes.

        Directory and first step are those of `EventFile`.
        """
        self.dropped = 0
        self._file = EventFile(directory, first_step=first_step)
        self._jobs: queue.Queue[Job | threading.Event | None] = queue.Queue(queue_size)
        self._error: BaseException | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="avh-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job, *, droppable: bool = False) -> None:
        """Queue a job, which is called with the event file.

        Raises:
            ValueError: the writer is closed.
            Exception: the first error of an earlier job, once.
        """
        if self._closed:
            raise ValueError("the writer is closed")
        self._raise_error()
        if not droppable:
            self._put(job)
            return
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self.dropped += 1

    def flush(self) -> None:
        """Wait until all jobs are done and on disk; raises as `submit` does."""
        if not self._closed:
            done = threading.Event()
            self._put(done)
            while not done.wait(_LOOK_SECONDS):
                self._check_thread()
        self._raise_error()

    def close(self) -> None:
        """Do the remaining jobs, close the file, end the thread. Idempotent; raises as `submit`."""
        if not self._closed:
            self._closed = True
            try:
                self._put(None)
                self._thread.join()
                if not self._jobs.empty():
                    self._check_thread()
            finally:
                self._file.close()
        self._raise_error()

    @property
    def last_step(self) -> int | None:
        """Step of the last event that is on disk, None without any; exact after a `flush`."""
        return self._file.last_step

    def _put(self, item: Job | threading.Event | None) -> None:
        while True:
            try:
                self._jobs.put(item, timeout=_LOOK_SECONDS)
            except queue.Full:
                self._check_thread()
            else:
                return

    def _check_thread(self) -> None:
        if not self._thread.is_alive():
            self._raise_error()
            raise RuntimeError("the thread that writes is gone")

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is None:
            return
        if not isinstance(error, Exception):  # a SystemExit there is no wish to end the training
            raise RuntimeError(f"{type(error).__name__} in the thread that writes") from error
        raise error

    def _work(self) -> None:
        try:
            self._do_jobs()
        except BaseException as error:
            self._keep(error)
        try:
            self._file.close()
        except BaseException as error:
            self._keep(error)

    def _do_jobs(self) -> None:
        failed = False
        while (job := self._jobs.get()) is not None:
            try:
                if isinstance(job, threading.Event):
                    self._file.flush()
                elif not failed:
                    job(self._file)
                    if self._jobs.empty():
                        self._file.flush()
            except BaseException as error:
                self._keep(error)
                failed = True
            finally:
                if isinstance(job, threading.Event):
                    job.set()

    def _keep(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
