"""Erasure: what is asked for, what is left of a learner afterwards, and what cannot bring them back."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from conftest import PROJECT, Warehouse

from lernhaus.cli import main
from lernhaus.dbt_runner import outcome_of
from lernhaus.keys import pseudonym
from lernhaus.publish import Audit, BuildFailed, DbtOutcome, build, kept, rollback, state_folder
from lernhaus.publish import erasures as erasures_module
from lernhaus.publish.erasing import (
    PersonColumn,
    identities_of,
    learner_accounts,
    learners_in,
    people_in,
    person_columns,
)
from lernhaus.publish.erasures import ErasureListError, Erasures, request
from lernhaus.sample import generate
from lernhaus.sample.moodle import HEADER

SECRET = b"a secret of the tests"
SYSTEMS = ("--vars", "{source_systems: [oneroster, xapi, moodle, oulad]}")
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test", "--no-write-json", "--threads", "1")
# numbers alone, made of the facts
NUMBERS = ("models/marts/growth", "models/marts/reporting", "python_models/risk", "python_models/engagement")
ALL = ("--exclude", *(f"path:{folder}+" for folder in NUMBERS))

# ids of nobody else, so that they can be searched for: of a learner of OULAD, and of two users of Moodle
OULAD_LEARNER, MOODLE_LEARNER, MOODLE_AFFECTED = "77188001", "77188002", "77188003"
OULAD = {
    "courses.csv": "code_module,code_presentation,module_presentation_length\nAAA,2013J,268\n",
    "assessments.csv": (
        "code_module,code_presentation,id_assessment,assessment_type,date,weight\nAAA,2013J,1752,TMA,19,100\n"
    ),
    "vle.csv": "id_site,code_module,code_presentation,activity_type,week_from,week_to\n54668,AAA,2013J,resource,?,?\n",
    "studentInfo.csv": (
        "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
        "num_of_prev_attempts,studied_credits,disability,final_result\n"
        "AAA,2013J,11391,M,Wales,HE Qualification,10-20,0-35,0,240,N,Pass\n"
        f"AAA,2013J,{OULAD_LEARNER},F,Scotland,HE Qualification,20-30%,35-55,0,60,N,Fail\n"
        f"AAA,2013J,{OULAD_LEARNER},F,Scotland,HE Qualification,20-30%,35-55,many,60,N,Fail\n"
    ),
    "studentRegistration.csv": (
        "code_module,code_presentation,id_student,date_registration,date_unregistration\n"
        f"AAA,2013J,11391,-159,?\nAAA,2013J,{OULAD_LEARNER},-53,?\n"
    ),
    "studentAssessment.csv": (
        "id_assessment,id_student,date_submitted,is_banked,score\n"
        f"1752,11391,18,0,78\n1752,{OULAD_LEARNER},22,0,70\n1752,{OULAD_LEARNER},22,0,170\n"
    ),
    "studentVle.csv": (
        "code_module,code_presentation,id_student,id_site,date,sum_click\n"
        f"AAA,2013J,{OULAD_LEARNER},54668,-10,4\nAAA,2013J,11391,54668,-10,3\nAAA,2013J,{OULAD_LEARNER},54668,-9,x\n"
        f"AAA,2013J,{OULAD_LEARNER},1,-9,2\nAAA,2013J,11391,54668,-9,0\nAAA,2013J,11391,54668,-8,5\n"
    ),
}


def moodle_export(path: Path, descriptions: Iterable[str], component: str = "System") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [
            [
                f"{day}/03/24, 14:05",
                "-",
                "-",
                "Course: Statistics",
                component,
                "Course viewed",
                text,
                "web",
                "192.0.2.9",
            ]
            for day, text in enumerate(descriptions, start=13)
        ]
        csv.writer(file).writerows([HEADER, *rows])


class Site:
    """Extracts of all source systems, their warehouse and published file, and what is known of the learner to erase."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extracts = folder / "extracts"
        self.warehouse = folder / "lernhaus.duckdb"
        self.published = folder / "published" / "lernhaus.duckdb"
        self.erasures = folder / "erasures.jsonl"
        self.said: list[str] = []
        generate(self.extracts, learners=8, days=30)
        (self.extracts / "oulad").mkdir()
        for name, text in OULAD.items():
            (self.extracts / "oulad" / name).write_text(text, encoding="utf-8")
        moodle_export(
            self.extracts / "moodle" / "STAT" / "log.csv",
            [
                "The user with id '5' viewed the course with id '70'.",
                f"The user with id '{MOODLE_LEARNER}' viewed the course with id '70'.",
                f"The user with id '5' graded the user with id '{MOODLE_AFFECTED}' for the item with id '3'.",
                f"Something about '{MOODLE_LEARNER}' that names no user.",
            ],
        )
        self._choose()
        self._plant()

    def _choose(self) -> None:
        """Choose a learner who has written posts."""
        self.texts: list[str] = []
        self.learner = ""
        self.drops = sorted((self.extracts / "oneroster").iterdir())
        with (self.drops[-1] / "enrollments.csv").open(encoding="utf-8", newline="") as file:
            roles = [(row["role"], row["userSourcedId"]) for row in csv.DictReader(file)]
        students = {user for role, user in roles if role == "student"}
        self.teacher = next(user for role, user in roles if role == "teacher" and user not in students)
        for file in sorted((self.extracts / "xapi").glob("*.gz")):
            for line in gzip.decompress(file.read_bytes()).splitlines():
                statement = json.loads(line)
                text = statement.get("result", {}).get("response")
                if text and len(text) > 40:
                    author = statement["actor"]["account"]["name"]
                    if author in students and not self.texts:
                        self.learner = author
                    self.texts += [text] if author == self.learner else []
        with (self.drops[-1] / "users.csv").open(encoding="utf-8", newline="") as file:
            self.users = list(csv.DictReader(file))
        self.user = next(user for user in self.users if user["sourcedId"] == self.learner)
        self.email = self.user["email"]
        self.teacher_email = next(user["email"] for user in self.users if user["sourcedId"] == self.teacher)

    def _plant(self) -> None:
        """Put the learner where no column of a good record has the id."""
        self.statement("a-mbox", {"mbox": f"mailto:{self.email}"})
        self.statement("b-sha1", {"mbox_sha1sum": hashlib.sha1(f"mailto:{self.email}".encode()).hexdigest()})
        self.statement("d-teacher", {"mbox": f"mailto:{self.teacher_email}"})
        whole = json.dumps({"actor": {"account": {"name": self.learner}}, "result": {"response": "my words, cut off"}})
        (self.extracts / "xapi" / "c-broken.jsonl").write_text(whole[:-3] + "\n", encoding="utf-8")
        with (self.drops[-1] / "users.csv").open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.user))
            writer.writerow({**self.user, "sourcedId": ""})  # refused: known by the e-mail address alone
            writer.writerow({**self.user, "enabledUser": "perhaps"})  # refused while reading
            writer.writerow({"sourcedId": "u-parent", "username": "parent", "agentSourcedIds": self.learner})

    def statement(self, name: str, actor: dict[str, Any]) -> None:
        told = {
            "id": f"00000000-0000-4000-8000-{hashlib.sha256(name.encode()).hexdigest()[:12]}",
            "actor": actor,
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": "https://lms.lernhaus.example/activities/planted"},
            "timestamp": "2025-01-10T10:00:00Z",
        }
        (self.extracts / "xapi" / f"{name}.jsonl").write_text(json.dumps(told) + "\n", encoding="utf-8")

    @property
    def traces(self) -> list[str]:
        return [
            self.learner,
            self.email,
            self.teacher,
            self.teacher_email,
            OULAD_LEARNER,
            MOODLE_LEARNER,
            MOODLE_AFFECTED,
            "my words, cut off",
            *self.texts,
        ]

    def dbt(self, database: Path, *arguments: str) -> DbtOutcome:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LERNHAUS_PSEUDONYM_SECRET", SECRET.decode())
            patch.setenv("LERNHAUS_ERASURES", str(self.erasures))
            warehouse = _At(self.folder, self.extracts, database)
            result = warehouse.dbt("build", *(arguments or ALL), *MODELS_ONLY, *SYSTEMS)
            assert result.success, result.exception or [r.message for r in result.result or () if r.status == "error"]
            return outcome_of(result)

    def build(self) -> None:
        """Publish what dbt builds of all systems, without tests of the data."""
        build(
            self.warehouse,
            self.published,
            self.dbt,
            audit=Audit(max_row_loss=1),  # one of twelve learners is much of a small table
            read_erasures=lambda: Erasures.read(self.erasures, SECRET),
            say=self.said.append,
        )

    def erase(self, *arguments: str) -> Result:
        settings = {
            "LERNHAUS_PSEUDONYM_SECRET": SECRET.decode(),
            "LERNHAUS_ERASURES": str(self.erasures),
            "LERNHAUS_DATABASE": str(self.warehouse),
            "LERNHAUS_PUBLISHED": str(self.published),
        }
        return CliRunner().invoke(main, ["erase", *arguments], env=settings)

    def kept_files(self) -> list[Path]:
        """Every file but the extracts, which are not the warehouse's."""
        return [file for file in self.folder.rglob("*") if file.is_file() and self.extracts not in file.parents]


class _At(Warehouse):
    """A warehouse whose database has a path of its own."""

    def __init__(self, folder: Path, extracts: Path, database: Path) -> None:
        super().__init__(folder, extracts)
        object.__setattr__(self, "_database", database)

    @property
    def database(self) -> Path:
        return self._database  # type: ignore[attr-defined,no-any-return]


def found_in(database: Path, traces: Sequence[str]) -> set[tuple[str, str]]:
    """The tables of a database that have one of the texts in a row, in whatever column."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, list(format('\"{}\"', column_name)) from duckdb_columns() "
            "where (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables()) group by all"
        ).fetchall()
        return {
            (f"{schema}.{table}", trace)
            for schema, table, names in columns
            for trace in traces
            if connection.execute(
                f'select 1 from {schema}."{table}" '
                f"where {' or '.join(f'contains({name}::varchar, $1)' for name in names)} limit 1",
                [trace],
            ).fetchall()
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    site.build()
    site.before = found_in(site.warehouse, site.traces)  # type: ignore[attr-defined]
    (site.warehouse.with_name("lernhaus.duckdb.failed")).write_bytes(site.warehouse.read_bytes())
    folder = state_folder(site.published) / "kept"
    shutil.copy(site.published, folder / "20260101T000000000000Z.duckdb")
    site.asked = site.erase(  # type: ignore[attr-defined]
        *(f"--learner=oneroster:{site.learner}", f"--learner=oneroster:{site.teacher}"),
        f"--learner=oulad:{OULAD_LEARNER}",
        *(f"--learner=moodle:{MOODLE_LEARNER}", f"--learner=moodle:{MOODLE_AFFECTED}"),
    )
    site.build()
    yield site


def test_nothing_of_an_erased_learner_is_left_in_any_file(site: Site) -> None:
    assert {trace for _, trace in site.before} == set(site.traces)  # type: ignore[attr-defined]
    asked: Result = site.asked  # type: ignore[attr-defined]
    assert asked.exit_code == 0, asked.output
    assert f"oneroster:{site.learner} is in the warehouse, is in the published file\n" in asked.output
    # who teaches is no learner, nor is who was but graded in Moodle
    for person in (f"oneroster:{site.teacher}", f"moodle:{MOODLE_AFFECTED}"):
        assert f"{person} is in the warehouse, but is no learner there" in asked.output
    assert f"  and xapi:mailto:{site.teacher_email} (same e-mail address)\n" in asked.output
    assert found_in(site.warehouse, site.traces) == set()
    assert found_in(site.published, site.traces) == set()
    for file in site.kept_files():
        content = file.read_bytes()
        assert [trace for trace in site.traces if trace.encode() in content] == [], file


def test_others_are_as_they_were(site: Site) -> None:
    everybody = {user["sourcedId"] for user in site.users} - {site.learner, site.teacher}
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        present = connection.execute(
            "select source_system || ':' || source_learner_id from restricted.learner_identity"
        )
        ids = {id for (id,) in present.fetchall()}
        clicks = connection.execute(
            "select sum(interaction_count) from conformed.interaction where source_system = 'oulad'"
        ).fetchall()
        refused = connection.execute(
            "select record_number, raw_record from staging.stg_oulad__quarantine where entity = 'student_vle'"
        ).fetchall()
        raw = connection.execute("select raw_record from staging.base_oneroster__user where user_id = 'u-parent'")
        assert raw.fetchall() == [("(withheld: names an erased learner)",)]
    assert {id.partition(":")[2] for id in ids if id.startswith("oneroster:")} <= everybody | {"u-parent"}
    assert {"oulad:11391", "moodle:5"} <= ids
    assert clicks == [(8,)]
    assert refused == [(6, "AAA,2013J,11391,54668,-9,0")]


def test_erased_records_are_counted(site: Site) -> None:
    with duckdb.connect(str(site.published), read_only=True) as connection:
        files = connection.execute(
            "select source_file, rows_in, rows_staged + rows_quarantined + rows_redelivered, rows_erased "
            "from meta_source_file"
        ).fetchall()
        (build_erasures,) = connection.execute("select max(erasure_count) from meta_build").fetchall()[0]
    assert [file for file in files if file[1] != file[2] + file[3]] == []
    erased = {name: count for name, _, _, count in files if count}
    assert [erased[f"xapi/{name}.jsonl"] for name in ("a-mbox", "b-sha1", "c-broken", "d-teacher")] == [1] * 4
    assert {name: erased.get(f"oulad/{name}", 0) for name in OULAD} == {
        "courses.csv": 0,
        "assessments.csv": 0,
        "vle.csv": 0,
        "studentInfo.csv": 2,
        "studentRegistration.csv": 1,
        "studentAssessment.csv": 2,
        "studentVle.csv": 3,
    }
    assert erased["moodle/STAT/log.csv"] == 2
    assert build_erasures == 9  # the five, and two e-mail addresses as an xAPI actor, plain and as SHA-1
    (report,) = (state_folder(site.published) / "erasures").iterdir()
    told = json.loads(report.read_text())
    assert told["records_not_read"] == erased
    assert told["rows_removed"]["dim_learner"] == 6  # no row of the teacher, nor of who was but graded in Moodle
    assert told["rows_removed"]["fct_post"] >= len(site.texts)
    assert f"erased from dim_learner: {told['rows_removed']['dim_learner']} rows" in site.said


def test_no_earlier_file_brings_them_back(site: Site) -> None:
    assert kept(site.published) == []
    with pytest.raises(FileNotFoundError):
        rollback(site.published)
    with pytest.raises(BuildFailed, match="were erased before and are not on the list of erasures, which has 0"):
        build(site.warehouse, site.published, site.dbt, say=site.said.append)


def test_new_extracts_do_not_bring_them_back(site: Site) -> None:
    site.statement("z-again", {"account": {"homePage": "https://campus.lernhaus.example", "name": site.learner}})
    moodle_export(
        site.extracts / "moodle" / "STAT" / "later.csv",
        [f"The user with id '{MOODLE_LEARNER}' viewed the course with id '70'."],
        component="Quiz",
    )
    # where builds have their copy: dbt reads the project anew for a database at another path
    grown = site.warehouse.with_name(f".{site.warehouse.name}.build") / "copy" / site.warehouse.name
    grown.parent.mkdir()
    shutil.copy(site.warehouse, grown)
    site.dbt(grown, "--select", "config.materialized:incremental,path:models/staging", "path:models/meta")
    assert found_in(grown, site.traces) == set()
    with duckdb.connect(str(grown), read_only=True) as connection:
        assert connection.execute(
            "select source_file, rows_in, rows_erased from meta_source_file "
            "where source_file in ('moodle/STAT/later.csv', 'xapi/z-again.jsonl') order by all"
        ).fetchall() == [("moodle/STAT/later.csv", 1, 1), ("xapi/z-again.jsonl", 1, 1)]


def test_the_list_holds_no_ids_and_grows_once(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    assert request(path, SECRET, [("oulad", "11391"), ("oulad", "11391"), (None, "ada@example.org")])
    assert request(path, SECRET, [("oulad", "11391")]) == []
    assert "11391" not in path.read_text() and "ada" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    erasures = Erasures.read(path, SECRET)
    assert len(erasures) == 1 and len(erasures.entries) == 2
    assert erasures.is_erased("oulad", "11391")
    assert not erasures.is_erased("moodle", "11391") and not erasures.is_erased("oulad", "1139")
    with pytest.raises(ValueError, match="empty"):
        request(path, SECRET, [("oulad", "")])


def test_of_two_requests_at_once_both_are_on_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "erasures.jsonl"
    go_on = threading.Event()
    write = Erasures.write

    def second() -> None:
        request(path, SECRET, [("oulad", "2")], say=lambda _: go_on.set())
        go_on.set()

    other = threading.Thread(target=second)

    def write_while_another_asks(self: Erasures, path: Path) -> None:
        if not other.ident:
            other.start()
            assert go_on.wait(60)  # until it waits, or has done its work, which must not be undone
        write(self, path)

    monkeypatch.setattr(Erasures, "write", write_while_another_asks)
    request(path, SECRET, [("oulad", "1")])
    other.join()
    assert len(Erasures.read(path, SECRET)) == 2


def test_names_are_found_in_raw_text_as_whole_words(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    request(path, SECRET, [("oneroster", "u-17"), ("xapi", "https://home/a|Öd"), (None, "ada@example.org")])
    erasures = Erasures.read(path, SECRET)
    for text in ('"name":"u-17"', "u-17", "x,u-17,y", "see ADA, ada@example.org!", r'"https:\/\/home\/a|\u00d6d"'):
        assert erasures.names_erased(text), text
    for text in ("u-175", "au-17", "u-1", "", "ada@example.organic", "Öd"):
        assert not erasures.names_erased(text), text


def test_a_digest_is_made_once_for_each_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "erasures.jsonl"
    listed = [f"ada{'x' * number}@example.org" for number in range(30)]  # each of another length
    request(path, SECRET, [(None, name) for name in listed])
    erasures = Erasures.read(path, SECRET)
    made: list[str] = []
    digest = erasures_module._digest

    def counted(secret: bytes, identity: str) -> str:
        made.append(identity)
        return digest(secret, identity)

    monkeypatch.setattr(erasures_module, "_digest", counted)
    numbers = [str(number) for number in range(5_000)]
    assert not erasures.names_erased(" ".join(numbers))
    assert len(made) == len(numbers) + 1  # and one for the space
    assert not erasures.names_erased(" ".join(reversed(numbers)))
    assert not erasures.names_erased("w" * 1_000_000)
    assert not erasures.names_erased("ada@ " * 100_000)
    assert len(made) < len(numbers) + 10
    for name in listed:
        assert erasures.names_erased(f"{' '.join(numbers)} <{name}>")


def test_escapes_that_are_no_characters_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    request(path, SECRET, [("oulad", "11391"), (None, "\U0001f600ada")])
    erasures = Erasures.read(path, SECRET)
    assert erasures.names_erased(r"\ud83d\ude00ada") and erasures.names_erased(r"\ud83d 11391")
    assert not erasures.names_erased(r"\ud83dada \ude00 \u12")


def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    request(path, SECRET, [("oulad", "11391")])
    with pytest.raises(ErasureListError, match="another pseudonym secret"):
        Erasures.read(path, b"another")
    with pytest.raises(ErasureListError, match="another pseudonym secret"):
        request(path, b"another", [("oulad", "1")])
    path.write_text(path.read_text()[:-9])
    with pytest.raises(ErasureListError, match="damaged"):
        Erasures.read(path)
    path.write_bytes(b"\xff\n")
    for unreadable in (path, tmp_path):  # a folder is no empty list
        with pytest.raises(ErasureListError, match="cannot be read"):
            Erasures.read(unreadable)


def test_erase_wants_a_learner_and_says_whom_it_found(tmp_path: Path) -> None:
    settings = {
        "LERNHAUS_ERASURES": str(tmp_path / "erasures.jsonl"),
        "LERNHAUS_DATABASE": str(tmp_path / "absent.duckdb"),
        "LERNHAUS_PUBLISHED": str(tmp_path / "absent-too.duckdb"),
        "LERNHAUS_PSEUDONYM_SECRET": SECRET.decode(),
    }

    def erase(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["erase", *arguments], env=settings)

    assert "name a learner" in erase().output
    for system in ("onerooster", "post_labels"):  # misspelt, and one that has no learners
        wrong = erase("--learner", f"{system}:u-17", "--learner", "oulad:1")
        assert wrong.exit_code == 2
        assert f"no source system {system} that has learners; there are moodle, oneroster, oulad, xapi" in wrong.output
    assert not (tmp_path / "erasures.jsonl").exists()
    assert "expected SYSTEM:SOURCE_ID" in erase("--learner", "u-17").output
    listed = tmp_path / "learners.txt"
    listed.write_text("oulad:11391\n\nxapi:https://home|ada\noulad:11391\n", encoding="utf-8-sig")
    result = erase("--file", str(listed))
    assert result.exit_code == 0, result.output
    assert "oulad:11391 is not known, neither to the warehouse nor to the published file." in result.output
    assert "  and refused records with:ada (account name)" in result.output
    assert "2 identities, and 1 words by which refused records are found." in result.output
    again = erase("--learner", "oulad:11391")
    assert "oulad:11391 was on the list before" in again.output
    assert "0 identities, and 0 words by which refused records are found." in again.output
    assert len(Erasures.read(tmp_path / "erasures.jsonl", SECRET)) == 2


U_17 = ("oneroster", "u-17")


def identify(warehouse: Path, email: str, username: str | None) -> None:
    """A warehouse that has an identity of the one learner U_17."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema restricted")
        connection.execute(
            "create table restricted.learner_identity as "
            "select ? as source_system, ? as source_learner_id, ? as email, ?::varchar as username",
            [*U_17, email, username],
        )


def test_an_account_at_the_campus_is_its_learner(tmp_path: Path) -> None:
    warehouse = tmp_path / "lernhaus.duckdb"
    identify(warehouse, "ada@example.org", "ada")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table dim_learner as select ? as learner_pseudonym", [pseudonym(SECRET, *U_17)])
    accounts = learner_accounts(PROJECT)
    assert accounts == {"https://campus.lernhaus.example": "oneroster"}
    actor = ("xapi", "https://campus.lernhaus.example|u-17")
    found = {(one.source_system, one.name) for one in identities_of(warehouse, [actor], accounts, [])}
    assert {U_17, ("xapi", "mailto:ada@example.org"), (None, "ada@example.org")} <= found
    elsewhere = ("xapi", "https://elsewhere.example|u-17")
    assert [one.source_system for one in identities_of(warehouse, [elsewhere], accounts, [])] == [None]
    assert learners_in(warehouse, [actor, U_17, elsewhere, ("oulad", "u-17")], SECRET, accounts) == {actor, U_17}
    assert learners_in(tmp_path / "absent.duckdb", [U_17], SECRET, accounts) == set()


TEACHER = ("oneroster", "u-9")


def test_staff_is_found_by_any_record_and_all_its_addresses(tmp_path: Path) -> None:
    warehouse = tmp_path / "lernhaus.duckdb"
    identify(warehouse, "ada@example.org", "ada")
    columns = person_columns(PROJECT)
    assert PersonColumn("oneroster", "base_oneroster__user", "user_id") in columns
    accounts = learner_accounts(PROJECT)
    asked = [TEACHER, ("xapi", "https://campus.lernhaus.example|u-9"), ("oulad", "u-9")]
    assert people_in(warehouse, asked, accounts, columns) == set()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.base_oneroster__user as select 'u-9' as user_id, 'bo' as username, "
            "unnest(['Bo@example.org', 'bo@new']) as email"
        )
    assert people_in(warehouse, asked, accounts, columns) == {TEACHER, asked[1]}
    assert learners_in(warehouse, asked, SECRET, accounts) == set()
    found = {(one.source_system, one.name) for one in identities_of(warehouse, [TEACHER], accounts, columns)}
    assert {("xapi", f"mailto:{email}") for email in ("Bo@example.org", "bo@example.org", "bo@new")} <= found
    assert {(None, "bo"), (None, "bo@new")} <= found
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema conformed")
        connection.execute(
            "create table conformed.int_enrollment_seen as select 'oneroster' as source_system, 'u-10' as learner_id"
        )
    assert people_in(warehouse, [("oneroster", "u-10")], accounts, columns) == {("oneroster", "u-10")}


def test_erase_says_what_is_off_and_who_else_has_an_address(tmp_path: Path) -> None:
    warehouse = tmp_path / "lernhaus.duckdb"
    identify(warehouse, "ada@example.org", "ada")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table meta_source_file as select unnest(['xapi', 'oneroster']) as source_system")
    settings = {
        "LERNHAUS_ERASURES": str(tmp_path / "erasures.jsonl"),
        "LERNHAUS_DATABASE": str(warehouse),
        "LERNHAUS_PUBLISHED": str(tmp_path / "absent.duckdb"),
        "LERNHAUS_PSEUDONYM_SECRET": SECRET.decode(),
    }
    asked = ["erase", "--learner", "oulad:11391", "--learner", "xapi:mailto:ada@example.org"]
    result = CliRunner().invoke(main, asked, env=settings)
    assert result.exit_code == 0, result.output
    assert "oulad:11391 is of a source system that is off: the warehouse has oneroster, xapi." in result.output
    assert "  but not oneroster:u-17, who has this address" in result.output
    erasures = Erasures.read(tmp_path / "erasures.jsonl", SECRET)
    assert erasures.is_erased("oulad", "11391") and not erasures.is_erased(*U_17)


def test_an_address_is_found_in_either_spelling(tmp_path: Path) -> None:
    warehouse = tmp_path / "lernhaus.duckdb"
    identify(warehouse, "Ada@example.org", None)
    found = {(one.source_system, one.name) for one in identities_of(warehouse, [U_17], {}, [])}
    for address in ("Ada@example.org", "ada@example.org"):
        mbox = f"mailto:{address}"
        sha1 = hashlib.sha1(mbox.encode()).hexdigest()
        assert {(None, address), ("xapi", mbox), ("xapi", sha1)} <= found


def test_nobody_is_put_on_a_list_outside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["erase", "--learner", "oulad:11391"])
    assert result.exit_code == 2 and "run this in the folder of the project" in result.output
    assert list(tmp_path.iterdir()) == []
