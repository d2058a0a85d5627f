"""Retention: events and texts go when they are past it, by whichever build, and are counted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from conftest import Warehouse

MODELS = ("--select", "+meta_source_file", "+stg_xapi__post")
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test", "--threads", "1", "--no-write-json")


def statements(days: Sequence[str]) -> str:
    """A post on each of the days, and three that are refused: one of the first day, two whose time cannot be right."""
    told = [
        {
            "id": f"{date.fromisoformat(day).toordinal():08d}-0000-4000-8000-000000000000",
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://w3id.org/xapi/acrossx/verbs/posted"},
            "object": {"id": "https://lms.lernhaus.example/pages/1"},
            "result": {"response": f"Written on {day}."},
            "timestamp": f"{day}T10:00:00Z",
        }
        for day in days
    ]
    refused = told[0] | {"id": f"{told[0]['id'][:-1]}1", "result": {"response": "Refused.", "score": {"scaled": 2}}}
    undated = [
        refused | {"result": {"response": "No time."}, "timestamp": time} for time in ("soon", "9999-01-01T10:00")
    ]
    return "".join(json.dumps(one) + "\n" for one in [*told, refused, *undated])


class Site(Warehouse):
    def load(self, events: int | None, texts: int | None, *arguments: str) -> dict[str, Any]:
        """Build; return the days of the events and of the texts that there are, and the counts by file."""
        settings = {"source_systems": ["xapi"], "keep_events_days": events, "keep_texts_days": texts}
        self.build(*MODELS, *MODELS_ONLY, "--vars", json.dumps(settings), *arguments)
        return {
            "events": [
                str(day) for (day,) in self.rows("select event_date from staging.stg_xapi__learning_event order by 1")
            ],
            "texts": [str(day) for (day,) in self.rows("select posted_date from staging.stg_xapi__post order by 1")],
            "files": self.rows(
                "select source_file, rows_in, rows_staged, rows_quarantined, rows_expired from meta_source_file "
                "order by 1"
            ),
        }


def test_events_and_texts_past_their_time_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "extracts" / "xapi"
    folder.mkdir(parents=True)
    grown = Site(tmp_path, tmp_path / "extracts")
    (folder / "a.jsonl").write_text(statements(["2025-01-05", "2025-02-10", "2025-02-20"]))
    # 40 days before 20 February is in January, of which the whole month is kept
    first = grown.load(40, 10)
    assert first["events"] == ["2025-01-05", "2025-02-10", "2025-02-20"]
    assert first["texts"] == ["2025-02-10", "2025-02-20"]
    assert first["files"] == [("xapi/a.jsonl", 6, 3, 3, 0)]
    no_time = "select count(*) from staging.base_xapi__statement where raw_record like '%No time%'"
    assert grown.value(no_time) == 2
    assert grown.value("select count(*) from staging.base_xapi__statement where raw_record like '%Refused%'") == 0

    # a later event moves the limits into March and April; a late delivery is past them when it comes
    (folder / "b.jsonl").write_text(statements(["2025-02-11", "2025-03-20", "2025-04-15"]))
    (folder / "c.jsonl").write_text("no statement\n")
    second = grown.load(40, 10)
    assert second["events"] == ["2025-03-20", "2025-04-15"]
    assert second["texts"] == ["2025-04-15"]
    # a record without a time goes with the last event of its file; a file without any has no age
    assert second["files"] == [
        ("xapi/a.jsonl", 6, 0, 0, 6),
        ("xapi/b.jsonl", 6, 2, 2, 2),
        ("xapi/c.jsonl", 1, 0, 1, 0),
    ]
    assert grown.value(no_time) == 2
    texts = "select count(*) from staging.base_xapi__statement as r where contains(r::varchar, 'Written on 2025-0')"
    assert grown.value(texts) == 1
    assert grown.load(40, 10, "--full-refresh") == second


def test_a_time_that_is_none_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "extracts" / "xapi").mkdir(parents=True)
    (tmp_path / "extracts" / "xapi" / "a.jsonl").write_text(statements(["2025-01-05"]))
    settings = {"source_systems": ["xapi"], "keep_events_days": -3}
    result = Warehouse(tmp_path, tmp_path / "extracts").dbt(
        "build", "--select", "+base_xapi__statement", *MODELS_ONLY, "--vars", json.dumps(settings)
    )
    assert not result.success
    assert any("keep_events_days is '-3'" in str(one.message) for one in result.result)


def test_the_time_is_told_of_systems_whose_records_expire(tmp_path: Path) -> None:
    settings = {"source_systems": ["oneroster", "xapi", "moodle"], "keep_events_days": 40, "keep_texts_days": 10}
    result = Warehouse(tmp_path, tmp_path / "extracts").dbt(
        "compile", "--select", "meta_source_system", "--vars", json.dumps(settings)
    )
    assert result.success
    sql = " ".join(result.result.results[0].node.compiled_code.split())
    told = {
        kind: re.findall(r"when '(\w+)' then (\w+)", sql.split(f"as keep_{kind}_days")[0].rsplit("case", 1)[1])
        for kind in ("events", "texts")
    }
    assert told == {
        "events": [("oneroster", "null"), ("xapi", "40"), ("moodle", "40")],
        "texts": [("oneroster", "null"), ("xapi", "10"), ("moodle", "null")],
    }
