"""What an answer of the API means: the errors of storesync for its statuses and bodies.

Four shapes of error bodies are documented (an envelope, an envelope with a field map, a bare
field map, an ``error`` text: https://tiendanube.github.io/api-documentation/intro#errors).
Only the envelope's description is ever looked at, and never shown.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from storesync.errors import (
    BadResponse,
    Locked,
    NotFound,
    PlatformError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    Suspended,
    TokenRejected,
)
from storesync.platforms.http import Answer, usual_error
from storesync.platforms.tiendanube import pacing

CONNECT = "storesync connect tiendanube"
_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND, _UNPROCESSABLE = 400, 403, 404, 422
_LAST_PAGE = re.compile(r"Last page is (\d{1,9})")
_SCOPE = re.compile(r"\b((?:read|write)_[a-z_]{1,40})\b")


class TooDeep(RequestRefused):
    """A list of orders was refused: it matches more than the platform shows for one query."""


def error_of(answer: Answer, *, now: datetime, scope: str, page: int | None = None) -> PlatformError | None:
    """Return the error that *answer* is, None for a good one.

    *scope* is what the request needs. *page* is the page of a list of orders, whose refusal can
    mean too many results: which status says so is not documented.
    """
    error = usual_error(answer, now)
    if isinstance(error, RateLimited) and error.retry_at is None:
        seconds = pacing.refusal_s(answer.headers)
        error.retry_at = None if seconds is None else now + timedelta(seconds=seconds)
    if error is not None or answer.status in range(200, 300):
        return error
    if page and (answer.status == _UNPROCESSABLE or (answer.status == _BAD_REQUEST and page > 1)):
        return TooDeep(f"the platform refused a list of orders as too long ({answer.status})")
    if answer.status == _FORBIDDEN:
        return _scope_missing(answer, scope)
    if answer.status == _NOT_FOUND and not told(answer):
        # A proxy's page: to believe it would be to believe that the record was deleted.
        return BadResponse("the answer 404 is not the platform's own")
    return _refusal(answer.status)


def last_page(answer: Answer) -> int | None:
    """Return the N of a 404 that says "Last page is N", None for any other answer.

    A list without results, and a page past the end, are answered so (seen live, undocumented).
    """
    if answer.status != _NOT_FOUND:
        return None
    found = _LAST_PAGE.match(_description(answer))
    return int(found[1]) if found else None


def told(answer: Answer) -> Mapping[str, Any]:
    """Return the body where it is a JSON map, else an empty one."""
    try:
        body = answer.json()
    except BadResponse:
        return {}
    return body if isinstance(body, dict) else {}


def _refusal(status: int) -> PlatformError:
    error: PlatformError = BadResponse(f"the platform gave an answer that we do not know ({status})")
    match status:
        case 400 | 415 | 422:
            error = RequestRefused(f"the platform refused the request as wrong ({status})")
        case 401:
            why = "it was revoked or replaced, or the app was uninstalled"
            error = TokenRejected(f"the token was refused: {why}", hint=CONNECT)
        case 402:
            remedy = "settle the bill in the shop's admin; syncing then goes on by itself"
            error = Suspended("the shop's plan or the app is unpaid", hint=remedy)
        case 404 | 410:
            error = NotFound("there is nothing at this address: the shop or the record is gone")
        case 423:
            error = Locked("the platform has locked the shop")
    return error


def _scope_missing(answer: Answer, scope: str) -> PlatformError:
    named = _SCOPE.search(_description(answer))
    missing = named[1] if named else scope
    if not missing:
        return RequestRefused(f"the platform does not permit this request ({_FORBIDDEN})")
    return ScopeMissing(
        f"the token may not read this: the scope {missing} is missing",
        scope=missing,
        hint=f"add {missing} to the app in the partner panel, then: {CONNECT}",
    )


def _description(answer: Answer) -> str:
    description = told(answer).get("description")
    return description if isinstance(description, str) else ""
