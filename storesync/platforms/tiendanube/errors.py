"""Error classification: maps the statuses and bodies of Tiendanube's answers to our errors.

Four shapes of error bodies are documented (an envelope, an envelope with a field map, a bare
field map, an ``error`` text: https://tiendanube.github.io/api-documentation/intro#errors).
Only the envelope's description is read, and it is never shown.
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
    """The platform refused a list of orders: it matches more than one query shows."""


def error_of(answer: Answer, *, now: datetime, scope: str, page: int | None = None) -> PlatformError | None:
    """Return the error that *answer* stands for, None for a good one.

    *scope* is the scope that the request needs. *page* is the page number where a list of orders was
    requested: its refusal can mean too many results, but with which status is not documented.
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
        # A 404 of a proxy must not count as the deletion of a record.
        return BadResponse("the answer 404 is not the platform's own")
    return _refusal(answer.status)


def last_page(answer: Answer) -> int | None:
    """Return the N of a 404 that says "Last page is N", None for any other answer.

    The platform answers so for an empty list and for a page past the end (seen live, undocumented).
    """
    if answer.status != _NOT_FOUND:
        return None
    found = _LAST_PAGE.match(_description(answer))
    return int(found[1]) if found else None


def told(answer: Answer) -> Mapping[str, Any]:
    """Return the body where it is a JSON object, else an empty map."""
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
