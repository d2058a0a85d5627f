"""Documentation coverage: every model, seed, snapshot, analysis, source and column is described, or the check fails.

Run as ``python -m lernhaus.docs_coverage target/manifest.json`` after ``dbt parse``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENTED = ("model", "seed", "snapshot", "analysis")


def _says_nothing(description: str, name: str) -> bool:
    """A description that is empty or repeats the name tells a reader nothing."""
    words = "".join(c for c in description.lower() if c.isalnum())
    return words in ("", "".join(c for c in name.lower() if c.isalnum()))


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
    """Return one line per model, seed, snapshot, analysis, source or column of the manifest that has no description.

    ``project`` is the folder of dbt_project.yml (seed headers are read from it). That the columns in the YAML are
    those of the built table is what the enforced contracts and the test ``python_schema`` see to.
    """
    own = manifest["metadata"]["project_name"]
    found: list[str] = []
    for node in manifest["nodes"].values():
        if node["package_name"] == own and node["resource_type"] in DOCUMENTED:
            found.extend(_node_gaps(node, project))
    for source in manifest["sources"].values():
        if _says_nothing(source["description"], source["name"]):
            found.append(f"source {source['source_name']}.{source['name']}: no description")
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
