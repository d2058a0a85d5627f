"""Many posts as numbers: which terms stand in which post, in little memory.

A term is a word or two words side by side, by their stems (see `lernhaus.nlp.terms`). Texts are read in batches and
kept as one small number per word.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.nlp.terms import BREAK, LANGUAGES, stem

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]

# A pair of words is one number: the first times this, plus the second. Number 0 is the break, so word 0 is no word.
_PAIR = 1 << 31


@dataclass(frozen=True)
class Corpus:
    """The content words of the posts of one language.

    ``posts`` are the positions of its posts among all that were read; ``words`` the numbers of their words one after
    the other, 0 for a break; ``starts`` where each post's begin, and at last where all end. ``surfaces`` and ``stems``
    say by the number of a word how it is written and the number of its stem, ``stem_names`` the stem by its number.

    A *form* is a term as written and a *code* is a term by its stems, both as one number.
    """

    language: str
    posts: Ints
    words: SmallInts
    starts: Ints
    surfaces: list[str]
    stems: SmallInts
    stem_names: list[str]

    def forms(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """Each use of a term in the posts from place ``start`` to before ``stop``: the place of its post, its form."""
        words = self.words[self.starts[start] : self.starts[stop]].astype(np.int64)
        post = np.repeat(np.arange(start, stop), np.diff(self.starts[start : stop + 1]))
        follows = (words[:-1] > 0) & (words[1:] > 0) & (post[:-1] == post[1:])
        pairs = words[:-1][follows] * _PAIR + words[1:][follows]
        return np.concatenate([post[words > 0], post[:-1][follows]]), np.concatenate([words[words > 0], pairs])

    def codes(self, forms: Ints) -> Ints:
        """The codes of forms."""
        first, second = np.divmod(forms, _PAIR)
        return self.stems[first].astype(np.int64) * _PAIR + self.stems[second]

    def stem_of(self, code: int) -> str:
        """The stems of a term, with a space between two."""
        return _text(code, self.stem_names)

    def code_of(self, stems: Sequence[str]) -> Ints:
        """The codes of terms by their stems; -1 for those that stand in no post."""
        numbers = {name: number for number, name in enumerate(self.stem_names)}
        found = ([numbers.get(part, -1) for part in term.split(" ")] for term in stems)
        codes = [-1 if -1 in term else term[-1] + (term[0] * _PAIR if len(term) == 2 else 0) for term in found]
        return np.array(codes, np.int64)

    def names(self, codes: Ints, forms: Ints, counts: Ints) -> list[str]:
        """How each of the terms is written most often; of equals the first in the order of the alphabet.

        ``forms``, with how often each is used, hold all forms of the terms and may hold others.
        """
        of_terms = np.isin(self.codes(forms), codes)
        best: dict[int, tuple[int, str]] = {}
        chosen = forms[of_terms]
        for code, form, count in zip(
            self.codes(chosen).tolist(), chosen.tolist(), counts[of_terms].tolist(), strict=True
        ):
            ranked = -count, _text(form, self.surfaces)
            best[code] = min(best.get(code, ranked), ranked)
        return [best[code][1] for code in codes.tolist()]


def _text(number: int, words: list[str]) -> str:
    first, second = divmod(number, _PAIR)
    return f"{words[first]} {words[second]}" if first else words[second]


class _Reader:
    """Numbers for the words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.numbers: dict[str, int] = {BREAK: 0}
        self.stem_numbers: dict[str, int] = {BREAK: 0}
        self.stems: list[int] = [0]
        # arrays grow where they are: numpy's would be in memory twice when they are put together
        self.posts, self.words, self.lengths = array("q"), array("i"), array("q")

    def number(self, word: str) -> int:
        if word not in self.numbers:
            self.numbers[word] = len(self.numbers)
            self.stems.append(self.stem_numbers.setdefault(stem(word, self.language), len(self.stem_numbers)))
        return self.numbers[word]

    def add(self, positions: Ints, content_words: pa.ListArray) -> None:
        coded = content_words.flatten().dictionary_encode()
        numbers = np.array([self.number(word) for word in coded.dictionary.to_pylist()], np.int32)
        self.posts.frombytes(positions.astype(np.int64).tobytes())
        self.words.frombytes(numbers[coded.indices.to_numpy()].tobytes())
        self.lengths.frombytes(content_words.value_lengths().to_numpy().astype(np.int64).tobytes())

    def corpus(self) -> Corpus:
        return Corpus(
            self.language,
            np.frombuffer(self.posts, np.int64),
            np.frombuffer(self.words, np.int32),
            np.concatenate([np.zeros(1, np.int64), np.cumsum(np.frombuffer(self.lengths, np.int64))]),
            list(self.numbers),
            np.array(self.stems, np.int32),
            list(self.stem_numbers),
        )


def read(batches: Iterable[pa.RecordBatch], most: int | None = None) -> dict[str, Corpus]:
    """The posts of each language that has content words, by language; without those that have none.

    Columns used: ``language``, ``content_words`` (list of string). Of each language the first ``most`` posts are taken.
    """
    readers: dict[str, _Reader] = {}
    position = 0
    for batch in batches:
        languages = batch["language"].to_numpy(zero_copy_only=False)
        has_words = batch["content_words"].value_lengths().to_numpy(zero_copy_only=False) > 0
        for language in LANGUAGES:
            reader = readers.setdefault(language, _Reader(language))
            left = None if most is None else most - len(reader.posts)
            chosen = np.flatnonzero((languages == language) & has_words)[:left]
            if len(chosen):
                reader.add(position + chosen, batch["content_words"].take(pa.array(chosen)))
        position += batch.num_rows
    return {language: reader.corpus() for language, reader in readers.items() if reader.posts}
