"""Error classification: maps the statuses and error codes of Shopify's answers to our errors.

https://shopify.dev/docs/api/admin-graphql#status_and_error_codes and
https://shopify.dev/docs/api/usage/response-codes. Our messages never quote a response body.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from storesync.data import dataclass
from storesync.errors import (
    BadResponse,
    FieldMissing,
    Incomplete,
    Locked,
    NotFound,
    PlatformDown,
    PlatformError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    Suspended,
    TokenOutdated,
    TokenRejected,
)
from storesync.platforms.http import Answer, usual_error
from storesync.platforms.shopify.allow_list import (
    is_about_address,
    speaks_of_addresses,
    turned_away,
)
from storesync.platforms.shopify.pacing import throttled_wait_s
from storesync.platforms.shopify.renamed import moved

NESTED = 3
"""An error path with at least this many steps leads into a record; a shorter one names a root field."""

SPARED = frozenset({"events"})
"""Root fields that may fail: what they report is also found without them, only later."""

GONE = frozenset(
    {
        *("undefinedField", "undefinedType", "argumentNotAccepted"),
        *("selectionMismatch", "missingRequiredArguments", "argumentLiteralsIncompatible"),
    }
)
"""Codes of errors about what this version of the API does not have, or has in another form.

https://github.com/rmosolgo/graphql-ruby/tree/master/lib/graphql/static_validation/rules
"""

BESIDE_GONE = frozenset({"useAndDefineFragment", "useFragment", "variableNotUsed"})
"""Codes of errors that only say that something is of no use, as what is below an unknown field is not looked at."""

_DENIAL = re.compile(r"access.?denied|forbidden|unauthori[sz]ed|permission.?denied|not.?approved", re.IGNORECASE)
"""The codes of errors about what this app may not read; only ACCESS_DENIED is documented. Some errors only say it:
https://shopify.dev/docs/apps/launch/protected-customer-data."""

REFUSED_REQUESTS = frozenset({400, 406, 414, 415, 422, 501, 783})
TOO_SLOW = 504
NON_EXPIRING = "Non-expiring access tokens"
_UNPAID = "settle the bill in the shop's admin; syncing then goes on by itself"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was requested, for messages and hints: *key* of the shop, *scope* that a resource needs.

    *version* is that of the API where it is not the one that storesync is made for. *kind* is that of the token.
    """

    key: str
    scope: str | None = None
    version: str | None = None
    kind: str = ""


class PageTooLarge(RequestRefused):
    """MAX_COST_EXCEEDED: the query costs more points than any single query may."""


class PageTooSlow(PlatformDown):
    """504: the query took longer than Shopify allows; a smaller one may pass."""

    transient = False


class RootDenied(ScopeMissing):
    """ACCESS_DENIED for whole root fields of the query, named in *roots*."""

    def __init__(self, message: str, *, scope: str, roots: frozenset[str], hint: str | None) -> None:
        """Set the denied *roots*."""
        super().__init__(message, scope=scope, hint=hint)
        self.roots = roots


class CoreMissing(FieldMissing):
    """A *field* of the query that cannot be left out is refused or unknown; it belongs to the root fields *lists*."""

    def __init__(self, message: str, *, field: str, lists: frozenset[str], hint: str | None) -> None:
        """Set the *field* and the *lists*, by the names of their parts."""
        super().__init__(message, scope=field, hint=hint)
        self.lists = lists


class FieldsRefused(PlatformError):
    """Something of the query is refused or unknown; without it, the rest may be answered.

    *errors* are those entries of the answer; *otherwise* is the error where that cannot be left out.
    """

    def __init__(self, errors: Sequence[Mapping[str, Any]], otherwise: PlatformError) -> None:
        """Set the entries and the error that takes its place."""
        super().__init__(otherwise.message, hint=otherwise.hint)
        self.errors = errors
        self.otherwise = otherwise


class EndsAtLimit(Incomplete):
    """A listing ended where Shopify ends any: there may be more."""


class BulkDenied(PlatformError):
    """A bulk operation was not started, or (*has_started*) ended because the token may not read all of it.

    *is_of_document*: the document was refused, and maybe not the app.
    """

    def __init__(self, message: str, *, has_started: bool = False, is_of_document: bool = False) -> None:
        """Create the error with its *message*; see the class for the others."""
        super().__init__(message)
        self.has_started = has_started
        self.is_of_document = is_of_document


def errors_of(answer: Answer, body: Any, *, asked: Asked, now: datetime) -> PlatformError | None:
    """Return the error that *answer* stands for, None where its data is to be kept.

    *body* is its parsed JSON, None without any. Protected customer data that Shopify withholds comes
    as null beside an error; the rest of that data is kept.
    """
    if answer.status != 200:  # noqa: PLR2004 - the one status that carries data
        return _status_error(answer, body, asked, now)
    if not isinstance(body, Mapping):
        return BadResponse(f"the answer is not a GraphQL answer{_request(answer)}")
    errors = _errors(body)
    data = body.get("data")
    if any(_is_about_address(error) for error in errors):
        return turned_away(f"Shopify turns us away from this shop{_request(answer)}", answer)
    # A query that is invalid brings no data.
    gone = [error for error in errors if code_of(error) in GONE and data is None]
    beside = GONE | BESIDE_GONE if gone else frozenset()
    for error in errors:
        found = None if code_of(error) in beside else _coded_error(error, answer, body, now)
        if found is not None:
            return found
    if gone:
        names = ", ".join(sorted({str(code_of(error)) for error in gone}))
        return FieldsRefused(gone, RequestRefused(f"Shopify refused the query ({names}){_request(answer)}"))
    roots = _denied_roots(errors, data)
    fields = [error for error in errors if error not in roots and _is_in_the_way(error, data)]
    if fields or roots:
        return FieldsRefused(fields + roots, _denied(roots or fields, answer, asked))
    return None if isinstance(data, Mapping) else BadResponse(f"the answer holds no data{_request(answer)}")


def withheld(body: Mapping[str, Any]) -> list[str]:
    """Return the paths of withheld fields in *body*, without list indexes; a path comes once per record."""
    return [".".join(str(step) for step in _path(error) if isinstance(step, str)) for error in _errors(body)]


def _errors(body: Mapping[str, Any]) -> list[Any]:
    errors = body.get("errors")
    if isinstance(errors, list):
        return [error for error in errors if _root(error) not in SPARED]
    return [{"message": errors}] if errors else []


def _coded_error(error: Any, answer: Answer, body: Mapping[str, Any], now: datetime) -> PlatformError | None:
    """Return the error for one entry of ``errors``, None for one that only withholds a field or denies access."""
    code = code_of(error)
    if code == "THROTTLED":
        wait = timedelta(seconds=throttled_wait_s(_cost(body)))
        return RateLimited("Shopify asks us to slow down", retry_at=now + wait)
    if code == "MAX_COST_EXCEEDED":
        return PageTooLarge(f"the query costs more than Shopify allows{_request(answer)}")
    if code == "SHOP_INACTIVE":
        return Suspended("Shopify says that the shop is not active", hint=_UNPAID)
    if code in {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
        return PlatformDown(f"Shopify answered with an internal error{_request(answer)}")
    if _is_denial(error):
        return None
    return RequestRefused(f"Shopify refused the query ({code or 'no code'}){_request(answer)}")


def _denied_roots(errors: list[Any], data: Any) -> list[Any]:
    """Return the *errors* that deny whole root fields of the query."""
    answered: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    short = [error for error in errors if 0 < len(_path(error)) < NESTED]
    roots = [error for error in short if answered.get(_root(error)) in (None, [])]
    return roots + [error for error in short if _root(error) == "nodes" and error not in roots]


def _is_in_the_way(error: Any, data: Any) -> bool:
    """True where the null that stands for the refused field took with it what holds the field.

    A field that may not be null makes its object null, and so on up to the whole answer:
    https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
    """
    here = data
    if not _path(error):
        return not isinstance(data, Mapping) or None in data.values()
    for step in _path(error)[:-1]:
        if isinstance(here, list):
            if not isinstance(step, int) or step >= len(here):
                return False
            here = here[step]
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
    return here is None


def _denied(errors: list[Any], answer: Answer, asked: Asked) -> PlatformError:
    scope = asked.scope or "read_products"
    return RootDenied(
        f"the token may not read this: Shopify wants {scope}{_request(answer)}",
        scope=scope,
        roots=frozenset(_root(error) for error in errors),
        hint=f"grant {scope} to the app, then: storesync connect shopify {asked.key}",
    )


def _status_error(answer: Answer, body: Any, asked: Asked, now: datetime) -> PlatformError:
    again = f"storesync connect shopify {asked.key}"
    status, request = answer.status, _request(answer)
    if status in REFUSED_REQUESTS:
        return RequestRefused(f"Shopify refused the request ({status}){request}")
    if status == TOO_SLOW:
        return PageTooSlow(f"Shopify took too long to answer{request}")
    fixed: dict[int, PlatformError] = {
        401: TokenRejected(f"Shopify refused the token{request}", hint=again),
        402: Suspended(f"Shopify says that the shop is frozen until its owner pays{request}", hint=_UNPAID),
        404: _not_found(asked, request),
        409: BadResponse(f"Shopify reports a conflict{request}"),
        423: Locked(f"Shopify has locked the shop{request}"),
        430: Locked(f"Shopify turned the request away for its security{request}"),
    }
    if status == 403:  # noqa: PLR2004 - the one status that means several things
        return _forbidden(answer, body, asked)
    found = fixed.get(status) or moved(answer, asked.key, asked.kind) or usual_error(answer, now)
    return found or BadResponse(f"Shopify answered {status}{request}")


def _not_found(asked: Asked, request: str) -> NotFound:
    shop = f"there is no shop at {asked.key}.myshopify.com"
    if asked.version is None:
        return NotFound(f"{shop}{request}", hint=f"storesync connect shopify {asked.key}")
    return NotFound(
        f"{shop}, or Shopify has no version {asked.version} of its API{request}",
        hint="leave the version to storesync: unset STORESYNC_SHOPIFY_VERSION",
    )


def _forbidden(answer: Answer, body: Any, asked: Asked) -> PlatformError:
    errors = _errors(body) if isinstance(body, Mapping) else []
    words = " ".join(str(error.get("message", "")) for error in errors if isinstance(error, Mapping))
    # https://shopify.dev/docs/apps/build/security/credentials-and-data/use-expiring-offline-access-tokens
    if NON_EXPIRING in words:
        return TokenOutdated(
            f"Shopify no longer takes tokens that never expire{_request(answer)}",
            hint=f"change it for one that is renewed: storesync connect shopify {asked.key} --migrate-token",
        )
    is_denied = any(code_of(error) == "ACCESS_DENIED" for error in errors) or " scope" in words
    if asked.scope and is_denied and not is_about_address(answer):
        return _denied(errors, answer, asked)
    return turned_away(f"Shopify turns us away from this shop (403){_request(answer)}", answer, body)


def _is_about_address(error: Any) -> bool:
    message = error.get("message") if isinstance(error, Mapping) else error
    return len(_path(error)) < NESTED and speaks_of_addresses(f"{code_of(error)}: {message}")


def _is_denial(error: Any) -> bool:
    """True where *error* says that something may not be read, by its code or, without one, by its words."""
    said = error.get("message") if isinstance(error, Mapping) else None
    return _DENIAL.search(code_of(error) or str(said)) is not None


def is_gone(error: Any) -> bool:
    """Return whether one entry of ``errors`` is about what this version of the API does not have."""
    return code_of(error) in GONE


def code_of(error: Any) -> str | None:
    """Return the code of one entry of ``errors``, None without one."""
    extensions = error.get("extensions") if isinstance(error, Mapping) else None
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return code if isinstance(code, str) else None


def _path(error: Any) -> list[Any]:
    path = error.get("path") if isinstance(error, Mapping) else None
    return path if isinstance(path, list) else []


def _root(error: Any) -> str:
    return str(next(iter(_path(error)), ""))


def _cost(body: Mapping[str, Any]) -> Any:
    extensions = body.get("extensions")
    return extensions.get("cost") if isinstance(extensions, Mapping) else None


def _request(answer: Answer) -> str:
    """Return Shopify's request id in brackets, to quote to its support; an empty text without one."""
    name = answer.headers.get("x-request-id", "")
    return f" (request {name[:64]})" if name and name.isprintable() and name.isascii() else ""
