"""Publishing: from the file that dbt writes to the file that people read."""

from lernhaus.publish.publish import TableSummary, publish, summarize

__all__ = ["TableSummary", "publish", "summarize"]
