"""Requests and responses of the simulator."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson

RESULTS = "/shopify-tiers-assets-prod-us-east1/bulk-operation-outputs/"
"""The path of the result files of Shopify's bulk operations in the storage."""


class Headers(dict[str, str]):
    """Header values by lower-case name, looked up in any case."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        super().__init__({name.lower(): value for name, value in (values or {}).items()})

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of the header *name*, whatever its case."""
        return super().get(name.lower(), default)


@dataclass(frozen=True, slots=True)
class SimRequest:
    """A request as a platform sees it.

    *path* is the platform's own, without the prefix of a loopback server; *base* is the URL
    before it (``https://api.tiendanube.com``), for links in answers. *shop* is the handle in
    the URL, where it has one.
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
        """Return the same request for the page number *page*."""
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
    """A body too long for memory, in place of *body*; the headers have its length."""

    def parts(self) -> Iterable[bytes]:
        """Return the body in pieces."""
        return (self.body,) if self.chunks is None else self.chunks


def json_response(status: int, value: Any, headers: dict[str, str] | None = None) -> SimResponse:
    """Return an answer that holds *value* as JSON."""
    content = {"content-type": "application/json; charset=UTF-8", **(headers or {})}
    return SimResponse(status, content, orjson.dumps(value))
