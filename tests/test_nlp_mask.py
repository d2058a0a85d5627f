"""Addresses, handles and numbers that point at a person are covered, and other text is left as it is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lernhaus.nlp.clean import normalize, prose
from lernhaus.nlp.mask import MARK, mask

COVERED = [
    "anna.mueller+x@uni-graz.at",
    "ANNA@LOCALHOST",
    "müller@straße.example",
    "anna(at)uni-x.de",
    "anna [at] uni-x [punkt] de",
    "anna＠mail.example",
    "a" * 100 + "@mail.example",
    "@anna",
    "@anna_b.c-d",
    "@anna@social.example",
    "030 23125 123",
    "(030) 23125-123",
    "0171/3920012",
    "+49 171 39200 12",
    "+49 (0)171 3920012",
    "00491713920012",
    "06 12 34 56 78",
    "(555) 123-4567",
    "+1 (555) 123-4567",
    "4711234",
    "s0571234",
    "https://social.example/~anna?id=1",
    "www.social.example",
    "uni-x.example/~anna",
    "mailto:anna@uni-x.example",
]
LEFT = [
    "On 2024-05-12, 05.12.2024 or 5/12/24 at 05:30.",
    "pi is 3.14159265, e is 2,7182818 and 0.1234567 is small",
    "1,000,000 people, 12.000.000 Leute, 10000 runs",
    "and/or, z.B./usw., e.g. 5 @ 3 EUR each, p < .05, 50 % (n = 120)",
    "Pages 12-15 of the 2019-2020 edition, ISO 9001, exercise 3b, x = 1 2 3 4 5 6 7 8",
    "Weiß jemand, was „Ableitung“ heißt? 你好 😀",
]


@pytest.mark.parametrize("address", COVERED)
def test_what_points_at_a_person_is_covered(address: str) -> None:
    assert mask(address) == MARK
    assert mask(f"Hi, {address}, see you") == f"Hi, {MARK}, see you"
    assert mask(f"(Ruft an: {address})\nDanke!") == f"(Ruft an: {MARK})\nDanke!"


@pytest.mark.parametrize("text", LEFT)
def test_other_text_is_left(text: str) -> None:
    assert mask(text) == text


LOCAL = st.text("abcxyzäöüß019._+-", min_size=1, max_size=20).filter(lambda local: local[0].isalnum())
HOST = st.lists(st.text("abcxyzäü09", min_size=1, max_size=10), min_size=1, max_size=4).map(".".join)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), LOCAL, HOST, st.text(max_size=40))
@example("a\u200b", "b", "c", "")
@example("&#64;", "b", "c", "&#64;x")
def test_no_address_survives_in_any_text(before: str, local: str, host: str, after: str) -> None:
    covered = mask(normalize(f"{before} {local}@{host} {after}"))
    assert MARK in covered
    assert not re.search(r"[@＠]\w", covered)
    assert f"{local}@" not in covered


@settings(max_examples=200, deadline=None)
@given(st.text("abt +()-./@", max_size=60))
@example("a@a.@.a")
@example("a@a(.)a.a@a")
@example("@a@a@a")
def test_covering_addresses_twice_covers_no_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_addresses_in_disguise_are_covered_in_prose() -> None:
    for disguised in ("anna&#64;mail.example", "anna\u200b@mail.example", "an\u00adna@mail.example", "<b>@</b>anna"):
        assert "anna" not in mask(prose(f"Write to {disguised} please."))


HOSTILE = [
    "a", "@", "a@", "@a", "a.", "a-", "1", "1 ", "01 ", "0(", "+1", "+", "(", "1111a", ".", "0.", "a(dot)", "a (at) ",
    "www.", "http://", "aa.bb/ ", "%", " ", "<", "\0", "\u202e", "█",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_bounded_time(piece: str) -> None:
    start = time.process_time()
    mask("@a" + piece * (200_000 // len(piece)))
    assert time.process_time() - start < 3
