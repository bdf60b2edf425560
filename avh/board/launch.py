"""Start TensorBoard as a process of its own, and know when it answers.

- It listens on localhost only.
- A taken port moves to the next free one; `Board.port` says which it became.
- `launch` returns when this very TensorBoard, reading this very directory, has answered.
- It keeps as many samples of a tag as were asked for. Left alone it keeps 10 images, 500 histograms
  and 1000 scalars a tag, chosen at random, so that runs no longer line up.
- Leaving the `with` block ends it, and so does the death of the process that started it.
"""

import contextlib
import errno
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from avh import child

HOST = "localhost"
PORTS_TRIED = 100
START_SECONDS = 120.0
RELOAD_SECONDS = 5
_SLACK = 2  # the first and the last step may be written although they are not multiples


@dataclass(frozen=True)
class Board:
    """A TensorBoard that answers."""

    port: int
    process: subprocess.Popen

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self.port}/"


def samples_per_plugin(max_steps: int, *, every: int, pictures_every: int) -> dict[str, int]:
    """How many samples of a tag TensorBoard has to keep so that it keeps all.

    `every` is the smallest number of steps between two scalars or records of a tag,
    `pictures_every` that between two images or histograms. Never 0, which would mean "no limit".

    >>> samples_per_plugin(1500, every=10, pictures_every=100)["images"]
    17
    """
    records = max_steps // every + _SLACK
    pictures = max_steps // pictures_every + _SLACK
    scalars = max(records, pictures)
    return {
        "images": pictures,
        "histograms": pictures,
        "scalars": scalars,
        "avh": records,
        "avh_hist": records,
        "avh_images": pictures,
    }


def free_port(first: int) -> int:
    """The first port from `first` on that nothing on localhost listens on.

    Raises:
        OSError: none of the next ports is free, or this user may not open them.
    """
    last = min(first + PORTS_TRIED, 65536) - 1
    for port in range(first, last + 1):
        if _is_free(port):
            return port
    raise OSError(f"expected a free port from {first} to {last}, all are taken")


@contextlib.contextmanager
def launch(
    log_dir: Path,
    *,
    port: int,
    samples: Mapping[str, int],
    log: Path,
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Board]:
    """A TensorBoard over `log_dir` for the duration of the block; its own output goes to `log`.

    `interrupted` is asked while waiting; its True ends the wait.

    Raises:
        InterruptedError: `interrupted` said so.
        OSError: no port is free.
        RuntimeError: TensorBoard ended or did not answer in time; the message has its last words.
    """
    while True:
        port = free_port(port)
        process = child.start(_command(log_dir, port, samples), log, {"TF_CPP_MIN_LOG_LEVEL": "2"})
        try:
            board = Board(port, process)
            if _await_answer(board, log_dir, log, interrupted):
                yield board
                return
        finally:
            child.end_all([process], signal.SIGTERM, patience=5)


def _command(log_dir: Path, port: int, samples: Mapping[str, int]) -> list[str]:
    kept = ",".join(f"{plugin}={count}" for plugin, count in samples.items())
    return [
        *(sys.executable, "-m", "tensorboard.main"),
        *("--logdir", str(log_dir)),
        *("--host", HOST),
        *("--port", str(port)),
        *("--reload_interval", str(RELOAD_SECONDS)),
        *("--samples_per_plugin", kept),
    ]


def _is_free(port: int) -> bool:
    """Whether each address that "localhost" stands for can be listened on.

    A browser may try ::1 before 127.0.0.1: somebody else's server there would answer in
    TensorBoard's place.
    """
    for family, kind, protocol, _, address in socket.getaddrinfo(
        HOST, port, type=socket.SOCK_STREAM
    ):
        try:
            with socket.socket(family, kind, protocol) as probe:
                # Connections that ended a moment ago (TIME_WAIT) do not make a port taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise OSError(f"expected to listen on port {port}, got {error}") from error
    return True


def _await_answer(board: Board, log_dir: Path, log: Path, interrupted: Callable[[], bool]) -> bool:
    """True when it answers; False when another process took its port between search and start."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(board.port, log_dir):
        if interrupted():
            raise InterruptedError("interrupted while TensorBoard was starting")
        if board.process.poll() is not None:
            if not _is_free(board.port):
                return False
            said = child.last_line(log, "nothing")
            raise RuntimeError(
                f"TensorBoard ended with code {board.process.returncode}; it last said: {said}"
            )
        if time.monotonic() > deadline:
            said = child.last_line(log, "nothing")
            raise RuntimeError(
                f"TensorBoard did not answer in {START_SECONDS:g} s; it last said: {said}"
            )
        time.sleep(child.POLL_SECONDS)
    return True


def _answers(port: int, log_dir: Path) -> bool:
    """Whether a TensorBoard over `log_dir` answers at `port`; no proxy is asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/data/environment")
        response = connection.getresponse()
        return json.load(response)["data_location"] == str(log_dir)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()
