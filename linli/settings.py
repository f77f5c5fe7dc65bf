"""Django's settings, all drawn from the environment by `linli.config`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

import linli.foundation
import linli.interfaces
import linli.mechanisms
import linli.services
from linli import config

config.check_values()
LINLI_DATA = config.data_folder()
LINLI_DEMO = config.flag("LINLI_DEMO")
LINLI_BASE_URL = config.env("LINLI_BASE_URL").rstrip("/")
DEBUG = config.flag("LINLI_DEBUG")
SECRET_KEY = config.secret(LINLI_DATA, "session")
ALLOWED_HOSTS = [host.strip() for host in config.env("LINLI_HOSTS").split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [LINLI_BASE_URL] if LINLI_BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",
    "csp",
    *[f"linli.foundation.{room}" for room in linli.foundation.ROOMS],
    *[f"linli.mechanisms.{room}" for room in linli.mechanisms.ROOMS],
    *[f"linli.services.{room}" for room in linli.services.ROOMS],
    *[f"linli.interfaces.{room}" for room in linli.interfaces.ROOMS],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "linli.foundation.web.middleware.PackMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "linli.foundation.web.middleware.PersonMiddleware",
    "linli.foundation.people.middleware.SignInMiddleware",
    "linli.foundation.web.middleware.RefusalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "linli.interfaces.api.coming_in.IdempotencyMiddleware",
]
ROOT_URLCONF = "linli.urls"
WSGI_APPLICATION = "linli.wsgi.application"
ASGI_APPLICATION = "linli.asgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {
        "loaders": [(
            "django.template.loaders.cached.Loader",
            [
                "django_cotton.cotton_loader.Loader",
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
        )],
        "context_processors": [
            "django.template.context_processors.request",
            "django.template.context_processors.i18n",
            "django.contrib.messages.context_processors.messages",
            "linli.interfaces.components.context.shell",
        ],
        "builtins": ["django_cotton.templatetags.cotton", "linli.interfaces.components.templatetags.linli"],
    },
}]

DATABASES = {"default": config.database(config.env("LINLI_DATABASE_URL"), LINLI_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["linli.foundation.people.backends.PersonBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "people:sign_in"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["linli.interfaces.components.formats"]

STATIC_URL = "static/"
STATIC_ROOT = LINLI_DATA / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": LINLI_DATA / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

SESSION_ENGINE = "linli.foundation.people.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = config.flag("LINLI_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LINLI_TILE_URL, LINLI_TILE_DATUM = config.env("LINLI_TILE_URL"), config.env("LINLI_TILE_DATUM")
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {
    "img-src": ["'self'", "data:", "blob:", *filter(None, [config.tile_origin(LINLI_TILE_URL)])],
    "default-src": ["'self'"], "style-src": ["'self'", "'unsafe-inline'"],
    "script-src": ["'self'"], "object-src": ["'none'"], "base-uri": ["'self'"], "form-action": ["'self'"],
    "frame-ancestors": ["'none'"], "worker-src": ["'self'"], "manifest-src": ["'self'"],
}}
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
