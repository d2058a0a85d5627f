"""Named cues: phrases that speak for or against something, found fast.

A score is made of cues as of independent pieces of evidence, see `combine`. Phrases are English and German;
a post is searched for both, since learners mix them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Score(NamedTuple):
    """A score in [0, 1], four digits, and the names of the cues behind it."""

    value: float
    cues: list[str]


@dataclass(frozen=True)
class Post:
    """What cues look at: the sentences in lower case with plain apostrophes, one a line, and the set of words."""

    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, sentences: Sequence[str], words: Iterable[str]) -> "Post":
        """A post of `tokens.sentences` and `tokens.words` of the same prose."""
        text = "\n".join(sentence.replace("\n", " ") for sentence in sentences)
        return cls(_plain(text), frozenset(_plain("\n".join(words)).split("\n")))


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


class Cue:
    """A named kind of evidence, its weight in [0, 1], and the phrases that show it.

    `phrases` maps words to a regular expression. The expression is tried on posts alone that hold one of the
    words, so each of its matches has to. It matches whole words within a sentence; `^` is the beginning of
    one.
    """

    def __init__(self, name: str, weight: float, phrases: Mapping[str, str]) -> None:
        self.name = name
        self.weight = weight
        self.phrases = [
            (frozenset(words.split()), re.compile(rf"(?<!\w)(?:{expression})(?!\w)", re.M))
            for words, expression in phrases.items()
        ]

    def is_in(self, post: Post) -> bool:
        """Whether one of the phrases stands in the post."""
        return any(not words.isdisjoint(post.words) and pattern.search(post.text) for words, pattern in self.phrases)


def weights(cues: Iterable[Cue], against: Iterable[Cue]) -> dict[str, float]:
    """The weights of cues by name, those of cues against something negative."""
    return {cue.name: cue.weight for cue in cues} | {cue.name: -cue.weight for cue in against}


def found(cues: Iterable[Cue], post: Post) -> list[Cue]:
    """Those of the cues that the post holds."""
    return [cue for cue in cues if cue.is_in(post)]


def combine(weights: Iterable[float], against: Iterable[float] = ()) -> float:
    """(1 - product(1 - weight)) x product(1 - weight against), four digits: each kind of evidence leaves less doubt."""
    doubt, rest = 1.0, 1.0
    for weight in weights:
        doubt *= 1 - weight
    for weight in against:
        rest *= 1 - weight
    return round((1 - doubt) * rest, 4)


def score(cues: Iterable[Cue], against: Iterable[Cue], post: Post) -> Score:
    """The score of the cues that a post holds, each counted once however often it is there."""
    present, opposed = found(cues, post), found(against, post)
    value = combine([cue.weight for cue in present], [cue.weight for cue in opposed])
    return Score(value, [cue.name for cue in present + opposed])
