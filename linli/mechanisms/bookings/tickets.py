"""The QR code of a reservation: signed, of one session, with an end; checked offline by its SHA-256 on a list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256

from django.core import signing
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.bookings import settings
from linli.mechanisms.bookings.models import Reservation, Session

_SALT = "linli.bookings.ticket"


def code_of(reservation: Reservation) -> str:
    """`session.reservation.nonce.end:signature`; the same reservation gives the same code until its nonce changes."""
    session = reservation.session
    after = policy("bookings.ticket_minutes_after", area=session.offer.area)
    end = int((session.ends + timedelta(minutes=after)).timestamp())
    plain = f"{session.pk}.{reservation.pk}.{reservation.nonce}.{end}"
    return signing.Signer(salt=_SALT).sign(plain)


def digest(code: str) -> str:
    """What the offline list holds instead of the code: nobody can make a ticket from it."""
    return sha256(code.encode()).hexdigest()


def read(code: str, session: Session | None = None) -> Reservation:
    """The reservation of a code. Raises `Refused("forged" | "expired" | "void" | "other_session")`."""
    try:
        plain = signing.Signer(salt=_SALT).unsign(code)
        session_pk, pk, nonce, end = plain.split(".")
    except (signing.BadSignature, ValueError):
        raise Refused("forged", _("这个码不是我们的，请看手机上的票或者报姓名。")) from None
    row = Reservation.objects.filter(pk=int(pk)).select_related("session__offer__area", "party__booker").first()
    if row is None or row.nonce != nonce or row.session_id != int(session_pk):
        raise Refused("void", _("这个码已经作废，请让对方打开最新的票。"))
    if int(end) < now().timestamp():
        raise Refused("expired", _("这张票的活动已经结束。"))
    if session is not None and row.session_id != session.pk:
        raise Refused("other_session", _("这张票是另一场的：%(what)s。") % {"what": row.session.shown_title})
    return row


_LIST_SALT = "linli.bookings.door"


def stamp_of(session: Session, rows: Sequence[Mapping[str, object]]) -> str:
    """The signature under a list taken to the door: of this session, these rows, this moment."""
    summed = sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return signing.dumps({"session": session.pk, "rows": summed}, salt=_LIST_SALT)


def check_stamp(stamp: str, session: Session) -> None:
    """Is it a list of ours, of this session, not too old? Raises `Refused("forged_list" | "old_list")`."""
    try:
        told = signing.loads(stamp, salt=_LIST_SALT, max_age=settings.door_list_for(session.offer.area))
    except signing.SignatureExpired:
        raise Refused("old_list", _("这份名单太旧了，请在名单页上按纸质名单录入。")) from None
    except signing.BadSignature:
        told = {}
    if told.get("session") != session.pk:
        raise Refused("forged_list", _("这份名单不是这一场的，请重新下载。"))
