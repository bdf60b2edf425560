"""Run directories on storage that every machine reaches: any address that fsspec knows.

- Below the address lie one directory a run, and `logs/`, as in a comparison's directory.
- A file appears there whole or not at all: it is written under another name first.
- The order keeps what belongs together: whatever checkpoint is there, the records up to its step
  are there too.
- Event files that grow are continued in place where they are fetched to, so that a TensorBoard that
  reads them goes on.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from avh.atomic import replacing
from avh.compare.clean import LOGS
from avh.train import rundir

PUSH_SECONDS = 3.0
PULL_SECONDS = 3.0
_PART = ".part"
_EVENTS = "tfevents"
# What file systems call the things that tell one version of a file from the next.
_VERSION = ("size", "mtime", "created", "LastModified", "last_modified", "updated", "ETag", "etag")


class Storage:
    """One comparison's runs at an address.

    Args:
        address: such as `s3://bucket/comparison` or `file:///mnt/shared/comparison`.

    Raises:
        ValueError: fsspec knows no such kind of address.
        ImportError: the package for this kind is not installed; the message names it.
    """

    def __init__(self, address: str) -> None:
        from fsspec.core import url_to_fs

        self.address = address
        self._system, root = url_to_fs(address)
        self._root = PurePosixPath(root)
        self._pushed: dict[str, tuple[int, int]] = {}
        self._pulled: dict[str, tuple[object, ...]] = {}

    def check_empty(self) -> None:
        """Check that there is nothing yet, and that it can be written to.

        Raises:
            ValueError: there is something.
            OSError: it cannot be reached or written.
        """
        found = self._listed("")
        if found:
            raise ValueError(
                f"--storage: an empty address expected (or --resume, which goes on with what is "
                f"there), {self.address} holds {next(iter(found))}"
            )
        self._system.makedirs(str(self._root), exist_ok=True)
        probe = str(self._root / rundir.MARKER)
        self._system.pipe_file(probe, b"")
        self._system.rm_file(probe)

    def push(self, name: str, train_dir: Path) -> None:
        """Bring what is new of a run and its log from `train_dir` to the storage.

        Raises:
            OSError: it cannot be reached or written.
        """
        run = train_dir / name
        files = [path for path in sorted(run.rglob("*")) if path.is_file() and _is_kept(path.name)]
        log = train_dir / LOGS / f"{name}.log"
        # Listed before, sent after the records: a checkpoint that is there has its records.
        events = [path for path in files if _EVENTS in path.name]
        others = [path for path in files if _EVENTS not in path.name]
        for path in (*events, *others, *([log] if log.is_file() else [])):
            with contextlib.suppress(FileNotFoundError):  # an old checkpoint, just removed
                self._put(path, path.relative_to(train_dir).as_posix())
        here = {path.relative_to(train_dir).as_posix() for path in files}
        for gone in [key for key in self._pushed if key.startswith(f"{name}/") and key not in here]:
            with contextlib.suppress(FileNotFoundError):
                self._system.rm_file(str(self._root / gone))
            del self._pushed[gone]

    def pull(self, names: Sequence[str], train_dir: Path) -> None:
        """Bring what is new of the runs and their logs from the storage into `train_dir`.

        Raises:
            OSError: it cannot be reached, or `train_dir` cannot be written.
        """
        for name in names:
            found = self._listed(name)
            for key, version in found.items():
                with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                    self._get(key, version, train_dir)
            known = [key for key in self._pulled if key.startswith(f"{name}/")]
            for gone in (key for key in known if key not in found):
                (train_dir / gone).unlink(missing_ok=True)
                del self._pulled[gone]
            with contextlib.suppress(FileNotFoundError):
                log = f"{LOGS}/{name}.log"
                info = self._system.info(str(self._root / log))
                self._get(log, _version(info), train_dir)

    @contextlib.contextmanager
    def followed(self, names: Sequence[str], train_dir: Path) -> Iterator[None]:
        """Pull every few seconds during the block, and once at its end.

        Where the storage cannot be reached at the end, one line says so.
        """
        over = threading.Event()

        def follow() -> None:
            while not over.wait(PULL_SECONDS):
                with contextlib.suppress(OSError):  # the next time, or at the end
                    self.pull(names, train_dir)

        thread = threading.Thread(target=follow, name="avh-storage", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            try:
                self.pull(names, train_dir)
            except OSError as error:
                told = f"storage: {train_dir} may lack what was written last to {self.address}"
                print(f"{told}: {error}", file=sys.stderr, flush=True)

    def _put(self, path: Path, key: str) -> None:
        stat = path.stat()
        version = (stat.st_size, stat.st_mtime_ns)
        if self._pushed.get(key) == version:
            return
        place = self._root / key
        self._system.makedirs(str(place.parent), exist_ok=True)
        part = str(place) + _PART
        self._system.put_file(str(path), part)
        self._system.mv(part, str(place))
        self._pushed[key] = version

    def _get(self, key: str, version: tuple[object, ...], train_dir: Path) -> None:
        if self._pulled.get(key) == version:
            return
        path, place = train_dir / key, str(self._root / key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if _EVENTS in path.name and path.is_file():
            rest = self._system.cat_file(place, start=path.stat().st_size)
            with open(path, "ab") as file:
                file.write(rest)
        else:
            with replacing(path) as temporary:
                self._system.get_file(place, str(temporary))
        self._pulled[key] = version

    def _listed(self, below: str) -> dict[str, tuple[object, ...]]:
        """Key -> version of every file below a directory; none if there is no such directory."""
        self._system.invalidate_cache()
        try:
            found = self._system.find(str(self._root / below), detail=True)
        except FileNotFoundError:
            return {}
        keys = {PurePosixPath(place).relative_to(self._root): i for place, i in found.items()}
        return {
            key.as_posix(): _version(info)
            for key, info in sorted(keys.items())
            if _is_kept(key.name) and not key.name.endswith(_PART)
        }


def _is_kept(name: str) -> bool:
    """Whether a file is more than the temporary form of another."""
    return not name.startswith(".") or name == rundir.MARKER


def _version(info: dict[str, object]) -> tuple[object, ...]:
    return tuple(info.get(name) for name in _VERSION)
