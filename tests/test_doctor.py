"""The doctor names what is unsafe, says how to mend it, and is quiet about what is well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management.utils import get_random_secret_key

from linli.interfaces.cli import doctoring
from linli.interfaces.cli.main import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A site that others reach, set up as it should be, but for the worker."""
    tmp_path.chmod(0o750)
    (tmp_path / "static").mkdir()
    (tmp_path / "backup.done").write_text("")
    settings.LINLI_DATA, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.DEBUG, settings.LINLI_DEMO, settings.HTTPS = False, False, True
    settings.LINLI_BASE_URL, settings.ALLOWED_HOSTS = "https://linli.example", ["linli.example"]
    monkeypatch.setattr(doctoring.preparing, "static_stamp", lambda: "same")
    (tmp_path / "static" / ".stamp").write_text("same")
    for name, value in {"LINLI_HOSTS": "linli.example", "LINLI_SMS_URL": "https://sms.example/send",
                        "LINLI_EMAIL_URL": "smtp://mail.example", "LINLI_SCAN_CMD": "scan"}.items():
        monkeypatch.setenv(name, value)
    return settings


def codes() -> set[str]:
    return {finding.code for finding in doctoring.examine()}


def faults() -> set[str]:
    return {finding.code for finding in doctoring.examine() if finding.severity == doctoring.FAULT}


def test_a_good_deployment_lacks_its_worker_only(deployment: Any) -> None:
    assert faults() == {"worker_silent"}


def test_a_worker_that_beats_is_enough(deployment: Any) -> None:
    from linli.foundation.jobs.models import Worker

    Worker.objects.create(host="here", pid=1)
    assert faults() == set()


@pytest.mark.parametrize(("name", "value", "code"), [
    ("DEBUG", True, "debug_on"), ("LINLI_DEMO", True, "demo_public"), ("HTTPS", False, "https_off"),
    ("LINLI_BASE_URL", "http://linli.example", "base_url_http"), ("ALLOWED_HOSTS", ["*"], "hosts_any"),
])
def test_an_unsafe_setting_is_named(deployment: Any, name: str, value: object, code: str) -> None:
    setattr(deployment, name, value)
    assert code in codes()


@pytest.mark.parametrize("name", ["session.secret", "keys.json", "master.key"])
def test_a_key_that_others_can_read(deployment: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(get_random_secret_key())
    (tmp_path / name).chmod(0o644)
    assert "key_readable" in faults()
    (tmp_path / name).chmod(0o600)
    assert "key_readable" not in faults()


def test_a_folder_that_others_can_write(deployment: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert "data_writable" in faults()


def test_a_full_disk(deployment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctoring, "DISK_FREE_LEAST_BYTES", 10**18)
    assert "disk_low" in faults()


def test_an_old_backup(deployment: Any, tmp_path: Path) -> None:
    (tmp_path / "backup.done").unlink()
    assert "backup_old" in codes()


def test_codes_that_reach_nobody(deployment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_SMS_URL")
    assert "sms_off" in faults()


def test_each_finding_says_what_to_do(deployment: Any) -> None:
    deployment.DEBUG = True
    assert all(finding.remedy and finding.sentence.endswith((".", "!")) for finding in doctoring.examine())


def test_json_and_exit_code(deployment: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["faults"] == 1
    assert set(printed["findings"][0]) == {"code", "severity", "sentence", "remedy"}
