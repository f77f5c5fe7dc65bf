"""Web push (RFC 8030, 8291, 8292): to each browser of the person that asked for it."""

from __future__ import annotations

import base64
import json
import os
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from requests import RequestException, Session

from linli.foundation.notices.channels import Message, NotSent
from linli.foundation.notices.channels.http import TIMEOUT_S

KEEP_S = 24 * 3600


class Push:
    """Needs no configuration: the key pair is made in the data folder on first use."""

    def ready(self) -> bool:
        return True

    def send(self, message: Message) -> None:
        """To every browser; sent if one took it. Subscriptions that the browser gave up are deleted."""
        from linli.foundation.notices.models import PushSubscription

        found = list(PushSubscription.objects.filter(person=message.person))
        if not found:
            raise NotSent("no_subscription", needless=True)
        problems: list[NotSent] = []
        for subscription in found:
            try:
                _push(subscription.endpoint, subscription.p256dh, subscription.auth, message)
            except NotSent as problem:
                if problem.code in {"http_404", "http_410"}:
                    subscription.delete()
                problems.append(problem)
        if len(problems) == len(found):
            raise next((problem for problem in problems if not problem.final), problems[0])


def allowed(endpoint: str) -> bool:
    """Is it an address of a push service that the policy names? (A server must not be sent to inner addresses.)"""
    from linli.foundation.notices.choices import policy_value

    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.port not in {None, 443} or len(endpoint) > 1000:
        return False
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in policy_value("push_hosts"))


def decoded(text: str) -> bytes:
    """The bytes of unpadded base64url; nothing if it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def is_public_key(text: str) -> bool:
    """Is it a point of P-256, as a browser's key must be?"""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(text))
    except ValueError:
        return False
    return True


def public_key() -> str:
    """The application server key a browser subscribes with: uncompressed P-256 point, base64url."""
    numbers = _private_key().public_key()
    raw = numbers.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@cache
def _private_key() -> ec.EllipticCurvePrivateKey:
    path = Path(settings.LINLI_DATA) / "webpush.pem"
    if not path.exists():
        fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(fresh)
        try:
            os.link(draft, path)  # whole or not at all; a second process loses and reads the first one's
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} does not hold an EC key")
    return key


def _push(endpoint: str, p256dh: str, auth: str, message: Message) -> None:
    from py_vapid import Vapid02
    from pywebpush import WebPushException, webpush

    body = {"title": message.title, "body": message.text, "url": message.url, "key": message.key}
    vapid = Vapid02(private_key=_private_key())
    try:
        with Session() as session:
            session.max_redirects = 0  # the address was checked; where it would send us was not
            webpush(
                {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}, json.dumps(body),
                vapid_private_key=vapid, vapid_claims={"sub": _contact()}, ttl=KEEP_S, timeout=TIMEOUT_S,
                headers={"Urgency": "high" if message.urgent else "normal"}, requests_session=session)
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
        final = 400 <= status < 500 and status not in {408, 425, 429}
        raise NotSent(f"http_{status}" if status else "push_refused", final=final) from None
    except (RequestException, OSError):
        raise NotSent("unreachable") from None
    except ValueError:  # keys that are no keys
        raise NotSent("bad_subscription", final=True) from None


def _contact() -> str:
    base = str(settings.LINLI_BASE_URL)
    return base if base.startswith("https://") else "mailto:webmaster@localhost"
