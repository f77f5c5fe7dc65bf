"""A whole WebAuthn ceremony against an authenticator made of software."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from pytest_django import Settings
from webauthn.helpers import bytes_to_base64url

from linli.foundation.people.models import Passkey, Person

ORIGIN = "https://linli.example"
ClientOf = Callable[[Person], Client]


class Authenticator:
    """A platform authenticator with one P-256 credential, whose owner unlocks it each time."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential, self.count = os.urandom(32), 0

    def _client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _data(self, attested: bytes = b"", flags: int = 0x05) -> bytes:
        self.count += 1
        return sha256(b"linli.example").digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested

    def register(self, options: dict[str, Any], origin: str = ORIGIN) -> dict[str, Any]:
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cose
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(attested, 0x45)})
        return self._answer({
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"], origin),
            "attestationObject": made}) | {"name": "我的手机"}

    def sign(self, options: dict[str, Any], origin: str = ORIGIN, flags: int = 0x05) -> dict[str, Any]:
        data, client = self._data(flags=flags), self._client_data("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _answer(self, parts: dict[str, bytes]) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential)
        return {"id": name, "rawId": name, "type": "public-key",
                "response": {key: bytes_to_base64url(value) for key, value in parts.items()}}


def send(client: Client, path: str, answer: dict[str, Any]) -> Any:
    return client.post(path, json.dumps(answer), content_type="application/json")


@pytest.fixture
def device(settings: Settings, client_of: ClientOf, resident: Person) -> Authenticator:
    """An authenticator that `resident` registered."""
    settings.LINLI_BASE_URL = ORIGIN
    client, made = client_of(resident), Authenticator()
    options = client.get("/me/security/passkey/options/").json()
    assert send(client, "/me/security/passkey/", made.register(options)).status_code == 201
    return made


def test_a_device_signs_in_without_a_code(device: Authenticator, resident: Person) -> None:
    client = Client()
    options = client.get("/sign-in/passkey/options/").json()
    assert not options.get("allowCredentials")
    answer = send(client, "/sign-in/passkey/?next=/me/security/", device.sign(options))
    assert answer.json() == {"next": "/me/security/"}
    assert client.session["_auth_user_id"] == str(resident.pk)
    assert client.session["strong"] is True
    assert "我的手机" in client.get("/me/security/").content.decode()


def test_an_answer_is_good_for_its_own_challenge_and_place_only(device: Authenticator) -> None:
    client = Client()
    first = client.get("/sign-in/passkey/options/").json()
    replayed = device.sign(first)
    assert send(client, "/sign-in/passkey/", replayed).status_code == 200
    stranger = Client()
    stranger.get("/sign-in/passkey/options/")
    assert send(stranger, "/sign-in/passkey/", replayed).status_code == 422
    options = stranger.get("/sign-in/passkey/options/").json()
    elsewhere = device.sign(options, origin="https://linli.example.org")
    assert send(stranger, "/sign-in/passkey/", elsewhere).status_code == 422
    options = stranger.get("/sign-in/passkey/options/").json()
    assert send(stranger, "/sign-in/passkey/", device.sign(options, flags=0x01)).status_code == 422  # not unlocked
    assert send(stranger, "/sign-in/passkey/", {"id": "no"}).status_code == 422
    assert "_auth_user_id" not in stranger.session


def test_a_key_that_counts_backwards_is_a_copy(device: Authenticator) -> None:
    Passkey.objects.update(sign_count=1000)
    client = Client()
    options = client.get("/sign-in/passkey/options/").json()
    assert send(client, "/sign-in/passkey/", device.sign(options)).status_code == 422


def test_a_passkey_is_removed_by_its_owner_only(
        device: Authenticator, client_of: ClientOf, resident: Person, neighbour: Person) -> None:
    key = Passkey.objects.get()
    assert client_of(neighbour).post(f"/me/security/passkey/{key.pk}/remove/").status_code == 404
    assert client_of(resident).post(f"/me/security/passkey/{key.pk}/remove/").status_code == 302
    assert not Passkey.objects.exists()


def test_a_bare_ip_address_offers_none(settings: Settings, client: Client, db: None) -> None:
    settings.LINLI_BASE_URL = "http://127.0.0.1:8000"
    assert client.get("/sign-in/passkey/options/").status_code == 404
    assert "passkey.js" not in client.get("/sign-in/").content.decode()
