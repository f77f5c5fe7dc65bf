"""One POST to a gateway, with a time limit and without following redirects."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO

from linli.foundation.notices.channels import NotSent

TIMEOUT_S = 8.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str,
    ) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def post_json(url: str, body: Mapping[str, str], headers: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> None:
    """POST `body` as JSON. Raises `NotSent`: final for what the gateway will never take (4xx but 408, 425, 429)."""
    if not url.startswith(("https://", "http://")):
        raise NotSent("bad_gateway_url", final=True)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, data=json.dumps(body).encode(), method="POST", headers={"Content-Type": "application/json", **headers})
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            answer.read(1024)
    except urllib.error.HTTPError as error:
        final = 400 <= error.code < 500 and error.code not in {408, 425, 429}
        raise NotSent(f"http_{error.code}", final=final) from None
    except (OSError, HTTPException) as error:
        raise NotSent("timeout" if isinstance(error, TimeoutError) else "unreachable") from None
