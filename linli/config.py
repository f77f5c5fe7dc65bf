"""Settings come from the environment and nowhere else; each is checked here, with a sentence that says what to do."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class BadSetting(SystemExit):
    """A setting that cannot be used; its text is all the operator sees."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, default, and what it is for (docs/settings.md is checked against this)."""

    name: str
    default: str
    about: str
    kind: str = "text"  # text, flag, whole, seconds, address, url, secret, or the choices as "a|b"


SETTINGS: tuple[Setting, ...] = (
    Setting("LINLI_DATA", "var", "Folder for the database, uploads, keys and models."),
    Setting("LINLI_DATABASE_URL", "", "sqlite:///path or postgresql://user:word@host/name; empty: SQLite in its folder",
            "secret"),
    Setting("LINLI_DEBUG", "0", "1 shows error pages with code; never on a machine others reach.", "flag"),
    Setting("LINLI_DEMO", "0", "1 offers one-tap sign-in as demo people and prints codes to the console.", "flag"),
    Setting("LINLI_HOSTS", "127.0.0.1,localhost", "Host names this site answers to, separated by commas."),
    Setting("LINLI_HTTPS", "0", "1 behind TLS: cookies become Secure, HSTS is sent.", "flag"),
    Setting("LINLI_NODE", "0", "A different small number for each machine of a city.", "whole"),
    Setting("LINLI_CLOCK_SHIFT_S", "", "Fault tests only: seconds added to the clock.", "seconds"),
    Setting("LINLI_SMS_URL", "", "HTTP SMS gateway that takes a POST of {to, text}; empty: codes go to the console.",
            "url"),
    Setting("LINLI_SMS_TOKEN", "", "Bearer token for the SMS gateway.", "secret"),
    Setting("LINLI_ASSISTANT_URL", "", "OpenAI-compatible address (…/v1) that may phrase published text; empty: none.",
            "url"),
    Setting("LINLI_ASSISTANT_TOKEN", "", "Bearer token for that address.", "secret"),
    Setting("LINLI_ASSISTANT_MODEL", "default", "Name of the model at that address."),
    Setting("LINLI_EMAIL_URL", "", "smtp://user:pass@host:port for e-mail; empty: no e-mail.", "secret"),
    Setting("LINLI_TILE_URL", "", "Map tiles {z}/{x}/{y}; empty: the community's own vector map.",
            "tiles"),
    Setting("LINLI_TILE_DATUM", "wgs84", "gcj02 when the tiles are in the Chinese datum.", "wgs84|gcj02"),
    Setting("LINLI_SCAN_CMD", "", "Command that scans the file named as its last argument; exit 0 clean, 1 infected."),
    Setting("LINLI_MASTER_KEY", "", "Master key of the key ring (64 characters); empty: master.key in LINLI_DATA.",
            "secret"),
    Setting("LINLI_CIPHER", "aes", "aes (AES-256-GCM) or sm4 (SM4-GCM, 国密) for newly written fields.", "aes|sm4"),
    Setting("LINLI_BASE_URL", "http://127.0.0.1:8000", "The address people reach this site at, for links sent out.",
            "url"),
    Setting("LINLI_BIND", "127.0.0.1:8000", "address:port on which the web listens.", "address"),
    Setting("LINLI_WEB_PROCESSES", "2", "Web processes; about one for each core.", "whole"),
    Setting("LINLI_WEB_THREADS", "4", "Threads of each web process.", "whole"),
)


def env(name: str) -> str:
    """The value of a declared setting; an undeclared name is a programmer's error."""
    known = {setting.name: setting.default for setting in SETTINGS}
    return os.environ.get(name, known[name])


def flag(name: str) -> bool:
    """A yes/no setting; anything but 0 or 1 stops the start."""
    value = env(name)
    if value not in {"0", "1"}:
        raise BadSetting(f"{name}={value!r}: write 1 for yes or 0 for no.")
    return value == "1"


def number(name: str) -> int:
    """A whole number that is not negative; anything else stops the start."""
    value = env(name)
    if not value.isdigit():
        raise BadSetting(f"{name}={value!r}: write a whole number.")
    return int(value)


def tile_origin(url: str) -> str:
    """Scheme and host of the tile address, the only one pictures may come from besides this site; "" without one."""
    if not url:
        return ""
    parts = urlsplit(url)
    wanted = all(f"{{{name}}}" in parts.path + parts.query for name in "zxy")
    if parts.scheme not in {"http", "https"} or not wanted or "{" in parts.netloc or ";" in url or " " in url:
        raise BadSetting(f"LINLI_TILE_URL={url!r}: write it like https://tiles.example.org/{{z}}/{{x}}/{{y}}.png.")
    return f"{parts.scheme}://{parts.netloc}"


def address(value: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[::1]:port` or `:port`."""
    host, _, port = value.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65_536:
        raise BadSetting(f"{value!r} is no address to listen on: write it like 127.0.0.1:8000.")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - asked for by leaving the host out


def check_all() -> list[str]:
    """What is wrong with the environment, one sentence each; a name that nobody reads is said too."""
    wrong = []
    for setting in SETTINGS:
        try:
            _check(setting)
        except BadSetting as bad:
            wrong.append(str(bad))
    known = {setting.name for setting in SETTINGS}
    for name in sorted(os.environ):
        if name.startswith("LINLI_") and name not in known and not name.startswith(("LINLI_TEST_", "LINLI_FAULTS")):
            near = get_close_matches(name, known, 1)
            wrong.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))
    return wrong


def check_values() -> None:
    """Stop the start at the first value that cannot be used."""
    for setting in SETTINGS:
        _check(setting)


def _check(setting: Setting) -> None:
    value = env(setting.name)
    match setting.kind:
        case "flag":
            flag(setting.name)
        case "whole":
            number(setting.name)
        case "address":
            address(value)
        case "seconds" if value:
            try:
                float(value)
            except ValueError:
                raise BadSetting(f"{setting.name}={value!r}: write a number of seconds.") from None
        case "url" if value and urlsplit(value).scheme not in {"http", "https"}:
            raise BadSetting(f"{setting.name}={value!r}: write an address that begins with https:// or http://.")
        case "tiles" if value:
            tile_origin(value)
        case kind if "|" in kind and value not in kind.split("|"):
            raise BadSetting(f"{setting.name}={value!r}: write {kind.replace('|', ' or ')}.")


def data_folder() -> Path:
    """LINLI_DATA, made if absent."""
    folder = Path(env("LINLI_DATA")).expanduser().resolve()
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"LINLI_DATA={folder}: cannot be made ({error.strerror}). Name a folder you may write to.") from None
    return folder


def secret(folder: Path, name: str) -> str:
    """A secret kept in the data folder, made on first start, readable by its owner only."""
    path = folder / f"{name}.secret"
    if not path.exists():
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(48))
    return path.read_text()


def database(url: str, folder: Path) -> dict[str, Any]:
    """Django's DATABASES entry for LINLI_DATABASE_URL."""
    parts = urlsplit(url or f"sqlite:///{folder / 'linli.sqlite3'}")
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "linli.foundation.sqlite",
            "NAME": unquote(parts.path[1:] if parts.path.startswith("//") else parts.path),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # Read-then-write in a DEFERRED transaction fails at once with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
                                "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        query = dict(parse_qsl(parts.query))
        host = query.pop("host", parts.hostname or "")
        prepare = query.pop("prepare", "1") != "0"
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""),
            "HOST": host, "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True,
            # Only cursors that ask for it prepare: `foundation.prepared`.
            "OPTIONS": {**query, "prepare_threshold": 0} if prepare else query,
        }
    raise BadSetting(f"LINLI_DATABASE_URL begins with {parts.scheme!r}: use sqlite:///path or postgresql://…")
