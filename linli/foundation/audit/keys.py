"""The key that signs checkpoints, and the note it signs: the signed-note form that transparency logs share.

```
linli-audit/3fa94c01            origin: whose log this is
4711                            size of the tree
q1Zx…=                          root hash, base64
2026-11-25T02:00:00Z            when it was signed
                                (empty line)
— linli-audit/3fa94c01 …        name, then base64 of a 4-byte key hash and the Ed25519 signature
```
A further line of the same form is a co-signature, for example the auditor's.
"""

from __future__ import annotations

import base64
import os
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

_ALGORITHM = b"\x01"  # Ed25519, as signed notes number it


@cache
def signing_key(folder: Path | None = None) -> Ed25519PrivateKey:
    """The signing key in the data folder (`audit.key`, 0600), made on first use."""
    path = (folder or Path(settings.LINLI_DATA)) / "audit.key"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(os.urandom(32).hex())
        try:
            os.link(draft, path)  # of two processes the first wins, both read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))


def public_key() -> bytes:
    """The 32 bytes by which anyone checks the checkpoints."""
    return signing_key().public_key().public_bytes_raw()


def origin() -> str:
    """The log's name: it changes when its key does."""
    return f"linli-audit/{sha256(public_key()).hexdigest()[:8]}"


def verifier_line() -> str:
    """The public key as signed notes write it: `name+hash+base64`."""
    key = public_key()
    return f"{origin()}+{_key_hash(origin(), key).hex()}+{base64.b64encode(_ALGORITHM + key).decode()}"


def signed_note(size: int, root: bytes, moment: str) -> str:
    """The signed checkpoint of a tree."""
    name = origin()
    body = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n{moment}\n"
    signature = _key_hash(name, public_key()) + signing_key().sign(body.encode())
    return f"{body}\n— {name} {base64.b64encode(signature).decode()}\n"


def _key_hash(name: str, key: bytes) -> bytes:
    return sha256(f"{name}\n".encode() + _ALGORITHM + key).digest()[:4]
