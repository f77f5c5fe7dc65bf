"""Sealing and opening of single values, and the blind index that finds them. The keys: `keyring`.

A sealed value reads `algorithm.key.base64(nonce + ciphertext + tag)`: A is AES-256-GCM, S is SM4-GCM. New values
follow `LINLI_CIPHER`; old ones open whatever it says. The blind index keeps the algorithm its key was made with
(HMAC-SHA-256, or HMAC-SM3 in a data folder first started with sm4): a switch of the cipher must not lose anyone.
"""

from __future__ import annotations

import base64
import re

from linli.foundation.privacy import keyring

SEALED = re.compile(r"[AS]\.k\d+\.[A-Za-z0-9+/]{38,}={0,2}")


def keys() -> keyring.Ring:
    """The opened key ring."""
    return keyring.ring()


def seal(plain: str, bound_to: bytes) -> str:
    """`plain` as `algorithm.key.base64`; `bound_to` is authenticated with it."""
    ring = keyring.ring()
    return f"{ring.seal_prefix}.{base64.b64encode(ring.sealer(plain.encode(), bound_to)).decode()}"


def open_sealed(value: str, bound_to: bytes) -> str:
    """The plain text of `value`. Raises `InvalidTag` when it was moved to another row or changed."""
    prefix, _dot, body = value.rpartition(".")
    opener = keyring.ring().openers.get(prefix)
    if opener is None:
        # Another process may have put a new key into the ring a moment ago.
        opener = keyring.reload().openers[prefix]
    return opener(base64.b64decode(body), bound_to).decode()


def needs_resealing(value: str) -> bool:
    """Is `value` sealed otherwise than a new value would be?"""
    return value.rpartition(".")[0] != keyring.ring().seal_prefix


def blind(plain: str, domain: str) -> str:
    """Keyed HMAC of `plain` within `domain` (`app.model|field`), 64 hex digits."""
    return keyring.ring().index.digest(f"{domain}|{plain}".encode())
