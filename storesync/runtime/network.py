"""Checks for connectivity and finds the HTTPS proxy; used only after a platform did not answer."""

import socket
import urllib.request
from collections.abc import Sequence
from threading import Thread
from urllib.parse import SplitResult, urlsplit

PATIENCE_S = 3.0
"""Resolving a name can take much longer than this if no DNS server answers."""


def reaches(host: str) -> bool:
    """True if *host* resolves and this machine has a route to it. No packet is sent to *host*."""
    found: list[bool] = []
    asking = Thread(target=lambda: found.append(_is_within_reach(host)), daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    return any(found)


def way_out(hosts: Sequence[str]) -> list[str]:
    """Return the hosts to try when checking for connectivity: the proxy if one is set, or else *hosts*."""
    proxy = _proxy().hostname
    return [proxy] if proxy else list(hosts)


def proxy_before(host: str) -> str | None:
    """Return the proxy for *host* as ``host:port``, without its credentials, or None if there is none."""
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
