"""Whether this machine has a network at all: asked only when nobody answers."""

import socket
import urllib.request
from collections.abc import Sequence
from threading import Thread
from urllib.parse import SplitResult, urlsplit

PATIENCE_S = 3.0
"""Resolving a name can take far longer than anybody wants to wait where no server answers."""


def reaches(host: str) -> bool:
    """True where *host* has an address and this machine a way there. No packet is sent to it."""
    found: list[bool] = []
    asking = Thread(target=lambda: found.append(_is_within_reach(host)), daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    return any(found)


def way_out(hosts: Sequence[str]) -> list[str]:
    """Return whom a machine with a network must reach: its proxy where one is set, else any of *hosts*."""
    proxy = _proxy().hostname
    return [proxy] if proxy else list(hosts)


def proxy_before(host: str) -> str | None:
    """Return the proxy on the way to *host*, as host and port without what opens it; None where there is none."""
    proxy = _proxy()
    if not proxy.hostname or urllib.request.proxy_bypass(host):
        return None
    return f"{proxy.hostname}:{proxy.port}" if proxy.port else proxy.hostname


def _proxy() -> SplitResult:
    proxies = urllib.request.getproxies()
    return urlsplit(proxies.get("https") or proxies.get("all") or "")


def _is_within_reach(host: str) -> bool:
    try:
        addresses = socket.getaddrinfo(host, 443, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return False
    return any(_has_way(family, address) for family, _, _, _, address in addresses)


def _has_way(family: int, address: tuple[object, ...]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.connect(address)
    except OSError:
        return False
    return True
