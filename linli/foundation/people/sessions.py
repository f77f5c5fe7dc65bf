"""Sessions in the database, as Django keeps them; each request reads one, so the reading is prepared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from linli.foundation.prepared import Prepared


def _alive(key: str, moment: datetime) -> Any:
    return Session.objects.filter(session_key=key, expire_date__gt=moment)


_session = Prepared(_alive)


class SessionStore(db.SessionStore):
    """The store of `SESSION_ENGINE`."""

    def _get_session_from_db(self) -> Session | None:
        found = _session.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
