"""What is made in ``docs/nlp.md``: the figures between two markers, and what the queries print."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from bench.measure import PROJECT
from bench.nlp import EVALUATIONS, Figure
from bench.results import Results
from lernhaus import marked

PAGE = PROJECT / "docs" / "nlp.md"
BEGIN, END = "<!-- figures: made by `make evaluate-nlp` -->", "<!-- end of figures -->"


def figures(results: Results) -> Iterator[tuple[str, Figure]]:
    """Yield the figures with the names of their evaluations, in the order of the table."""
    for name in EVALUATIONS:
        for found in results.get(name, {}).get("figures", []):
            yield name, Figure(**found)


def _value(figure: Figure) -> str:
    return f"{figure.value:,.{figure.digits}f} {figure.unit}".rstrip()


def _verdict(figure: Figure) -> str:
    if not figure.goal:
        return ""
    return "met" if figure.is_met else "missed"


def summary(results: Results) -> str:
    """Return the figures as lines for a terminal."""
    found = list(figures(results))
    width = max((len(figure.name) for _, figure in found), default=0)
    return "\n".join(
        f"{_verdict(figure):<6}  {name:<11}  {figure.name:<{width}}  {_value(figure):>16}"
        + (f"  ({figure.goal})" if figure.goal else "")
        + (f"  {figure.note}" if figure.note else "")
        for name, figure in found
    )


def block(results: Results) -> str:
    """Return the figures as a Markdown table, with where and when each evaluation was done."""
    lines = ["| evaluation | figure | value | goal | |", "|---|---|---:|---|---|"]
    lines += [
        f"| {name} | {figure.name} | {_value(figure)} | {figure.goal} | "
        f"{'; '.join(part for part in (_verdict(figure), figure.note) if part)} |"
        for name, figure in figures(results)
    ]
    lines.append("")
    for name in EVALUATIONS:
        if name in results:
            at = results[name]["circumstances"]
            lines.append(
                f"- {name}: {at['date']}, code {at['commit']}, {at['processor']}, {at['cores']} cores; others used"
                f" {at['others_percent']} % of the processors' time, {at['stolen_percent']} % was stolen."
            )
    return "\n".join(lines)


def insert(text: str, lines: str) -> str:
    """Return the page with ``lines`` between its markers; raises ``ValueError`` where it has not one pair of them."""
    return marked.insert(text, BEGIN, END, lines)


def answer(text: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the page with what each of its queries prints in the block below the query."""

    def answered(found: re.Match[str]) -> str:
        return f"{found[1]}{str(connection.sql(found[2])).rstrip()}\n```"

    return re.sub(r"(```sql\n(.*?)\n```\n```\n).*?\n```", answered, text, flags=re.DOTALL)


def write(results: Results) -> None:
    """Put the figures into the page."""
    PAGE.write_text(insert(PAGE.read_text(encoding="utf-8"), block(results)), encoding="utf-8")
