"""The shell of API v1: rooms' routers are found, errors are problem+json, and every answer is declared."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from linli import __version__
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import problem
from linli.interfaces.api.coming_in import Bearer, Session


class Problem(Schema):
    """RFC 9457: what went wrong, in the language asked for, with a stable `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class Api(NinjaAPI):
    """NinjaAPI that declares the problems every operation may answer with."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        schema["components"].setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        told = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        words = {401: "Not signed in", 403: "Not allowed", 404: "Not there, or not yours to see", 409: "Refused",
                 413: "Too large", 422: "Not understood", 429: "Too often", 400: "Malformed", 415: "Not JSON"}
        for path in schema["paths"].values():
            for operation in path.values():
                for status, sentence in words.items():
                    operation["responses"].setdefault(str(status), {"description": sentence, **told})
        return schema


def build() -> Api:
    """The API with every room's `api.router`, mounted under the room's name."""
    api = Api(
        title="Linli 邻里", version=__version__, urls_namespace="api-v1", auth=[Bearer(), Session()],
        description="What a person may do on a page, a program may do here with that person's key. "
                    "Lists are keyset pages (`after`). A POST takes an `Idempotency-Key`.",
        openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}})
    for config in apps.get_app_configs():
        name = f"{config.name}.api"
        if config.name.startswith("linli.") and config.label != "api" and find_spec(name):
            api.add_router(f"/{config.label}/", import_module(name).router)
    from linli.interfaces.api.cases import router as cases
    from linli.interfaces.api.me import router as me

    api.add_router("/cases/", cases)
    api.add_router("/me/", me)
    _answer_problems(api)
    return api


def _answer_problems(api: Api) -> None:
    @api.exception_handler(Refused)
    def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
        return problem(409, refusal.code, str(refusal.sentence), **refusal.data,
                       **({"field": refusal.field} if refusal.field else {}))

    @api.exception_handler(Denied)
    def denied(request: HttpRequest, denial: Denied) -> HttpResponse:
        if denial.visible:
            return problem(403, "denied", _("这件事您不能办。"))
        return problem(404, "not_found", _("没有这个地址，或者您看不到它。"))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not_found", _("没有这个地址，或者您看不到它。"))

    @api.exception_handler(AuthenticationError)
    def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        if request.META.get("linli.api.scope"):
            return problem(403, "scope", _("这把钥匙没有这个权限。"))
        return problem(401, "not_signed_in", _("请带上钥匙，或先登录。"))

    @api.exception_handler(ValidationError)
    def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in error.errors]
        return problem(422, "not_understood", _("有的字段看不懂，见 errors。"), errors=errors)

    @api.exception_handler(HttpError)
    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "bad_request", str(error))


api = build()
