from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.files import limits
from linli.foundation.files.tests.drawing import make_person
from linli.foundation.people.models import Person


@pytest.fixture(autouse=True)
def data_folder(settings: object, tmp_path: Path) -> Path:
    """Each test keeps its files in its own folder; the keys stay where they are."""
    from linli.foundation.privacy import crypto

    if hasattr(crypto, "keys"):
        crypto.keys()  # read before the folder moves
    settings.LINLI_DATA = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings wrapper
    return tmp_path


@pytest.fixture(autouse=True)
def purposes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two purposes that no service has: photos alone, and everything."""
    monkeypatch.setitem(limits._accepted, "test.photo", ("photo",))
    monkeypatch.setitem(limits._accepted, "test.any", limits.FAMILIES)
    known = limits.declared_purposes() | {"test.photo", "test.any"}
    monkeypatch.setattr(limits, "declared_purposes", lambda: known)
    monkeypatch.setattr("linli.foundation.files.views.declared_purposes", lambda: known)
    return


@pytest.fixture
def community(db: None) -> Area:
    Area.objects.get_or_create(code="330106003", defaults={"name": "北山街道", "level": "street"})
    return Area.objects.get_or_create(
        code="330106003001", defaults={"name": "测试社区", "level": "community", "short": "CSS"})[0]


@pytest.fixture
def lin(community: Area) -> Person:
    return make_person("林女士", community)


@pytest.fixture
def neighbour(community: Area) -> Person:
    return make_person("邻居", community)


@pytest.fixture
def worker(community: Area) -> Person:
    return make_person("周敏", community, "worker")


@pytest.fixture
def stranger(db: None) -> Person:
    elsewhere = Area.objects.get_or_create(
        code="440305001002", defaults={"name": "别处社区", "level": "community", "short": "BCS"})[0]
    return make_person("外乡人", elsewhere, "worker")
