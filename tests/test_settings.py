"""Settings come from the environment, are checked at start, and are safe when nobody sets anything."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from linli import config

HERE = Path(__file__).resolve().parent.parent


def start(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True,
        env={**clean, "DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_DATA": str(tmp_path), **environment})


def test_nothing_set_is_safe(tmp_path: Path) -> None:
    done = start(tmp_path, "from django.conf import settings; print(settings.DEBUG, settings.LINLI_DEMO)")
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    first, second = start(tmp_path, code), start(tmp_path, code)
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) >= 50
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.secret")} == {0o600}


@pytest.mark.parametrize(("name", "value", "says"), [
    ("LINLI_DEBUG", "yes", "write 1 for yes or 0 for no"),
    ("LINLI_NODE", "one", "write a whole number"),
    ("LINLI_CIPHER", "des", "write aes or sm4"),
    ("LINLI_TILE_DATUM", "bd09", "write wgs84 or gcj02"),
    ("LINLI_BASE_URL", "linli.example", "begins with https"),
    ("LINLI_BIND", "8000x", "127.0.0.1:8000"),
    ("LINLI_DATABASE_URL", "mysql://x/y", "use sqlite"),
    ("LINLI_DATA", "/proc/linli", "Name a folder you may write to"),
])
def test_a_bad_value_stops_the_start_with_a_sentence(tmp_path: Path, name: str, value: str, says: str) -> None:
    done = start(tmp_path, "from django.conf import settings; settings.DEBUG", **{name: value})
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_HOST", "example.org")
    assert any("LINLI_HOSTS" in sentence for sentence in config.check_all())


@pytest.mark.parametrize(("value", "expected"), [
    ("127.0.0.1:8000", ("127.0.0.1", 8000)), (":80", ("0.0.0.0", 80)), ("[::1]:443", ("::1", 443)),
])
def test_addresses(value: str, expected: tuple[str, int]) -> None:
    assert config.address(value) == expected
