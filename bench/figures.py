"""Figures that a page of the documentation shows: each is written there by the command that found it."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import PROJECT
from lernhaus import marked

PUBLISHING = PROJECT / "docs" / "publishing.md"
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


def record(part: str, figures: str, page: Path = PUBLISHING) -> None:
    """Put the figures of a part into the list between the marks of a page, in the place of the part's earlier ones.

    Raises ``ValueError`` where the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    listed = text.partition(_BEGIN)[2].partition(_END)[0]
    told = dict(re.findall(r"^- \*\*(.+?)\*\*(.*)$", listed, flags=re.MULTILINE))
    told[part] = f" ({datetime.now(UTC).date()}, commit `{_commit()}`): {' '.join(figures.split())}"
    items = "\n".join(f"- **{name}**{told[name]}" for name in sorted(told))
    page.write_text(marked.insert(text, _BEGIN, _END, items), encoding="utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()
