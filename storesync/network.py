"""Whether this machine has a network at all: asked only when nobody answers."""

import socket
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlsplit


def reaches(host: str) -> bool:
    """True where *host* has an address and this machine a way there. No packet is sent to it."""
    try:
        addresses = socket.getaddrinfo(host, 443, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return False
    return any(_has_way(family, address) for family, _, _, _, address in addresses)


def way_out(hosts: Sequence[str]) -> list[str]:
    """Return whom a machine with a network must reach: its proxy where one is set, else any of *hosts*."""
    proxy = urlsplit(urllib.request.getproxies().get("https", "")).hostname
    return [proxy] if proxy else list(hosts)


def _has_way(family: int, address: tuple[object, ...]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.connect(address)
    except OSError:
        return False
    return True
