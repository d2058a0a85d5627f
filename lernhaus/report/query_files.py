"""The queries of the report as its pages show them, one file each, for sqlfluff.

``python -m lernhaus.report.query_files DIR`` writes them.
"""

from __future__ import annotations

import shutil
import sys
from importlib.resources import files
from pathlib import Path

from lernhaus.report.data import query_text


def write(folder: Path) -> list[Path]:
    """Write every query, with what it shares with others in its place, into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for query in sorted(entry.name for entry in (files(__package__) / "queries").iterdir() if entry.is_file()):
        written.append(folder / query)
        written[-1].write_text(query_text(query.removesuffix(".sql")) + "\n", encoding="utf-8")
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]))
