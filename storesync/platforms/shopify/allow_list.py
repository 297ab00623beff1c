"""Shopify's IP allow-list: an app may be closed to machines whose address is not on a list of its own.

Requests to the Admin API from elsewhere are answered with 403; how the body looks is not documented.
https://shopify.dev/docs/apps/build/dev-dashboard/ip-allowlist
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from storesync.errors import IpNotAllowed, Locked, TurnedAway
from storesync.platforms.addresses import address_in
from storesync.platforms.http import Answer

DASHBOARD = "https://dev.shopify.com/dashboard"
LONGEST = 65_536

_WORDS = re.compile(
    r"(?<![A-Za-z])IPs?(?![A-Za-z])"
    r"|(?:(?<![A-Za-z])[Ii][Pp]|Ip)[ _-]?(?i:addr|allow|block|den|forbid|not|range|restrict)"
    r"|(?i:(?<![a-z])(?:allow|white)[ _-]?list)"
)
_OF_THE_WEB = frozenset({"content-security-policy", "nel", "report-to", "set-cookie"})
_CLIENT = re.compile(r"(?:client|connecting|forwarded|real|remote|source|your)[_-]?(?:addr|for|ip)", re.IGNORECASE)
_SHUT = re.compile(r"\b(?:shop|store) (?:is|has been) (?:frozen|locked|suspended)\b(?! +\w)", re.IGNORECASE)


def is_about_address(answer: Answer) -> bool:
    """Return whether *answer*, a refusal, speaks of IP addresses or of an allow-list, in its body or its headers."""
    return speaks_of_addresses(_text(answer)) or any(
        speaks_of_addresses(f"{name}: {value}")
        for name, value in answer.headers.items()
        if name.lower() not in _OF_THE_WEB and not _CLIENT.search(name)
    )


def speaks_of_addresses(text: str) -> bool:
    """Return whether *text* speaks of IP addresses or of an allow-list."""
    return _WORDS.search(text) is not None


def turned_away(message: str, answer: Answer, body: Any = None) -> Locked:
    """Return the error, with this *message*, of a refusal that may be for the shop or for this machine: `TurnedAway`.

    Only where a text in *body*, its parsed JSON, says that the shop is shut, there is nothing left to find out.

    https://shopify.dev/docs/api/usage/response-codes
    """
    is_named = is_about_address(answer)
    if not is_named and any(_SHUT.search(text) for text in _texts(body)):
        return Locked(message)
    return TurnedAway(message, address=address_of(answer), is_about_address=is_named)


def address_of(answer: Answer) -> str | None:
    """Return this machine's address as *answer* has it, None where it does not.

    It stands in a header that is named after the client's address, or in a body that speaks of addresses.
    """
    named = address_in(" ".join(value for name, value in answer.headers.items() if _CLIENT.search(name)))
    text = _text(answer)
    return named or (address_in(text) if speaks_of_addresses(text) else None)


def not_allowed(address: str | None, *, then: str = "storesync doctor --only address") -> IpNotAllowed:
    """Return the error of a machine that is not on the allow-list; *then* is the command to type once it is."""
    hint = f"enter {address or 'its outward address'} at {DASHBOARD} (the app, Settings, IP allowlist), then: {then}"
    return IpNotAllowed(
        "Shopify refuses this machine: its address is not on the app's IP allowlist",
        hint=hint if address else f"{hint}; how to find it: storesync help connect",
        address=address,
    )


def _text(answer: Answer) -> str:
    return answer.body[:LONGEST].decode(errors="replace")


def _texts(body: Any) -> Iterator[str]:
    """Yield all texts in *body*."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict | list):
        parts: Iterable[Any] = body.values() if isinstance(body, dict) else body
        for part in parts:
            yield from _texts(part)
