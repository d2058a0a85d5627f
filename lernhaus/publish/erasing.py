"""What it takes that nothing of erased learners is left: a warehouse begun afresh, and a count of what went."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lernhaus.keys import pseudonym
from lernhaus.publish import files
from lernhaus.publish.erasures import Erasures
from lernhaus.publish.publish import STORAGE_VERSION, has_table, literal, quoted, spill_folder, state_folder

# column -> the table in which it stands beside `learner_key`
_KEYS = {
    "enrollment_key": "fct_enrollment",
    "post_key": "fct_post",
}
_IDENTITIES = ("restricted", "learner_identity")
# how base models look for erased learners, see macros/erasure.sql
_LOOKED_FOR = re.compile(r"(?:learner_in|lernhaus_is_erased)\('(\w+)'")


@dataclass(frozen=True)
class LearnerKeys:
    """The keys under which learners stand in a warehouse, by column."""

    values: dict[str, list[int]]

    def rows(self, database: Path) -> dict[str, int]:
        """How many rows of each table of a database have one of the keys; tables without such rows are left out."""
        if not any(self.values.values()):
            return {}
        with duckdb.connect(config={"temp_directory": str(spill_folder(database))}) as connection:
            connection.execute(f"attach {literal(str(database))} as it (read_only)")
            for column, values in self.values.items():
                connection.execute(f"create table {column} as select unnest(?::bigint[]) as {column}", [values])
            counts = {}
            for schema, table, columns in connection.execute(
                "select schema_name, table_name, list(column_name) from duckdb_columns() "
                "where database_name = 'it' and list_contains(?, column_name) and (schema_name, table_name) in "
                "(select (schema_name, table_name) from duckdb_tables() where database_name = 'it') "
                "group by all order by all",
                [list(self.values)],
            ).fetchall():
                has_key = " or ".join(f"{column} in (from {column})" for column in columns)
                name = f"{quoted(schema)}.{quoted(table)}"
                (count,) = connection.execute(f"select count(*) from it.{name} where {has_key}").fetchall()[0]
                if count:
                    counts[table if schema == "main" else f"{schema}.{table}"] = count
            return counts


@dataclass(frozen=True)
class Identity:
    """What else a learner is known by: an id in a source system, or without one a word in refused records."""

    of: tuple[str, str]
    source_system: str | None
    name: str
    reason: str


def learner_accounts(project: Path) -> dict[str, str]:
    """Home pages whose xAPI accounts have the ids of a source system, with this, as ``seeds/map_xapi_iri.csv`` says."""
    with (project / "seeds" / "map_xapi_iri.csv").open(encoding="utf-8", newline="") as file:
        return {row["iri_prefix"]: row["source_system"] for row in csv.DictReader(file) if row["kind"] == "learner"}


def systems_of_learners(project: Path) -> list[str]:
    """The source systems, by name, whose learners can be erased: those that a base model of the project looks for."""
    models = (project / "models" / "staging").glob("*/base_*.sql")
    looked_for = {system for model in models for system in _LOOKED_FOR.findall(model.read_text(encoding="utf-8"))}
    return sorted(looked_for | set(learner_accounts(project).values()))


def issued_by(learner: tuple[str, str], accounts: Mapping[str, str]) -> tuple[str, str]:
    """The learner (source system, id) as tables know them: an account of xAPI at one of the home pages ``accounts`` by
    the id in the source system that issued it."""
    home_page, _, account_name = learner[1].rpartition("|")
    return (accounts[home_page], account_name) if learner[0] == "xapi" and home_page in accounts else learner


def learners_in(
    database: Path, learners: Sequence[tuple[str, str]], secret: bytes, accounts: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Those of the learners or staff (source system, id) whom a warehouse or a published file has, if it is there."""
    if not database.is_file():
        return set()
    pseudonyms = {learner: pseudonym(secret, *issued_by(learner, accounts)) for learner in learners}
    with duckdb.connect(str(database), read_only=True) as connection:
        if not has_table(connection, "dim_learner"):
            return set()
        found = connection.execute(
            "select learner_pseudonym from main.dim_learner where learner_pseudonym in (select unnest(?::varchar[]))",
            [list(pseudonyms.values())],
        ).fetchall()
        # staff is no learner, but what they did is there; no published file says of whom
        query = "select distinct source_system, learner_id from conformed.int_enrollment_seen"
        seen = set(connection.execute(query).fetchall() if has_table(connection, "int_enrollment_seen") else [])
    return {learner for learner, name in pseudonyms.items() if (name,) in found or issued_by(learner, accounts) in seen}


def identities_of(warehouse: Path, learners: Iterable[tuple[str, str]], accounts: Mapping[str, str]) -> list[Identity]:
    """The other identities of learners (source system, id), as far as the warehouse, if it is there, knows them.

    They are the id behind an account of xAPI at one of the home pages ``accounts``, which have the ids of a source
    system; the e-mail address in the ways in which xAPI names an actor by it; and the e-mail address, user name and
    account name as words in records that were refused for lacking the id.
    """
    found = []
    known: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    if warehouse.is_file():
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            if has_table(connection, "learner_identity"):
                rows = connection.execute(
                    "select source_system, source_learner_id, email, username from restricted.learner_identity"
                ).fetchall()
                known = {(system, learner_id): (email, username) for system, learner_id, email, username in rows}
    for learner in learners:
        issued = issued_by(learner, accounts)
        if issued != learner:
            found.append(Identity(learner, *issued, f"the account has its id in {issued[0]}"))
        email, username = known.get(issued) or (None, None)
        if email:
            for mbox in _spellings(f"mailto:{email}"):
                sha1 = hashlib.sha1(mbox.encode(), usedforsecurity=False).hexdigest()
                found.append(Identity(learner, "xapi", mbox, "same e-mail address"))
                found.append(Identity(learner, "xapi", sha1, "same e-mail address, as SHA-1"))
            found += [Identity(learner, None, name, "e-mail address") for name in _spellings(email)]
        if username:
            found.append(Identity(learner, None, username, "user name"))
        if "|" in learner[1]:  # home page and account name of an xAPI actor
            found.append(Identity(learner, None, learner[1].rpartition("|")[2], "account name"))
    return found


def _spellings(text: str) -> list[str]:
    return sorted({text, text.lower()})


def keys_of_erased(warehouse: Path, erasures: Erasures) -> LearnerKeys:
    """The keys under which a warehouse, if it is there, has the learners who are to be erased."""
    values: dict[str, list[int]] = {"learner_key": [], **{column: [] for column in _KEYS}}
    if not warehouse.is_file():
        return LearnerKeys(values)
    with duckdb.connect(config={"temp_directory": str(spill_folder(warehouse))}) as connection:
        connection.execute(f"attach {literal(str(warehouse))} as it (read_only)")
        tables = {
            (schema, table)
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'it'"
            ).fetchall()
        }
        if _IDENTITIES in tables:
            values["learner_key"] = [
                key
                for key, system, learner_id in connection.execute(
                    "select learner_key, source_system, source_learner_id from it.restricted.learner_identity"
                ).fetchall()
                if erasures.is_erased(system, learner_id)
            ]
        connection.execute("create table learner_key as select unnest(?::bigint[])", [values["learner_key"]])
        for column, table in _KEYS.items():
            if ("main", table) in tables:
                query = f"select {column} from it.main.{table} where learner_key in (from learner_key)"
                values[column] = [key for (key,) in connection.execute(query).fetchall()]
    return LearnerKeys(values)


def begin_afresh(warehouse: Path, copy: Path, erasures: Erasures) -> None:
    """Write a new warehouse ``copy`` that has of ``warehouse`` nothing but what snapshots remember of other learners.

    A snapshot is told by the columns that dbt gives it. Deleting the rows of the erased from a copy instead would leave
    their bytes in blocks of the file that are free.
    """
    with duckdb.connect(config={"temp_directory": str(spill_folder(copy))}) as connection:
        connection.execute(f"attach {literal(str(warehouse))} as old (read_only)")
        connection.execute(f"attach {literal(str(copy))} as new (storage_version {literal(STORAGE_VERSION)})")
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_columns() where database_name = 'old' "
            "and column_name in ('dbt_scd_id', 'source_system', 'learner_id') group by all having count(*) = 3"
        ).fetchall():
            name = f"{quoted(schema)}.{quoted(table)}"
            connection.execute(f"create schema if not exists new.{quoted(schema)}")
            learners = connection.execute(f"select distinct source_system, learner_id from old.{name}").fetchall()
            kept = [learner for learner in learners if not erasures.is_erased(*learner)]
            connection.execute("create or replace temp table kept (source_system varchar, learner_id varchar)")
            if kept:
                connection.executemany("insert into kept values (?, ?)", kept)
            connection.execute(
                f"create table new.{name} as from old.{name} semi join kept using (source_system, learner_id)"
            )


def write_report(
    published: Path, build_id: str, identities: int, rows: dict[str, int], records: dict[str, int]
) -> Path:
    """Write what an erasing build removed, without a word on whom; return the file.

    ``identities`` are those of learners, ``rows`` are by table, ``records`` are those that are not read any more, by
    extract file.
    """
    report = state_folder(published) / "erasures" / f"{build_id}.json"
    told = {"build_id": build_id, "erased_identities": identities, "rows_removed": rows, "records_not_read": records}
    files.write(report, json.dumps(told, indent=2) + "\n")
    return report
