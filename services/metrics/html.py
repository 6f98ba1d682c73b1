"""How a page is made: who may see it, what was asked, the template, the headers. No script at all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from libs.events.contracts.values import Channel
from libs.events.front import Front
from libs.events.labels import label
from libs.events.problems import Problem, wrong_parameters
from services.metrics.naming import Called, names
from services.metrics.permissions import PERMISSIONS, visible_to

HERE = Path(__file__).parent
COOKIE = "bihuan_token"
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "content-language": "zh-CN",
}
"""Only our own style sheet may load: no script, no image, no foreign address."""

STATUSES = {
    "intake": ("SUBMITTED", "APPROVED", "DECLINED"),
    "dispatch": ("FILED", "DISPATCHED", "HANDLING", "FEEDBACK", "HANDED_TO_MEDIATION"),
    "mediation": ("REGISTERED", "SCREENING", "ACCEPTED", "ASSIGNED", "MEDIATING", "AGREED", "FAILED"),
}
"""The states of a matter by stage, in the order of its life; CLOSED ends two of them."""

Form = TypeVar("Form", bound=BaseModel)


def _environment() -> Environment:
    """Everything is escaped, a name that is not given is an error, words come from the label table."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["label"] = label
    made.filters["address"] = address
    made.filters["org"] = _organisation
    made.globals["channels"] = get_args(Channel)
    made.globals["statuses"] = STATUSES
    return made


@pass_context
def _organisation(context: Context, code: str | None) -> str:
    """The name of an organisation, as the page that is shown calls it."""
    called: Called = context["called"]
    return called(code)


def address(parameters: Mapping[str, Any]) -> str:
    """The parameters as a query, empty ones left out."""
    return urlencode([(name, value) for name, value in parameters.items() if value not in {None, ""}])


ENVIRONMENT = _environment()
STYLE = (HERE / "static" / "page.css").read_bytes()


async def scope(request: Request, operation: str) -> str | None:
    """The organisation whose matters the page may show, None for all. Raises Problem 401 or 403.

    Open pages ask for nothing; else a bearer token, or the same token in the cookie `bihuan_token`.
    """
    front: Front = request.app.state.front
    if front.reading.open_pages:
        return None
    cookie = request.cookies.get(COOKIE)
    bearer = request.headers.get("authorization") or (f"Bearer {cookie}" if cookie else None)
    principal = await front.tokens.principal(bearer)
    if not principal.roles & PERMISSIONS[operation]:
        raise Problem("not_permitted")
    return visible_to(principal.org, principal.roles, operation)


def asked(form: type[Form], request: Request) -> Form:
    """What the address asks for. A form sends its empty fields too; they are not an answer."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if value:
            given.setdefault(name, []).append(value)
    several = {
        field.alias or name
        for name, field in form.model_fields.items()
        if get_origin(field.annotation) is list
    }
    values = {name: found if name in several else found[-1] for name, found in given.items()}
    try:
        return form.model_validate(values)
    except ValidationError as error:
        found = [{**entry, "loc": ("query", *entry["loc"])} for entry in error.errors(include_url=False)]
        raise Problem("fields_wrong", wrong=wrong_parameters(found)) from None


def shown(request: Request, template: str, **values: Any) -> Response:
    """A page that names organisations, as they are called now."""
    front: Front = request.app.state.front
    return page(template, called=names(front.library, front.clock()), **values)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """The filled template."""
    text = ENVIRONMENT.get_template(template).render(**values)
    return Response(text, status, HEADERS, media_type="text/html; charset=utf-8")
