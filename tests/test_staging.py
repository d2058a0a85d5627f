"""Staging on small extracts with planted faults: what is refused, what is read again, which files stop the build."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from conftest import Warehouse, assert_unit_tests_pass, clock_ahead

# two threads of Python share one lock, and nobody reads the artifacts and logs
MODELS_ONLY = (
    "--exclude-resource-type",
    "test",
    "unit_test",
    "--threads",
    "1",
    "--no-write-json",
    "--log-level-file",
    "none",
)
EVERYTHING = ("--select", "path:models/staging", "path:models/meta", "path:seeds", *MODELS_ONLY)
# the views of the first build show what becomes of the tables below them
INCREMENTAL = "path:models/staging,config.materialized:incremental"
TABLES = ("--select", INCREMENTAL, "path:models/staging,config.materialized:table", "path:models/meta", *MODELS_ONLY)
SYSTEMS = ("oneroster", "oulad", "xapi")
SQL = "'); drop table staging.base_oulad__course; select ('"
# a quote, a glob pattern and a template in a name: none of them may mean anything
# longer than the longest record
GIANT = "3" * 3_000_000
ODD_NAME = "xapi/more/sta'te{{ me }}nts [1]*.jsonl"


@dataclass(frozen=True)
class Refused:
    """A record for the quarantine: as delivered, a pattern of the reason, and its text where that is another one."""

    record: str | bytes
    reason: str
    raw: str | None = None


Files = Mapping[str, Sequence[str | Refused]]

OULAD: Files = {
    "oulad/courses.csv": [
        "\ufeffcode_module,code_presentation,module_presentation_length",
        "AAA,2013J,268",
        Refused("AAA,2013J,300", "occurred before"),
        Refused("CCC,2014J,long", "module_presentation_length is not of type integer"),
        "BBB,2014B,234",
        Refused("DDD,2014X,200", "code_presentation"),
        Refused("EEE,0001J,200", "code_presentation"),
        Refused("EEE,9999B,200", "code_presentation"),
        Refused("EEE,2014B,-200", "module_presentation_length"),
    ],
    "oulad/assessments.csv": [
        # lines that end in different ways, as where somebody has edited a file from elsewhere
        "code_module,code_presentation,id_assessment,assessment_type,date,weight\r",
        "AAA,2013J,10,TMA,19,40",
        "AAA,2013J,11,Exam,,60\r",
        "",
        Refused('AAA,2013J,12,"TMA,19,40', "a quote is misplaced or not closed"),
        "BBB,2014B,20,CMA,30,100\r",
        Refused("ZZZ,2014B,30,CMA,30,100.0", "unknown course run"),
        Refused('AAA,2013J,13,"T"MA,19,40', "a quote is misplaced or not closed"),
        Refused("AAA,2013J,31,CMA,30,-5.0", "weight"),
        Refused("AAA,2013J,32,CMA,4000,5.0", "date is not between -1000 and 1000"),
        Refused("AAA,2013J,33,T\0MA,19,5", "contains a NUL byte"),
    ],
    "oulad/vle.csv": [
        "id_site,code_module,code_presentation,activity_type,week_from,week_to",
        "100,AAA,2013J,forumng,,",
        Refused("101,AAA,2013J,quiz", "too few fields"),
        "102,AAA,2013J,quiz,1,2",
        "200,BBB,2014B,url,,",
        Refused("102,BBB,2014B,url,,", "occurred before"),
        Refused(
            f"103,BBB,2014B,{GIANT},,", "longer than 2 MB: 3000016 bytes, .* beginning", f"103,BBB,2014B,{GIANT}"[:1000]
        ),
        "201,BBB,2014B,url,,",
    ],
    "oulad/studentInfo.csv": [
        "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
        "num_of_prev_attempts,studied_credits,disability,final_result",
        f'AAA,2013J,1,F,"{SQL}",HE Qualification,10-20,35-55,0,60,N,Pass',
        'AAA,2013J,2,M,"East\n""Anglian"", Region",A Level,,0-35,1,60,Y,Withdrawn',
        Refused("AAA,2013J,x3,M,Wales,A Level,,0-35,0,60,N,Pass", "id_student"),
        "BBB,2014B,2,M,Wales,A Level,50-60%,0-35,0,30,Y,Fail",
        Refused("AAA,2013J,4,M,Wales,A Level,,0-35,0,60,N,Passed", "final_result"),
        Refused("AAA,2013J,6,M,Wales,A Level,,0-35,-1,60,N,Pass", "num_of_prev_attempts"),
        Refused(
            b"AAA,2013J,5,M,Wa\xffles,A Level,,0-35,0,60,N,Pass",
            "(?i)unicode|utf-8",
            "AAA,2013J,5,M,Wa?les,A Level,,0-35,0,60,N,Pass",
        ),
    ],
    "oulad/studentRegistration.csv": [
        "code_module,code_presentation,id_student,date_registration,date_unregistration",
        "AAA,2013J,1,-30,",
        "AAA,2013J,2,-10.0,1.2e1",
        "BBB,2014B,2,,",
        Refused("BBB,2014B,1,-5,", "unknown enrollment"),
        Refused("AAA,2013J,1,-30,5", "occurred before"),
        Refused("AAA,2013J,3,-10,12.5", "date_unregistration is not of type integer"),
    ],
    "oulad/studentAssessment.csv": [
        "id_assessment,id_student,date_submitted,is_banked,score",
        "10,1,18,0,78.5",
        "20,2,25,1,",
        Refused("99,1,18,false,50.0", "unknown assessment"),
        Refused("10,2,18,false,178.0", "score"),
        Refused("20,2,18,0,50,,7", "too many fields"),
        Refused("10,1,19,false,80.0", "occurred before"),
    ],
    # nothing tells this file's good records apart, so the numbers of the refused ones are worked out
    "oulad/studentVle.csv": [
        "code_module,code_presentation,id_student,id_site,date,sum_click",
        "AAA,2013J,1,100,-3,4",
        Refused("AAA,2013J,1,100,-3,four", "sum_click"),
        "AAA,2013J,1,100,-3,2",
        Refused("AAA,2013J,1,100,1,-4", "sum_click"),
        Refused("AAA,2013J,1,100,1,2.7", "sum_click is not of type integer"),
        Refused("AAA,2013J,1,100,1.5,2", "date is not of type smallint"),
        Refused("AAA,2013J,1,100,1,2,3", "too many fields"),
        Refused("AAA,2013J,1,100,30000,2", "date is not between -1000 and 1000"),
        Refused("AAA,2013J,1,999,1,2", "unknown activity"),
        "BBB,2014B,2,200,7,1",
        Refused("AAA,2013J,9,100,1,2", "unknown enrollment"),
        Refused("AAA,2013J,1,200,1,2", "unknown activity"),
        Refused("AAA,2013J,1,100,,2", "empty"),
    ],
}

ROSTER: Files = {
    "orgs.csv": ["sourcedId,name,type,parentSourcedId", 'o1,"Uni, ""big""",school,', "o2,Biology,department,o1"],
    "academicSessions.csv": [
        "sourcedId,title,type,startDate,endDate",
        "t1,Spring,term,2025-01-06,2025-03-31",
        Refused("t2,Summer,term,2025-04-01,someday", "endDate is not of type date"),
        Refused("t3,Leap,term,2024-02-30,2024-03-30", "startDate is not of type date"),
        Refused("t4,Rome,term,0001-01-01,2025-01-01", "startDate is not between 1990 and 2100: 0001-01-01"),
        Refused("t5,Never,term,2025-01-01,9999-12-31", "endDate is not between 1990 and 2100: 9999-12-31"),
        "t6,Clock,term,2025-01-06T08:00:00.000+01:00,2025/3/31 ",
        Refused("t7,Span,term,2025-01-06 to 2025-02-01,2025-03-31", "startDate is not of type date"),
    ],
    "courses.csv": [
        "sourcedId,title,courseCode,orgSourcedId",
        Refused("k0,Zoology,ZOO,o2,,x", "too many fields"),
        "k1,Biology,BIO,o2",
        "k1,Biology,BIO,o2",
        Refused("k1,Botany,BOT,o2", "sourcedId is already used"),
    ],
    "classes.csv": [
        "sourcedId,title,courseSourcedId,termSourcedIds",
        "c1,Biology A,k1,t1",
        Refused("c2,Ghost,k9,t1", "course is unknown: k9"),
    ],
    "users.csv": [
        "sourcedId,enabledUser,username,givenName,familyName,primaryOrgSourcedId,metadata.region",
        f'u1,true,ida,Ida,"{SQL}",o2,Hessen',
        'u2,true,bo,Bo,"Line\nbreak",o2,',
        Refused("u3,perhaps,cy,Cy,C,o2,Berlin", "enabledUser"),
        Refused(b"u4,true,d\xffd,D,D,o2,", "(?i)unicode|utf-8", "u4,true,d?d,D,D,o2,"),
        Refused(",true,ee,E,E,o2,", "sourcedId is missing"),
    ],
    "demographics.csv": [
        "sourcedId,birthDate,sex",
        "u1,1990-02-01,female",
        Refused("u2,1960-01-01,m", "sex"),
        Refused("u3,1066-10-14,male", "birthDate is not between"),
    ],
    "enrollments.csv": [
        "sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate",
        "e1,c1,u1,student,2025-01-06,",
        Refused("e2,c9,u1,student,2025-01-06,", "class is unknown: c9"),
        "e3,c1,u2,student,2025-01-06,2025-02-01",
        Refused("e4,c1,u9,student,2025-01-06,", "user is unknown: u9"),
        Refused("e5,c1,u2,student,2025-02-06,2025-01-01", "endDate"),
    ],
    "lineItems.csv": [
        "sourcedId,title,dueDate,classSourcedId,categorySourcedId,resultValueMin,resultValueMax,metadata.weight",
        "a1,Quiz,2025-02-01,c1,cat-quiz,0,10,1",
        "fin,Final,,c1,cat-final-grade,,,",
        Refused("a2,Old,0202-02-01,c1,cat-quiz,0.0,10.0,1.0", "dueDate"),
        Refused("a3,Light,2025-02-01,c1,cat-quiz,0.0,10.0,-1.0", "metadata.weight is negative"),
        Refused("a4,Blank,2025-02-01,c1,cat-quiz,0.0,10.0,nan", "metadata.weight is no number"),
        Refused("a5,Open,2025-02-01,c1,cat-quiz,0.0,inf,1.0", "resultValueMax or metadata.weight is no number"),
    ],
    "results.csv": [
        "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,textScore,comment",
        'r1,a1,u1,fully graded,7.5,2025-02-02,,"line one\nline two"',
        Refused("r2,a1,u2,fully graded,abc,2025-02-02,,", "score"),
        Refused("r3,a1,u2,fully graded,-1.0,2025-02-02,,", "score"),
        Refused("r4,a9,u1,fully graded,1.0,2025-02-02,,", "line item is unknown: a9"),
        "r5,fin,u1,fully graded,,2025-04-02,Pass,",
        Refused("r6,a1,u2,fully graded,1.0,2025-02-02x,,", "scoreDate is not of type date"),
    ],
}


def delivery(date: str, files: Files = ROSTER) -> Files:
    return {f"oneroster/{date}/{name}": records for name, records in files.items()}


def statement(number: int, **changes: Any) -> str:
    """A valid xAPI statement as one line; a change to None leaves the member out."""
    members = {
        "id": f"{number:08x}-0000-4000-8000-000000000000",
        "actor": {"account": {"homePage": "https://campus.lernhaus.example", "name": f"u{number % 2 + 1}"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": f"https://lms.lernhaus.example/pages/{number % 3}"},
        "context": {"contextActivities": {"parent": {"id": "https://lms.lernhaus.example/runs/c1"}}},
        "timestamp": f"2025-02-{number % 28 + 1:02}T10:00:00Z",
    }
    return json.dumps({name: value for name, value in (members | changes).items() if value is not None})


def as_bytes(records: Iterable[str | Refused]) -> bytes:
    delivered = [record.record if isinstance(record, Refused) else record for record in records]
    return b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in delivered)


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


STRANGER = {"mbox": "mailto:stranger@example.org"}
POST = {"id": "https://w3id.org/xapi/acrossx/verbs/posted"}
XAPI: Files = {
    "xapi/2025-01.jsonl": [
        statement(1),
        Refused('{"id": "broken', "not a JSON object"),
        statement(2, actor=STRANGER),
        "",
        Refused('["a", "list"]', "not a JSON object"),
        Refused(statement(50, actor=None), "actor has no identifier"),
        Refused(statement(51, actor={"name": "Nobody"}), "actor has no identifier"),
        Refused(statement(52, actor="u1"), "actor has no identifier"),
        Refused(statement(53, timestamp="yesterday"), "timestamp is missing or not"),
        Refused(statement(54, timestamp="2025-13-41T10:00:00Z"), "timestamp is missing or not"),
        Refused(statement(55, timestamp="1789-07-14T10:00:00Z"), "timestamp is before 1990"),
        Refused(statement(61, timestamp="0001-01-01T00:00:00Z"), "timestamp is before 1990"),
        Refused(statement(62, timestamp="9999-12-31T23:59:59Z"), "timestamp is later than tomorrow"),
        Refused(statement(63, timestamp="2024-02-30T10:00:00Z"), "timestamp is missing or not"),
        Refused(statement(64, timestamp="2025-02-03T10:00:00 Europe/Berlin"), "timestamp is missing or not"),
        Refused(statement(65, timestamp="2025-02-03T10:00:00+99:00"), "timestamp is missing or not"),
        Refused(statement(66, timestamp="2016-12-31T23:59:60Z"), "timestamp is missing or not"),
        Refused(statement(67, result={"duration": "P400D"}), "duration is longer than a year"),
        Refused(statement(68, result={"duration": f"PT{10**20}S"}), "duration is longer than a year"),
        Refused(statement(56, id="56"), "not a UUID"),
        Refused(statement(57, id=None), "not a UUID"),
        Refused(statement(58, verb={"id": "read"}), "verb id"),
        Refused(statement(59, object={}), "object has no id"),
        Refused(statement(60, result={"score": {"raw": 11, "max": 10}}), "score"),
        Refused(b'{"id": "\xff\xfe"}', "(?i)unicode|utf-8", '{"id": "??"}'),
        Refused(b'{"id": "a\0b"}', "contains a NUL byte", '{"id": "a\0b"}'),
        Refused(b'{"id": "a\1b"}', "contains a control character", '{"id": "a\1b"}'),
        "\r",
        Refused("  ", "not a JSON object"),
        statement(8, timestamp="2025-02-09t23:00:00.5+14:00") + "\r",
        statement(3, verb=POST, result={"response": SQL}),
        statement(1),
        # no points to be had: no score
        statement(70, result={"score": {"raw": 0, "min": 0, "max": 0}}),
        statement(71, result={"score": {"raw": -3}}),
        Refused(statement(72, result={"score": {"raw": -1, "max": 10}}), "score is outside its range"),
        Refused(statement(73, result={"score": {"raw": 5, "min": 10, "max": 0}}), "score is outside its range"),
        Refused(statement(74, result={"score": {"raw": 5, "max": float("inf")}}), "score is not a number"),
        Refused(statement(75, result={"score": {"scaled": True}}), "score is not a number"),
        Refused(statement(76, result={"score": {"scaled": "A"}}), "score is not a number"),
    ],
    ODD_NAME: [
        statement(3, verb=POST, result={"response": SQL}),
        statement(4, result={"duration": "PT2M"}),
        Refused(
            statement(2, actor=STRANGER, verb=POST),
            "already used with different content",
            '{"id":"00000002-0000-4000-8000-000000000000","actor":"mailto:stranger@example.org","verb":"posted",'
            '"object":"https://lms.lernhaus.example/runs/c1#forum","timestamp":"2025-02-03 10:00:00"}',
        ),
        statement(4, result={"duration": "PT2M"}),
    ],
    # what the odd name would find if it were a pattern
    "xapi/more/sta'te{{ me }}nts 1.jsonl": [statement(5)],
    "xapi/removed.jsonl": [statement(6), Refused("gone", "not a JSON object")],
    "xapi/empty.jsonl": [],
}
PLANTED: Files = OULAD | delivery("2025-01-10") | delivery("2025-03-10") | XAPI
# later: a learner joins late, so that a registration refused at first is good now; a file comes in front of another
CHANGED: Files = {
    "oulad/studentInfo.csv": [*OULAD["oulad/studentInfo.csv"], "BBB,2014B,1,F,Wales,A Level,,0-35,0,30,N,Pass"],
    "oulad/studentVle.csv": [
        OULAD["oulad/studentVle.csv"][0],
        Refused("AAA,2013J,1,100,-3", "too few fields"),
        "BBB,2014B,1,200,3,5",
        Refused("AAA,2013J,1,100,8,0", "sum_click"),
        "AAA,2013J,1,100,-3,1",
    ],
}
ADDED: Files = {
    "xapi/2024-12.jsonl": [
        statement(1),
        statement(7, timestamp="2024-12-24T23:59:59+01:00"),
        Refused("{}", "statement id is missing"),
        statement(2, verb=POST),
    ],
    **delivery(
        "2025-05-10",
        ROSTER
        | {
            "users.csv": [*ROSTER["users.csv"][:3], "u3,true,cy,Cy,C,o1,Berlin"],
            "demographics.csv": [*ROSTER["demographics.csv"][:1]],
        },
    ),
}
REMOVED = "xapi/removed.jsonl"
# files that stay as they are, but not what becomes of their records
AFFECTED: Files = {
    "oulad/studentRegistration.csv": [
        *OULAD["oulad/studentRegistration.csv"][:4],
        "BBB,2014B,1,-5,",
        *OULAD["oulad/studentRegistration.csv"][5:],
    ],
    "xapi/2025-01.jsonl": [
        *XAPI["xapi/2025-01.jsonl"][:2],
        Refused(
            statement(2, actor=STRANGER),
            "already used with different content",
            '{"id":"00000002-0000-4000-8000-000000000000","actor":"mailto:stranger@example.org","verb":"viewed",'
            '"object":"https://lms.lernhaus.example/pages/2","timestamp":"2025-02-03 10:00:00"}',
        ),
        *XAPI["xapi/2025-01.jsonl"][3:],
    ],
}
GROWN: Files = {n: records for n, records in (PLANTED | CHANGED | ADDED | AFFECTED).items() if n != REMOVED}

STATES: Mapping[str, Files] = {"planted": PLANTED, "grown": GROWN}
REDELIVERED = {
    "planted": {
        "oneroster/2025-01-10/courses.csv": 1,
        "oneroster/2025-03-10/courses.csv": 1,
        "xapi/2025-01.jsonl": 1,
        ODD_NAME: 2,
    },
    "grown": {
        "oneroster/2025-01-10/courses.csv": 1,
        "oneroster/2025-03-10/courses.csv": 1,
        "oneroster/2025-05-10/courses.csv": 1,
        "xapi/2025-01.jsonl": 2,
        ODD_NAME: 2,
    },
}

FULL_GZIP = gzip.compress(as_bytes(OULAD["oulad/assessments.csv"]))
# model that stops -> the files to put in place (None: away), and what its message must say
BROKEN: Mapping[str, tuple[Mapping[str, bytes | None], Sequence[str]]] = {
    "base_oulad__course": (
        {"oulad/courses.csv": b"module,code_presentation\nAAA,2013J\n"},
        [
            "Wrong header in extract oulad/courses.csv",
            "expected the columns code_module, code_presentation, module_presentation_length",
            "found module,code_presentation",
            "missing code_module, module_presentation_length",
        ],
    ),
    "base_oulad__student_assessment": (
        {"oulad/studentAssessment.csv": None, "oulad/studentAssessment.csv/readme": b""},
        [
            "Unusable extract oulad/studentAssessment.csv: a folder in the place of a file",
            "expected a CSV file with the",
        ],
    ),
    "base_oulad__vle": (
        {"oulad/vle.csv": b""},
        ["Wrong header in extract oulad/vle.csv", "expected the columns id_site, ", "found an empty file"],
    ),
    "base_oulad__student_registration": (
        {"oulad/studentRegistration.csv": None},
        [
            "Missing extract: no file oulad/studentRegistration.csv",
            "expected a CSV file with the columns code_module, ",
        ],
    ),
    "base_oulad__student_info": (
        {
            "oulad/studentInfo.csv": None,
            "oulad/studentInfo.csv.zst": zstd(as_bytes(OULAD["oulad/studentInfo.csv"]))[:-9],
        },
        [
            "Unusable extract oulad/studentInfo.csv.zst: no whole zstd file",
            "expected a CSV file with the columns code_",
        ],
    ),
    "base_oulad__assessment": (
        {"oulad/assessments.csv": None, "oulad/assessments.csv.gz": FULL_GZIP[: len(FULL_GZIP) // 2]},
        ["Unusable extract oulad/assessments.csv.gz: no whole gzip file", "expected a CSV file with the columns code_"],
    ),
    "base_oulad__student_vle": (
        {"oulad/studentVle.csv.gz": gzip.compress(as_bytes(OULAD["oulad/studentVle.csv"]))},
        ["Ambiguous extract: both oulad/studentVle.csv and oulad/studentVle.csv.gz"],
    ),
    "base_xapi__statement": (
        {"xapi/2025-02.jsonl.gz": gzip.compress(as_bytes([statement(9)]))[:-5] + b"\0\0\0\0\0"},
        ["Unusable extract xapi/2025-02.jsonl.gz: no whole gzip file (", "expected JSON lines in UTF-8"],
    ),
    "stg_oneroster__delivery": (
        {"oneroster/2025-05-10/lineItems.csv": None},
        [
            "Missing extract: no file oneroster/2025-05-10/lineItems.csv",
            "expected a CSV file with the columns sourcedId, ",
        ],
    ),
    "base_oneroster__user": (
        {"oneroster/2025-03-10/users.csv": b"sourcedId;username\nu1;ida\n"},
        ["Wrong header in extract oneroster/2025-03-10/users.csv", "found sourcedId;username"],
    ),
    "base_oneroster__class": (
        {"oneroster/2025-03-10/classes.csv": b"sourcedId,title,courseSourcedId,termSourcedIds,title\n"},
        ["Wrong header in extract oneroster/2025-03-10/classes.csv", "a name occurs twice"],
    ),
}


def is_blank(record: str | Refused) -> bool:
    return isinstance(record, str) and not record.strip("\r")


def numbered(name: str, records: Iterable[str | Refused]) -> Iterator[tuple[int, str | Refused]]:
    """The records with the numbers that they have in their file: in a CSV file an empty line is none."""
    return enumerate((r for r in records if not (name.endswith(".csv") and is_blank(r))), start=1)


def good(records: Iterable[str | Refused]) -> list[str]:
    return [record.strip("\r\ufeff") for record in records if isinstance(record, str)]


def write(extracts: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = extracts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def overwrite(path: Path, data: bytes) -> None:
    """Other content in a file that looks unchanged: of the same size, last changed at the same time."""
    before = path.stat()
    assert len(data) == before.st_size
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@contextmanager
def unreadable(paths: Iterable[Path]) -> Iterator[None]:
    """Files that look unchanged, but would be refused if they were read."""
    originals = {path: path.read_bytes() for path in paths}
    for path, data in originals.items():
        overwrite(path, b"\xff" * len(data))
    yield
    for path, data in originals.items():
        overwrite(path, data)


def files_in(extracts: Path) -> dict[str, Path]:
    return {str(path.relative_to(extracts)): path for path in extracts.rglob("*") if path.is_file()}


def systems(*names: str) -> tuple[str, str]:
    return "--vars", f"{{source_systems: [{', '.join(names)}]}}"


def kept(site: Warehouse, name: str) -> Warehouse:
    """The warehouse and its extracts as they are now, apart from what becomes of them."""
    folder = site.folder.parent / name
    folder.mkdir()
    shutil.copy(site.database, folder)
    return Warehouse(folder, shutil.copytree(site.extracts, folder / site.extracts.name))


def contents(
    warehouse: Warehouse, pattern: str, columns: str = "*", schema: str = "staging"
) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables and views whose name fits a pattern, by name."""
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        tables = connection.execute("select table_name from information_schema.tables where table_schema = ?", [schema])
        return {
            table: connection.execute(f"select {columns} from {schema}.{table} order by all").fetchall()
            for (table,) in tables.fetchall()
            if re.fullmatch(pattern, table)
        }


def staged(warehouse: Warehouse, *systems: str, columns: str = "*") -> dict[str, list[tuple[Any, ...]]]:
    return contents(warehouse, rf"stg_({'|'.join(systems)})__(?!.*built_from).*", columns)


def loaded_files(warehouse: Warehouse) -> dict[str, list[Any]]:
    """What the base models remember of the files: size, time of the last change, number of records."""
    return {name: facts for rows in contents(warehouse, "base_.*__files").values() for name, *facts in rows}


# Each fixture is a state of one site, which goes on from the one before.


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("staging") / "site"
    return Warehouse(folder, folder / "campus' extracts")


@pytest.fixture(scope="module")
def planted(site: Warehouse) -> Warehouse:
    """First build, with records to be refused in nearly every file."""
    write(site.extracts, {name: as_bytes(records) for name, records in PLANTED.items()})
    site.build(*EVERYTHING, *systems(*SYSTEMS))
    return kept(site, "planted")


@pytest.fixture(scope="module")
def unchanged(site: Warehouse, planted: Warehouse) -> Warehouse:
    """Built again with nothing new."""
    with unreadable(files_in(site.extracts).values()):
        site.build("--select", INCREMENTAL, *MODELS_ONLY, *systems(*SYSTEMS))
    return kept(site, "unchanged")


@pytest.fixture(scope="module")
def grown(site: Warehouse, unchanged: Warehouse) -> Warehouse:
    """Built again with files added, changed and removed, while the others cannot be read."""
    news = CHANGED | ADDED
    write(site.extracts, {name: as_bytes(records) for name, records in news.items()})
    (site.extracts / REMOVED).unlink()
    with unreadable(path for name, path in files_in(site.extracts).items() if name not in news):
        site.build(*TABLES, *systems(*SYSTEMS))
    return kept(site, "grown")


@pytest.fixture(scope="module")
def fresh(site: Warehouse, grown: Warehouse) -> Warehouse:
    """A build of the same files from nothing."""
    site.database.unlink()
    site.build(*EVERYTHING, *systems(*SYSTEMS))
    return kept(site, "fresh")


@pytest.fixture(scope="module")
def broken(site: Warehouse, fresh: Warehouse) -> tuple[dict[str, str], Warehouse]:
    """Built with files that cannot be used: the messages of the models that failed, and the warehouse afterwards."""
    changes = {name: data for files, _ in BROKEN.values() for name, data in files.items()}
    for name in [name for name, data in changes.items() if data is None]:
        (site.extracts / name).unlink()
    write(site.extracts, {name: data for name, data in changes.items() if data is not None})
    # the second one needs all of the roster, of which some is broken
    outcomes = [
        site.dbt("build", "--select", models, *MODELS_ONLY, *systems(*SYSTEMS))
        for models in ("base_*", "stg_oneroster__delivery")
    ]
    assert not any(outcome.success for outcome in outcomes)
    failed = {r.node.name: r.message for outcome in outcomes for r in outcome.result if r.status != "success"}
    return failed, kept(site, "broken")


@pytest.fixture(scope="module")
def dressed(site: Warehouse, broken: object) -> Warehouse:
    """Built with the good records alone, in files of the same meaning and of another form.

    They lie in a folder whose name might be the beginning of a query: what follows is no end of a name to DuckDB.
    """
    shutil.rmtree(site.extracts)
    site = Warehouse(site.folder, site.extracts.with_name("extracts?"))
    for number, (name, records) in enumerate(GROWN.items()):
        dress = dressed_csv if name.endswith(".csv") else dressed_lines
        compress, suffix = ((bytes, ""), (gzip.compress, ".gz"), (zstd, ".zst"))[number % 3]
        data = dress(good(records), "\r\n" if number % 2 else "\n", "utf-8-sig" if number % 4 < 2 else "utf-8")
        write(site.extracts, {name + suffix: compress(data)})
    site.build(*TABLES, *systems(*SYSTEMS))
    return kept(site, "dressed")


def dressed_csv(records: Sequence[str], line_end: str, encoding: str) -> bytes:
    """The same table with its columns the other way round, one more in front, all in quotes, and `?` for nothing."""
    header, *rows = csv.reader(io.StringIO("\n".join(records), newline=""))
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=line_end)
    writer.writerow([SQL.replace(",", ""), *reversed(header)])
    writer.writerows([SQL, *(value or "?" for value in reversed(row))] for row in rows)
    return text.getvalue().encode(encoding)


def dressed_lines(records: Sequence[str], line_end: str, encoding: str) -> bytes:
    """The same statements with their members in another order and a blank line after each."""
    lines = (json.dumps(dict(reversed(json.loads(record).items()))) for record in records if record)
    return (line_end * 2).join(lines).encode(encoding)


def test_unit_tests_pass(fresh: Warehouse) -> None:
    selected = ("--select", "test_type:unit,path:models/staging")
    assert_unit_tests_pass(fresh.dbt("test", *selected, *systems(*SYSTEMS)))


# --- what is refused


@cache
def quarantine(warehouse: Warehouse) -> list[tuple[str, str, int, str, str]]:
    """All records in quarantine: entity, file, number, reason, text."""
    columns = "entity, source_file, record_number, reason, raw_record"
    return [
        row for system in SYSTEMS for row in warehouse.rows(f"select {columns} from staging.stg_{system}__quarantine")
    ]


@pytest.mark.parametrize(
    ("state", "name", "number", "refused"),
    [
        pytest.param(state, name, number, record, id=f"{state} {name}:{number}")
        for state, files in STATES.items()
        for name, records in files.items()
        for number, record in numbered(name, records)
        if isinstance(record, Refused)
    ],
)
def test_faulty_record_is_refused(
    state: str, name: str, number: int, refused: Refused, request: pytest.FixtureRequest
) -> None:
    found = [row[3:] for row in quarantine(request.getfixturevalue(state)) if row[1:3] == (name, number)]
    assert len(found) == 1
    reason, raw_record = found[0]
    assert re.search(refused.reason, reason), reason
    assert raw_record == (refused.raw or refused.record)


@pytest.mark.parametrize("state", STATES)
def test_every_record_is_accounted_for(state: str, request: pytest.FixtureRequest) -> None:
    warehouse: Warehouse = request.getfixturevalue(state)
    counts = warehouse.rows(
        "select source_file, rows_in, rows_staged, rows_quarantined, rows_redelivered from meta_source_file"
    )
    assert [row for row in counts if row[1] != sum(row[2:])] == []
    # empty lines are no records, and neither is the header of a CSV file
    assert {name: rows_in for name, rows_in, *_ in counts} == {
        name: sum(not is_blank(record) for record in records) - name.endswith(".csv")
        for name, records in STATES[state].items()
    }
    assert {name: refused for name, _, _, refused, _ in counts} == {
        name: sum(isinstance(record, Refused) for record in records) for name, records in STATES[state].items()
    }
    assert {name: redelivered for name, *_, redelivered in counts if redelivered} == REDELIVERED[state]


def test_clicks_lost_on_their_way_are_not_accounted_for(grown: Warehouse, tmp_path: Path) -> None:
    tampered = shutil.copy(grown.database, tmp_path)
    counts = "select rows_in - rows_quarantined, rows_staged from staging.stg_oulad__reconciliation"
    query = f"{counts} where entity = 'student_vle'"
    clicks = "staging.int_oulad__daily_clicks"
    with duckdb.connect(tampered) as connection:
        ((kept, arrived),) = connection.execute(query).fetchall()
        assert kept == arrived > 0
        connection.execute(f"delete from {clicks} where rowid = (select max(rowid) from {clicks} where is_enrolled)")
        assert connection.execute(query).fetchall() == [(kept, 0)]


def test_meta_tables_tell_files_and_faults_but_no_values(grown: Warehouse) -> None:
    files = {
        name: (size, digest)
        for name, size, digest in grown.rows("select source_file, size_bytes, content_hash from meta_source_file")
    }
    assert files == {
        name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for name, path in files_in(grown.extracts).items()
    }
    refused = Counter((entity, reason.partition(":")[0]) for entity, _, _, reason, _ in quarantine(grown))
    kinds = grown.rows(
        "select entity, reason_kind, rows_quarantined, example_source_file, example_record_number from meta_quarantine"
    )
    assert {(entity, kind): count for entity, kind, count, *_ in kinds} == refused
    examples = {(entity, kind, *example) for entity, kind, _, *example in kinds}
    assert examples <= {
        (entity, reason.partition(":")[0], file, number) for entity, file, number, reason, _ in quarantine(grown)
    }
    assert ("class", "course is unknown") in refused


def test_first_delivery_of_a_statement_counts(planted: Warehouse, grown: Warehouse) -> None:
    query = """
        select verb, learner_id, source_file
        from staging.stg_xapi__learning_event
        where event_id like '00000001%' or event_id like '00000002%'
        order by event_id
    """
    stranger = "mailto:stranger@example.org"
    file, earlier_file = "xapi/2025-01.jsonl", "xapi/2024-12.jsonl"
    assert planted.rows(query) == [("viewed", "u2", file), ("viewed", stranger, file)]
    assert grown.rows(query) == [("viewed", "u2", earlier_file), ("posted", "u1", earlier_file)]


def test_sql_in_a_value_is_data(planted: Warehouse) -> None:
    for query in (
        "select text from staging.stg_xapi__post",
        "select region from staging.stg_oulad__learner where learner_id = '1'",
        "select family_name from staging.stg_oneroster__learner where learner_id = 'u1'",
    ):
        assert planted.value(query) == SQL


def test_name_of_a_file_is_data(planted: Warehouse) -> None:
    assert ODD_NAME in loaded_files(planted)


# --- what is read again


def test_unchanged_files_are_not_read_again(planted: Warehouse, unchanged: Warehouse) -> None:
    assert loaded_files(unchanged) == loaded_files(planted)
    assert staged(unchanged, *SYSTEMS) == staged(planted, *SYSTEMS)


def test_only_new_and_changed_files_are_loaded(planted: Warehouse, grown: Warehouse) -> None:
    before, after = loaded_files(planted), loaded_files(grown)
    assert after.keys() - before.keys() == ADDED.keys()
    assert before.keys() - after.keys() == {REMOVED}
    assert {name for name in before.keys() & after.keys() if before[name] != after[name]} == CHANGED.keys()


def test_late_statement_is_loaded(grown: Warehouse) -> None:
    late = "select occurred_at from staging.stg_xapi__learning_event where event_date < date '2025-01-01'"
    assert grown.value(late) == datetime(2024, 12, 24, 22, 59, 59)


def test_increments_equal_a_fresh_build(fresh: Warehouse, grown: Warehouse) -> None:
    """All rows of staging and of the meta tables, but for the time and number of the load."""
    columns = "columns(lambda name: name not in ('loaded_at', 'load_id'))"
    assert staged(fresh, *SYSTEMS, columns=columns) == staged(grown, *SYSTEMS, columns=columns)
    assert contents(fresh, "meta_.*", columns, "main") == contents(grown, "meta_.*", columns, "main")


def test_roster_without_folders_is_dated_by_its_last_change(tmp_path: Path) -> None:
    """The files written again as they were: nothing is loaded, but the day of their delivery is another one."""
    site = Warehouse(tmp_path, tmp_path / "extracts")
    write(site.extracts, {f"oneroster/{name}": as_bytes(records) for name, records in ROSTER.items()})
    for day in (10, 11):
        for path in files_in(site.extracts).values():
            os.utime(path, (datetime(2025, 3, day, 12).timestamp(),) * 2)
        site.build("--select", "path:models/staging", "path:seeds", *MODELS_ONLY, *systems("oneroster"))
        assert site.value("select delivered_date from staging.stg_oneroster__delivery") == date(2025, 3, day)
        assert site.value("select max(observed_date) from staging.stg_oneroster__learner_version") == date(2025, 3, day)


@pytest.mark.parametrize("folder", ["2025_03_12", "2025-02-30"])
def test_roster_in_a_folder_without_a_date_stops_the_build(tmp_path: Path, folder: str) -> None:
    """A delivery that would not be looked for is told, though there is another one."""
    site = Warehouse(tmp_path, tmp_path / "extracts")
    for name in (folder, "2025-03-11"):
        write(site.extracts, {file: as_bytes(records) for file, records in delivery(name).items()})
    outcome = site.dbt("build", "--select", "+stg_oneroster__delivery", *MODELS_ONLY, *systems("oneroster"))
    messages = [r.message for r in outcome.result if r.status == "error"]
    expected = (
        f"Unusable extract oneroster/{folder}/users.csv: the name of its folder is no date; expected oneroster/<yyyy"
    )
    assert [expected in message for message in messages] == [True]


def test_roster_dated_later_than_tomorrow_waits_for_its_day(tmp_path: Path) -> None:
    """As if it were not there yet, but each build warns of it; on its day it is loaded without other news."""
    site = Warehouse(tmp_path, tmp_path / "extracts")
    now = datetime.now(tz=UTC)
    coming = now.date() + timedelta(5)
    warning = f"The folder oneroster/{coming} is dated later than tomorrow: it waits, and is loaded when its day comes."
    waiting = {name: as_bytes(records) for name, records in delivery(str(coming)).items()}
    waiting[f"oneroster/{coming}/courses.csv"] = b""  # it may still be on its way
    write(site.extracts, waiting)

    def built(day: int, *arguments: str) -> tuple[bool, list[tuple[Any, ...]]]:
        """Build at noon of a day from today: whether it warns, and the deliveries with their users."""
        query = """
            select delivery, is_latest, count(*) from staging.checked_oneroster__user
            join staging.stg_oneroster__delivery using (delivery) group by all order by all
        """
        log = tmp_path / "logs" / "dbt.log"
        log.unlink(missing_ok=True)
        options = (*MODELS_ONLY, "--log-level-file", "warn", *systems("oneroster"), *arguments)
        with clock_ahead(datetime.combine(now.date(), time(12), tzinfo=UTC) - now + timedelta(day)):
            outcome = site.dbt("build", "--select", "+checked_oneroster__user", "+stg_oneroster__delivery", *options)
        problems = [(r.message,) for r in outcome.result if r.status == "error"]
        return warning in log.read_text(), problems or site.rows(query)

    _, messages = built(0)
    assert all("Missing extract: no file oneroster/" in text and warning in text for (text,) in messages)
    assert len(messages) == 6  # the types that are not optional

    write(site.extracts, {file: as_bytes(records) for file, records in delivery("2025-03-11").items()})
    users = len(ROSTER["users.csv"]) - 1
    earlier = ("oneroster/2025-03-11", True, users)
    assert built(0) == (True, [earlier])
    write(site.extracts, {name: as_bytes(records) for name, records in delivery(str(coming)).items()})
    assert built(3) == (True, [earlier])
    last = built(4)
    assert last == (False, [(earlier[0], False, users), (f"oneroster/{coming}", True, users)])
    assert built(4, "--full-refresh") == last


def test_staging_of_a_system_needs_no_other_system(site: Warehouse) -> None:
    """One that is off is not missed by the others: it is no parent of theirs."""
    manifest = site.dbt("parse", *systems(*SYSTEMS)).result
    folders = {node.unique_id: node.original_file_path.split("/")[:3] for node in manifest.nodes.values()}
    staging = {unique_id: folder[2] for unique_id, folder in folders.items() if folder[:2] == ["models", "staging"]}
    assert set(staging.values()) >= set(SYSTEMS)
    strangers = [
        (unique_id, parent)
        for unique_id, system in staging.items()
        for parent in manifest.nodes[unique_id].depends_on.nodes
        if staging.get(parent, system) != system
    ]
    assert strangers == []


# --- in which form a file may come, and which files stop the build


@pytest.mark.parametrize("model", BROKEN)
def test_unusable_file_stops_the_build(broken: tuple[dict[str, str], Warehouse], model: str) -> None:
    messages, _ = broken
    assert [part for part in BROKEN[model][1] if part not in messages[model]] == [], messages[model]


def test_nothing_else_stops_the_build(broken: tuple[dict[str, str], Warehouse]) -> None:
    messages, _ = broken
    assert messages.keys() == BROKEN.keys()


def test_stopped_build_leaves_what_was_there(broken: tuple[dict[str, str], Warehouse], fresh: Warehouse) -> None:
    _, warehouse = broken
    assert staged(warehouse, "oulad", "xapi") == staged(fresh, "oulad", "xapi")


def test_form_of_a_file_does_not_matter(dressed: Warehouse, grown: Warehouse) -> None:
    assert {Path(name).suffix for name in loaded_files(dressed)} == {".csv", ".gz", ".zst", ".jsonl"}
    # all columns but those that say where a row stood, and when it was loaded
    columns = "columns(lambda name: name not like '%source_file' and name not in ('record_number', 'load_id'))"
    models = "stg_[a-z]+__(?!quarantine|reconciliation|.*built_from).*"
    assert contents(dressed, models, columns) == contents(grown, models, columns)
