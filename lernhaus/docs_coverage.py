"""Documentation coverage: all that the project declares is described in words that say more than its name.

That is every model, seed, snapshot, analysis, source, exposure, metric, semantic model with its measures, and every
column; else the check fails.

Run as ``python -m lernhaus.docs_coverage target/manifest.json`` after ``dbt parse``.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENTED = ("model", "seed", "snapshot", "analysis")
# kinds without columns, by their place in the manifest
ALSO_DOCUMENTED = ("sources", "exposures", "metrics", "semantic_models")
# words that say nothing by themselves
FILLERS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "in", "is", "it", "of", "on", "or", "that", "the", "to", "with")
)


def _words(text: str) -> set[str]:
    """The words of a text, in the singular as far as an s makes the plural."""
    return {word.removesuffix("s") for word in re.findall(r"[^\W_]+", text.lower())}


def _says_nothing(description: str, name: str) -> bool:
    """Whether a description is empty or has no word of its own, as "Title of the course." has none for course_title."""
    return _words(description) - FILLERS <= _words(name)


def _node_gaps(node: dict[str, Any], project: Path) -> Iterator[str]:
    name = node["name"]
    if _says_nothing(node["description"], name):
        yield f"{node['resource_type']} {name}: no description"
    columns = node["columns"]
    if node["resource_type"] == "seed":
        with (project / node["original_file_path"]).open(newline="", encoding="utf-8") as lines:
            expected = next(csv.reader(lines))
        yield from (f"seed {name}.{column}: not in its YAML" for column in expected if column not in columns)
    elif not columns and node["config"]["materialized"] != "ephemeral":
        yield f"{node['resource_type']} {name}: no columns in its YAML"
    for column in columns.values():
        if _says_nothing(column["description"], column["name"]):
            yield f"{node['resource_type']} {name}.{column['name']}: no description"


def gaps(manifest: dict[str, Any], project: Path) -> list[str]:
    """Return one line for each part of the manifest that has no description, or one that only repeats its name.

    ``project`` is the folder of dbt_project.yml (seed headers are read from it). That the columns in the YAML are
    those of the built table is what the enforced contracts and the test ``python_schema`` see to.
    """
    own = manifest["metadata"]["project_name"]
    found: list[str] = []
    for node in manifest["nodes"].values():
        if node["package_name"] == own and node["resource_type"] in DOCUMENTED:
            found.extend(_node_gaps(node, project))
    for kind in ALSO_DOCUMENTED:
        for node in manifest.get(kind, {}).values():
            name = f"{node['source_name']}.{node['name']}" if kind == "sources" else node["name"]
            if _says_nothing(node["description"], node["name"]):
                found.append(f"{node['resource_type']} {name}: no description")
            columns = node.get("columns", {}).values() if kind == "sources" else node.get("measures", ())
            found.extend(
                f"{node['resource_type']} {name}.{column['name']}: no description"
                for column in columns
                if _says_nothing(column["description"] or "", column["name"])
            )
    return sorted(found)


def main(path: str) -> int:
    """Print the gaps of the manifest at ``path`` and a summary; return 1 if there are any."""
    manifest = json.loads(Path(path).read_text(encoding="utf-8"))
    found = gaps(manifest, Path.cwd())
    for gap in found:
        print(gap)
    own = [n for n in manifest["nodes"].values() if n["resource_type"] in DOCUMENTED]
    columns = sum(len(n["columns"]) for n in own)
    state = "all described" if not found else f"{len(found)} gaps"
    print(f"Documentation: {len(own)} nodes, {columns} columns, {len(manifest['sources'])} sources: {state}.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
