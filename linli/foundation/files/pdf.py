"""Whether a PDF opens without a password. Many certificates forbid editing and still open: those are welcome.

The standard security handler of ISO 32000-2, 7.6.4, tried with the empty password; nothing is decrypted.
"""

from __future__ import annotations

import re
from hashlib import md5, sha256, sha384, sha512

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ENCRYPT = re.compile(rb"/Encrypt\s*(?:(\d{1,9})\s+(\d{1,5})\s+R|<<)")
_ID = re.compile(rb"/ID\s*\[\s*(?=[(<])")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def needs_password(content: bytes) -> bool:
    """Does nobody read this PDF without a word from its sender? Also where its lock is one we do not know."""
    found = list(_ENCRYPT.finditer(content))
    if not found:
        return False
    try:
        return not _opens_with_nothing(content, found[-1])
    except (ArithmeticError, LookupError, ValueError):
        return True


def _opens_with_nothing(content: bytes, found: re.Match[bytes]) -> bool:
    if found[1]:
        start = re.search(rb"(?<!\d)%b\s+%b\s+obj" % (found[1], found[2]), content)
        if start is None:
            raise ValueError("the lock is not there")
        lock = content[start.end():start.end() + 4096]
    else:
        lock = content[found.end():found.end() + 4096]
    if not re.search(rb"/Filter\s*/Standard\b", lock):
        raise ValueError("not the standard lock")
    revision, owner, user = _number(lock, b"R"), _string(lock, b"O"), _string(lock, b"U")
    if revision in (5, 6):
        salted = user[32:40]
        return user[:32] == (sha256(salted).digest() if revision == 5 else _hardened(salted))
    if revision not in (2, 3, 4):
        raise ValueError("a lock of another kind")
    known = list(_ID.finditer(content))
    ident = _text_at(content, known[-1].end()) if known else b""
    version = _number(lock, b"V")
    length = 5 if version == 1 else 16 if version == 4 else _number(lock, b"Length", 40) // 8
    key = md5(_PAD + owner[:32] + (_number(lock, b"P") & 0xFFFFFFFF).to_bytes(4, "little") + ident
              + (b"\xff" * 4 if revision == 4 and re.search(rb"/EncryptMetadata\s+false", lock) else b""),
              usedforsecurity=False).digest()
    if revision == 2:
        return _rc4(key[:length], _PAD) == user[:32]
    for _round in range(50):
        key = md5(key[:length], usedforsecurity=False).digest()
    made = md5(_PAD + ident, usedforsecurity=False).digest()
    for number in range(20):
        made = _rc4(bytes(one ^ number for one in key[:length]), made)
    return made == user[:16]


def _hardened(salt: bytes) -> bytes:
    """Algorithm 2.B with the empty password."""
    made, number, last = sha256(salt).digest(), 0, 0
    while number < 64 or last > number - 32:
        cipher = Cipher(algorithms.AES(made[:16]), modes.CBC(made[16:32])).encryptor()
        mixed = cipher.update(made * 64) + cipher.finalize()
        made = (sha256, sha384, sha512)[sum(mixed[:16]) % 3](mixed).digest()
        last, number = mixed[-1], number + 1
    return made[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 255
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for one in data:
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out.append(one ^ box[(box[i] + box[j]) & 255])
    return bytes(out)


def _number(lock: bytes, name: bytes, otherwise: int | None = None) -> int:
    found = re.search(rb"/%b\s+(-?\d{1,12})" % name, lock)
    if found is None:
        if otherwise is None:
            raise ValueError("a number is missing")
        return otherwise
    return int(found[1])


def _string(lock: bytes, name: bytes) -> bytes:
    found = re.search(rb"/%b\s*(?=[(<])" % name, lock)
    if found is None:
        raise ValueError("a string is missing")
    return _text_at(lock, found.end())


def _text_at(content: bytes, at: int) -> bytes:
    """The string that begins at `at`: `<hex>` or `(literal)`."""
    if content[at:at + 1] == b"<":
        digits = re.sub(rb"\s", b"", content[at + 1:content.index(b">", at)])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    out, depth, at = bytearray(), 1, at + 1
    while True:
        sign = content[at:at + 1]
        if not sign:
            raise ValueError("a string has no end")
        if sign == b"\\":
            octal = re.compile(rb"[0-7]{1,3}").match(content, at + 1)
            if octal:
                out.append(int(octal[0], 8) & 255)
                at = octal.end()
                continue
            following = content[at + 1:at + 2]
            if following not in (b"\r", b"\n"):
                out += _ESCAPES.get(following, following)
            at += 3 if content[at + 1:at + 3] == b"\r\n" else 2
            continue
        depth += (sign == b"(") - (sign == b")")
        if not depth:
            return bytes(out)
        out += sign
        at += 1
