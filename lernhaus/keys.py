"""The warehouse's surrogate keys and pseudonyms, computed in Python exactly as the dbt macros compute them."""

from __future__ import annotations

import hashlib
import hmac

_SHA256_BLOCK = hashlib.sha256().block_size


def surrogate_key(*parts: object) -> int:
    """Return the signed 64-bit key of a natural key, equal to the macro ``surrogate_key``.

    Each part is taken as text (``None`` is SQL NULL), escaped so that separators and NULLs cannot collide,
    and joined by ``|``; the key is the first eight bytes of the MD5 of that, big-endian, two's complement.
    """
    escaped = ("~n" if part is None else str(part).replace("~", "~~").replace("|", "~|") for part in parts)
    digest = hashlib.md5("|".join(escaped).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def pseudonym(secret: bytes, source_system: str, source_learner_id: str) -> str:
    """Return a learner's pseudonym, equal to the macro ``pseudonym``: HMAC-SHA256 (RFC 2104), 64 hex digits."""
    message = f"{source_system}|{source_learner_id}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def hmac_pads(secret: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer pad of HMAC-SHA256 (RFC 2104, section 2) for ``secret``."""
    key = (hashlib.sha256(secret).digest() if len(secret) > _SHA256_BLOCK else secret).ljust(_SHA256_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)
