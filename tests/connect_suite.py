"""What docs/connect.md calls tried, and the notebook: run as they stand, on a published file.

``test_sample_build`` runs it on the warehouse that it builds anyway.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, Warehouse

from lernhaus.publish import publish

PAGE = (PROJECT / "docs" / "connect.md").read_text("utf-8")
TRIED = [
    (section.partition("\n")[0], kind, code)
    for section in PAGE.split("\n## ")[1:]
    for kind, code in re.findall(r"```(python|sh)\n(.*?)```", section, re.DOTALL)
]


class ConnectSuite:
    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A folder with the published file in its place."""
        folder = tmp_path_factory.mktemp("connect")
        publish(warehouse.database, folder / "published" / "lernhaus.duckdb")
        return folder

    def run(self, folder: Path, *command: str) -> str:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            command,
            cwd=folder,
            env={key: value for key, value in os.environ.items() if key != "LERNHAUS_PUBLISHED"}
            | {"PATH": path, "PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_what_is_called_tried_is_run_here(self) -> None:
        called_tried = re.findall(r"\n## (.*\(tried\).*)", PAGE)
        assert {section for section, _, _ in TRIED} == set(called_tried)
        assert len(called_tried) == 5

    @pytest.mark.parametrize(("section", "kind", "code"), TRIED, ids=[section for section, _, _ in TRIED])
    def test_settings_give_an_answer(self, folder: Path, section: str, kind: str, code: str) -> None:
        answer = self.run(folder, *([sys.executable, "-c", code] if kind == "python" else ["bash", "-euc", code]))
        assert len(answer.splitlines()) >= 5

    def test_sqlalchemy_finds_all_tables_and_columns(self, folder: Path, warehouse: Warehouse) -> None:
        reflect = (
            "import json, sqlalchemy;"
            "engine = sqlalchemy.create_engine("
            "'duckdb:///published/lernhaus.duckdb', connect_args={'read_only': True}, poolclass=sqlalchemy.NullPool);"
            "found = sqlalchemy.inspect(engine);"
            "print(json.dumps({t: [c['name'] for c in found.get_columns(t)] for t in found.get_table_names()}))"
        )
        found = json.loads(self.run(folder, sys.executable, "-c", reflect))
        built = warehouse.rows(
            """
            select table_name, list(column_name order by column_index)
            from duckdb_columns()
            where schema_name = 'main' and not internal
            group by table_name
            """
        )
        assert len(built) > 30
        assert {table: found[table] for table, _ in built} == dict(built)

    def test_notebook_runs_from_top_to_bottom(self, folder: Path) -> None:
        answer = self.run(folder, sys.executable, str(PROJECT / "analyses" / "notebooks" / "first_look.py"))
        assert "fct_enrollment" in answer
        assert "Monday" in answer
