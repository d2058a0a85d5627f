"""Files as a build needs them: written through to the disk, copied cheaply, renamed in one step."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from pathlib import Path

_FICLONE = 0x40049409  # Linux's ioctl for a copy that shares its blocks with the original


def sync(path: Path) -> None:
    """Write a file or folder through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(target: Path, text: str, *, mode: int = 0o666) -> None:
    """Write a small file, in UTF-8, so that it is there in whole or as it was, whatever happens meanwhile.

    ``mode`` is that of a new file, less the umask; its folders are made where they are absent. Where ``target`` is a
    link, what it points to is written. For one process at a time: the caller holds a lock.
    """
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    aside.unlink(missing_ok=True)  # left by a process that was killed
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def replace(new: Path, target: Path) -> None:
    """Rename ``new`` over ``target``, on the disk for good: whoever opens ``target`` sees the old file or the new one.

    Whoever may read ``target`` may read the new one, and nobody else. Where ``target`` is a link, what it points to is
    replaced. Both have to be on one file system.
    """
    target = target.resolve()
    keep_mode(target, new)
    sync(new)
    new.replace(target)
    sync(target.parent)


def keep_mode(of: Path, new: Path) -> None:
    """Give the file ``new`` the permissions of the one that it replaces or copies, if that is there.

    Its owner may write to it all the same.
    """
    if of.is_file():
        new.chmod(stat.S_IMODE(of.stat().st_mode) | stat.S_IWUSR)


def copy(source: Path, target: Path) -> None:
    """Copy a file and its permissions, without its blocks where the file system can share them until they are
    written."""
    with source.open("rb") as read, target.open("wb") as written:
        keep_mode(source, target)
        try:
            fcntl.ioctl(written.fileno(), _FICLONE, read.fileno())
        except OSError:  # this file system cannot, or the files are on two
            shutil.copyfile(source, target)
