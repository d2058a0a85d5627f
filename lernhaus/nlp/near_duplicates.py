"""Texts that are the same but for small edits, found without comparing all with all.

A text is a set of *shingles*: all runs of five characters of its words in lower case, with marks, code and
markup left out. Two texts are near duplicates when the Jaccard similarity of their sets, shared over all
shingles, is at least ``LEAST_SIMILARITY``. MinHash (Broder 1997, "On the resemblance and containment of
documents") gives each text 125 values, each of which two texts share with a probability equal to their
similarity; in bands of five (locality-sensitive hashing: Leskovec, Rajaraman & Ullman 2020, "Mining of
Massive Datasets", ch. 3) they share at least one of 25 bands with probability 1 - (1 - s^5)^25: .99 for s =
.7, .06 for s = .3. What shares a band is then compared exactly.
"""

import re

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

LEAST_SIMILARITY = 0.7
BANDS = 25
ROWS = 5
SHINGLE = 5
# "Thank you very much!" is said by many: shorter texts are alike by chance.
FEWEST_CHARACTERS = 100

_WORD = re.compile(r"[^\W_]+")
# of an arithmetic that wraps around at 2^64; fixed, since stored hashes must stay comparable
_RANDOM = np.random.Generator(np.random.PCG64(20_101))
_POWERS = _RANDOM.integers(1 << 63, size=SHINGLE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_FACTORS = _RANDOM.integers(1 << 63, size=(BANDS * ROWS, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _RANDOM.integers(1 << 63, size=(BANDS * ROWS, 1), dtype=np.uint64)
_BAND_FACTORS = _RANDOM.integers(1 << 63, size=ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
# shingles hashed at a time, which bounds memory
_CHUNK = 2_048


def _scramble(values: Hashes) -> Hashes:
    """Spread each value over all 64 bits (the finalizer of SplitMix64; Steele, Lea & Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def shingles(prose: str) -> Hashes:
    """The hashed shingles of prose, sorted, each once; none where there is too little of it."""
    words = " ".join(_WORD.findall(prose.lower()))
    if len(words) < FEWEST_CHARACTERS:
        return np.empty(0, np.uint64)
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(codes, SHINGLE)
    return np.unique(_scramble((runs * _POWERS).sum(axis=1, dtype=np.uint64)))


def band_hashes(shingles: Hashes) -> NDArray[np.int64]:
    """One number per band; texts that share any are candidates. None for no shingles."""
    if not len(shingles):
        return np.empty(0, np.int64)
    smallest = np.full(BANDS * ROWS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(shingles), _CHUNK):
        hashed = _scramble(shingles[start : start + _CHUNK] * _FACTORS + _OFFSETS)
        np.minimum(smallest, hashed.min(axis=1), out=smallest)
    bands = smallest.reshape(BANDS, ROWS)
    # the number of the band goes in: the same values mean nothing in another band
    numbered = (bands * _BAND_FACTORS).sum(axis=1, dtype=np.uint64) + np.arange(BANDS, dtype=np.uint64)
    return _scramble(numbered).view(np.int64)


def jaccard(left: Hashes, right: Hashes) -> float:
    """Shared shingles over all shingles of two sorted sets, 0 to 1."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / max(1, len(left) + len(right) - shared)
