"""Fetch one published file: several addresses in order, checked, whole or not at all.

A file is in its place only if its SHA-256 is the pinned one; whatever else came (a cut connection,
an HTML page, another file) is deleted, and the next address is tried. A file that is in place
already, whoever put it there, is not fetched again.
"""

import contextlib
import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from avh.data.fetch_progress import FetchProgress, show_fetch

CHUNK = 1 << 18
TIMEOUT = (15, 60)  # seconds to connect, and between two pieces of the answer
HTML_STARTS = (b"<!doctype", b"<html", b"<head", b"<?xml")


class DownloadError(OSError):
    """A file could not be had; the message is one line and says why for each address."""


@dataclass(frozen=True)
class Archive:
    """A file as it was published.

    Attributes:
        file: its name.
        size: in bytes.
        sha256: hexadecimal digest.
        addresses: where it is, the first one is asked first; https, or http on this machine.

    Raises:
        ValueError: there is no address, or one that is neither https nor on this machine.
    """

    file: str
    size: int
    sha256: str
    addresses: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.addresses:
            raise ValueError(f"{self.file}: expected at least one address, got none")
        for address in self.addresses:
            if not _is_allowed(address):
                raise ValueError(f"{self.file}: expected an https address, got {address}")


def _is_allowed(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def fetch(archive: Archive, folder: Path) -> Path:
    """The file `folder/archive.file`, fetched unless it is there and whole.

    Raises:
        DownloadError: no address gave the file, or it could not be written. Nothing partial stays.
    """
    import pooch
    import requests

    failures = []
    for address in archive.addresses:
        try:
            with _quiet(pooch.get_logger()):
                path = pooch.retrieve(
                    address,
                    known_hash=f"sha256:{archive.sha256}",
                    fname=archive.file,
                    path=folder,
                    downloader=_Download(archive),
                )
            return Path(path)
        except _UnexpectedError as error:
            reason = str(error)
        except requests.HTTPError as error:
            reason = f"{error.response.status_code} {error.response.reason}"
        except requests.Timeout:
            reason = "no answer in time"
        except requests.RequestException as error:
            reason = f"no connection ({_words(_cause(error))})"
        except OSError as error:  # of this machine: another address would not help
            raise DownloadError(
                f"{archive.file}: cannot be written in {folder}: {error.strerror or error}"
            ) from error
        except ValueError:  # pooch's word for another digest
            reason = "another file: its SHA-256 is not the expected one"
        failures.append(f"{address}: {reason}")
    raise DownloadError(f"{archive.file}: could not be fetched; {'; '.join(failures)}")


def _cause(error: BaseException) -> BaseException:
    """The innermost cause; the outer ones repeat it with addresses of objects."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class _UnexpectedError(Exception):
    """The answer is not the file; the message says what it is."""


class _Download:
    """pooch's downloader that sees what came before pooch deletes it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        from pooch import HTTPDownloader
        from requests.exceptions import ChunkedEncodingError, ConnectionError

        size = self._archive.size
        with show_fetch(self._archive.file, size, urlsplit(url).netloc) as shown:
            bounded = _Bounded(shown, Path(output_file), size)
            load = HTTPDownloader(progressbar=bounded, chunk_size=CHUNK, timeout=TIMEOUT)
            try:
                load(url, output_file, pooch)
            except (ChunkedEncodingError, ConnectionError) as error:
                came = Path(output_file).stat().st_size or getattr(_cause(error), "partial", 0)
                if not came:
                    raise
                raise _UnexpectedError(
                    f"the connection was cut after {came:,} of {size:,} bytes"
                ) from None
        self._check(Path(output_file))

    def _check(self, path: Path) -> None:
        with path.open("rb") as file:
            start = file.read(64).lstrip().lower()
        if start.startswith(HTML_STARTS):
            raise _UnexpectedError("an HTML page came in place of the file")
        came, size = path.stat().st_size, self._archive.size
        if came != size:
            raise _UnexpectedError(f"expected {size:,} bytes, got {came:,}")


class _Bounded:
    """What pooch takes for a progress bar; stops an answer that is longer than the file."""

    def __init__(self, shown: FetchProgress, path: Path, size: int) -> None:
        self.total = 0  # pooch sets it
        self._shown, self._path, self._size = shown, path, size

    def update(self, _count: int) -> None:
        # pooch counts whole chunks, also where less came; it has flushed what it wrote.
        came = self._path.stat().st_size
        if came > self._size:
            raise _UnexpectedError(f"more than the expected {self._size:,} bytes came")
        self._shown.update(came)

    def reset(self) -> None:
        """What pooch calls before it fills the bar at the end."""

    def close(self) -> None:
        """Nothing to close: `show_fetch` does."""
