"""The report without a browser: its queries fit the marts and withhold small groups, its texts are complete."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, product
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from conftest import PROJECT
from report_suite import campus, told_by_subtraction

from lernhaus.cli import main
from lernhaus.figures import shown_groups
from lernhaus.publish.facts import write_facts
from lernhaus.report import LANGUAGES, make_report
from lernhaus.report.data import MINIMUM_GROUP, fetch, query_text, tables_read, with_shared
from lernhaus.report.pages import PAGES
from lernhaus.report.query_files import write
from lernhaus.report.texts import Texts
from lernhaus.report.withhold import RESULTS, protected

QUERIES = sorted(path.stem for path in (PROJECT / "lernhaus" / "report" / "queries").glob("*.sql"))
FIGURES = [figure for page in PAGES for figure in page.figures]
PUBLIC = ("bridge_", "dim_", "engagement_", "fct_", "growth_", "meta_", "nlp_", "risk_", "rpt_")
# numbers that are not of learners, or as great as that of the learners beside them
IMPERSONAL = {
    "use_count",
    "weighted_post_count",
    "course_count",
    "course_run_count",
    "running_count",
    "index_from",
    "index_tenth",
}


def _tables() -> Iterator[tuple[str, dict[str, str]]]:
    """The models as their YAML declares them: name, and types by column."""
    folders = [PROJECT / "models" / "marts", PROJECT / "models" / "meta", PROJECT / "python_models"]
    for file in chain.from_iterable(folder.rglob("*.yml") for folder in folders):
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", []):
            columns = {column["name"]: column.get("data_type", "varchar") for column in model.get("columns", [])}
            if columns and model["name"].startswith(PUBLIC):
                yield model["name"], columns


def _empty(path: Path) -> duckdb.DuckDBPyConnection:
    write_facts(path, [], [], [])
    connection = duckdb.connect(str(path))
    for name, columns in _tables():
        connection.execute(f"create table {name} ({', '.join(f'{c} {kind}' for c, kind in columns.items())})")
    return connection


KEYS = {"enrollment_key": 40, "learner_key": 12, "post_key": 40, "topic_key": 4}
CHOICES: dict[str, list[Any]] = {
    "period": ["week", "day"],
    "cohort": ["all"],
    "grouped_by": ["all", "decile", "gender", "course"],
    "group_value": ["01", "02", "03"],
    "measure": ["failure_share", "auc", "base_rate"],
    "engagement_band": ["low", "medium", "high"],
    "risk_band": ["low", "medium", "high"],
    "as_of_day": [0, 14],
    "course_week": [0, 1, 2],
    "engagement_index": [5.0, 15.0, 45.0, 75.0, 95.0],
    "index_change": [-12.0, -5.0, 0.0, 5.0, 12.0],
    "fail_or_withdraw_probability": [0.15, 0.85],
    "final_result": ["pass", "fail", "withdrawn"],
    "topic_language": ["en"],
    "reason_codes": ["high_risk silent", "work_missing"],
    "stage_number": [1, 2],
    "distinctiveness": [2.5, 3.5],
}


def _value(table: str, column: str, kind: str, row: int, chance: random.Random) -> Any:
    if table.partition("_")[2] + "_key" == column:
        return row + 1
    if column in CHOICES:
        return chance.choice(CHOICES[column])
    if column.endswith("_key"):
        return chance.randint(1, KEYS.get(column, 3))
    moment = datetime(2024, 9, 2) + timedelta(days=chance.randrange(21))
    values: dict[str, Callable[[], Any]] = {
        "boolean": lambda: chance.random() < 0.5,
        "date": lambda: date(moment.year, moment.month, moment.day),
        "timestamp": lambda: moment,
        "double": chance.random,
        "float": chance.random,
        "integer": lambda: chance.randint(0, 8),
        "bigint": lambda: chance.randint(0, 8),
        "varchar": lambda: f"{column} {chance.randint(1, 3)}",
    }
    return values[kind]() if kind in values else None


@pytest.fixture(scope="module")
def small_groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The public tables filled by chance, with numbers of learners from 0 to 8 in whatever they count."""
    connection = _empty(tmp_path_factory.mktemp("small") / "small.duckdb")
    for name, columns in _tables():
        chance = random.Random(f"7 {name}")  # by table: a column more in one changes no other
        count = 3 if name.startswith("dim_course") else 120
        frame = pd.DataFrame(
            [[_value(name, column, kind, row, chance) for column, kind in columns.items()] for row in range(count)],
            columns=list(columns),
            dtype=object,
        )
        connection.register("frame", frame)
        connection.execute(f"insert into {name} by name from frame")
    yield connection
    connection.close()


@pytest.mark.parametrize("name", QUERIES)
def test_queries_read_public_tables(small_groups: duckdb.DuckDBPyConnection, name: str) -> None:
    read = tables_read(small_groups, query_text(name))
    assert read
    assert all(table.startswith(PUBLIC) for table in read)


@pytest.mark.parametrize("name", [name for name in QUERIES if not name.startswith("data_")])
def test_small_groups_are_withheld(small_groups: duckdb.DuckDBPyConnection, name: str) -> None:
    table = fetch(small_groups, query_text(name))
    counts = [c for c in table.columns if c.name.endswith("_count") and c.name not in IMPERSONAL]
    for column in counts:
        assert not [v for v in column.values if v is not None and 0 < v < MINIMUM_GROUP], column.name
    by_name = {column.name: column.values for column in table.columns}
    if "learner_share" in by_name:  # a share tells its number
        pairs = zip(by_name["learner_share"], by_name["learner_count"], strict=True)
        assert all((share is None) == (count is None) for share, count in pairs)


def test_tiles_count_those_who_are_still_enrolled(tmp_path: Path) -> None:
    """Of 9 learners at high risk one withdrew before the last day of the data, one after it, one on no known day."""
    with _empty(tmp_path / "tiles.duckdb") as connection:
        connection.execute("insert into dim_course_run (course_run_key, is_finished) values (1, false)")
        connection.execute(
            "insert into growth_active_learners (active_date, daily_active_learner_count) values ('2024-10-31', 9)"
        )
        connection.execute(
            """
            insert into fct_enrollment (enrollment_key, learner_key, course_run_key, withdrawn_date, final_result)
            select
                i,
                i,
                1,
                case i when 1 then date '2024-10-31' when 2 then date '2024-11-01' end,
                case when i in (2, 3) then 'withdrawn' end
            from range(1, 10) as numbers (i)
            """
        )
        connection.execute(
            """
            insert into risk_enrollment (enrollment_key, as_of_day, risk_band, fail_or_withdraw_probability)
            select enrollment_key, 28, 'high', 0.5 from fct_enrollment
            """
        )
        connection.execute(
            """
            insert into engagement_week (enrollment_key, course_week, engagement_index, engagement_band, is_silent)
            select enrollment_key, 3, 10, 'low', true from fct_enrollment
            """
        )
        assert [c.values for c in fetch(connection, query_text("risk_tiles")).columns] == [[7], [7], [0.5]]
        assert [c.values for c in fetch(connection, query_text("engagement_tiles")).columns] == [[10.0], [1.0], [7]]


def test_reasons_on_the_list_of_learners_have_labels() -> None:
    model = (PROJECT / "models" / "marts" / "reporting" / "rpt_learner_attention.sql").read_text("utf-8")
    codes = re.findall(r"'code': '(\w+)'", model)
    texts = yaml.safe_load((PROJECT / "lernhaus" / "report" / "texts.yml").read_text("utf-8"))
    assert codes == list(texts["values"]["attention_reason"])


def test_few_learners_with_many_enrollments_are_withheld(tmp_path: Path) -> None:
    """In two courses, 12 learners and 3 others, each in both: 6 enrollments of three persons are not told."""
    with _empty(tmp_path / "few.duckdb") as connection:
        connection.execute("insert into dim_course (course_key, course_code) values (1, 'A'), (2, 'B')")
        connection.execute(
            """
            insert into dim_course_run (course_run_key, course_run_id, course_key, is_finished)
            values (1, 'a1', 1, false), (2, 'a2', 1, false), (3, 'b1', 2, false)
            """
        )
        connection.execute(
            "insert into dim_demographics (demographics_key, gender) values (1, 'f'), (2, 'm'), (3, 'other')"
        )
        connection.execute(
            """
            insert into fct_enrollment (enrollment_key, learner_key, course_run_key, demographics_key)
            select 100 * run + i, i, run, case when i > 12 then 3 when i > 6 then 2 else 1 end
            from range(1, 16) as learners (i), range(1, 4) as runs (run)
            """
        )
        connection.execute(
            """
            insert into risk_enrollment (enrollment_key, as_of_day, risk_band, fail_or_withdraw_probability)
            select enrollment_key, 28, case demographics_key when 3 then 'high' else 'low' end, 0.5 from fct_enrollment
            """
        )
        connection.execute(
            """
            insert into engagement_week (enrollment_key, course_week, engagement_index, engagement_band, index_change)
            select enrollment_key, 3, 10, case demographics_key when 3 then 'high' else 'low' end, 0 from fct_enrollment
            """
        )
        groups = fetch(connection, query_text("risk_groups")).rows()
        bands = [
            row for name in ("risk_bands", "engagement_bands") for row in fetch(connection, query_text(name)).rows()
        ]
        added = fetch(connection, query_text("risk_contributions")).rows()
    by_gender = {(row["course"], row["attribute_value"]): row for row in groups if row["attribute"] == "gender"}
    told = {key: row["learner_count"] for key, row in by_gender.items()}
    assert told == {
        **{("A", "f"): None, ("A", "m"): 12, ("A", "other"): None},
        **{("B", "f"): None, ("B", "m"): 6, ("B", "other"): None},
        **{(None, "f"): None, (None, "m"): 18, (None, "other"): None},
    }
    assert all(by_gender[key]["mean_fail_or_withdraw_probability"] is None for key in told if told[key] is None)
    assert not [row for row in bands if row["learner_count"] is not None]
    assert {row["learner_count"] for row in added if row["risk_band"] == "high"} == {None}


def test_what_a_query_withholds_is_not_told_by_a_course_and_the_others() -> None:
    with duckdb.connect() as connection:
        query = """
            select
                course, 14 as as_of_day, 'gender' as attribute, 'f' as attribute_value, count as learner_count,
                0.5 as mean_fail_or_withdraw_probability, 0.5 as high_risk_share
            from (values (null, 37), ('a', 30), ('b', null)) as courses (course, count)
        """
        shown = protected("risk_groups", fetch(connection, query))
    assert {row["course"]: row["learner_count"] for row in shown.rows()} != {None: 37, "a": 30, "b": None}


@pytest.mark.parametrize("name", ["engagement_bands", "engagement_change", "engagement_distribution", "risk_bands"])
def test_withheld_part_is_not_told_by_the_others(small_groups: duckdb.DuckDBPyConnection, name: str) -> None:
    columns = {column.name: column.values for column in fetch(small_groups, query_text(name)).columns}
    at = next(name for name in ("course_week", "as_of_day") if name in columns)
    parts: dict[tuple[Any, ...], list[int | None]] = {}
    for *group, count in zip(
        columns["course"], columns["course_run"], columns[at], columns["learner_count"], strict=True
    ):
        parts.setdefault(tuple(group), []).append(count)
    withheld = [counts.count(None) for counts in parts.values() if len(counts) > 1]
    assert max(withheld) > 1
    assert 1 not in withheld


def test_parts_are_told_as_groups_of_other_figures_are() -> None:
    """All wholes of four parts of 0 to 7 learners: a 0 is told, the others as ``shown_groups`` has it."""
    wholes = list(product(range(8), repeat=4))
    with duckdb.connect() as connection:
        parts = [
            (whole, part, size) for whole, sizes in enumerate(wholes) for part, size in zip("abcd", sizes, strict=True)
        ]
        connection.register("sizes", pd.DataFrame(parts, columns=["whole", "part", "learner_count"]))
        query = (
            "with parts as (select *, learner_count as person_count from sizes),\n"
            "-- shared: told by whole\nselect whole, part from told where is_told"
        )
        told = set(connection.execute(with_shared(query)).fetchall())
    for whole, sizes in enumerate(wholes):
        by_part = dict(zip("abcd", sizes, strict=True))
        some = shown_groups({part: size for part, size in by_part.items() if size}, MINIMUM_GROUP)
        expected = {part for part, size in by_part.items() if size == 0 or part in some}
        assert {part for part in by_part if (whole, part) in told} == expected, by_part


def test_subtraction_tells_nothing_on_any_campus() -> None:
    told = 0
    for seed in range(60):
        true, made = campus(random.Random(seed))
        told += len(told_by_subtraction(RESULTS["risk_bands"], true, made))
        shown = protected("risk_bands", made)
        assert told_by_subtraction(RESULTS["risk_bands"], true, shown) == [], f"seed {seed}"
    assert told > 100


@pytest.mark.parametrize(
    ("name", "share", "group"),
    [
        ("engagement_outcome", "failure_share", "learner_count"),
        ("risk_calibration", "failure_share", "learner_count"),
        ("risk_groups", "high_risk_share", "learner_count"),
    ],
)
def test_share_of_all_but_a_few_is_withheld(
    small_groups: duckdb.DuckDBPyConnection, name: str, share: str, group: str
) -> None:
    rows = [row for row in fetch(small_groups, query_text(name)).rows() if row[share] is not None]
    others = [round((1 - row[share]) * row[group]) for row in rows]
    assert rows
    assert not [count for count in others if 0 < count < MINIMUM_GROUP]


def test_all_but_a_few_are_told_as_all_but_four() -> None:
    with duckdb.connect() as connection:
        query = """
            select
                'c' as course, null::varchar as course_run, week as course_week, 'quiz' as activity_type,
                30 as enrollment_count, active as active_enrollment_count, active / 30 as active_share
            from (values (1, 30), (2, 28), (3, 26), (4, 25)) as weeks (week, active)
        """
        shown = protected("engagement_types", fetch(connection, query))
    assert [row["active_enrollment_count"] for row in shown.rows()] == [30, 26, 26, 25]
    assert [row["active_share"] for row in shown.rows()] == pytest.approx([1, 0.867, 0.867, 0.833], abs=0.001)


def test_run_that_the_others_would_tell_takes_another_with_it() -> None:
    with duckdb.connect() as connection:
        query = """
            select
                course, course_run, 1 as course_week, 'quiz' as activity_type, 50 as enrollment_count,
                active as active_enrollment_count, active / 50 as active_share
            from (values (null, null, 42), ('c', null, 42), ('c', 'a', 8), ('c', 'b', 30))
                as runs (course, course_run, active)
        """
        shown = protected("engagement_types", fetch(connection, query))
    told = {row["course_run"]: row["active_enrollment_count"] for row in shown.rows() if row["course"]}
    assert told == {None: 42, "a": None, "b": 30}  # 4 were active in a third run


def test_small_groups_would_be_found(small_groups: duckdb.DuckDBPyConnection) -> None:
    """The tables by chance hold what the queries have to withhold: without their conditions it is in the results."""
    found = 0
    for name in QUERIES:
        bare = query_text(name)
        bare = bare.replace(">= 5", ">= 0").replace("< 5", "< 0").replace("between 1 and 4", "between 98 and 99")
        table = fetch(small_groups, bare)
        found += any(
            v is not None and 0 < v < MINIMUM_GROUP
            for column in table.columns
            if column.name.endswith("_count") and column.name not in IMPERSONAL
            for v in column.values
        )
    assert found > 15


def test_every_figure_has_rows_by_chance(small_groups: duckdb.DuckDBPyConnection) -> None:
    rows = {name: fetch(small_groups, query_text(name)).row_count for name in QUERIES}
    assert [name for name, count in rows.items() if not count and not name.startswith("data_")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_shown_has_words(small_groups: duckdb.DuckDBPyConnection, language: str) -> None:
    texts = Texts(language)
    for figure in FIGURES:
        assert texts("figures", figure.name, "title") and texts("figures", figure.name, "note")
        columns = {column.name: column for column in fetch(small_groups, query_text(figure.query_name)).columns}
        assert all(texts.column(name) for name in columns)
        shown = {figure.summary.value, *figure.summary.at, *figure.filters, *figure.controls}
        assert shown - {figure.summary.by, None} <= columns.keys()
        if figure.chart:
            assert figure.chart(texts)["usermeta"]


def test_texts_are_pairs_that_differ_where_they_should() -> None:
    texts = yaml.safe_load((PROJECT / "lernhaus" / "report" / "texts.yml").read_text("utf-8"))

    def pairs(node: Any) -> Iterator[list[str]]:
        if isinstance(node, dict):
            yield from chain.from_iterable(map(pairs, node.values()))
        else:
            yield node

    for pair in pairs(texts):
        assert isinstance(pair, list) and len(pair) == len(LANGUAGES) and all(pair), pair
        # sentences are translated; names and numbers may be the same
        assert pair[0] != pair[1] or len(pair[0].split()) < 3, pair


def test_activity_types_have_words() -> None:
    with (PROJECT / "seeds" / "map_activity_type.csv").open(encoding="utf-8") as file:
        types = {row["activity_type"] for row in csv.DictReader(file)}
    labelled = yaml.safe_load((PROJECT / "lernhaus" / "report" / "texts.yml").read_text("utf-8"))["values"]
    assert types <= labelled["activity_type"].keys()


def test_warehouse_without_rows_or_tables_is_reported_in_sentences(tmp_path: Path) -> None:
    _empty(tmp_path / "empty.duckdb").close()
    with duckdb.connect(str(tmp_path / "bare.duckdb")) as connection:
        connection.execute("create table dim_course_run (course_run_key bigint)")
    for name, sentence in (("empty", "This warehouse has no data"), ("bare", "fct_post")):
        report = make_report(tmp_path / f"{name}.duckdb", tmp_path / name, ["en"])
        assert report.figure_count == 0
        assert len(report.without_data) == len(FIGURES)
        for page in PAGES:
            text = (tmp_path / name / f"{page.name}.html").read_text("utf-8")
            assert text.count('class="absent"') == len(page.figures) + 1  # and the one for readers without JavaScript
            assert 'class="chart"' not in text
        assert any(sentence in page.read_text("utf-8") for page in report.pages)


def test_file_of_another_version_is_said_to_be_one(tmp_path: Path) -> None:
    database, out = tmp_path / "older.duckdb", tmp_path / "pages" / "out"
    with _empty(database) as connection:
        connection.execute("alter table rpt_learner_attention drop column reason_codes")
    told = CliRunner().invoke(main, ["report", "--database", str(database), "--out", str(out)])
    assert told.exit_code == 1
    assert f"{database} cannot be reported on: it was published by another version" in told.output
    assert "reason_codes" in told.output and "`lernhaus build`" in told.output
    assert list((tmp_path / "pages").iterdir()) == []


def test_file_that_holds_no_warehouse_is_refused(tmp_path: Path) -> None:
    database, out = tmp_path / "other.duckdb", tmp_path / "out"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table sales (day date)")
    told = CliRunner().invoke(main, ["report", "--database", str(database), "--out", str(out)])
    assert told.exit_code == 1
    assert "it holds none of the tables of a warehouse" in told.output
    assert not out.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    database = tmp_path / "empty.duckdb"
    _empty(database).close()
    (tmp_path / "file").write_text("no folder")
    told = CliRunner().invoke(main, ["report", "--database", str(database), "--out", str(tmp_path / "file" / "out")])
    assert told.exit_code == 1
    assert told.output.startswith(f"Error: [Errno 20] Not a directory: '{tmp_path / 'file'}")


def test_groups_of_learners_have_words() -> None:
    german = Texts("de")
    for value in ("f", "yes", "55<=", "0-10%", "unknown", "No Formal quals", "Upper secondary"):
        assert german.value("attribute_value", value) == german.value("group_value", value) != value
    assert Texts("en").value("attribute_value", "f") == "female"


def test_tests_of_the_models_have_words() -> None:
    assert Texts("en").value("protocol", "2013_to_2014") == "2013, tested on 2014"
    assert (
        Texts("de").value("protocol", "2012_2013_to_2014_all_enrolled")
        == "2012–2013, geprüft an 2014, mit Abgemeldeten"
    )
    assert Texts("en").value("protocol", "2024-09_to_2024-12_course_left_out").startswith("2024-09, tested on 2024-12,")


def test_report_takes_the_place_of_a_report_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, out = tmp_path / "empty.duckdb", tmp_path / "out"
    _empty(database).close()

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["report", "--database", str(database), "--out", str(out), *arguments])

    assert run("--language", "both").exit_code == 0
    assert (out / "de" / "index.html").is_file()
    assert run("--language", "de").exit_code == 0
    assert not (out / "de").exists()
    assert '<html lang="de">' in (out / "index.html").read_text("utf-8")
    (out / ".lernhaus-report").unlink()
    refused = run()
    assert refused.exit_code == 1
    assert "name another folder" in refused.output
    database.unlink()
    assert "run `lernhaus build` first" in run().output


def test_pages_hold_nothing_from_elsewhere(tmp_path: Path) -> None:
    _empty(tmp_path / "empty.duckdb").close()
    report = make_report(tmp_path / "empty.duckdb", tmp_path / "out")
    for page in [*report.pages, tmp_path / "out" / "assets" / "style.css", tmp_path / "out" / "assets" / "report.js"]:
        text = page.read_text("utf-8")
        assert "http://" not in text and "https://" not in text and "//cdn" not in text


def test_queries_are_written_as_pages_show_them(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "old.sql").touch()
    written = write(tmp_path / "queries")
    assert [path.stem for path in written] == QUERIES == sorted(path.stem for path in (tmp_path / "queries").iterdir())
    for path in written:
        assert path.read_text("utf-8") == query_text(path.stem) + "\n"
        assert "-- shared" not in path.read_text("utf-8")


def test_kind_of_a_column_is_that_of_its_type() -> None:
    with duckdb.connect() as connection:
        query = (
            "select null::varchar as course, null::date as posted_month, null::double as late_share, 1 as post_count"
        )
        assert [c.kind for c in fetch(connection, query).columns] == ["text", "month", "share", "count"]
        with pytest.raises(ValueError, match="is_finished: a page shows"):
            fetch(connection, "select true as is_finished")
