"""This machine's own outward address: read from an answer, or asked for at a URL of the operator's choice."""

import ipaddress
import re
from contextlib import suppress

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


def address_in(text: str) -> str | None:
    """Return the IPv4 or IPv6 address in *text*, None where there is none or more than one.

    Only addresses count that a machine can have on the internet, or in documentation; networks do not.
    """
    found = set()
    for candidate in _CANDIDATE.findall(text):
        with suppress(ValueError):
            address = ipaddress.ip_address(candidate.rstrip("."))
            if address.is_global or any(address in network for network in _DOCUMENTATION):
                found.add(str(address))
    return found.pop() if len(found) == 1 else None


def own_address(http: HttpClient, url: str) -> str | None:
    """Return the address that the answer of *url*, text or JSON, holds; None where it holds none or does not come."""
    request = httpx.Request("GET", url, extensions={"timeout": httpx.Timeout(PATIENCE_S).as_dict()})
    try:
        answer = http.send(request, traffic=RequestBudget(deadline=http.monotonic()), error_of=lambda _: None)
    except PlatformError:
        return None
    return address_in(answer.body[:1000].decode(errors="replace")) if answer.status == httpx.codes.OK else None
