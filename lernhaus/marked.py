"""Pages in which a command writes what stands between two markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def insert(text: str, begin: str, end: str, lines: str) -> str:
    """Return the text with ``lines`` between the two markers; ``ValueError`` where it has not one of each."""
    if (text.count(begin), text.count(end)) != (1, 1):
        raise ValueError(f"the page must have one line {begin} and one line {end}")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{lines}\n\n{end}{rest.partition(end)[2]}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table: names to the left, figures to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
