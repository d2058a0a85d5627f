"""Applies a function to Arrow batches of any size, in order, in bounded memory, on several processes where it pays."""

import itertools
import os
from collections.abc import Iterable, Iterator

import pyarrow as pa

from lernhaus.pool import Compute, in_pool

# Each process loads what it computes with anew, which takes it a second, and fewer posts do not win that back.
POOL_THRESHOLD = 2_000
_SLICE_ROWS = 256


def as_input(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns of ``schema`` in its order and types.

    Raises ValueError when one is missing, pyarrow.ArrowInvalid when one cannot be cast to its type.
    """
    missing = set(schema.names) - set(batch.schema.names)
    if missing:
        raise ValueError(f"posts lack the columns {sorted(missing)}; found {batch.schema.names}")
    return batch.select(schema.names).cast(schema)


def slices(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows in order, in batches of ``schema`` of at most 256 rows. Raises as `as_input` does."""
    for batch in batches:
        rows = as_input(batch, schema)
        for start in range(0, rows.num_rows, _SLICE_ROWS):
            yield rows.slice(start, _SLICE_ROWS)


def pays_for_a_pool(pieces: Iterator[pa.RecordBatch]) -> tuple[bool, Iterator[pa.RecordBatch]]:
    """Whether there are more than ``POOL_THRESHOLD`` rows, and the batches that were looked at with the rest."""
    first: list[pa.RecordBatch] = []
    count = 0
    while count <= POOL_THRESHOLD and (rows := next(pieces, None)) is not None:
        first.append(rows)
        count += rows.num_rows
    return count > POOL_THRESHOLD, itertools.chain(first, pieces)


def _computed(compute: Compute, pieces: Iterator[pa.RecordBatch], processes: int) -> Iterator[pa.RecordBatch]:
    are_many, pieces = pays_for_a_pool(pieces)
    yield from in_pool(compute, pieces, processes) if processes > 1 and are_many else map(compute, pieces)


def stream(
    compute: Compute,
    batches: Iterable[pa.RecordBatch],
    taken: pa.Schema,
    made: pa.Schema,
    *,
    processes: int | None = None,
) -> pa.RecordBatchReader:
    """``compute`` (of batches of schema ``taken``, into batches of schema ``made``) of all batches, as they are read.

    ``compute`` is a function of a module. More than ``POOL_THRESHOLD`` rows are shared among ``processes`` processes
    (default: one per processor), at most two slices of 256 rows per process ahead of the reader; fewer are done in this
    process. The order is kept. Raises as `as_input` does, while it is read.
    """
    computed = _computed(compute, slices(batches, taken), processes or os.cpu_count() or 1)
    return pa.RecordBatchReader.from_batches(made, computed)
