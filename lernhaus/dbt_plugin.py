"""dbt-duckdb plugin: hands the pseudonym secret to each connection as DuckDB variables, never as SQL text on disk."""

from __future__ import annotations

import logging
import os
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from lernhaus.keys import hmac_pads

SECRET_VARIABLE = "LERNHAUS_PSEUDONYM_SECRET"
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


class Plugin(BasePlugin):
    """Sets ``lernhaus_hmac_inner`` and ``lernhaus_hmac_outer`` on every cursor that dbt opens."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        if SECRET_VARIABLE not in os.environ:
            _log.warning("%s is not set: learner pseudonyms are made with the development secret.", SECRET_VARIABLE)
        self._inner, self._outer = hmac_pads(pseudonym_secret())

    def configure_cursor(self, cursor: Any) -> None:
        for name, pad in (("inner", self._inner), ("outer", self._outer)):
            cursor.execute(f"set variable lernhaus_hmac_{name} = ?::blob", [pad])
