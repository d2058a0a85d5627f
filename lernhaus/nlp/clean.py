"""From the text as posted to the prose in it.

Code, formulas, markup, addresses and invisible characters are not prose: they have no words to read aloud
and would spoil every average. Every step is linear in the length of the text, whatever the text holds.
"""

import html
import re
import unicodedata

from lernhaus.nlp.characters import MARKS

# What is set apart from the prose around it: opening and closing delimiter.
_BLOCKS = [
    (re.compile("```"), re.compile("```")),
    (re.compile("^~~~", re.M), re.compile("^~~~", re.M)),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<(?:pre|script|style)\b", re.I), re.compile(r"</(?:pre|script|style)\s?>", re.I)),
    (re.compile(r"\\begin\{"), re.compile(r"\\end\{[^{}\n]{0,40}\}")),
    (re.compile(r"\$\$"), re.compile(r"\$\$")),
    (re.compile(r"\\\["), re.compile(r"\\\]")),
]
# What stands inside a sentence.
_SPANS = [
    (re.compile(r"<(?:code|kbd|samp|tt)\b", re.I), re.compile(r"</(?:code|kbd|samp|tt)\s?>", re.I)),
    (re.compile(r"\\\("), re.compile(r"\\\)")),
]
_INLINE_CODE = re.compile(r"`[^`\n]+`")
# Pandoc's rule, so that "it costs $5, not $10" stays prose.
_INLINE_FORMULA = re.compile(r"\$(?=\S)[^$\n]{1,200}(?<=\S)\$(?!\d)")
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


def _cut(text: str, opening: re.Pattern[str], closing: re.Pattern[str], replacement: str) -> str:
    """Replace each stretch from an opening delimiter to the next closing one; an unclosed one stays."""
    kept = []
    position = 0
    while (start := opening.search(text, position)) and (end := closing.search(text, start.end())):
        kept.append(text[position : start.start()])
        position = end.end()
    kept.append(text[position:])
    return replacement.join(kept)


def normalize(text: str) -> str:
    """Composed characters (NFC), no invisible ones, single spaces, at most one empty line in a row."""
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    text = unicodedata.normalize("NFC", _PILED_MARKS.sub(r"\1", text))
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def prose(text: str) -> str:
    """The sentences of a post, without what cannot be read aloud.

    Code blocks (``` or ~~~ fences, <pre>), display formulas ($$, \\[, \\begin) and comments become an empty
    line, which ends a sentence; inline code, inline formulas, URLs and e-mail addresses become a space. HTML
    tags go and their text stays; character references are resolved.
    """
    for opening, closing in _BLOCKS:
        text = _cut(text, opening, closing, "\n\n")
    for opening, closing in _SPANS:
        text = _cut(text, opening, closing, " ")
    text = _INLINE_FORMULA.sub(" ", _INLINE_CODE.sub(" ", text))
    text = _TAG.sub("", _BLOCK_TAG.sub("\n\n", text))
    text = html.unescape(_IMPOSSIBLE_REFERENCE.sub(" ", text))
    return normalize(_EMAIL.sub(" ", _URL.sub(" ", text)))
