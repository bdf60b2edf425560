"""Files of a tar archive, read without unpacking anything to disk.

An archive with a name that climbs out of it (absolute, or with `..`) or with a link is refused
altogether, also where that member is not asked for: whoever made it meant harm.
"""

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath


def tar_members(path: Path, wanted: Sequence[str], limit: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of the wanted members, in the archive's order.

    Args:
        wanted: full names inside of the archive.
        limit: the most bytes that a member may hold.

    Raises:
        ValueError: the archive is damaged, lacks a member, or holds what it must not; the message
            names the archive and the member.
    """
    missing = set(wanted)
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                _check(path, member)
                if member.name not in missing:
                    continue
                if not member.isfile() or member.size > limit:
                    raise ValueError(
                        f"{path}: {member.name}: expected a file of at most {limit:,} bytes, "
                        f"got {member.size:,}"
                    )
                missing.remove(member.name)
                yield member.name, archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: expected a whole tar archive, got {error}") from error
    if missing:
        raise ValueError(f"{path}: expected {', '.join(sorted(missing))} inside, found none")


def _check(path: Path, member: tarfile.TarInfo) -> None:
    place = PurePosixPath(member.name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in member.name:
        raise ValueError(f"{path}: {member.name!r} climbs out of the archive; nothing was unpacked")
    if not (member.isfile() or member.isdir()):
        raise ValueError(
            f"{path}: {member.name!r}: expected files only, got a link or a device; "
            "nothing was unpacked"
        )
