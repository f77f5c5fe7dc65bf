from __future__ import annotations

import pytest
from django.db import connection

from linli.foundation.audit import triggers


@pytest.fixture
def nothing_noted(db: None) -> None:
    """An empty log: what rooms wrote down while the tables were made is not what these tests are about."""
    with triggers.lifted(), connection.cursor() as cursor:
        for table in ("audit_auditcheckpoint", "audit_auditnode", "audit_auditleaf", "audit_auditentry"):
            cursor.execute(f"DELETE FROM {table}")
