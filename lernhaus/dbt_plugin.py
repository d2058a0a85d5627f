"""dbt-duckdb plugin: gives each connection, as DuckDB variables, what its SQL text must or can not hold.

The pseudonym secret, which never stands as SQL text on disk, and a hash of the code that no dbt node shows.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from lernhaus.keys import hmac_pads

SECRET_VARIABLE = "LERNHAUS_PSEUDONYM_SECRET"
# the parts of the library that Python models call
COMPUTING_ROOMS = ("nlp", "engagement", "risk")
DEVELOPMENT_SECRET = "lernhaus development secret, not for production"

_log = logging.getLogger(__name__)


def pseudonym_secret() -> bytes:
    """Return the secret from the environment, or the development default where it is not set.

    Raises ``DbtRuntimeError`` where it is set but empty: anybody could undo pseudonyms made with an empty key.
    """
    secret = os.environ.get(SECRET_VARIABLE, DEVELOPMENT_SECRET)
    if not secret:
        raise DbtRuntimeError(f"{SECRET_VARIABLE} is set but empty: give it a secret, or unset it for development")
    return secret.encode()


def code_hash(folders: Iterable[Path], secret: bytes) -> str:
    """Return a hash, in hex digits, of all macros and Python files in ``folders`` and of ``secret``."""
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".sql", ".py")):
            digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Plugin(BasePlugin):
    """Sets ``lernhaus_hmac_inner``, ``lernhaus_hmac_outer`` and ``lernhaus_code`` on every cursor that dbt opens."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        if SECRET_VARIABLE not in os.environ:
            _log.warning("%s is not set: learner pseudonyms are made with the development secret.", SECRET_VARIABLE)
        secret = pseudonym_secret()
        self._inner, self._outer = hmac_pads(secret)
        library = Path(__file__).parent
        self._code = code_hash([Path("macros"), *(library / room for room in COMPUTING_ROOMS)], secret)

    def configure_cursor(self, cursor: Any) -> None:
        for name, pad in (("inner", self._inner), ("outer", self._outer)):
            cursor.execute(f"set variable lernhaus_hmac_{name} = ?::blob", [pad])
        cursor.execute("set variable lernhaus_code = ?", [self._code])
