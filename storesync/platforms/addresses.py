"""This machine's own outward address: read from an answer, or asked for at a URL of the operator's choice."""

import ipaddress
import re

import httpx

from storesync.errors import PlatformError
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient

PATIENCE_S = 5.0
_CANDIDATE = re.compile(
    r"(?<![\w./-])\d{1,3}(?:\.\d{1,3}){3}(?![\w/-]|\.\d)|(?<![\w.:/-])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![\w:/-])"
)

# https://www.rfc-editor.org/rfc/rfc5737, https://www.rfc-editor.org/rfc/rfc3849, https://www.rfc-editor.org/rfc/rfc9637
_DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]

_ALLOWED = re.compile(
    r"(?<!not )\b(?:allow|permit|white)\w*(?:[\W_]+(?:from|is|are|only|ips?|address(?:es)?|lists?))*[\W_]*$",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?<![a-z])(?:ip|addr|address|from|you|your|client)(?:\W+is)?[\W_]*$", re.IGNORECASE)
_BEFORE = 60


def address_in(text: str) -> str | None:
    """Return our IPv4 or IPv6 address in *text*: the one that the words before it call ours, or the only one.

    None where nobody can tell, and for one of which the words say that it is allowed. Only addresses count that a
    machine can have on the internet, or in documentation; networks do not.
    """
    found: set[str] = set()
    ours: set[str] = set()
    allowed: set[str] = set()
    for candidate in _CANDIDATE.finditer(text):
        address = _address(candidate[0].rstrip("."))
        if address:
            before = text[max(0, candidate.start() - _BEFORE) : candidate.start()]
            found.add(address)
            if _ALLOWED.search(before):
                allowed.add(address)
            elif _OURS.search(before):
                ours.add(address)
    named = ours or found
    return named.pop() if len(named) == 1 and not named & allowed else None


def _address(text: str) -> str | None:
    """Return the address *text* in its usual form, None where it is none that a machine can have on the internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    is_outward = address.is_global or any(address in network for network in _DOCUMENTATION)
    return str(address) if is_outward else None


def own_address(http: HttpClient, url: str) -> str | None:
    """Return the address that the answer of *url*, text or JSON, holds; None where it holds none or does not come."""
    request = httpx.Request("GET", url, extensions={"timeout": httpx.Timeout(PATIENCE_S).as_dict()})
    try:
        answer = http.send(request, traffic=RequestBudget(deadline=http.monotonic()), error_of=lambda _: None)
    except PlatformError:
        return None
    return address_in(answer.body[:1000].decode(errors="replace")) if answer.status == httpx.codes.OK else None
