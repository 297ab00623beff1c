"""OAuth without the network: shop names, checks of the redirect, and credentials from token answers.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from storesync.errors import UsageError
from storesync.model import App, Credential

DOMAIN = ".myshopify.com"
REDIRECT_AGE = timedelta(minutes=10)
HOUR_S = 3600
DAY_S = 86_400
QUARTER_S = 90 * DAY_S
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TOKEN = re.compile(r"[\x21-\x7e]{8,512}")


def key_of(shop: str) -> str:
    """Return the handle of *shop*, which the operator may name in any usual form (handle, domain, admin URL).

    Raises `UsageError` where it cannot be a shop.
    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant#security-checks
    """
    name = shop.strip(" ").lower()
    if "://" in name:
        name = _handle_in(name)
    handle = name.removesuffix("/").removesuffix(DOMAIN)
    if _HANDLE.fullmatch(handle):
        return handle
    raise UsageError(
        "this is not the name of a Shopify shop, which is what stands before .myshopify.com",
        hint="storesync connect shopify NAME (for NAME.myshopify.com)",
    )


def _handle_in(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, scheme, path = parts.hostname or "", parts.scheme, parts.path.split("/")
        plain = not parts.username and not parts.password and parts.port is None
    except ValueError:
        return ""
    if not plain or scheme not in {"https", "http"}:
        return ""
    if host == "admin.shopify.com":
        return path[2] if path[1:2] == ["store"] and len(path) > 2 else ""  # noqa: PLR2004 - /store/NAME
    return host if host.endswith(DOMAIN) else ""


def code_of(answer: Mapping[str, str], *, key: str, app: App, state: str, now: datetime) -> str:
    """Check all parameters of the redirect and return its code. Raises `UsageError` where a check fails."""
    if not state or not _same(answer.get("state", ""), state):
        raise _refused("state", "it does not belong to this connect")
    if "error" in answer:
        raise UsageError("Shopify says that the app was not let in", hint=_again(key))
    if not any(_same(answer.get("hmac", "").lower(), digest) for digest in _digests(answer, app)):
        raise _refused("hmac", "its signature does not fit STORESYNC_SHOPIFY_CLIENT_SECRET")
    shop = answer.get("shop", "").lower()
    if shop != f"{key}{DOMAIN}":
        raise _refused("shop", f"it is not from {key}{DOMAIN}", again=_other(shop))
    if not _is_recent(answer.get("timestamp", ""), now):
        raise _refused("timestamp", "it is more than 10 minutes old, or this computer's clock is wrong")
    code = answer.get("code", "")
    if not code:
        raise _refused("code", "there is none")
    return code


def _refused(check: str, reason: str, *, again: str = "start again: storesync connect shopify NAME") -> UsageError:
    return UsageError(f"the address that Shopify sent you to failed the check of its {check}: {reason}", hint=again)


def _other(shop: str) -> str:
    """Return what to type where Shopify, by its signature, speaks of another *shop*, such as a renamed one."""
    handle = shop.removesuffix(DOMAIN)
    return f"if that is the shop you mean, or its new name: {_again(handle if _HANDLE.fullmatch(handle) else 'NAME')}"


def _again(key: str) -> str:
    return f"storesync connect shopify {key}"


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def _digests(answer: Mapping[str, str], app: App) -> Iterable[str]:
    """Return the signatures to accept: Shopify's libraries encode reserved characters differently.

    https://github.com/Shopify/shopify-app-js (hmac-validator) percent-encodes the values,
    https://github.com/Shopify/shopify_python_api (session) only their % and &.
    """
    pairs = sorted((name, value) for name, value in answer.items() if name not in {"hmac", "signature"})
    joined = (
        "&".join(f"{name}={value}" for name, value in pairs),
        "&".join(sorted(f"{_escaped(name).replace('=', '%3D')}={_escaped(value)}" for name, value in pairs)),
        "&".join(f"{quote(name, safe='')}={quote(value, safe='*')}" for name, value in pairs),
    )
    secret = app.client_secret.encode()
    return [hmac.new(secret, text.encode(errors="replace"), hashlib.sha256).hexdigest() for text in joined]


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004 - year 33658
        return False
    return abs(now.timestamp() - int(timestamp)) <= REDIRECT_AGE.total_seconds()


def pasted(token: str) -> Credential:
    """Return the credential for a pasted token of an app made in the admin, which never expires.

    Raises `UsageError` for anything that cannot be such a token.
    """
    token = token.strip(" \t\r\n")
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            "this is no access token" if token else "there is no token",
            hint="copy the Admin API access token from the app's page: it begins with shpat_",
        )
    if token.startswith("shpss_"):
        raise UsageError(
            "this is the app's client secret; the access token begins with shpat_",
            hint="copy the Admin API access token from the app's page",
        )
    return Credential("static", token)


def credential_of(answer: Any, *, kind: str, now: datetime, old: Credential | None = None) -> Credential | None:
    """Return the credential in a token answer (parsed JSON), None where it has none.

    *kind* is the kind of an expiring credential. What the answer leaves out is taken from *old*.
    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
    """
    token = answer.get("access_token") if isinstance(answer, Mapping) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return None
    scopes = _scopes(answer.get("scope")) or (old.scopes if old else ())
    if "expires_in" not in answer and kind == "oauth_expiring" and old is None:
        return Credential("oauth", token, scopes)
    usual = HOUR_S if kind == "oauth_expiring" else DAY_S
    expires_at = now + _lifetime(answer.get("expires_in"), usual=usual, longest=DAY_S)
    given = answer.get("refresh_token")
    refresh_token = given if isinstance(given, str) and given else (old.refresh_token if old else None)
    if kind != "oauth_expiring" or refresh_token is None:
        return Credential(kind, token, scopes, expires_at)
    lifetime = _lifetime(answer.get("refresh_token_expires_in"), usual=QUARTER_S, longest=QUARTER_S)
    kept = old is not None and refresh_token == old.refresh_token
    return Credential(
        kind,
        token,
        scopes,
        expires_at,
        refresh_token,
        old.refresh_expires_at if old and kept else now + lifetime,
        previous=None if old is None or kept else old.refresh_token,
    )


def with_implied(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return *scopes* with the read scope that each write scope implies.

    https://shopify.dev/docs/api/usage/access-scopes
    """
    named = [scope for scope in scopes if scope]
    implied = [f"read_{scope.removeprefix('write_')}" for scope in named if scope.startswith("write_")]
    return tuple(dict.fromkeys([*named, *implied]))


def _scopes(value: Any) -> tuple[str, ...]:
    return with_implied(part.strip() for part in value.split(",")) if isinstance(value, str) else ()


def _lifetime(seconds: Any, *, usual: int, longest: int) -> timedelta:
    """Return a token's lifetime: at most *longest* seconds, and *usual* where the answer's value is invalid."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return timedelta(seconds=usual)
    return timedelta(seconds=min(seconds, longest))
