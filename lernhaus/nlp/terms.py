"""What a text is about: its content words, the terms that they make, and which terms are one and the same.

A *term* is a content word or two that stand side by side ("derivative", "chain rule"). Forms of a word count as one by
their Snowball stem (Porter 2001, "Snowball: A language for stemming algorithms"); people read it in the form that is
used most.
"""

import functools
import re
import threading
from typing import Any

from snowballstemmer import stemmer

from lernhaus.nlp import mask
from lernhaus.nlp.characters import MARKS
from lernhaus.nlp.stop_words import STOP_WORDS
from lernhaus.nlp.tokens import LONGEST_WORD

LANGUAGES = tuple(sorted(STOP_WORDS))
BREAK = ""
"""Stands in a list of content words where a stop word, a number or a mark parts two of them."""

_ALGORITHMS = {"de": "german", "en": "english"}
# a word, or a mark that parts words; hyphens and apostrophes inside belong to the word
_PIECE = re.compile(rf"[\w{MARKS}]+(?:['’\-‐][\w{MARKS}]+)*|[^\w\s{MARKS}]|\n\n")
_CLITIC = re.compile("['’]s?$")
_FEWEST_LETTERS = 2


def _is_content(word: str, stop_words: frozenset[str]) -> bool:
    if word[0].isdigit() or len(word) > LONGEST_WORD or word.lower() in stop_words:
        return False
    return sum(map(str.isalpha, word)) >= _FEWEST_LETTERS


def content_words(prose: str, language: str) -> list[str]:
    """The content words of prose as written, in order, with one ``BREAK`` wherever something parts them.

    Addresses, handles and long numbers are masked before. Neither the first nor the last item is a ``BREAK``. Empty for
    languages that are not in ``LANGUAGES``.
    """
    if language not in STOP_WORDS:
        return []
    stop_words = STOP_WORDS[language]
    words: list[str] = []
    for piece in _PIECE.findall(mask.mask(prose)):
        word = piece.replace("’", "'")
        if _is_content(word, stop_words) and _is_content(bare := _CLITIC.sub("", word), stop_words):
            words.append(bare)
        elif words and words[-1] != BREAK:
            words.append(BREAK)
    if words and words[-1] == BREAK:
        words.pop()
    return words


class _Stemmers(threading.local):
    """Stemmers of one thread each: a stemmer keeps the word that it works on."""

    def __init__(self) -> None:
        self.of: dict[str, Any] = {language: stemmer(name) for language, name in _ALGORITHMS.items()}


_STEMMERS = _Stemmers()


@functools.lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """The Snowball stem of a word in lower case; ``language`` is one of ``LANGUAGES``."""
    return str(_STEMMERS.of[language].stemWord(word.lower()))
