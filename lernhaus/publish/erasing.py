"""What it takes that nothing of erased learners is left: a warehouse begun afresh, and a count of what went."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
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
_LEARNER_IN = re.compile(r"learner_in\('(\w+)', '(\w+)'\)")


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


@dataclass(frozen=True)
class PersonColumn:
    """A column of a base model that holds ids of a source system, of learners and others alike."""

    source_system: str
    table: str
    column: str


def learner_accounts(project: Path) -> dict[str, str]:
    """Home pages whose xAPI accounts have the ids of a source system, with this, as ``seeds/map_xapi_iri.csv`` says."""
    with (project / "seeds" / "map_xapi_iri.csv").open(encoding="utf-8", newline="") as file:
        return {row["iri_prefix"]: row["source_system"] for row in csv.DictReader(file) if row["kind"] == "learner"}


def systems_of_learners(project: Path) -> list[str]:
    """The source systems, by name, whose learners can be erased: those that a base model of the project looks for."""
    looked_for = {system for code in _base_models(project).values() for system in _LOOKED_FOR.findall(code)}
    return sorted(looked_for | set(learner_accounts(project).values()))


def person_columns(project: Path) -> list[PersonColumn]:
    """The columns in which the base models of the project look for erased ids."""
    return [
        PersonColumn(system, table, column)
        for table, code in sorted(_base_models(project).items())
        for system, column in _LEARNER_IN.findall(code)
    ]


def _base_models(project: Path) -> dict[str, str]:
    models = (project / "models" / "staging").glob("*/base_*.sql")
    return {model.stem: model.read_text(encoding="utf-8") for model in models}


def issued_by(learner: tuple[str, str], accounts: Mapping[str, str]) -> tuple[str, str]:
    """The learner (source system, id) as tables know them: an account of xAPI at one of the home pages ``accounts`` by
    the id in the source system that issued it."""
    home_page, _, account_name = learner[1].rpartition("|")
    return (accounts[home_page], account_name) if learner[0] == "xapi" and home_page in accounts else learner


def learners_in(
    database: Path, learners: Sequence[tuple[str, str]], secret: bytes, accounts: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Those of the people (source system, id) whom a warehouse or a published file, if it is there, has as learners."""
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
    return {learner for learner, name in pseudonyms.items() if (name,) in found}


def people_in(
    warehouse: Path,
    people: Sequence[tuple[str, str]],
    accounts: Mapping[str, str],
    columns: Sequence[PersonColumn],
) -> set[tuple[str, str]]:
    """Those of the people (source system, id) of whom a warehouse, if it is there, has a record, learners or not.

    Of staff, and of those to whom others did something, no table of people read says who they are.
    """
    if not warehouse.is_file():
        return set()
    issued = {person: issued_by(person, accounts) for person in people}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        query = "select distinct source_system, learner_id from conformed.int_enrollment_seen"
        seen = set(connection.execute(query).fetchall() if has_table(connection, "int_enrollment_seen") else [])
        for one in columns:
            ids = [name for system, name in {*people, *issued.values()} if system == one.source_system]
            if ids and has_table(connection, one.table):
                name = f"cast({quoted(one.column)} as varchar)"
                query = f"select distinct {name} from staging.{quoted(one.table)} where {name} in (select unnest(?))"
                seen |= {(one.source_system, found) for (found,) in connection.execute(query, [ids]).fetchall()}
    return {person for person, known in issued.items() if known in seen or person in seen}


def loaded_systems(warehouse: Path) -> set[str]:
    """The source systems whose files a warehouse, if it is there, has loaded."""
    if not warehouse.is_file():
        return set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        if not has_table(connection, "meta_source_file"):
            return set()
        return {name for (name,) in connection.execute("select source_system from meta_source_file").fetchall()}


def identities_of(
    warehouse: Path,
    people: Sequence[tuple[str, str]],
    accounts: Mapping[str, str],
    columns: Sequence[PersonColumn],
) -> list[Identity]:
    """The other identities of people (source system, id), as far as the warehouse, if it is there, knows them.

    They are the id behind an account of xAPI at one of the home pages ``accounts``, which have the ids of a source
    system; the e-mail addresses that any loaded record has for them, in the ways in which xAPI names an actor by one;
    and e-mail addresses, user names and the account name as words in records that were refused for lacking the id.
    """
    issued = {person: issued_by(person, accounts) for person in people}
    known = _names(warehouse, columns)
    found: list[Identity] = []
    for person in people:
        if issued[person] != person:
            found.append(Identity(person, *issued[person], f"the account has its id in {issued[person][0]}"))
        emails, usernames = known.get(issued[person], (set(), set()))
        for email in sorted(emails):
            found += [Identity(person, "xapi", actor, reason) for actor, reason in _actors_with(email)]
        words = dict.fromkeys(sorted(usernames), "user name")
        words |= {name: "e-mail address" for email in sorted(emails) for name in _spellings(email)}
        if "|" in person[1]:  # home page and account name of an xAPI actor
            words[person[1].rpartition("|")[2]] = "account name"
        found += [Identity(person, None, word, reason) for word, reason in words.items()]
    return found


def people_with_address(
    warehouse: Path, actors: Sequence[tuple[str, str]], columns: Sequence[PersonColumn]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Of xAPI actors named by an e-mail address ("xapi", mbox or its SHA-1): who else has it in a loaded record."""
    wanted = {actor for actor in actors if actor[0] == "xapi" and "|" not in actor[1]}
    having: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for person, (emails, _) in sorted(_names(warehouse, columns).items()) if wanted else ():
        for actor in wanted & {("xapi", name) for email in emails for name, _ in _actors_with(email)}:
            having.setdefault(actor, []).append(person)
    return having


def _names(warehouse: Path, columns: Sequence[PersonColumn]) -> dict[tuple[str, str], tuple[set[str], set[str]]]:
    """By source system and id, the e-mail addresses and user names that any loaded record has for somebody."""
    names: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    if not warehouse.is_file():
        return names
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        queries = []
        if has_table(connection, "learner_identity"):
            queries.append("select source_system, source_learner_id, email, username from restricted.learner_identity")
        for one in columns:
            has_names = connection.execute(
                "select 1 from duckdb_columns() where schema_name = 'staging' and table_name = ? "
                "and column_name in ('email', 'username') having count(*) = 2",
                [one.table],
            )
            if has_names.fetchall():
                queries.append(
                    f"select distinct {literal(one.source_system)}, cast({quoted(one.column)} as varchar), email, "
                    f"username from staging.{quoted(one.table)}"
                )
        for query in queries:
            for system, person, email, username in connection.execute(query).fetchall():
                emails, usernames = names.setdefault((system, person), (set(), set()))
                emails |= {email} - {None, ""}
                usernames |= {username} - {None, ""}
    return names


def _actors_with(email: str) -> list[tuple[str, str]]:
    """The xAPI actors that an e-mail address names, each with what says so."""
    actors = []
    for mbox in _spellings(f"mailto:{email}"):
        sha1 = hashlib.sha1(mbox.encode(), usedforsecurity=False).hexdigest()
        actors += [(mbox, "same e-mail address"), (sha1, "same e-mail address, as SHA-1")]
    return actors


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
