"""Arrow batches on several processes: order, reading ahead, errors of the function, processes that die."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pyarrow as pa
import pytest

from lernhaus.nlp.pool import WorkerFailed, in_pool

MOST = 2**63 - 1


def doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
    print("a function may print")
    return pa.record_batch({"n": [2 * n for n in batch["n"].to_pylist()], "pid": [os.getpid()] * batch.num_rows})


def dying(batch: pa.RecordBatch) -> pa.RecordBatch:
    os._exit(7)


def batch(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(numbers, pa.int64())})


def test_results_come_in_order_from_other_processes() -> None:
    results = list(in_pool(doubled, (batch(i, -i) for i in range(40)), 2))
    assert [result["n"].to_pylist() for result in results] == [[2 * i, -2 * i] for i in range(40)]
    processes = {pid for result in results for pid in result["pid"].to_pylist()}
    assert len(processes) == 2 and os.getpid() not in processes


def test_batches_larger_than_a_pipe() -> None:
    large = batch(*range(100_000))
    results = list(in_pool(doubled, [large] * 3, 1))
    assert [result.num_rows for result in results] == [100_000] * 3


def test_no_more_batches_are_taken_than_needed() -> None:
    taken = []

    def batches() -> Iterator[pa.RecordBatch]:
        for i in range(50):
            taken.append(i)
            yield batch(i)

    results = in_pool(doubled, batches(), 1)
    assert taken == []
    assert next(results)["n"].to_pylist() == [0]
    assert len(taken) == 2
    results.close()  # type: ignore[attr-defined]


def test_an_error_in_the_function_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkerFailed, match="ended with 1"):
        list(in_pool(doubled, [batch(1), batch(2), batch(MOST)], 1))
    assert "OverflowError" in capfd.readouterr().err


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(WorkerFailed, match="ended with 7"):
        list(in_pool(dying, [batch(1)] * 10, 2))


def test_an_error_of_the_source_is_raised_and_ends_the_processes() -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield batch(1)
        yield batch(2)
        raise OSError("the source broke")

    results = in_pool(doubled, batches(), 1)
    (process,) = next(results)["pid"].to_pylist()
    with pytest.raises(OSError, match="the source broke"):
        next(results)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
