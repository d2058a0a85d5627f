"""Figures that a page of the documentation shows: each is written there by the command that found it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import PROJECT
from lernhaus import marked

PUBLISHING = PROJECT / "docs" / "publishing.md"
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


def record(part: str, figures: str, commit: str, page: Path = PUBLISHING) -> None:
    """Put the figures of a part into the list between the marks of a page, in the place of the part's earlier ones.

    ``commit`` is that of the code when it was tried: what is written to the page makes the project differ from it.
    Raises ``ValueError`` where the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    listed = text.partition(_BEGIN)[2].partition(_END)[0]
    told = dict(re.findall(r"^- \*\*(.+?)\*\*(.*)$", listed, flags=re.MULTILINE))
    told[part] = f" ({datetime.now(UTC).date()}, commit `{commit}`): {' '.join(figures.split())}"
    items = "\n".join(f"- **{name}**{told[name]}" for name in sorted(told))
    page.write_text(marked.insert(text, _BEGIN, _END, items), encoding="utf-8")
