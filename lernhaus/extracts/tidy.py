"""A copy of an extract file that the engine can read: one kind of line end, and only records that end.

A record that the engine would stumble over is replaced by a blank of its own, so that the numbers of the others stay,
and put into a second file with the reason. A quote that is misplaced or does not close costs its own line alone. A
fraction where a whole number belongs is left out likewise: the engine would round it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

# by "is it CSV": the longest record in bytes, and the characters that may not occur
LONGEST_RECORD = {True: 2_000_000, False: 16_000_000}
FORBIDDEN = {True: (b"\0",), False: (b"\0", b"\1")}
_SHOWN_BYTES = 1_000
# columns in which whole numbers belong, and their types
Integers = Mapping[str, str]
# what may stand between the point and the first digit that counts; the engine overlooks a "_" between digits
ZEROS = b"0_"
_DECIMALS = re.compile(rb"\.[%b]*+[1-9]" % ZEROS)

# a field as RFC 4180 has it, with the spaces around the quotes that DuckDB overlooks; there is one way to read it, so a
# match fails in linear time. Python before 3.11.5 errs with possessive groups, not with possessive classes.
_QUOTED = rb'"[^"]*+(?:""[^"]*+)*'
_FIELD = rb'(?: ?%b" *+|(?! ?")[^,]*+)' % _QUOTED
_WHOLE_RECORD = re.compile(rb"%b(?:,%b)*" % (_FIELD, _FIELD))
_ONE_FIELD = re.compile(rb"(?:\A|,)(%b)" % _FIELD)
_OPEN_RECORD = re.compile(rb"(?:%b,)* ?%b" % (_FIELD, _QUOTED))


@dataclass(frozen=True)
class TidyCopy:
    """Where a tidy copy and its refused records lie; ``refused_path`` is missing where the original is read.

    ``header_fault`` is why the header of a CSV file would be refused: then no record can be read.
    """

    path: str
    refused_path: str | None
    header_fault: str | None = None


class _Line(NamedTuple):
    """A line, or a record of several: its text, its line end, its number of bytes; of a giant the beginning alone."""

    text: bytes
    end: bytes
    size: int


def tidy(blocks: Iterable[bytes], is_csv: bool, scratch: Path, integers: Integers) -> tuple[int, TidyCopy]:
    """Write a tidy copy of a text below ``scratch``; return the number of its records, the header included, and where.

    ``integers`` are the columns of a CSV file in which whole numbers belong. The refused records are JSON lines with
    record_number, quarantine_reason and raw_record, as in the base models.
    """
    folder = Path(tempfile.mkdtemp(dir=scratch))
    header_fault: str | None = None
    types: list[tuple[int, str, str]] = []
    lines = _lines(blocks, LONGEST_RECORD[is_csv])
    record_count = 0
    blank = b"\n"
    with (folder / "records").open("wb") as records, (folder / "refused").open("w", encoding="utf-8") as refused:
        for number, (record, reason) in enumerate(_csv_records(lines) if is_csv else _json_records(lines), start=1):
            record_count += record.size > 0
            if is_csv and record.size > 0 and record_count == 1:
                header_fault = reason
                types = [(n, name, integers[name]) for n, name in enumerate(_fields(record.text)) if name in integers]
            elif reason is None and types and may_have_fractions(record.text):
                reason = _rounded(_fields(record.text), types)
            if number == 1 and is_csv:
                blank = b",x" * (record.text.count(b",") + 1) + b"\n"  # has too many fields: refused by the engine
            if reason is None:
                records.write(record.text + b"\n")
            else:
                raw_record = record.text.decode(errors="replace")
                row = {"record_number": number, "quarantine_reason": reason, "raw_record": raw_record}
                refused.write(json.dumps(row) + "\n")
                records.write(blank)
    return record_count, TidyCopy(str(folder / "records"), str(folder / "refused"), header_fault)


def _lines(blocks: Iterable[bytes], longest: int) -> Iterator[_Line]:
    """The lines of a text, whatever ends them."""
    held, left_out = [b""], 0
    for block in blocks:
        if b"\n" not in block and b"\r" not in block and not held[-1].endswith((b"\n", b"\r")):
            held.append(block)
            if sum(map(len, held)) > longest:
                left_out += sum(map(len, held)) - _SHOWN_BYTES
                held = [b"".join(held)[:_SHOWN_BYTES]]
            continue
        # the last piece is held back: it may go on, and its "\r" may be half of a "\r\n"
        *pieces, last = b"".join((*held, block)).splitlines(keepends=True)
        for piece in pieces:
            yield _line(piece, left_out, longest)
            left_out = 0
        held = [last]
    if rest := b"".join(held):
        yield _line(rest, left_out, longest)


def _line(piece: bytes, left_out: int, longest: int) -> _Line:
    text = piece.rstrip(b"\r\n")
    size = len(text) + left_out
    return _Line(text[:_SHOWN_BYTES] if size > longest else text, piece[len(text) :], size)


def _fault(record: _Line, is_csv: bool) -> str | None:
    """Why a record cannot be handed to the engine; what stands behind a colon varies from record to record."""
    longest = LONGEST_RECORD[is_csv]
    if record.size > longest:
        return f"longer than {longest // 1_000_000} MB: {record.size} bytes, of which the text is the beginning"
    if any(character in record.text for character in FORBIDDEN[is_csv]):
        return "contains a NUL byte" if b"\0" in record.text else "contains a control character"
    return None


def may_have_fractions(text: bytes) -> bool:
    """Whether a text can hold a number that is not whole: it has decimals but zeros, or an exponent below zero."""
    # a single byte is looked for much faster than several, and these much faster than any pattern
    return (b"." in text and _DECIMALS.search(text) is not None) or any(
        letter in text and letter + b"-" in text for letter in (b"e", b"E")
    )


def _fields(record: bytes) -> list[str]:
    """The fields of a whole record, without quotes around them. Python's own reader refuses long ones."""
    return [field.strip(b' "').decode(errors="replace") for field in _ONE_FIELD.findall(record)]


def _rounded(fields: Sequence[str], types: Sequence[tuple[int, str, str]]) -> str | None:
    """Which numbers of a record are not whole though they should be: place, name and type of each such column."""
    wrong = {f"{name} is not of type {type}" for n, name, type in types if n < len(fields) and _is_fraction(fields[n])}
    return "; ".join(sorted(wrong)) or None


def _is_fraction(field: str) -> bool:
    """False for what is no number: the engine refuses it."""
    try:
        number = Decimal(field)
    except InvalidOperation:
        return False
    return number.is_finite() and number != number.to_integral_value()


def _json_records(lines: Iterator[_Line]) -> Iterator[tuple[_Line, str | None]]:
    """Every line, empty ones too: they count in the numbers of the others."""
    for line in lines:
        yield line, _fault(line, is_csv=False)


def _csv_records(lines: Iterator[_Line]) -> Iterator[tuple[_Line, str | None]]:
    """The records of a CSV file without empty lines, each with the reason why it cannot be handed on."""
    ahead: deque[_Line] = deque()
    while line := _next(ahead, lines):
        if not line.text:
            continue
        record: _Line | None = line
        if b'"' in line.text and line.size <= LONGEST_RECORD[True] and not _WHOLE_RECORD.fullmatch(line.text):
            record = _continued(line, ahead, lines)
        if record is None:
            yield line, "a quote is misplaced or not closed"
        else:
            yield record, _fault(record, is_csv=True)


def _next(ahead: deque[_Line], lines: Iterator[_Line]) -> _Line | None:
    return ahead.popleft() if ahead else next(lines, None)


def _continued(first: _Line, ahead: deque[_Line], lines: Iterator[_Line]) -> _Line | None:
    """The record that begins with a line and goes on in the next ones; None, all put back, where it does not end."""
    taken = [first]
    text, size = first.text, first.size
    while _OPEN_RECORD.fullmatch(text) and (line := _next(ahead, lines)):
        taken.append(line)
        size += len(taken[-2].end) + line.size
        if size > LONGEST_RECORD[True]:
            break
        text = b'"' + line.text  # what stands in an open quote reads like a record that begins with one
        if _WHOLE_RECORD.fullmatch(text):
            return _Line(b"".join(part.text + part.end for part in taken[:-1]) + line.text, line.end, size)
    ahead.extendleft(reversed(taken[1:]))
    return None
