"""One look at a whole extract file: is it complete, how many records does it hold, can the engine read it as it is.

The engine's reader does not check the integrity of compressed files, it loses records, or stops, at line ends of
several kinds, at records longer than its buffer and at quotes that do not close, and it rounds 2.7 to 3 where a whole
number belongs. All of this is found here, while the file is hashed and its records are counted; a file with such faults
is read from a tidy copy, see `tidy.py`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lernhaus.extracts.listing import COMPRESSIONS, cause, open_file_system
from lernhaus.extracts.tidy import FORBIDDEN, LONGEST_RECORD, ZEROS, Integers, TidyCopy, may_have_fractions, tidy
from lernhaus.pool import in_pool

_BLOCK = 1 << 18
# from so many bytes on, the start of a process is less than what waiting for the interpreter takes
_WORTH_PROCESSES = 1 << 23
_BOM = b"\xef\xbb\xbf"
_HEADER_BYTES = 1 << 16
NO_INTEGERS: Integers = {}
_Bits = npt.NDArray[np.uint64]
_ALL = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Inspection:
    """What there is to know about a file before it is loaded.

    ``content_hash`` is the SHA-256 of its bytes as they lie there. ``record_count`` leaves out the header of a CSV file
    and empty lines. ``read_path`` is what the engine has to read: the file itself or its tidy copy, whose refused
    records are in ``refused_path`` (see `tidy`). Where there is a ``problem`` the file cannot be used, and nothing else
    is known.
    """

    content_hash: str | None = None
    record_count: int | None = None
    header: list[str] | None = None
    read_path: str | None = None
    refused_path: str | None = None
    problem: str | None = None


class _HashedFile(io.RawIOBase):
    """A file that hashes what is read of it."""

    def __init__(self, path: str) -> None:
        file_system, path_in_it = open_file_system(path)
        self._stream = file_system.open_input_stream(path_in_it, compression=None)
        self._hash = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size if size >= 0 else None)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _blocks(file: _HashedFile, path: str) -> Iterator[bytes]:
    """The text of a file, uncompressed, in blocks. Raises ``OSError`` where a compressed file is not whole."""
    compression = COMPRESSIONS.get(Path(path).suffix)
    stream: Any = file if compression is None else pa.CompressedInputStream(pa.PythonFile(file, "r"), compression)
    block = stream.read(_BLOCK).removeprefix(_BOM)
    while block:
        yield block
        block = stream.read(_BLOCK)
    if compression is not None and file.size == 0:
        raise OSError("Empty stream")


def inspect_files(
    paths: Sequence[str], total_bytes: int, is_csv: bool, scratch: Path, integers: Integers = NO_INTEGERS
) -> list[Inspection]:
    """`inspect_file` of each, in their order, side by side.

    Where ``total_bytes``, the size of them all, is large, they have processes of their own: all that is done here is
    short, and after each step a thread would wait for the interpreter, which the caller's other threads hold, several
    times as long as the steps take.
    """
    count = max(1, min(len(paths), os.cpu_count() or 1))
    requests = [(path, is_csv, str(scratch), integers) for path in paths]
    if total_bytes >= _WORTH_PROCESSES:
        return [Inspection(**found) for found in in_pool(inspect_request, requests, count)]
    with ThreadPoolExecutor(count) as threads:
        return [Inspection(**found) for found in threads.map(inspect_request, requests)]


def inspect_request(request: tuple[str, bool, str, Integers]) -> dict[str, Any]:
    """`inspect_file` for values that processes can exchange."""
    path, is_csv, scratch, integers = request
    return asdict(inspect_file(path, is_csv, Path(scratch), integers))


def inspect_file(path: str, is_csv: bool, scratch: Path, integers: Integers = NO_INTEGERS) -> Inspection:
    """Read a file to its end and return what there is to know about it; a tidy copy, if needed, goes to ``scratch``.

    ``integers`` are the columns of a CSV file in which whole numbers belong, with their types.
    """
    try:
        file = _HashedFile(path)
        text = _Text(is_csv, bool(integers))
        for block in _blocks(file, path):
            text.add(block)
        text.finish()
    except OSError as error:
        return Inspection(problem=_problem(path, error))
    if text.is_plain:
        record_count, copy = text.record_count, TidyCopy(path, None)
    else:
        record_count, copy = tidy(_blocks(_HashedFile(path), path), is_csv, scratch, integers)
        if copy.header_fault:
            return Inspection(problem=f"its header cannot be read ({copy.header_fault})")
    header = _header(text.beginning) if is_csv else None
    if header:
        record_count -= 1
    return Inspection(file.hexdigest, record_count, header, copy.path, copy.refused_path)


def _problem(path: str, error: OSError) -> str:
    compression = COMPRESSIONS.get(Path(path).suffix)
    if compression and not error.errno:
        return f"no whole {compression} file ({error})"
    return f"cannot be read ({cause(error)})"


def _header(beginning: bytes) -> list[str]:
    """The names in the first record of a CSV file, none where it is empty."""
    lines = io.StringIO(beginning.decode(errors="replace").lstrip("\r\n"), newline="")
    return [name.strip() for name in next(csv.reader(lines), [])]


class _Text:
    """What a text of records looks like, found out block by block.

    Characters are looked at 64 at a time, as bits of a word: one bit string tells where the quotes are, another where
    the line ends are, and so on (Langdale and Lemire 2019, doi:10.1007/s00778-019-00578-5).
    """

    def __init__(self, is_csv: bool, has_integers: bool) -> None:
        self.record_count = 0
        self.beginning = b""
        self._is_csv = is_csv
        self._has_integers = has_integers
        self._may_have_fractions = False
        self._last_byte = b""
        self._size = 0
        self._rest = b""
        # the last bits of the words before; the start of the text counts as a border and as a line end
        self._last = {"border": np.uint64(1), "end": np.uint64(1), "cr": np.uint64(0), "closing": np.uint64(0)}
        self._is_in_quotes = np.uint64(0)
        self._has_misplaced_quote = False
        self._has_forbidden = False
        self._lf_count = self._cr_count = self._crlf_count = 0
        self._last_end = 0
        self._longest_record = 0

    @property
    def is_plain(self) -> bool:
        """True where the engine's reader finds every record as it stands."""
        crlf, lf, cr = self._crlf_count, self._lf_count - self._crlf_count, self._cr_count - self._crlf_count
        if self._has_forbidden or cr or self._longest_record > LONGEST_RECORD[self._is_csv]:
            return False
        is_mixed = crlf > 0 and lf > 0
        has_empty_lines = crlf + lf > self.record_count
        is_open = self._has_misplaced_quote or self._is_in_quotes > 0
        return not (self._is_csv and (is_mixed or has_empty_lines or is_open or self._may_have_fractions))

    def add(self, block: bytes) -> None:
        """Look at the next block of the text."""
        if len(self.beginning) < _HEADER_BYTES:
            self.beginning = (self.beginning + block)[:_HEADER_BYTES]
        self._has_forbidden |= any(character in block for character in FORBIDDEN[self._is_csv])
        if self._has_integers and not self._may_have_fractions:
            # a number may go on from block to block: the zeros around the border say nothing
            border = self._last_byte + block.lstrip(ZEROS)[:1]
            self._may_have_fractions = may_have_fractions(border) or may_have_fractions(block)
            self._last_byte = block.rstrip(ZEROS)[-1:] or self._last_byte
        text = self._rest + block
        whole_words = len(text) // 64 * 64
        self._rest = text[whole_words:]
        if whole_words:
            self._look(np.frombuffer(text, np.uint8, whole_words))

    def finish(self) -> None:
        """Look at what remains when there are no more blocks; the last record may lack its line end."""
        is_ended = bool(self._last["end"])
        size = self._size + len(self._rest)
        if self._rest:
            # a comma may stand behind a closing quote, as the end of the text may
            ends = self._look(np.frombuffer(self._rest.ljust(64, b","), np.uint8))
            is_ended = bool(ends[0] >> np.uint64(len(self._rest) - 1) & np.uint64(1))
        if not is_ended:
            self.record_count += 1
            self._longest_record = max(self._longest_record, size - self._last_end)

    def _look(self, text: npt.NDArray[np.uint8]) -> _Bits:
        """Look at the next whole words; return where their line ends are."""
        lf, cr = _bits(text == ord("\n")), _bits(text == ord("\r"))
        ends = lf | cr
        if self._is_csv:
            quotes = _bits(text == ord('"'))
            inside = self._inside(quotes)
            ends &= ~inside
            borders = ends | quotes | _bits(text == ord(","))
            opening, closing = quotes & inside, quotes & ~inside
            misplaced = (opening & ~self._behind("border", borders)) | (self._behind("closing", closing) & ~borders)
            self._has_misplaced_quote |= bool(misplaced.any())
        lf &= ends
        cr &= ends
        self._lf_count += _count(lf)
        self._cr_count += _count(cr)
        self._crlf_count += _count(lf & self._behind("cr", cr))
        self.record_count += _count(ends & ~self._behind("end", ends))
        words = np.flatnonzero(ends)
        if words.size:  # a record within one block is never too long: to the word is near enough
            self._longest_record = max(self._longest_record, self._size + 64 * int(words[0]) - self._last_end)
            self._last_end = self._size + 64 * int(words[-1])
        self._size += text.size
        return ends

    def _inside(self, quotes: _Bits) -> _Bits:
        """Where the text is inside quotes: from each opening quote to the character before the closing one."""
        inside = quotes
        for places in (1, 2, 4, 8, 16, 32):
            inside = inside ^ (inside << np.uint64(places))
        after_word = np.bitwise_xor.accumulate(inside >> np.uint64(63)) ^ self._is_in_quotes
        before_word = np.concatenate(([self._is_in_quotes], after_word[:-1]))
        self._is_in_quotes = after_word[-1]
        return inside ^ (before_word * _ALL)

    def _behind(self, name: str, bits: _Bits) -> _Bits:
        """The places behind those of ``bits``; ``name`` is what they are called from one block to the next."""
        behind = bits << np.uint64(1)
        behind[1:] |= bits[:-1] >> np.uint64(63)
        behind[0] |= self._last[name]
        self._last[name] = bits[-1] >> np.uint64(63)
        return behind


def _bits(places: npt.NDArray[np.bool_]) -> _Bits:
    return np.packbits(places, bitorder="little").view("<u8")


def _count(bits: _Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))
