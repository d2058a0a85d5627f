"""From the text as posted to the prose in it.

Code, formulas, markup, addresses and invisible characters are not prose: they have no words to read aloud
and would spoil every average. Every step is linear in the length of the text, whatever the text holds.
"""

import html
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from lernhaus.nlp.characters import MARKS

CODE, FORMULA, ADDRESS, MARKUP = "code", "formula", "address", "markup"

# What is set apart from the prose around it: kind, opening and closing delimiter.
_BLOCKS = [
    (CODE, re.compile("```"), re.compile("```")),
    (CODE, re.compile("^~~~", re.M), re.compile("^~~~", re.M)),
    (MARKUP, re.compile(r"<!--"), re.compile(r"-->")),
    (CODE, re.compile(r"<pre\b", re.I), re.compile(r"</pre\s?>", re.I)),
    (MARKUP, re.compile(r"<(?:script|style)\b", re.I), re.compile(r"</(?:script|style)\s?>", re.I)),
    (FORMULA, re.compile(r"\\begin\{"), re.compile(r"\\end\{[^{}\n]{0,40}\}")),
    (FORMULA, re.compile(r"\$\$"), re.compile(r"\$\$")),
    (FORMULA, re.compile(r"\\\["), re.compile(r"\\\]")),
]
# What stands inside a sentence.
_SPANS = [
    (CODE, re.compile(r"<(?:code|kbd|samp|tt)\b", re.I), re.compile(r"</(?:code|kbd|samp|tt)\s?>", re.I)),
    (FORMULA, re.compile(r"\\\("), re.compile(r"\\\)")),
]
_INLINE_CODE = re.compile(r"`[^`\n]+`")
# Pandoc's rule, so that "it costs $5, not $10" stays prose.
_INLINE_FORMULA = re.compile(r"\$(?=\S)[^$\n]{1,200}(?<=\S)\$(?!\d)")
# Commands that occur in formulas alone: learners leave the dollars out.
_FORMULA_COMMAND = re.compile(
    r"\\\\?(?:[dt]?frac|sqrt|sum|prod|int|lim|cdot|times|infty|partial|nabla|left|right|alpha|beta|gamma|delta|epsilon"
    r"|theta|lambda|mu|pi|rho|sigma|phi|omega|Delta|Sigma|Omega|leq?|geq?|neq?|approx|equiv|in|to|[Rr]ightarrow|mathbb"
    r"|mathrm|vec|hat|bar|overline|ldots|dots|quad|sin|cos|tan|ln|log|exp)(?![a-zA-Z])"
)
# Lines of programs and of what they print, for those who paste them as they are.
_CODE_LINE = re.compile(
    r"""
    # prompts and comments, imports
    (?:>>>|In\ ?\[\d*\]:|Out\ ?\[\d*\]:|\#!|\#\ ?(?:include|define)\b|\$\ [a-z]|//|/\*)
    | (?:from\ [\w.]+\ )?import\ [\w.*]+(?:\ as\ \w+)?(?:,\ ?[\w.*]+(?:\ as\ \w+)?)*;?$
    # Python: definitions, compound statements, return
    | (?:async\ )?(?:def|class)\ \w+(?:\(.*\))?(?:\ ?->.*)?:$
    | (?:if|elif|while|for|with|except|else|try|finally)\b(?:.*(?:[=<>!]=|\w[(\[]|\ in\ \w+:).*)?:$
    | return\ [\w.]+(?:\ ?[\[(+*/-].*)?;?$
    # assignments, calls
    | [\w.\[\]'"]+\ ?(?:[-+*/]?=|<-|:=)\ ?\S.*[)\]};]$
    | [A-Za-z_][\w.]*\.\w+\(.*\);?$
    | (?:print|printf|echo|cat|library|require)\(.*\);?$
    # C and its kin
    | .*(?:\w\(.*\)|=.*|\+\+|--);$
    | .*[)\w]\ ?\{$
    | .*\)\ ?\{.*;.*\}$
    | [{}\])]+[;,]?$
    # failures
    | Traceback\ \(most\ recent
    | File\ "[^"]+",\ line\ \d
    | at\ [\w.$]+\([\w.]+:\d+\)
    | [\w.]*[a-z](?:Error|Exception)\b(?::|$)
    # SQL
    | (?:SELECT\b.*\bFROM|INSERT\ INTO|UPDATE\ \w+\ SET|DELETE\ FROM|(?:CREATE|DROP|ALTER)\ TABLE)\b
    """,
    re.X,
)
_LONGEST_CODE_LINE = 200
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|hr)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
# `html.unescape` raises on a character reference of more than 4,300 digits.
_IMPOSSIBLE_REFERENCE = re.compile(r"&#(?:\d{8,}|x[0-9a-f]{8,});?", re.I)
_URL = re.compile(r"\b(?:(?:https?|ftp)://|www\.)[^\s<>]*[^\s<>.,;:!?)\]}'\"»”’]", re.I)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Controls, soft hyphen, zero-width and bidirectional marks; tab and newline stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Normalization sorts a run of marks in quadratic time; no written language stacks more than four.
_PILED_MARKS = re.compile(f"([{MARKS}]{{4}})[{MARKS}]+")


class Parts(NamedTuple):
    """A post taken apart: its prose, and the characters of the post that are something else."""

    prose: str
    code: int
    formula: int
    address: int


def _cut(text: str, opening: re.Pattern[str], closing: re.Pattern[str], replacement: str) -> tuple[str, int]:
    """Replace each stretch from an opening delimiter to the next closing one; an unclosed one stays.

    Returns the text and the number of characters cut out.
    """
    kept = []
    position = cut = 0
    while (start := opening.search(text, position)) and (end := closing.search(text, start.end())):
        kept.append(text[position : start.start()])
        position = end.end()
        cut += position - start.start()
    kept.append(text[position:])
    return replacement.join(kept), cut


def _blank(text: str, pattern: re.Pattern[str]) -> tuple[str, int]:
    """Replace each match by a space; returns the text and the number of characters replaced."""
    blanked, matches = pattern.subn(" ", text)
    return blanked, len(text) - len(blanked) + matches


def _cut_code_lines(text: str) -> tuple[str, int]:
    lines = text.split("\n")
    prose = ["" if _is_code(line.strip()) else line for line in lines]
    return "\n".join(prose), sum(map(len, lines)) - sum(map(len, prose))


def _is_code(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_CODE_LINE and _CODE_LINE.match(line) is not None


def _cut_bare_formulas(text: str) -> tuple[str, int]:
    if "\\" not in text:
        return text, 0
    words = text.split(" ")
    prose = ["" if _FORMULA_COMMAND.search(word) else word for word in words]
    return " ".join(prose), sum(map(len, words)) - sum(map(len, prose))


def normalize(text: str) -> str:
    """Composed characters (NFC), no invisible ones, single spaces, at most one empty line in a row."""
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    text = unicodedata.normalize("NFC", _PILED_MARKS.sub(r"\1", text))
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def take_apart(text: str) -> Parts:
    """The prose of a post, and how much of the post is code, formulas and addresses.

    - Code: ``` and ~~~ fences, <pre>, <code>, `inline` code; lines that read as code or as a failure report,
      where they stand by themselves.
    - Formulas: $$, $, \\[, \\(, \\begin; words with a LaTeX command of mathematics in them.
    - Addresses: URLs and e-mail addresses that are shown (so not in tags).

    In the prose, blocks of these and comments become an empty line, which ends a sentence; what stands inside a
    sentence becomes a space. HTML tags go and their text stays; character references are resolved. The counts are
    characters of the text as posted, delimiters included.
    """
    characters: Counter[str] = Counter()
    length = len(text)
    for kind, opening, closing in _BLOCKS:
        text, cut = _cut(text, opening, closing, "\n\n")
        characters[kind] += cut
    for kind, opening, closing in _SPANS:
        text, cut = _cut(text, opening, closing, " ")
        characters[kind] += cut
    for kind, pattern in ((CODE, _INLINE_CODE), (FORMULA, _INLINE_FORMULA)):
        text, cut = _blank(text, pattern)
        characters[kind] += cut
    text = _TAG.sub("", _BLOCK_TAG.sub("\n\n", text))
    text = html.unescape(_IMPOSSIBLE_REFERENCE.sub(" ", text))
    for pattern in (_URL, _EMAIL):
        text, cut = _blank(text, pattern)
        characters[ADDRESS] += cut
    for kind, cut_lines in ((CODE, _cut_code_lines), (FORMULA, _cut_bare_formulas)):
        text, cut = cut_lines(text)
        characters[kind] += cut
    # the space in the place of an address may have gone with a line of code or a word of formula
    addresses = min(characters[ADDRESS], length - characters[CODE] - characters[FORMULA])
    return Parts(normalize(text), characters[CODE], characters[FORMULA], addresses)


def prose(text: str) -> str:
    """The sentences of a post, without what cannot be read aloud: see `take_apart`."""
    return take_apart(text).prose
