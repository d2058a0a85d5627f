"""Who is to be erased (GDPR Art. 17): a list of keyed digests, from which nobody gets back to an id.

A build that is given the list takes in no record of these learners, whatever the extracts hold.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from lernhaus.publish import files
from lernhaus.publish.locking import exclusive

ENVIRONMENT_VARIABLE = "LERNHAUS_ERASURES"
ERASURES_FILE = "erasures.jsonl"
# a run of letters and digits, or any other character
_WORD = re.compile(r"[^\W_]+|.", re.DOTALL)
_REMEMBERED_WORDS = 1 << 16
_FIRST_WORD = "first word|"
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


class ErasureListError(ValueError):
    """The list cannot be used, so nothing can be built without the danger that somebody erased comes back."""


@dataclass(frozen=True)
class Erasure:
    """One identity that is to be erased.

    ``digest`` is the HMAC-SHA256 of the id under the pseudonym secret, ``length`` its number of characters and
    ``first_word`` the digest of the word that it begins with: by these it is looked for in refused records. Without a
    ``source_system`` it is a word alone, such as an e-mail address: it is looked for in refused records, and is no
    learner. ``key_check`` tells under which secret it was made.
    """

    requested_at: str
    source_system: str | None
    digest: str
    length: int
    first_word: str
    key_check: str


class Erasures:
    """The identities on a list, for asking who is on it.

    ``secret`` may be missing where nobody is asked for. Raises ``ErasureListError`` where an entry was made under
    another secret: its digest would never be found again.
    """

    def __init__(self, entries: Sequence[Erasure] = (), secret: bytes | None = None) -> None:
        if secret is not None and any(entry.key_check != _key_check(secret) for entry in entries):
            raise ErasureListError(
                "the list of erasures was written with another pseudonym secret, so those on it cannot be found: "
                "set that secret again, or request the erasures anew with the present one"
            )
        self.entries = tuple(entries)
        self._secret = secret
        self._learners = {(entry.source_system, entry.digest) for entry in entries if entry.source_system}
        # by the digest of the first word, the lengths and digests of what begins with it
        self._beginnings: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for entry in entries:
            self._beginnings[entry.first_word][entry.length].add(entry.digest)
        self._longest = max((entry.length for entry in entries), default=0)
        self._beginning_with = lru_cache(_REMEMBERED_WORDS)(self._look_up)

    @classmethod
    def read(cls, path: Path, secret: bytes | None = None) -> Erasures:
        """The list in a file of JSON lines; an empty one where the file is absent.

        Raises ``ErasureListError`` as the class does, where it cannot be read, and where a line is damaged.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        except (OSError, UnicodeDecodeError) as error:
            raise ErasureListError(f"the list of erasures {path} cannot be read: {error}") from error
        try:
            return cls([Erasure(**json.loads(line)) for line in lines], secret)
        except (TypeError, json.JSONDecodeError) as error:
            raise ErasureListError(f"the list of erasures {path} is damaged: {error}") from error

    def __len__(self) -> int:
        """The number of learners, an identity in each source system counting as one."""
        return len(self._learners)

    @property
    def identities(self) -> set[str]:
        """Each entry as one line of text, from which nobody gets back to an id."""
        return {f"{entry.key_check} {entry.source_system} {entry.digest}" for entry in self.entries}

    def missing(self, noted: Iterable[str]) -> int:
        """How many of the ``identities`` that a list once had are not on this one.

        Those of another secret are left out: who they are in this one cannot be told.
        """
        check = "" if self._secret is None else _key_check(self._secret)
        return len({line for line in noted if line.startswith(check)} - self.identities)

    @property
    def fingerprint(self) -> str | None:
        """One hash of all entries, in whatever order; none where there are none."""
        return hashlib.sha256("\n".join(sorted(self.identities)).encode()).hexdigest() if self.entries else None

    def write(self, path: Path) -> None:
        """Replace the list in a file in one step; it is readable by its owner alone."""
        files.write(path, "".join(json.dumps(asdict(entry)) + "\n" for entry in self.entries), mode=0o600)

    def is_erased(self, source_system: str, learner_id: str) -> bool:
        """True where the learner is on the list."""
        return bool(self._learners) and (source_system, self._digest(learner_id)) in self._learners

    def names_erased(self, text: str) -> bool:
        """True where an id or word of the list stands in the text, not as a part of a longer word or number.

        Escapes of JSON strings are seen through. What is dear, a digest, is made once for each word, also of other
        texts, and for what begins with a word that an id of the list begins with, so hostile texts cost no more.
        """
        return self._stands_in(text) or ("\\" in text and self._stands_in(_without_escapes(text)))

    def _stands_in(self, text: str) -> bool:
        words = {word for word in _WORD.findall(text) if len(word) <= self._longest and self._beginning_with(word)}
        tried = set()
        for word in _WORD.finditer(text) if words else ():
            if word[0] not in words:
                continue
            for length, digests in self._beginning_with(word[0]).items():
                end = word.start() + length
                if end > len(text) or (end < len(text) and text[end].isalnum() and text[end - 1].isalnum()):
                    continue
                candidate = text[word.start() : end]
                if candidate not in tried and self._digest(candidate) in digests:
                    return True
                tried.add(candidate)
        return False

    def _look_up(self, word: str) -> dict[int, set[str]]:
        return self._beginnings.get(self._digest(_FIRST_WORD + word), {})

    def _digest(self, identity: str) -> str:
        if self._secret is None:
            raise ErasureListError("without the pseudonym secret nobody is found on the list of erasures")
        return _digest(self._secret, identity)


def erasures_path() -> Path:
    """The file of the list: LERNHAUS_ERASURES, by default ``erasures.jsonl`` in the project."""
    return Path(os.environ.get(ENVIRONMENT_VARIABLE) or ERASURES_FILE)


def request(
    path: Path, secret: bytes, identities: Iterable[tuple[str | None, str]], say: Callable[[str], None] = print
) -> list[Erasure]:
    """Put identities (source system or none, id or word) on the list in ``path``; return those that were not yet on it.

    Requests take turns; ``say`` is told where one waits. Raises ``ErasureListError`` where the list that is there
    cannot be used, and ``ValueError`` for an empty id.
    """
    path = path.resolve()
    with exclusive(path.with_name(f".{path.name}.lock"), wait=True, say=say):
        present = Erasures.read(path, secret)
        known = {(entry.source_system, entry.digest) for entry in present.entries}
        now = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
        added: dict[tuple[str | None, str], Erasure] = {}
        for system, identity in identities:
            if not identity:
                raise ValueError("the id of a learner cannot be empty")
            digest = _digest(secret, identity)
            if (system, digest) not in known:
                first_word = _digest(secret, _FIRST_WORD + _first_word(identity))
                added[system, digest] = Erasure(now, system, digest, len(identity), first_word, _key_check(secret))
        if added:
            Erasures([*present.entries, *added.values()]).write(path)
    return list(added.values())


def _digest(secret: bytes, identity: str) -> str:
    # what stands before the id keeps the digest apart from the pseudonym, which may be known
    return hmac.digest(secret, f"erased|{identity}".encode(), "sha256").hex()


def _first_word(identity: str) -> str:
    found = _WORD.match(identity)
    return found[0] if found else ""


def _key_check(secret: bytes) -> str:
    return hmac.new(secret, b"list of erasures", hashlib.sha256).hexdigest()[:16]


def _without_escapes(text: str) -> str:
    # two escapes make one character where it is beyond the first 65,536; half a one is none
    halves = _ESCAPED.sub(_unescaped, text).encode("utf-16-le", "surrogatepass")
    return halves.decode("utf-16-le", "replace")


def _unescaped(escape: re.Match[str]) -> str:
    code, character = escape.groups()
    return chr(int(code, 16)) if code else str(character)
