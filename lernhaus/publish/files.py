"""Files as a build needs them: written through to the disk, copied cheaply, renamed in one step."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

_FICLONE = 0x40049409  # Linux's ioctl for a copy that shares its blocks with the original


def sync(path: Path) -> None:
    """Write a file or folder through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(new: Path, target: Path) -> None:
    """Rename ``new`` over ``target``, on the disk for good: whoever opens ``target`` sees the old file or the new one.

    Both have to be on one file system.
    """
    sync(new)
    new.replace(target)
    sync(target.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file, without its blocks where the file system can share them until they are written."""
    with source.open("rb") as read, target.open("wb") as written:
        try:
            fcntl.ioctl(written.fileno(), _FICLONE, read.fileno())
        except OSError:  # this file system cannot, or the files are on two
            shutil.copyfile(source, target)
