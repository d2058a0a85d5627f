"""Publishing: from the file that dbt writes to the file that people read."""

from lernhaus.publish.build import (
    Audit,
    BuildFailed,
    DbtOutcome,
    TableChange,
    build,
    changed_tables,
    kept,
    newest_kept,
    rollback,
)
from lernhaus.publish.facts import DataTestResult, Description
from lernhaus.publish.history import Build, History
from lernhaus.publish.locking import Busy, exclusive
from lernhaus.publish.publish import TableSummary, publish, state_folder, summarize

__all__ = [
    "Audit",
    "Build",
    "BuildFailed",
    "Busy",
    "DataTestResult",
    "DbtOutcome",
    "Description",
    "History",
    "TableChange",
    "TableSummary",
    "build",
    "changed_tables",
    "exclusive",
    "kept",
    "newest_kept",
    "publish",
    "rollback",
    "state_folder",
    "summarize",
]
