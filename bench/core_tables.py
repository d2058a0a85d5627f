"""The core tables as the models' contracts declare them: what every hand-written rival has to make."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import yaml

CORE = Path(__file__).resolve().parents[1] / "models" / "marts" / "core"
ARROW_TYPES = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "double": pa.float64(),
    "integer": pa.int32(),
    "timestamp": pa.timestamp("us"),
    "varchar": pa.string(),
}


def table_names() -> list[str]:
    """Return the names of the facts, dimensions and bridges, sorted."""
    return sorted(path.stem for path in CORE.glob("*/*.yml") if path.parent.name != "intermediate")


def schemas() -> dict[str, pa.Schema]:
    """Return the columns of each core table, in the contract's order."""
    declared = {}
    for path in CORE.glob("*/*.yml"):
        if path.stem in table_names():
            (model,) = yaml.load(path.read_text(), yaml.CSafeLoader)["models"]
            columns = [(column["name"], ARROW_TYPES[column["data_type"]]) for column in model["columns"]]
            declared[path.stem] = pa.schema(columns)
    return declared
