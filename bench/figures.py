"""Figures that a page of the documentation shows: each is written there by the command that found it."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import PROJECT

PUBLISHING = PROJECT / "docs" / "publishing.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->"


def record(part: str, figures: str, page: Path = PUBLISHING) -> None:
    """Put the figures of a part into the list between the marks of a page, in the place of the part's earlier ones.

    Raises ``ValueError`` where the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    found = re.search(f"{re.escape(_BEGIN)}(.*?){re.escape(_END)}", text, flags=re.DOTALL)
    if found is None:
        raise ValueError(f"{page} has no place for figures: {_BEGIN.strip()} ... {_END}")
    told = dict(re.findall(r"^- \*\*(.+?)\*\*(.*)$", found[1], flags=re.MULTILINE))
    told[part] = f" ({datetime.now(UTC).date()}, commit `{_commit()}`): {' '.join(figures.split())}"
    items = "".join(f"- **{name}**{told[name]}\n" for name in sorted(told))
    page.write_text(text.replace(found[0], f"{_BEGIN}{items}{_END}"), encoding="utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()
