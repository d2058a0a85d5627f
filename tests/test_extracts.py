"""Extract files before the engine reads them: which are found, which are whole, how many records they hold."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lernhaus.extracts import Inspection, inspect, inspect_file, inspect_files, list_files

MANY = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def inspected(folder: Path, data: bytes, name: str = "file.csv", **integers: str) -> Inspection:
    path = folder / name
    path.write_bytes(data)
    return inspect_file(str(path), ".csv" in name, folder, integers)


def refused(inspection: Inspection) -> dict[int, tuple[str, str]]:
    """Reason and raw text of the records left out of a tidy copy, by their number."""
    assert inspection.refused_path
    rows = map(json.loads, Path(inspection.refused_path).read_text(encoding="utf-8").splitlines())
    return {row["record_number"]: (row["quarantine_reason"], row["raw_record"]) for row in rows}


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the rights of root, who may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    if user == 0:
        os.seteuid(user)


# --- which files there are


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("s/a.csv", ["s/a.csv.gz"]),
        ("s/????-??-??/a.csv", ["s/2025-01-02/a.csv"]),
        ("s/**/*.jsonl", ["s/2025-01-02/x.jsonl", "s/[1] *.jsonl.zst", "s/parts.jsonl/1.jsonl"]),
        ("s/b.csv", []),
        ("absent/a.csv", []),
    ],
)
def test_files_are_found_by_pattern(tmp_path: Path, pattern: str, found: list[str]) -> None:
    for name in ("a.csv.gz", "a.csv.bz2", "2025-01-02/a.csv", "2025-01-02/x.jsonl", "2025/a.csv", "[1] *.jsonl.zst"):
        (tmp_path / "s" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "s" / name).write_bytes(b"12345")
    (tmp_path / "s" / "parts.jsonl").mkdir()
    (tmp_path / "s" / "parts.jsonl" / "1.jsonl").write_bytes(b"12345")
    files = list_files(f"{tmp_path}/./", [pattern])
    assert [file.source_file for file in files] == found
    assert all(file.path == f"{tmp_path}/{file.source_file}" and file.size_bytes == 5 for file in files)
    assert all(file.problem is None and file.modified_at is not None for file in files)


def test_folder_in_the_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "s" / "a.csv").mkdir(parents=True)
    assert [file.problem for file in list_files(str(tmp_path), ["s/a.csv"])] == ["a folder in the place of a file"]


def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "s" / "a.csv"
    path.parent.mkdir()
    path.write_bytes(b"a,b\n1,2\n")
    path.chmod(0)
    path.parent.chmod(0)
    with unprivileged():
        listed = list_files(str(tmp_path), ["s/*.csv"])
        inspection = inspect_file(str(path), True, tmp_path)
    path.parent.chmod(0o700)
    assert [file.problem for file in listed] == ["cannot be listed (Permission denied)"]
    assert inspection.problem == "cannot be read (Permission denied)"


def test_large_files_are_looked_at_in_processes_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"plain.csv": TEXT, "torn.csv.gz": GZIP[:-9], "mixed.csv": b"a,b\r\n1,2\n3\r4,5\n", "whole.csv.zst": ZSTD}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    paths = [str(tmp_path / name) for name in (*texts, "absent.csv")]
    monkeypatch.setattr(inspect, "in_pool", None)
    in_threads = inspect_files(paths, sum(map(len, texts.values())), True, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(inspect, "ThreadPoolExecutor", None)
    in_processes = inspect_files(paths, 10**8, True, tmp_path)

    def told(inspection: Inspection) -> tuple[Inspection, bytes]:
        """What was found, and what is to be read: each tidy copy has a folder of its own."""
        text = Path(inspection.read_path).read_bytes() if inspection.read_path else b""
        return replace(inspection, read_path=None, refused_path=None), text

    assert list(map(told, in_processes)) == list(map(told, in_threads))
    assert [inspection.record_count for inspection in in_processes] == [1000, None, 3, 1000, None]


# --- which are whole

TEXT = b"a,b\n" + b"1,2\n" * 1000
GZIP, ZSTD = gzip.compress(TEXT, mtime=0), zstd(TEXT)


def flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        pytest.param(".gz", GZIP[: len(GZIP) // 2], id="gzip cut in half"),
        pytest.param(".gz", GZIP[:-8], id="gzip without its checksum"),
        pytest.param(".gz", GZIP[:-1], id="gzip without its last byte"),
        pytest.param(".gz", flipped(GZIP, 20), id="gzip with a changed byte"),
        pytest.param(".gz", flipped(GZIP, -6), id="gzip with another checksum"),
        pytest.param(".gz", flipped(GZIP, -1), id="gzip with another length"),
        pytest.param(".gz", GZIP + GZIP[:30], id="gzip with a second member cut"),
        pytest.param(".gz", TEXT, id="no gzip"),
        pytest.param(".gz", b"", id="empty gzip"),
        pytest.param(".zst", ZSTD[: len(ZSTD) // 2], id="zstd cut in half"),
        pytest.param(".zst", ZSTD[:-1], id="zstd without its last byte"),
        pytest.param(".zst", ZSTD + ZSTD[:20], id="zstd with a second frame cut"),
        pytest.param(".zst", TEXT, id="no zstd"),
        pytest.param(".zst", b"", id="empty zstd"),
    ],
)
def test_damaged_file_is_a_problem(tmp_path: Path, suffix: str, data: bytes) -> None:
    problem = inspected(tmp_path, data, "file.csv" + suffix).problem
    assert problem is not None
    assert problem.startswith("no whole gzip file (" if suffix == ".gz" else "no whole zstd file (")


@pytest.mark.parametrize(("suffix", "data"), [("", TEXT), (".gz", GZIP), (".zst", ZSTD)], ids=["plain", "gzip", "zstd"])
def test_whole_file_is_hashed_and_counted(tmp_path: Path, suffix: str, data: bytes) -> None:
    found = inspected(tmp_path, data, "file.csv" + suffix)
    path = str(tmp_path / ("file.csv" + suffix))
    assert found == Inspection(hashlib.sha256(data).hexdigest(), 1000, ["a", "b"], path)


def test_members_of_a_gzip_are_one_text(tmp_path: Path) -> None:
    assert inspected(tmp_path, GZIP + gzip.compress(b"3,4"), "file.csv.gz").record_count == 1001


# --- how many records there are, and which the engine can read as they stand


@pytest.mark.parametrize(
    ("text", "header", "records"),
    [
        (b"", [], 0),
        (b"a,b", ["a", "b"], 0),
        (b"a,b\n", ["a", "b"], 0),
        (b'\xef\xbb\xbf"a","b"\r\n1,2\r\n3,4', ["a", "b"], 2),
        (b'a,"b ""c"", d"\n1,"2\n\r\n,3"\n"",""\n', ["a", 'b "c", d'], 2),
    ],
)
def test_clean_csv_is_read_as_it_is(tmp_path: Path, text: bytes, header: list[str], records: int) -> None:
    found = inspected(tmp_path, text)
    assert (found.header, found.record_count, found.refused_path) == (header, records, None)


@MANY
@given(
    rows=st.lists(st.tuples(*[st.text('ab", \n\r', max_size=90)] * 3), max_size=30),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_record_of_a_written_csv_is_counted(tmp_path: Path, rows: list[tuple[str, ...]], line_end: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("x", "y", "z"), *rows])
    found = inspected(tmp_path, text.getvalue().encode())
    assert (found.header, found.record_count, found.refused_path) == (["x", "y", "z"], len(rows), None)


def test_text_of_many_blocks_is_one_text(tmp_path: Path) -> None:
    records = ["x,y", *(f'{"q" * (n % 130)},"{n}\r\n"' if n % 3 else f"{n}," for n in range(20_000))]
    for line_end in ("\n", "\r\n"):
        found = inspected(tmp_path, line_end.join(records).encode())
        assert (found.record_count, found.refused_path) == (20_000, None)
    found = inspected(tmp_path, ("\n".join(records) + '\n1,"').encode())
    assert found.record_count == 20_001
    assert list(refused(found)) == [20_002]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@MANY
@given(body=st.text('a",\n\r \0', max_size=60))
@example(body='1,"a\n2,b,c\n3,"d",e\n')
@example(body='1,"a" b,c\n1, "a,b",c\n1,  "a"  ,c\n')
def test_engine_sees_every_record_that_is_counted(tmp_path: Path, engine: duckdb.DuckDBPyConnection, body: str) -> None:
    found = inspected(tmp_path, f"x,y,z\n{body}".encode())
    engine.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    rows = engine.execute(
        "select * from read_csv(?, columns = {'x': 'varchar', 'y': 'varchar', 'z': 'varchar'}, header = true,"
        " auto_detect = false, delim = ',', quote = '\"', escape = '\"', store_rejects = true)",
        [found.read_path],
    ).fetchall()
    rejected = engine.execute("select distinct line from reject_errors").fetchall()
    assert len(rows) + len(rejected) == found.record_count
    if found.refused_path:
        assert refused(found).keys() <= {line for (line,) in rejected}


def test_faulty_csv_is_tidied(tmp_path: Path) -> None:
    lines = [
        b"x,y\r\n",
        b'1,"a\n',
        b"2,b\r\n",
        b"\n",
        b'3,"c\r\n""\n"\r',
        b"4,d\0\n",
        b"5," + b"e" * 2_000_000 + b"\n",
        b'6,"f" g\n',
        b"7,h",
    ]
    found = inspected(tmp_path, b"".join(lines))
    assert (found.header, found.record_count) == (["x", "y"], 7)
    assert refused(found) == {
        2: ("a quote is misplaced or not closed", '1,"a'),
        5: ("contains a NUL byte", "4,d\0"),
        6: ("longer than 2 MB: 2000002 bytes, of which the text is the beginning", "5," + "e" * 998),
        7: ("a quote is misplaced or not closed", '6,"f" g'),
    }
    assert found.read_path
    assert Path(found.read_path).read_bytes() == b'x,y\n,x,x\n2,b\n3,"c\r\n""\n"\n,x,x\n,x,x\n,x,x\n7,h\n'


def test_number_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    """The engine would round it. A whole number in other clothes is read, and what is no number it refuses itself."""
    good = [
        "7,1.5,",
        "7.0,2.7,",
        "1e3,,",
        '"15e1",.,',
        "2.,,",
        "?,.,",
        "x.y,,",
        "1.5.5,,",
        "-0.0,2,",
        f"3,{'5.' * 100_000},",
    ]
    bad = [
        "2.7,,",
        "1,2,3.5",
        '1,"a,\nb"".",".5"',
        "15e-1,,",
        "-0.4,,",
        "1e-99999999,,",
        "1_0.5,,",
        "٢.5,,",
        f"3.{'1' * 200_000},,",
    ]
    text = "\n".join(['"whole",any, also whole', *good, *bad])
    found = inspected(tmp_path, text.encode(), **{"whole": "integer", "also whole": "smallint"})
    assert found.record_count == len(good) + len(bad)
    other = dict.fromkeys((1, 2), "also whole is not of type smallint")
    assert refused(found) == {
        len(good) + 2 + n: (other.get(n, "whole is not of type integer"), line) for n, line in enumerate(bad)
    }


@pytest.mark.parametrize(
    ("number", "is_whole"),
    [
        ("15e-1", False),
        ("2.7", False),
        ("2.0007", False),
        (f"2.{'0' * 20}7", False),
        ("2.0_0_0_7", False),
        ("15e1", True),
        ("2.000", True),
        (f"2.{'0' * 20}", True),
        ("-07", True),
    ],
)
def test_only_fraction_is_found_wherever_blocks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str, is_whole: bool
) -> None:
    monkeypatch.setattr(inspect, "_BLOCK", 8)
    for shift in range(8):
        found = inspected(tmp_path, f"a,b\n{'1' * shift}1,2\n{number},7\n3,4\n".encode(), a="integer")
        assert found.record_count == 3
        if is_whole:  # read as it stands
            assert (found.read_path, found.refused_path) == (str(tmp_path / "file.csv"), None)
        else:
            assert refused(found) == {3: ("a is not of type integer", f"{number},7")}


@pytest.mark.parametrize("header", [b'a,""b', b"a,b\x00"])
def test_header_that_would_be_refused_makes_a_file_unusable(tmp_path: Path, header: bytes) -> None:
    inspection = inspected(tmp_path, b"\n" + header + b"\n1,2\n")
    assert inspection.problem is not None
    assert inspection.problem.startswith("its header cannot be read (")
    assert inspected(tmp_path, b'a,b\n1,""2\n').problem is None


def test_faulty_json_lines_are_tidied(tmp_path: Path) -> None:
    lines = [b'{"a": 1}\r\n', b"\n", b'{"\0": 2}\n', b'{"\1": 3}\r', b"   \n", b'{"a": 4}']
    found = inspected(tmp_path, b"".join(lines), "file.jsonl")
    assert (found.header, found.record_count) == (None, 5)
    assert {number: reason for number, (reason, _) in refused(found).items()} == {
        3: "contains a NUL byte",
        4: "contains a control character",
    }
    assert found.read_path
    assert Path(found.read_path).read_bytes() == b'{"a": 1}\n\n\n\n   \n{"a": 4}\n'


@pytest.mark.parametrize(("name", "limit"), [("file.csv.zst", "2 MB"), ("file.jsonl.zst", "16 MB")])
def test_giant_line_is_refused_alone(tmp_path: Path, name: str, limit: str) -> None:
    found = inspected(tmp_path, zstd(b"x,y\n1,2\n" + b"z" * 100_000_000 + b"\n3,4\n"), name)
    assert found.record_count == (3 if "csv" in name else 4)
    assert found.read_path
    assert Path(found.read_path).stat().st_size < 100
    reason = f"longer than {limit}: 100000000 bytes, of which the text is the beginning"
    assert refused(found) == {3: (reason, "z" * 1000)}
