"""Settings of the tests: the product's own, over a throw-away folder, with what is slow on purpose made fast.

`LINLI_TEST_DATABASE=postgresql` (or `pytest --postgresql`) runs the same tests on a real PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
# What the operator's shell holds must not reach the tests.
for _name in [name for name in os.environ if name.startswith("LINLI_")]:
    if not _name.startswith(("LINLI_TEST_", "LINLI_FAULTS", "LINLI_CHROMIUM")):
        del os.environ[_name]
_data = Path(tempfile.mkdtemp(prefix=f"linli-tests-{_worker}"))
(_data / "static").mkdir()
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["LINLI_DATA"] = str(_data)
os.environ["LINLI_DEMO"] = "1"

if "--postgresql" in sys.argv:
    os.environ["LINLI_TEST_DATABASE"] = "postgresql"
if os.environ.get("LINLI_TEST_DATABASE") == "postgresql":
    if "LINLI_TEST_POSTGRESQL_URL" not in os.environ:
        from bench.postgres import Server

        # The first process starts it; the workers of xdist inherit its address and add gw0, gw1 … to the name.
        os.environ["LINLI_TEST_POSTGRESQL_URL"] = Server().create("linli")
    os.environ["LINLI_DATABASE_URL"] = os.environ["LINLI_TEST_POSTGRESQL_URL"]

from linli.settings import *  # noqa: E402, F403
from linli.settings import DATABASES, STORAGES  # noqa: E402

DATABASES["default"]["TEST"] = (
    {} if DATABASES["default"]["ENGINE"].endswith("postgresql") else {"NAME": _data / "test.sqlite3"}
)
# A connection held open by a test's thread would keep the test database from being removed.
DATABASES["default"]["CONN_MAX_AGE"] = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
