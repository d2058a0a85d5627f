"""Words and sentences of prose as `lernhaus.nlp.clean.prose` returns it."""

import itertools
import re

from lernhaus.nlp.characters import MARKS

# Longer strings of letters are hashes, encodings or a leaning on a key.
LONGEST_WORD = 100

# Written without spaces between words: counting words would need a segmenter for each.
UNSPACED_LANGUAGES = frozenset({"ja", "km", "lo", "my", "th", "zh"})

_TOKEN = re.compile(rf"[\w{MARKS}]+(?:['’\-‐][\w{MARKS}]+)*")
_LETTER = re.compile(r"[^\W\d_]")

_CLOSING = "\"'”’“»«)\\]"
_TERMINATOR = re.compile(rf"(?<![.!?…])([.!?…]+)([{_CLOSING}]*)|[。！？]+")
# An empty line ends a sentence, and so does a line that starts a list item.
_LINE_BREAK = re.compile(r"\n(?:\n|(?=(?:[-*•·>]|\d{1,3}[.)]) ))")
_LAST_TOKEN = re.compile(r"[\w.]+$")
_SINGLE_LETTERS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")

_ABBREVIATIONS = frozenset(
    [  # English, then German
        "mr", "mrs", "ms", "dr", "prof", "st", "vs", "fig", "figs", "eq", "eqs", "vol", "pp", "ch",
        "sec", "cf", "approx", "dept", "est", "jr", "sr", "rev", "al", "viz", "ex", "ca", "jan", "feb",
        "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "bzw", "nr", "str", "vgl", "bspw", "sog", "evtl", "ggf", "ggfs", "inkl", "exkl", "zzgl", "mind",
        "bzgl", "abs", "abb", "aufl", "bd", "hrsg", "jh", "jhd", "mio", "mrd", "tel", "geb", "gest",
        "kap", "lt", "std", "hr", "fr", "dipl", "ing", "phil",
    ]
)  # fmt: skip
# These close a sentence when a capital follows.
_FINAL_ABBREVIATIONS = frozenset(["etc", "usw", "usf", "inc", "ltd", "co", "a.m", "p.m", "u.s", "u.k", "u.s.a", "ph.d"])


def words(text: str) -> list[str]:
    """The words in order: runs of letters and digits with at least one letter; inner ' and - belong to a
    word.

    Bare numbers are no words, nor is anything longer than `LONGEST_WORD` characters.
    """
    return [
        token
        for token in _TOKEN.findall(text)
        if len(token) <= LONGEST_WORD and (token.isalpha() or _LETTER.search(token))
    ]


def letter_count(word: str) -> int:
    """Letters of a word, without its hyphens, apostrophes, digits and combining marks."""
    return len(word) if word.isalpha() else sum(map(str.isalpha, word))


def _full_stop_ends(text: str, position: int, following: str, language: str) -> bool:
    """Whether the single full stop at `position` ends a sentence, `following` being what comes after it."""
    if following and not following[0].isspace():
        # "the quiz.It failed": posts lose the space; "Node.js", "3.5", "e.g.x" do not look like this.
        before, after = text[max(0, position - 2) : position], following[:2]
        return len(before) == 2 and before.isalpha() and before.islower() and after[0].isupper()
    next_character = following.strip()[:1]
    last = _LAST_TOKEN.search(text[max(0, position - 20) : position])
    token = last.group().lower() if last else ""
    if token in _FINAL_ABBREVIATIONS:
        return next_character.isupper()
    if token in _ABBREVIATIONS or _SINGLE_LETTERS.fullmatch(token):
        return False
    if token == "no":
        return not next_character.isdigit()
    if token.isdigit():
        # "1. Read this" starts a list item; "am 3. Oktober" is a German ordinal.
        starts_line = text[max(0, position - len(token) - 1) : position - len(token)] in ("", "\n")
        return not (starts_line or (language == "de" and len(token) <= 2))
    if len(token) == 1 and token.isalpha():
        # "J. Smith" and "z. B." go on; "and I." and "a function of x. Then" do not.
        ends_formula = text[position - 1].islower() and next_character.isupper()
        return token == "i" or (language != "de" and ends_formula)
    return True


def _ends_sentence(text: str, mark: re.Match[str], language: str) -> bool:
    stops, closers = mark.group(1), mark.group(2)
    following = text[mark.end() : mark.end() + 3]
    if stops is None or not following:
        return True
    if stops == "." and not closers:
        return _full_stop_ends(text, mark.start(), following, language)
    next_character = following.strip()[:1]
    if not following[0].isspace():
        return not closers and next_character.isupper()
    goes_on = closers or set(stops) <= {".", "…"}
    return not (goes_on and next_character.islower())


def sentences(text: str, language: str) -> list[str]:
    """The sentences in order, each with at least one word.

    A rule-based splitter for English and German (abbreviations, initials, German ordinals, list items, lost
    spaces after a full stop); other languages get the same rules without the German ones. `language` is an
    ISO 639-1 code.
    """
    ends = [mark.end() for mark in _TERMINATOR.finditer(text) if _ends_sentence(text, mark, language)]
    ends += [mark.end() for mark in _LINE_BREAK.finditer(text)]
    bounds = [0, *sorted(ends), len(text)]
    pieces = (text[start:end].strip() for start, end in itertools.pairwise(bounds))
    return [piece for piece in pieces if _LETTER.search(piece)]
