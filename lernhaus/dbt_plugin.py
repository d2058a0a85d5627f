"""dbt-duckdb plugin: gives each connection what its SQL needs from Python.

- As DuckDB variables, the pseudonym secret, which never stands as SQL text on disk, and a hash of the code that no dbt
  node shows.
- As SQL functions, `lernhaus_list_files` and `lernhaus_inspect_files`, which look at extract files, and
  `lernhaus_is_erased` and `lernhaus_names_erased`, which know the learners who are to be erased.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import hmac
import logging
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from lernhaus.extracts import inspect_files, list_files
from lernhaus.keys import hmac_pads
from lernhaus.publish.erasures import ErasureListError, Erasures, erasures_path

SECRET_VARIABLE = "LERNHAUS_PSEUDONYM_SECRET"
ENVIRONMENT_VARIABLE = "LERNHAUS_ENVIRONMENT"
DEVELOPMENT, PRODUCTION = "development", "production"
# the parts of the library that read extracts, and that Python models call
COMPUTING_ROOMS = ("extracts", "nlp", "engagement", "risk", "figures")
XGBOOST = "xgboost" if sys.platform == "darwin" else "xgboost-cpu"
# what computes the contents of tables: another version may do it otherwise
COMPUTING_LIBRARIES = (
    "duckdb", "pandas", "numpy", "scikit-learn", XGBOOST, "nltk", "vaderSentiment", "py3langid", "textblob-de",
    "snowballstemmer",
)  # fmt: skip
DEVELOPMENT_SECRET = "lernhaus development secret, not for production"

_log = logging.getLogger(__name__)


def pseudonym_secret() -> bytes:
    """Return the secret from the environment, or the development default where it is not set.

    Raises ``DbtRuntimeError`` where it is set but empty: anybody could undo pseudonyms made with an empty key; and
    where it is not set, or the development default, in the environment ``production``.
    """
    secret = os.environ.get(SECRET_VARIABLE, DEVELOPMENT_SECRET)
    environment = os.environ.get(ENVIRONMENT_VARIABLE) or DEVELOPMENT
    if environment not in (DEVELOPMENT, PRODUCTION):
        raise DbtRuntimeError(f"{ENVIRONMENT_VARIABLE} is {DEVELOPMENT} or {PRODUCTION}, not {environment}")
    if environment == PRODUCTION and secret == DEVELOPMENT_SECRET:
        raise DbtRuntimeError(
            f"{SECRET_VARIABLE} is not set: everybody knows the development secret, so nothing is built with it in "
            f"{PRODUCTION}. Set a long random secret, and keep it: with another one all pseudonyms change"
        )
    if not secret.strip():
        raise DbtRuntimeError(f"{SECRET_VARIABLE} is set but empty: give it a secret, or unset it for development")
    return secret.encode()


_LISTED_FILES = """
    struct(path varchar, source_file varchar, size_bytes bigint, modified_at timestamp, problem varchar)[]
"""
_INSPECTION = """
    struct(
        content_hash varchar, record_count bigint, header varchar[], read_path varchar, refused_path varchar,
        problem varchar
    )
"""


def code_hash(folders: Iterable[Path], secret: bytes, libraries: Iterable[str] = COMPUTING_LIBRARIES) -> str:
    """Return a hash, in hex digits, of all macros and Python files in ``folders``, of ``secret``, and of the versions
    of ``libraries``."""
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for library in libraries:
        digest.update(f"{library} {version(library)}\0".encode())
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".sql", ".py")):
            digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Plugin(BasePlugin):
    """Sets the variable ``lernhaus`` on every cursor that dbt opens: ``hmac_inner``, ``hmac_outer``, ``code``, and
    ``erasure_count``, the number of learners who are to be erased.

    Adds the functions that look at files; their tidy copies lie in a temporary folder that goes with the plugin.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        if SECRET_VARIABLE not in os.environ:
            _log.warning("%s is not set: learner pseudonyms are made with the development secret.", SECRET_VARIABLE)
        secret = pseudonym_secret()
        self._inner, self._outer = hmac_pads(secret)
        library = Path(__file__).parent
        try:
            self._erasures = Erasures.read(erasures_path(), secret)
        except ErasureListError as error:
            raise DbtRuntimeError(str(error)) from error
        code = code_hash([Path("macros"), *(library / room for room in COMPUTING_ROOMS)], secret)
        self._code = " ".join(filter(None, [code, self._erasures.fingerprint]))
        self._scratch = tempfile.TemporaryDirectory(prefix="lernhaus-")
        # dbt has read the project and keeps it: to look for garbage in it again and again costs a tenth of a build
        gc.freeze()

    def configure_connection(self, conn: Any) -> None:
        for function, parameters, result in (
            (self.lernhaus_list_files, ["varchar", "varchar[]"], _LISTED_FILES),
            (
                self.lernhaus_inspect_files,
                ["varchar[]", "bigint", "varchar", "map(varchar, varchar)"],
                f"{_INSPECTION}[]",
            ),
            (self.lernhaus_is_erased, ["varchar", "varchar"], "boolean"),
            (self.lernhaus_names_erased, ["varchar"], "boolean"),
        ):
            conn.create_function(function.__name__, function, parameters, result, side_effects=True)
        # DuckDB complains of leaks where a connection with such functions is open when Python ends, as after sqlfluff
        atexit.register(conn.close)

    def lernhaus_list_files(self, folder: str, patterns: list[str]) -> list[dict[str, Any]]:
        """The files of an extract, see `lernhaus.extracts.list_files`."""
        return [asdict(file) for file in list_files(folder, patterns)]

    def lernhaus_inspect_files(
        self, paths: list[str], total_bytes: int, format: str, integers: dict[str, str]
    ) -> list[dict[str, Any]]:
        """What there is to know about files (csv or json_lines), see `lernhaus.extracts.inspect_files`."""
        found = inspect_files(paths, total_bytes, format == "csv", Path(self._scratch.name), integers)
        return [asdict(inspection) for inspection in found]

    def lernhaus_is_erased(self, source_system: str, learner_id: str) -> bool:
        """Whether the learner is to be erased."""
        return self._erasures.is_erased(source_system, learner_id)

    def lernhaus_names_erased(self, text: str) -> bool:
        """Whether a text names somebody who is to be erased."""
        return self._erasures.names_erased(text)

    def configure_cursor(self, cursor: Any) -> None:
        cursor.execute(
            "set variable lernhaus = {'hmac_inner': ?::blob, 'hmac_outer': ?::blob, 'code': ?, 'erasure_count': ?}",
            [self._inner, self._outer, self._code, len(self._erasures)],
        )
