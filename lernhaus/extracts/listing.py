"""The files of an extract: those below the extracts folder whose paths fit its patterns."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyarrow import fs

# suffix of a file name -> the name of its compression in pyarrow
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_WILDCARDS = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class ListedFile:
    """A file as it lies there.

    ``path`` is absolute, ``source_file`` its part below the extracts folder, ``modified_at`` UTC without zone;
    ``problem`` says why it cannot be a file of the extract, in which case size and time are missing.
    """

    path: str
    source_file: str
    size_bytes: int | None = None
    modified_at: datetime | None = None
    problem: str | None = None


def open_file_system(path: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a path or URI (``s3://``, ``gs://``, ...), and the path in it."""
    if "://" in path:
        file_system, path_in_it = fs.FileSystem.from_uri(path)
        return file_system, path_in_it
    return fs.LocalFileSystem(), path


def cause(error: OSError) -> str:
    """Return why, in a few words."""
    return os.strerror(error.errno) if error.errno else str(error)


def _expression(patterns: Sequence[str]) -> re.Pattern[str]:
    """One regular expression for glob patterns, each also with the suffixes of compressed files."""
    tokens = re.compile(r"\*\*/|\*|\?|[^*?]+")
    globs = ["".join(_WILDCARDS.get(t, re.escape(t)) for t in tokens.findall(pattern)) for pattern in patterns]
    suffixes = "|".join(map(re.escape, COMPRESSIONS))
    return re.compile(f"(?:{'|'.join(globs)})(?:{suffixes})?")


def list_files(folder: str, patterns: Sequence[str]) -> list[ListedFile]:
    """Return the files below ``folder`` that fit one of the patterns, plain or compressed, by their paths.

    In a pattern ``*`` and ``?`` stand for characters of a name, ``**/`` for any number of
    folders; each begins with the name of a folder. A folder that has the name of a file and holds none is listed with
    its problem, and so is one that cannot be looked into.
    """
    if "://" not in folder:
        folder = f"{Path(folder).resolve()}/"
    file_system, path = open_file_system(folder)
    root = path.rstrip("/") + "/"
    expression = _expression(patterns)
    found: list[ListedFile] = []
    folders: list[ListedFile] = []
    for top in sorted({pattern.partition("/")[0] for pattern in patterns}):
        try:
            infos = file_system.get_file_info(fs.FileSelector(root + top, allow_not_found=True, recursive=True))
        except OSError as error:
            return [ListedFile(folder + top, top, problem=f"cannot be listed ({cause(error)})")]
        for info in infos:
            name = info.path[len(root) :]
            if not expression.fullmatch(name):
                continue
            if info.type == fs.FileType.File:
                modified_at = info.mtime.astimezone(UTC).replace(tzinfo=None)
                found.append(ListedFile(folder + name, name, info.size, modified_at))
            else:
                folders.append(ListedFile(folder + name, name, problem="a folder in the place of a file"))
    misplaced = [f for f in folders if not any(file.source_file.startswith(f.source_file + "/") for file in found)]
    return sorted(found + misplaced, key=lambda file: file.source_file)
