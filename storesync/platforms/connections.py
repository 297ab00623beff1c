"""The HTTP connections to the platforms: each is lent to one request at a time, and kept for the next to its host.

A pool for all hosts looks at each of its connections before and after each request, and a fleet of shops has as many
hosts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import httpx

MOST_IDLE = 64

Origin = tuple[str, bytes]
"""The scheme of a URL, and its host with its port."""


@dataclass(slots=True)
class Connections:
    """Lends clients of one connection each; *new* makes one. Thread-safe."""

    new: Callable[[], httpx.Client]
    _idle: list[tuple[Origin, httpx.Client]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def lent(self, url: httpx.URL) -> Iterator[httpx.Client]:
        """Lend the client that last served the host of *url*, or a new one, until the block ends."""
        origin = _origin(url)
        client = self._taken(origin) or self.new()
        try:
            yield client
        finally:
            self._keep(origin, client)

    def close(self, url: httpx.URL | None = None) -> None:
        """Close the connections to the host of *url*, or all, that are not lent."""
        with self._lock:
            closing = [one for one in self._idle if url is None or one[0] == _origin(url)]
            self._idle = [one for one in self._idle if one not in closing]
        for _, client in closing:
            client.close()

    def _taken(self, origin: Origin) -> httpx.Client | None:
        with self._lock:
            place = next((place for place, one in enumerate(self._idle) if one[0] == origin), None)
            return None if place is None else self._idle.pop(place)[1]

    def _keep(self, origin: Origin, client: httpx.Client) -> None:
        with self._lock:
            self._idle.append((origin, client))
            oldest = self._idle.pop(0)[1] if len(self._idle) > MOST_IDLE else None
        if oldest is not None:
            oldest.close()


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, url.netloc
