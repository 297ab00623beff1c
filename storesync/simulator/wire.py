"""What goes over the simulator's wire: one request, one response."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson

RESULTS = "/shopify-tiers-assets-prod-us-east1/bulk-operation-outputs/"
"""Where the storage keeps the result files of Shopify's bulk operations."""


class Headers(dict[str, str]):
    """Header values by lower-case name; asked for in any case."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        super().__init__({name.lower(): value for name, value in (values or {}).items()})

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of the header *name*, whatever its case."""
        return super().get(name.lower(), default)


@dataclass(frozen=True, slots=True)
class SimRequest:
    """A request as a platform sees it.

    *path* is the platform's own, without the prefix that a loopback server puts before it;
    *base* is the address in front of it (``https://api.tiendanube.com``), for links in answers.
    *shop* is the handle in the address, where the address names one.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    base: str = ""
    shop: str | None = None

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def at_page(self, page: int) -> "SimRequest":
        """Return the same request for another page."""
        return replace(self, query=self.query | {"page": str(page)})

    def json(self) -> Any:
        """Return the body as JSON; None where it is not JSON."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SimResponse:
    """A platform's answer, *delay* seconds after the request."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    chunks: Iterable[bytes] | None = None
    """A body too long to be held, in place of *body*; its length stands in the headers."""

    def parts(self) -> Iterable[bytes]:
        """Return the body in pieces."""
        return (self.body,) if self.chunks is None else self.chunks


def json_response(status: int, value: Any, headers: dict[str, str] | None = None) -> SimResponse:
    """Return an answer that holds *value* as JSON."""
    content = {"content-type": "application/json; charset=UTF-8", **(headers or {})}
    return SimResponse(status, content, orjson.dumps(value))
