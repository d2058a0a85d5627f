"""A function on several processes: order, reading ahead, errors of the function, processes that die."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pyarrow as pa
import pytest
from conftest import PROJECT

from lernhaus.pool import WorkerFailed, in_pool


def doubled(value: int) -> tuple[int, int]:
    print("a function may print")
    return 2 * value, os.getpid()


def echo(value: object) -> object:
    return value


def reciprocal(value: int) -> float:
    return 1 / value


def dying(value: object) -> None:
    os._exit(7)


def test_results_come_in_order_from_other_processes() -> None:
    results = list(in_pool(doubled, range(40), 2))
    assert [result for result, _ in results] == list(range(0, 80, 2))
    processes = {process for _, process in results}
    assert len(processes) == 2 and os.getpid() not in processes


def test_values_arrive_as_they_are() -> None:
    values = [None, True, 2**80, 0.1 + 0.2, 5e-324, "a\nb\0 \u2028 😀 \ud800 é", [{"a": [1]}], "x" * 1_000_000]
    assert list(in_pool(echo, values, 2)) == values


def test_batches_arrive_as_they_are() -> None:
    batches = [pa.record_batch({"n": range(size), "text": ["é\0"] * size}) for size in (0, 1, 50_000)]
    assert list(in_pool(echo, batches, 2)) == batches


def test_no_more_values_are_taken_than_needed() -> None:
    taken = []

    def values() -> Iterator[int]:
        for i in range(50):
            taken.append(i)
            yield i

    results = in_pool(echo, values(), 1)
    assert taken == []
    assert next(results) == 0
    assert taken == [0, 1]
    results.close()  # type: ignore[attr-defined]


def test_an_error_in_the_function_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkerFailed, match="ended with 1"):
        list(in_pool(reciprocal, [1, 2, 0], 1))
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(WorkerFailed, match="ended with 7"):
        list(in_pool(dying, range(10), 2))


def test_an_error_of_the_source_is_raised_and_ends_the_processes() -> None:
    def values() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the source broke")

    results = in_pool(doubled, values(), 1)
    _, process = next(results)
    with pytest.raises(OSError, match="the source broke"):
        next(results)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_worker_of_the_text_features_has_neither_arrow_nor_pandas() -> None:
    command = "import sys, lernhaus.pool, lernhaus.nlp.describe as d; d.describe('Thanks!'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True, cwd=PROJECT)
    assert "lernhaus.nlp.describe" in modules.stdout
    assert {"pyarrow", "pandas", "nltk", "sklearn"}.isdisjoint(modules.stdout.split())
