"""The core tables as the models' contracts declare them: what every hand-written rival has to make."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import yaml

# made of what Python models say of texts, which no rival does
FROM_PYTHON_MODELS = ("bridge_post_topic", "dim_topic")
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
    """Return the names of the facts, dimensions and bridges that SQL makes of the extracts, sorted."""
    names = {path.stem for path in CORE.glob("*/*.yml") if path.parent.name != "intermediate"}
    return sorted(names - set(FROM_PYTHON_MODELS))


def schemas() -> dict[str, pa.Schema]:
    """Return the columns of each core table, in the contract's order."""
    declared = {}
    for path in CORE.glob("*/*.yml"):
        if path.stem in table_names():
            (model,) = yaml.load(path.read_text(), yaml.CSafeLoader)["models"]
            columns = [(column["name"], ARROW_TYPES[column["data_type"]]) for column in model["columns"]]
            declared[path.stem] = pa.schema(columns)
    return declared
