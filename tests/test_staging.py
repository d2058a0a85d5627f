"""Staging on small extracts with planted faults: what is refused, what is read again, which files stop the build."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Warehouse

STAGING = ("--select", "path:models/staging", "path:seeds", "--exclude-resource-type", "test", "unit_test")
SYSTEMS = ("oneroster", "oulad", "xapi")
SQL = "'); drop table staging.base_oulad__course; select ('"
# a quote, a glob pattern and a template in a name: none of them may mean anything
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
        "code_module,code_presentation,module_presentation_length",
        "AAA,2013J,268",
        Refused("AAA,2013J,300", "occurred before"),
        Refused("CCC,2014J,long", "module_presentation_length.*'INTEGER'"),
        "BBB,2014B,234",
        Refused("DDD,2014X,200", "code_presentation"),
    ],
    "oulad/assessments.csv": [
        "code_module,code_presentation,id_assessment,assessment_type,date,weight",
        "AAA,2013J,10,TMA,19,40",
        "AAA,2013J,11,Exam,,60",
        "BBB,2014B,20,CMA,30,100",
        Refused("ZZZ,2014B,30,CMA,30,100.0", "unknown course run"),
        Refused("AAA,2013J,31,CMA,30,-5.0", "weight"),
    ],
    "oulad/vle.csv": [
        "id_site,code_module,code_presentation,activity_type,week_from,week_to",
        "100,AAA,2013J,forumng,,",
        Refused("101,AAA,2013J,quiz", "columns"),
        "102,AAA,2013J,quiz,1,2",
        "200,BBB,2014B,url,,",
        Refused("102,BBB,2014B,url,,", "occurred before"),
    ],
    "oulad/studentInfo.csv": [
        "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
        "num_of_prev_attempts,studied_credits,disability,final_result",
        f'AAA,2013J,1,F,"{SQL}",HE Qualification,10-20,35-55,0,60,N,Pass',
        'AAA,2013J,2,M,"East\n""Anglian"", Region",A Level,,0-35,1,60,Y,Withdrawn',
        Refused("AAA,2013J,x3,M,Wales,A Level,,0-35,0,60,N,Pass", "id_student"),
        "BBB,2014B,2,M,Wales,A Level,50-60%,0-35,0,30,Y,Fail",
        Refused("AAA,2013J,4,M,Wales,A Level,,0-35,0,60,N,Passed", "final_result"),
        Refused(
            b"AAA,2013J,5,M,Wa\xffles,A Level,,0-35,0,60,N,Pass",
            "(?i)unicode|utf-8",
            "AAA,2013J,5,M,Wa?les,A Level,,0-35,0,60,N,Pass",
        ),
    ],
    "oulad/studentRegistration.csv": [
        "code_module,code_presentation,id_student,date_registration,date_unregistration",
        "AAA,2013J,1,-30,",
        "AAA,2013J,2,-10,12",
        "BBB,2014B,2,,",
        Refused("BBB,2014B,1,-5,", "unknown enrollment"),
        Refused("AAA,2013J,1,-30,5", "occurred before"),
    ],
    "oulad/studentAssessment.csv": [
        "id_assessment,id_student,date_submitted,is_banked,score",
        "10,1,18,0,78.5",
        "20,2,25,1,",
        Refused("99,1,18,false,50.0", "unknown assessment"),
        Refused("10,2,18,false,178.0", "score"),
        Refused("20,1,18,0,50,,", "(?i)columns"),
        Refused("10,1,19,false,80.0", "occurred before"),
    ],
    # nothing tells this file's good records apart, so the numbers of the refused ones are worked out
    "oulad/studentVle.csv": [
        "code_module,code_presentation,id_student,id_site,date,sum_click",
        "AAA,2013J,1,100,-3,4",
        Refused("AAA,2013J,1,100,-3,four", "sum_click"),
        "AAA,2013J,1,100,-3,2",
        Refused("AAA,2013J,1,100,1,-4", "sum_click"),
        Refused("AAA,2013J,1,100,1,2,3", "(?i)columns"),
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
        Refused("t2,Summer,term,2025-04-01,someday", "endDate.*'DATE'"),
    ],
    "courses.csv": [
        "sourcedId,title,courseCode,orgSourcedId",
        Refused("k0,Zoology,ZOO,o2,,", "(?i)columns"),
        "k1,Biology,BIO,o2",
        "k1,Biology,BIO,o2",
        Refused("k1,Botany,BOT,o2", "sourcedId is already used by record 3"),
    ],
    "classes.csv": [
        "sourcedId,title,courseSourcedId,termSourcedIds",
        "c1,Biology A,k1,t1",
        Refused("c2,Ghost,k9,t1", "course k9 is unknown"),
    ],
    "users.csv": [
        "sourcedId,enabledUser,username,givenName,familyName,primaryOrgSourcedId,metadata.region",
        f'u1,true,ida,Ida,"{SQL}",o2,Hessen',
        'u2,true,bo,Bo,"Line\nbreak",o2,',
        Refused("u3,perhaps,cy,Cy,C,o2,Berlin", "enabledUser"),
        Refused(b"u4,true,d\xffd,D,D,o2,", "(?i)unicode|utf-8", "u4,true,d?d,D,D,o2,"),
        Refused(",true,ee,E,E,o2,", "sourcedId is missing"),
    ],
    "demographics.csv": ["sourcedId,birthDate,sex", "u1,1990-02-01,female", Refused("u2,1960-01-01,m", "sex")],
    "enrollments.csv": [
        "sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate",
        "e1,c1,u1,student,2025-01-06,",
        Refused("e2,c9,u1,student,2025-01-06,", "class c9 is unknown"),
        "e3,c1,u2,student,2025-01-06,2025-02-01",
        Refused("e4,c1,u9,student,2025-01-06,", "user u9 is unknown"),
        Refused("e5,c1,u2,student,2025-02-06,2025-01-01", "endDate"),
    ],
    "lineItems.csv": [
        "sourcedId,title,dueDate,classSourcedId,categorySourcedId,resultValueMin,resultValueMax",
        "a1,Quiz,2025-02-01,c1,cat-quiz,0,10",
        "fin,Final,,c1,cat-final-grade,,",
        Refused("a2,Old,0202-02-01,c1,cat-quiz,0.0,10.0", "dueDate"),
    ],
    "results.csv": [
        "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,textScore,comment",
        'r1,a1,u1,fully graded,7.5,2025-02-02,,"line one\nline two"',
        Refused("r2,a1,u2,fully graded,abc,2025-02-02,,", "score"),
        Refused("r3,a1,u2,fully graded,-1.0,2025-02-02,,", "score"),
        Refused("r4,a9,u1,fully graded,1.0,2025-02-02,,", "line item a9 is unknown"),
        "r5,fin,u1,fully graded,,2025-04-02,Pass,",
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
        Refused(statement(55, timestamp="1789-07-14T10:00:00Z"), "timestamp is not between"),
        Refused(statement(56, id="56"), "not a UUID"),
        Refused(statement(57, id=None), "not a UUID"),
        Refused(statement(58, verb={"id": "read"}), "verb id"),
        Refused(statement(59, object={}), "object has no id"),
        Refused(statement(60, result={"score": {"raw": 11, "max": 10}}), "score"),
        Refused(b'{"id": "\xff\xfe"}', "(?i)unicode|utf-8", '{"id": "??"}'),
        Refused(b'{"id": "a\0b"}', "not a JSON object", '{"id": "a\0b"}'),
        statement(3, verb=POST, result={"response": SQL}),
        statement(1),
    ],
    ODD_NAME: [
        statement(3, verb=POST, result={"response": SQL}),
        statement(4, result={"duration": "PT2M"}),
        Refused(
            statement(2, actor=STRANGER, verb=POST),
            "already used with different content",
            '{"id":"00000002-0000-4000-8000-000000000000","actor":"mailto:stranger@example.org","verb":"posted",'
            '"object":"c1#forum","timestamp":"2025-02-03 10:00:00"}',
        ),
        statement(4, result={"duration": "PT2M"}),
    ],
    # lines that a glob of the odd name would find as well
    "xapi/more/sta'te{{ me }}nts 1.jsonl": [statement(5)],
    "xapi/removed.jsonl": [statement(6), Refused("gone", "not a JSON object")],
}
PLANTED: Files = OULAD | delivery("2025-01-10") | delivery("2025-03-10") | XAPI
REDELIVERED = {
    "oneroster/2025-01-10/courses.csv": 1,
    "oneroster/2025-03-10/courses.csv": 1,
    "xapi/2025-01.jsonl": 1,
    ODD_NAME: 2,
}


def good(records: Iterable[str | Refused]) -> list[str]:
    return [record for record in records if isinstance(record, str)]


def content(records: Iterable[str | Refused]) -> bytes:
    delivered = [record.record if isinstance(record, Refused) else record for record in records]
    return b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in delivered)


def write(extracts: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = extracts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def staged(
    warehouse: Warehouse, systems: Sequence[str] = SYSTEMS, columns: str = "*"
) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all staging models that others read."""
    tables = warehouse.rows("select table_name from information_schema.tables where table_schema = 'staging'")
    return {
        table: warehouse.rows(f"select {columns} from staging.{table} order by all")
        for (table,) in tables
        if re.fullmatch(rf"stg_({'|'.join(systems)})__(?!.*built_from).*", table)
    }


def loaded_files(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    """What the base models remember: file to size, time of its last change, number of records."""
    tables = warehouse.rows(
        "select table_name from information_schema.tables where table_schema = 'staging' and table_name like 'base%files'"
    )
    return {row[0]: row[1:] for (table,) in tables for row in warehouse.rows(f"from staging.{table}")}


def copied(warehouse: Warehouse, folder: Path) -> Warehouse:
    """The same warehouse with the same files once more, for a test to go on with."""
    shutil.copytree(warehouse.folder, folder)
    return Warehouse(folder, folder / warehouse.extracts.name)


def scramble(extracts: Path) -> None:
    """Make every file unreadable, in a way that its size and time of last change do not show."""
    for path in extracts.rglob("*.*"):
        times = path.stat()
        path.write_bytes(b"\xff" * times.st_size)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staging")


@pytest.fixture(scope="module")
def planted(folder: Path) -> Warehouse:
    warehouse = Warehouse(folder / "planted", folder / "planted" / "campus' extracts")
    write(warehouse.extracts, {name: content(records) for name, records in PLANTED.items()})
    warehouse.build(*STAGING, "--vars", f"{{source_systems: [{', '.join(SYSTEMS)}]}}")
    return warehouse


# --- what is refused


def refused_records() -> Iterator[Any]:
    for name, records in PLANTED.items():
        for number, record in enumerate(records, start=1):
            if isinstance(record, Refused):
                yield pytest.param(name, number, record, id=f"{name}:{number}")


@pytest.mark.parametrize(("name", "number", "refused"), refused_records())
def test_faulty_record_is_in_quarantine(planted: Warehouse, name: str, number: int, refused: Refused) -> None:
    system = name.partition("/")[0]
    file = name.replace("'", "''")
    rows = planted.rows(
        f"select reason, raw_record from staging.stg_{system}__quarantine "
        f"where source_file = '{file}' and record_number = {number}"
    )
    assert len(rows) == 1
    ((reason, raw),) = rows
    assert re.search(refused.reason, reason), reason
    assert raw == (refused.raw or refused.record)
