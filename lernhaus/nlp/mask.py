"""What in a text points at a person: covered before any table made from texts holds a word of it.

Covered are e-mail addresses (also written "name (at) host (dot) org"), @handles, web addresses, phone numbers, and
other long numbers and codes, since student and account numbers look like them. Names are not: the names of learners
are kept from the part of the warehouse that reads texts, so nothing here knows them.

Every step is linear in the length of the text, whatever the text holds.
"""

import re

MARK = "███"
"""Stands for what is covered; no letter, so that it is part of no word and parts phrases."""

_AT = r"(?:[@＠]|[ ]?[(\[{<][ ]?(?:at|ät|@)[ ]?[)\]}>][ ]?)"
_DOT = r"[ ]?[(\[{<][ ]?(?:dot|punkt|\.)[ ]?[)\]}>][ ]?"
_HOST = rf"[\w.+%-]*\w(?:{_DOT}[\w-]+)*"
# Each pattern begins where a token does, so that no stretch of text is looked at from more than one beginning.
_PATTERNS = [
    re.compile(pattern, re.I | re.X)
    for pattern in (
        # web address: with a scheme, or a host name with a path
        r"(?<![\w.-])(?: (?:https?|ftp):// | www\. | mailto: | (?:[\w-]{1,63}\.){1,8}[a-z]{2,24}/ )"
        r"[^\s<>]*[^\s<>.,;:!?)\]}'\"»”’]",
        # handle, with the host that federated networks add, and whatever else is hung on it
        r"(?<!\w)[@＠]\w(?:[\w.-]*\w)?(?:[@＠][\w.-]*\w)*",
        # e-mail address, with all that would look like another one once it is covered
        rf"(?<![\w.+%-])[\w.+%-]+{_AT}{_HOST}(?:[\w.+%-]*+{_AT}{_HOST})*",
        # phone number: international, with a trunk zero, or in North American groups; no date
        r"""(?<!\w)(?<!\d[.,])(?!\d\d?[./-]\d\d?[./-]\d{2,4}(?!\d))
            (?: (?:\(?\+\(?\d | \(?0\d)(?:[ \u00a0./()–-]{0,3}\d){5,13}
                | \(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4} )(?!\d)""",
        # number of seven digits or more; code with five digits in a row
        r"(?<!\w)(?<!\d[.,]) \d{7,} (?!\w|[.,]\d)",
        r"(?<!\w)(?<!\d[.,]) (?=\w*?[^\W\d]) (?=\w*?\d{5}) \w+",
    )
]


def mask(text: str) -> str:
    """The text with ``MARK`` in place of each address, handle, phone number and long number or code in it.

    Expects normalized text, as `lernhaus.nlp.clean` returns it: an invisible character inside an address would part
    it. Covers rather too much than too little.
    """
    for pattern in _PATTERNS:
        text = pattern.sub(MARK, text)
    return text
