"""The key ring and the seals: what opens, what must not, and what lies on disk."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, strategies as st

from linli.config import BadSetting
from linli.foundation.privacy import crypto, keyring

ROW = b"people.person|phone|1"


@pytest.fixture
def ring(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, with no key in it yet."""
    settings.LINLI_DATA = tmp_path
    monkeypatch.setattr(keyring, "_ring", None)
    monkeypatch.delenv("LINLI_MASTER_KEY", raising=False)
    monkeypatch.setenv("LINLI_CIPHER", "aes")
    return tmp_path


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(max_size=40))
def test_what_is_sealed_opens(plain: str, row: bytes) -> None:
    sealed = crypto.seal(plain, row)
    assert crypto.open_sealed(sealed, row) == plain
    assert sealed.startswith("A.k")
    assert crypto.SEALED.fullmatch(sealed)


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_a_seal_opens_nowhere_else(ring: Path, monkeypatch: pytest.MonkeyPatch, cipher: str) -> None:
    monkeypatch.setenv("LINLI_CIPHER", cipher)
    sealed = crypto.seal("13800008000", ROW)
    assert sealed != crypto.seal("13800008000", ROW)
    for other in (b"people.person|phone|2", b"people.person|name|1", b"cases.case|phone|1"):
        with pytest.raises(InvalidTag):
            crypto.open_sealed(sealed, other)
    prefix, body = sealed.rsplit(".", 1)
    flipped = f"{prefix}.{body[:5]}{'B' if body[5] == 'A' else 'A'}{body[6:]}"
    with pytest.raises(InvalidTag):
        crypto.open_sealed(flipped, ROW)


def test_both_ciphers_live_side_by_side(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aes, index = crypto.seal("林女士", ROW), crypto.blind("13800008000", "people.person|phone")
    monkeypatch.setenv("LINLI_CIPHER", "sm4")
    keyring.reload()
    sm4 = crypto.seal("林女士", ROW)
    assert (aes[0], sm4[0]) == ("A", "S")
    assert crypto.open_sealed(aes, ROW) == crypto.open_sealed(sm4, ROW) == "林女士"
    assert crypto.needs_resealing(aes)
    assert not crypto.needs_resealing(sm4)
    # Whoever was found before the switch is found after it.
    assert crypto.blind("13800008000", "people.person|phone") == index


def test_sm4_from_the_start_uses_sm3_for_the_index(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_CIPHER", "sm4")
    assert crypto.keys().index.letter == "S"
    assert len(crypto.blind("x", "y")) == 64


def test_sm4_gcm_against_rfc_8998() -> None:
    """Appendix A.1 of RFC 8998."""
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    plain = bytes.fromhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
                          "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    sealed = cipher.update(plain) + cipher.finalize()
    assert cipher.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert keyring.Sm4Gcm(bytes(32) + key).open(nonce + sealed + cipher.tag, bound) == plain


def test_the_index_depends_on_domain_and_value() -> None:
    found = {crypto.blind(plain, domain) for plain in ("1", "2") for domain in ("a.b|c", "a.b|d")}
    assert len(found) == 4


def test_files_are_for_the_owner_only_and_hold_no_bare_key(ring: Path) -> None:
    keys = crypto.keys()
    for name in ("keys.json", "master.key"):
        assert stat.S_IMODE((ring / name).stat().st_mode) == 0o600
    text = (ring / "keys.json").read_text()
    for key in (*keys.data.values(), keys.index.key):
        assert key.hex() not in text
        assert key[:32].hex() not in text
    assert not [path for path in ring.iterdir() if path.name not in {"keys.json", "master.key"}]
    assert keys.data["k1"].hex() not in repr(keys)


def test_processes_that_start_at_once_share_one_ring(ring: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: keyring._create(ring / "keys.json"), range(8)))
    assert crypto.open_sealed(crypto.seal("x", ROW), ROW) == "x"


def test_the_master_may_come_from_the_environment(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_MASTER_KEY", keyring._as_text(os.urandom(48)))
    sealed = crypto.seal("x", ROW)
    assert not (ring / "master.key").exists()
    assert crypto.open_sealed(sealed, ROW) == "x"
    monkeypatch.setenv("LINLI_MASTER_KEY", keyring._as_text(os.urandom(48)))
    with pytest.raises(BadSetting, match="does not open"):
        keyring.reload()
    monkeypatch.setenv("LINLI_MASTER_KEY", "short")
    with pytest.raises(BadSetting, match="64 characters"):
        keyring.reload()


def test_a_lost_master_is_said_plainly(ring: Path) -> None:
    crypto.keys()
    (ring / "master.key").unlink()
    with pytest.raises(BadSetting, match=r"master\.key back from its backup"):
        keyring.reload()


def test_a_new_master_opens_the_old_values(ring: Path) -> None:
    sealed, index = crypto.seal("x", ROW), crypto.blind("x", "y")
    before = (ring / "master.key").read_text(), (ring / "keys.json").read_text()
    keyring.new_master()
    assert (ring / "master.key").read_text() != before[0]
    assert (ring / "keys.json").read_text() != before[1]
    assert crypto.open_sealed(sealed, ROW) == "x"
    assert crypto.blind("x", "y") == index


def test_a_crash_amid_a_new_master_leaves_a_ring_that_opens(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = crypto.seal("x", ROW)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", _crashing_after(1))  # the ring is in place, the master is not yet
        with pytest.raises(OSError, match="power cut"):
            keyring.new_master()
    monkeypatch.setattr(keyring, "_ring", None)
    assert crypto.open_sealed(sealed, ROW) == "x"


def _crashing_after(times: int) -> Any:
    left, real = [times], Path.replace

    def replace(self: Path, target: Path) -> Path:
        if not left[0]:
            raise OSError("power cut")
        left[0] -= 1
        return real(self, target)

    return replace


def test_another_process_s_new_key_is_found(ring: Path) -> None:
    crypto.keys()
    stored = json.loads((ring / "keys.json").read_text())
    old = keyring._ring
    assert keyring.add_data_key() == "k2"
    sealed = crypto.seal("x", ROW)
    assert sealed.startswith("A.k2.")
    keyring._ring = old  # as a process that has not looked again yet
    assert crypto.open_sealed(sealed, ROW) == "x"
    assert set(stored["data"]) == {"k1"}
