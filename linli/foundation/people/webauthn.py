"""Passkeys at the edge of the `webauthn` package: what it wants, in the words of this house."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn as library
from django.conf import settings
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)


@dataclass(frozen=True)
class Registered:
    """A credential that proved itself."""

    credential: str
    public_key: bytes
    sign_count: int


def origin() -> str:
    """The address the browser must have been at."""
    return str(settings.LINLI_BASE_URL)


def party() -> str:
    """The relying party: the host of our own address."""
    return urlsplit(origin()).hostname or ""


def available() -> bool:
    """A passkey belongs to a name, over TLS or on this machine; a bare IP address cannot have one."""
    host = party()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or origin().startswith("https://")
    return False


def registration(person_id: int, shown_name: str, known: list[str]) -> tuple[str, bytes]:
    """(options as JSON for the browser, challenge to keep in the session)."""
    options = library.generate_registration_options(
        rp_id=party(), rp_name="邻里 Linli", user_id=str(person_id).encode(), user_name=shown_name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED))
    return library.options_to_json(options), options.challenge


def authentication() -> tuple[str, bytes]:
    """(options as JSON, challenge); no list of credentials, so the answer tells nothing about who is known."""
    options = library.generate_authentication_options(
        rp_id=party(), user_verification=UserVerificationRequirement.REQUIRED)
    return library.options_to_json(options), options.challenge


def registered(answer: str, challenge: bytes) -> Registered | None:
    """What was registered, or None when the answer does not hold."""
    try:
        found = library.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=party(), expected_origin=origin(),
            require_user_verification=True)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return Registered(bytes_to_base64url(found.credential_id), found.credential_public_key, found.sign_count)


def verified_sign_count(answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int | None:
    """The new signature counter, or None when the answer does not hold (a cloned key counts backwards)."""
    try:
        found = library.verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=party(), expected_origin=origin(),
            credential_public_key=public_key, credential_current_sign_count=sign_count,
            require_user_verification=True)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return found.new_sign_count
