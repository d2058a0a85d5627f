"""Character classes that the standard `re` module has no name for."""

import sys
import unicodedata


def _ranges(categories: set[str]) -> str:
    """The body of a regular-expression class holding every code point of these Unicode categories."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in categories:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


# Vowel signs and accents: part of a word in many scripts, though `\w` leaves them out.
MARKS = _ranges({"Mn", "Mc", "Me"})
