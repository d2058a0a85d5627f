"""Take the last days out of a folder of statement files, to deliver them later one by one."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO, cast

_DATE_IN_NAME = re.compile(r"\d{4}-\d\d-\d\d")
_COMPRESSION = 1


def hold_back(statements: Path, held: Path, days: int) -> dict[date, int]:
    """Move the statements of the last days from the newest files to ``held/<date>/``; return how many, by date.

    A file is named by the last day that it holds, and holds a week at most; those of the days held back are named by
    their day, so that they sort among the others. A statement belongs to the day on which it was stored or else
    happened; lines that tell no day stay where they are. Statements are streamed, so the memory that this takes does
    not grow with the files.

    Raises ``ValueError`` where files are not named by a date or hold no statements of one of the days.
    """
    ends = {path: _date_in_name(path) for path in statements.glob("*.jsonl.gz")}
    last = max(ends.values())
    counts = {last - timedelta(days=back): 0 for back in reversed(range(days))}
    for path, end in ends.items():
        if end > last - timedelta(days=days + 7):
            for day, count in _split(path, held, last, counts).items():
                counts[day] += count
    if empty := [day.isoformat() for day, count in counts.items() if not count]:
        raise ValueError(f"{statements} holds no statements of {', '.join(empty)}")
    return counts


def deliver(held: Path, day: date, statements: Path) -> None:
    """Add the files of a day that was held back to the folder of statement files."""
    for path in sorted((held / day.isoformat()).iterdir()):
        path.rename(statements / path.name)


def _split(path: Path, held: Path, last: date, days: dict[date, int]) -> dict[date, int]:
    """Split one file: what belongs to none of ``days`` stays in it."""
    rest = path.with_suffix(".rest")
    counts: defaultdict[date, int] = defaultdict(int)
    with ExitStack() as files:
        lines = files.enter_context(gzip.open(path))
        staying = _writer(files, rest)
        moving: dict[date, BinaryIO] = {}
        for line in lines:
            day = _day_of(line, last)
            if day not in days:
                staying.write(line)
                continue
            if day not in moving:
                (held / day.isoformat()).mkdir(parents=True, exist_ok=True)
                name = _DATE_IN_NAME.sub(f"{day.isoformat()}-apart", path.name)
                moving[day] = _writer(files, held / day.isoformat() / name)
            moving[day].write(line)
            counts[day] += 1
    if counts:
        rest.replace(path)
    else:
        rest.unlink()
    return counts


def _writer(files: ExitStack, path: Path) -> BinaryIO:
    return cast(BinaryIO, files.enter_context(gzip.open(path, "wb", compresslevel=_COMPRESSION)))


def _date_in_name(path: Path) -> date:
    found = _DATE_IN_NAME.search(path.name)
    if found is None:
        raise ValueError(f"{path} is not named by a date")
    return date.fromisoformat(found[0])


def _day_of(line: bytes, last: date) -> date | None:
    """The day on which a statement was stored or happened, ``last`` at the latest; None where the line tells none."""
    try:
        statement = json.loads(line)
        day = date.fromisoformat((statement.get("stored") or statement["timestamp"])[:10])
    except (ValueError, KeyError):  # the generated campus has such lines on purpose
        return None
    return min(day, last)
