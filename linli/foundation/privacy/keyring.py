"""The key ring: data keys and the index key, wrapped by a master key, in the data folder and nowhere else.

`keys.json` (mode 0600) holds wrapped keys only. The master key that opens them comes from `LINLI_MASTER_KEY`,
or from `master.key` (0600) beside it, made on first start. No key is derived from `SECRET_KEY`. Each key is
48 random bytes: 32 for AES-256-GCM (or HMAC-SHA-256), 16 for SM4-GCM, so that no algorithm shares bytes with another.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from linli.config import BadSetting, env

KEY_BYTES = 48
_NONCE, _TAG = 12, 16
_LOOK_AGAIN_S = 1.0

Sealer = Callable[[bytes, bytes], bytes]


class AesGcm:
    """AES-256-GCM. `seal` gives nonce + ciphertext + tag; `open` raises `InvalidTag`."""

    letter = "A"

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key[:32])

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def open(self, raw: bytes, bound_to: bytes) -> bytes:
        return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound_to)


class Sm4Gcm:
    """SM4-GCM (国密, GB/T 32907). Same shape as `AesGcm`."""

    letter = "S"

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key[32:KEY_BYTES])

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        cipher = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(bound_to)
        return nonce + cipher.update(plain) + cipher.finalize() + cipher.tag

    def open(self, raw: bytes, bound_to: bytes) -> bytes:
        if len(raw) < _NONCE + _TAG:
            raise InvalidTag
        cipher = Cipher(self._algorithm, modes.GCM(raw[:_NONCE], raw[-_TAG:])).decryptor()
        cipher.authenticate_additional_data(bound_to)
        return cipher.update(raw[_NONCE:-_TAG]) + cipher.finalize()


CIPHERS: Mapping[str, type[AesGcm] | type[Sm4Gcm]] = {"A": AesGcm, "S": Sm4Gcm}


def cipher_letter() -> str:
    """The algorithm id that `LINLI_CIPHER` asks for: A or S."""
    name = env("LINLI_CIPHER")
    if name not in {"aes", "sm4"}:
        raise BadSetting(f"LINLI_CIPHER={name!r}: write aes or sm4.")
    return "A" if name == "aes" else "S"


@dataclass(frozen=True)
class Index:
    """The blind-index key and its own algorithm, which `LINLI_CIPHER` does not change (see `rotate_index`)."""

    letter: str
    key: bytes

    def digest(self, message: bytes) -> str:
        if self.letter == "A":
            return hmac.new(self.key[:32], message, sha256).hexdigest()
        mac = HMAC(self.key[:32], hashes.SM3())
        mac.update(message)
        return mac.finalize().hex()


@dataclass(frozen=True)
class Ring:
    """The opened ring: `seal_prefix` and `sealer` for new values, `openers` by `algorithm.key`, the index."""

    current: str
    index: Index
    seal_prefix: str
    sealer: Sealer
    openers: Mapping[str, Sealer]
    data: Mapping[str, bytes] = field(repr=False)
    stamp: int = 0


_lock = threading.Lock()
_ring: Ring | None = None
_looked_at = 0.0


def ring() -> Ring:
    """The ring as it lies on disk, looked at again once a second, so that a rotation reaches every process."""
    global _looked_at
    if _ring is not None:
        moment = time.monotonic()
        if moment - _looked_at < _LOOK_AGAIN_S:
            return _ring
        _looked_at = moment
        if _path().exists() and _path().stat().st_mtime_ns == _ring.stamp:
            return _ring
    return reload()


def reload() -> Ring:
    """Read the ring from disk; made there on first start."""
    global _ring, _looked_at
    with _lock:
        path = _path()
        if not path.exists():
            _create(path)
        stamp = path.stat().st_mtime_ns
        stored = json.loads(path.read_text())
        data = {name: _unwrapped(wrapped, name) for name, wrapped in stored["data"].items()}
        index = Index(stored["index"]["algorithm"], _unwrapped(stored["index"]["key"], "index"))
        letter, current = cipher_letter(), stored["current"]
        openers = {
            f"{kind}.{name}": make(key).open for name, key in data.items() for kind, make in CIPHERS.items()
        }
        _ring = Ring(current, index, f"{letter}.{current}", CIPHERS[letter](data[current]).seal, openers, data, stamp)
        _looked_at = time.monotonic()
        return _ring


def add_data_key() -> str:
    """Put a new data key into the ring and make it current; older ones stay to open. The new key's id."""
    stored = json.loads(_path().read_text())
    name = f"k{max(int(known[1:]) for known in stored['data']) + 1}"
    stored["data"][name] = _wrapped(os.urandom(KEY_BYTES), name, _masters()[0])
    stored["current"] = name
    _write(_path(), stored)
    reload()
    return name


def drop_data_keys(names: set[str]) -> None:
    """Forget data keys that seal nothing any more."""
    stored = json.loads(_path().read_text())
    if stored["current"] in names:
        raise ValueError("the current key cannot be dropped")
    stored["data"] = {name: key for name, key in stored["data"].items() if name not in names}
    _write(_path(), stored)
    reload()


def new_index_key() -> None:
    """A new blind-index key of the algorithm that `LINLI_CIPHER` asks for; every stored index must be made anew."""
    stored = json.loads(_path().read_text())
    stored["index"] = {"algorithm": cipher_letter(), "key": _wrapped(os.urandom(KEY_BYTES), "index", _masters()[0])}
    _write(_path(), stored)
    reload()


def new_master() -> Path:
    """Wrap the ring by a new master key, which lies in the returned file.

    A crash at any point leaves a ring that opens: `master.new` is written before the ring and tried after
    the old master. Where the master comes from the environment, the operator carries the new one there.
    """
    opened = reload()
    fresh = os.urandom(KEY_BYTES)
    new = _folder() / "master.new"
    _write_text(new, _as_text(fresh))
    stored = json.loads(_path().read_text())
    stored["data"] = {name: _wrapped(key, name, fresh) for name, key in opened.data.items()}
    stored["index"]["key"] = _wrapped(opened.index.key, "index", fresh)
    _write(_path(), stored)
    if not os.environ.get("LINLI_MASTER_KEY"):
        new = new.replace(_folder() / "master.key")
    reload()
    return new


def _folder() -> Path:
    return Path(settings.LINLI_DATA)


def _path() -> Path:
    return _folder() / "keys.json"


def _create(path: Path) -> None:
    """Two processes may start at once: the first to link its file into place wins, the other reads that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    master = _first_master()
    stored = {
        "version": 1,
        "current": "k1",
        "data": {"k1": _wrapped(os.urandom(KEY_BYTES), "k1", master)},
        "index": {"algorithm": cipher_letter(), "key": _wrapped(os.urandom(KEY_BYTES), "index", master)},
    }
    draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    _write_text(draft, json.dumps(stored, indent=1))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _first_master() -> bytes:
    if os.environ.get("LINLI_MASTER_KEY"):
        return _masters()[0]
    path = _folder() / "master.key"
    draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    _write_text(draft, _as_text(os.urandom(KEY_BYTES)))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _masters()[0]


def _masters() -> list[bytes]:
    """The master keys that may open the ring, the likeliest first."""
    found = []
    text = os.environ.get("LINLI_MASTER_KEY", "")
    if text:
        found.append(_from_text(text, "LINLI_MASTER_KEY"))
    found += [_from_text(path.read_text(), str(path)) for name in ("master.key", "master.new")
              if (path := _folder() / name).exists()]
    if not found:
        raise BadSetting(
            f"The master key is missing: keys.json is in {_folder()}, master.key is not. "
            "Put master.key back from its backup, or set LINLI_MASTER_KEY.")
    return found


def _as_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _from_text(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSetting(
            f"{where}: not a master key. It is 64 characters of URL-safe base64 (48 bytes), as printed by "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'.")
    return key


def _wrapped(key: bytes, name: str, master: bytes) -> str:
    letter = cipher_letter()
    return f"{letter}.{base64.b64encode(CIPHERS[letter](master).seal(key, _label(name))).decode()}"


def _unwrapped(wrapped: str, name: str) -> bytes:
    letter, body = wrapped.split(".", 1)
    for master in _masters():
        try:
            return CIPHERS[letter](master).open(base64.b64decode(body), _label(name))
        except InvalidTag:
            continue
    raise BadSetting(
        f"The master key does not open {_path()}. Use the master key this data folder was made with "
        "(LINLI_MASTER_KEY or master.key).")


def _label(name: str) -> bytes:
    return f"linli key ring|{name}".encode()


def _write(path: Path, stored: dict[str, Any]) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    _write_text(draft, json.dumps(stored, indent=1))
    draft.replace(path)


def _write_text(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
