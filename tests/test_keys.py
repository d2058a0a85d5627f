"""The key and pseudonym macros, by properties, against their Python reference."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator

import duckdb
import pytest
from conftest import Warehouse
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.dbt_plugin import DEVELOPMENT_SECRET
from lernhaus.keys import hmac_pads, pseudonym, surrogate_key

PARTS = 3
INLINE = (
    "select {{ surrogate_key(['a', 'b', 'c']) }} as surrogate_key, {{ pseudonym('a', 'b') }} as pseudonym"
    " from (select $1::varchar as a, $2::varchar as b, $3::varchar as c) as parts"
)
text = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
part = st.one_of(st.none(), text, st.sampled_from(["", "|", "~", "~n", "~|", "n", "||"]))
parts = st.tuples(*[part] * PARTS)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SQL of both macros as dbt compiles it."""
    folder = tmp_path_factory.mktemp("keys")
    result = Warehouse(folder, extracts=folder).dbt("compile", "--target", "lint", "--inline", INLINE)
    assert result.success, result.exception
    return str(result.result.results[0].node.compiled_code)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def macro(compiled: str, connection: duckdb.DuckDBPyConnection) -> Callable[..., tuple[int, str]]:
    def call(secret: bytes, *values: str | None) -> tuple[int, str]:
        connection.execute("set variable lernhaus = {'hmac_inner': ?::blob, 'hmac_outer': ?::blob}", hmac_pads(secret))
        return connection.execute(compiled, list(values)).fetchall()[0]

    return call


@settings(max_examples=300, deadline=None)
@given(values=parts)
def test_macro_equals_python_reference(macro: Callable[..., tuple[int, str]], values: tuple[str | None, ...]) -> None:
    key, _ = macro(b"secret", *values)
    assert key == surrogate_key(*values)
    assert -(2**63) <= key < 2**63


@settings(max_examples=300, deadline=None)
@given(left=parts, right=parts)
def test_key_is_injective_on_separators_and_nulls(left: tuple[str | None, ...], right: tuple[str | None, ...]) -> None:
    assert (surrogate_key(*left) == surrogate_key(*right)) == (left == right)


def test_number_of_parts_matters() -> None:
    assert surrogate_key("a", "") != surrogate_key("a")
    assert surrogate_key("a|b") != surrogate_key("a", "b")
    assert surrogate_key(None) != surrogate_key("~n")


def test_key_is_stable() -> None:
    expected = int.from_bytes(hashlib.md5(b"oulad|AAA-2013J").digest()[:8], "big", signed=True)
    assert surrogate_key("oulad", "AAA-2013J") == expected == -6212060626560942028


@settings(max_examples=100, deadline=None)
@given(secret=st.binary(max_size=100), system=text, learner=text)
def test_pseudonym_is_hmac_sha256(
    macro: Callable[..., tuple[int, str]], secret: bytes, system: str, learner: str
) -> None:
    expected = hmac.new(secret, f"{system}|{learner}".encode(), hashlib.sha256).hexdigest()
    assert macro(secret, system, learner, None)[1] == expected == pseudonym(secret, system, learner)


def test_compiled_sql_holds_no_secret(compiled: str) -> None:
    assert DEVELOPMENT_SECRET not in compiled
    assert all(pad.hex() not in compiled.lower() for pad in hmac_pads(DEVELOPMENT_SECRET.encode()))
