"""The simulator itself: a world, a fault plan, and a log of requests."""

import gzip
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from storesync.simulator.faults import Dropped, Faults, Rule
from storesync.simulator.shopify import api as shopify
from storesync.simulator.tiendanube import api as tiendanube
from storesync.simulator.wire import RESULTS, Headers, SimRequest, SimResponse, json_response
from storesync.simulator.world import World

LOG_SIZE = 100_000
APIS = {"shopify": shopify.handle, "tiendanube": tiendanube.handle}
HOSTS = {
    "api.tiendanube.com": "tiendanube",
    "api.nuvemshop.com.br": "tiendanube",
    "www.tiendanube.com": "tiendanube",
    "www.nuvemshop.com.br": "tiendanube",
    "storage.googleapis.com": "shopify",
}
LOOPBACK = {"127.0.0.1", "localhost"}
SECRETS = frozenset({"authorization", "x-shopify-access-token"})
OPERATION = re.compile(r"\b(?:query|mutation)\s+(\w+)")


class Call(NamedTuple):
    """One request in the log. *operation* is that of GraphQL; *status* 0 is a dropped connection."""

    method: str
    target: str
    operation: str | None
    platform: str
    shop: str | None
    status: int


class Simulator:
    """A world with its fault plan and a log of requests. Thread-safe.

    *leaks* are the calls that sent a token to the storage of bulk results, which needs none.
    *frozen* is for benchmarks: answers are cached, so that the simulator's own work is not measured;
    the data must not change then, and there are no rate limits. *before* is called with each request
    before it is answered, so that a test can change data between pages.
    """

    def __init__(
        self,
        world: World,
        faults: Faults | None = None,
        *,
        frozen: bool = False,
        before: Callable[[SimRequest], None] | None = None,
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self.requests: deque[Call] = deque(maxlen=LOG_SIZE)
        self.before = before
        self.leaks: list[Call] = []
        self.lock = threading.RLock()
        self.answers: dict[object, SimResponse] | None = {} if frozen else None

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        sleep: Callable[[float], None],
    ) -> SimResponse:
        """Return the answer to one request, after applying the fault plan. *sleep* is called for its delays.

        Raises `Dropped` where the connection ends without an answer, `LookupError` for a URL of no platform.
        """
        platform, request = locate(method, url, headers, body)
        shop = request.shop or _store_id(platform, request.path)
        with self.lock:
            if self.before is not None:
                self.before(request)
            rule = self.faults.strike(platform, shop, request)
        if rule is not None and rule.delay:
            sleep(rule.delay)
        status = 0
        try:
            response = self._struck(platform, request, rule) if rule else self.handle(platform, request)
            status = response.status
            if response.delay:
                sleep(response.delay)
        finally:
            target = request.target
            call = Call(method, target, _operation(request), platform, shop, status)
            self.requests.append(call)
            if request.path.startswith(RESULTS) and not request.headers.keys().isdisjoint(SECRETS):
                self.leaks.append(call)
        return response

    def handle(self, platform: str, request: SimRequest) -> SimResponse:
        """Return the answer of *platform* to *request*, without faults."""
        key = _question(request)
        if self.answers is not None and key in self.answers:
            return self.answers[key]
        remembered = self.answers if key else None
        with self.lock:
            response = APIS[platform](request, self.world)
        if remembered is not None and response.chunks is None:
            remembered[key] = response
        return response

    def _struck(self, platform: str, request: SimRequest, rule: Rule) -> SimResponse:
        """Return the answer to a request that *rule* strikes."""
        if rule.hang or rule.reset == "connect":
            raise Dropped("hang" if rule.hang else "connect")
        if rule.html:
            page = b"<!DOCTYPE html><html><body><h1>Just a moment...</h1></body></html>"
            return SimResponse(200, {"content-type": "text/html; charset=utf-8"}, page)
        if rule.status is not None:
            return _error(rule.status, rule)
        if rule.throttled:
            return shopify.throttled_response()
        if rule.bulk is not None:
            with self.lock:
                shopify.spoil_bulk(self.world.shop(platform, str(request.shop)), rule.bulk)
        response = self.handle(platform, request)
        if rule.reset == "read" and rule.truncate is None:
            raise Dropped("read")
        return _spoilt(response, rule)


def locate(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[str, SimRequest]:
    """Return the platform that answers at *url*, and the request as it sees it.

    Real hosts are recognised by name. On loopback the first part of the path stands for the
    host: ``/tiendanube``, ``/tiendanube-auth``, ``/shopify/{shop}``, ``/shopify-storage``.
    Raises `LookupError` for a URL of no platform.
    """
    parts = urlsplit(url)
    host, path, shop = parts.hostname or "", unquote(parts.path) or "/", None
    base = f"{parts.scheme}://{parts.netloc}"
    if host in LOOPBACK:
        _, prefix, rest = (f"{path}/").split("/", 2)
        platform = prefix.removesuffix("-auth").removesuffix("-storage")
        base = f"{base}/{prefix}"
        if prefix == "shopify":
            shop, _, rest = rest.partition("/")
            base = f"{base}/{shop}"
        path = "/" + rest.removesuffix("/")
    elif host.endswith(".myshopify.com"):
        platform, shop = "shopify", host.removesuffix(".myshopify.com")
    else:
        platform = HOSTS.get(host, "")
    if platform not in APIS:
        raise LookupError(f"no platform answers at {host}{path}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return platform, SimRequest(method.upper(), path, query, Headers(dict(headers)), body, base, shop)


def _question(request: SimRequest) -> object:
    """Return a cache key that equal reads share, None for requests that are not reads (tokens, bulk operations)."""
    if request.path.startswith(("/apps/", "/admin/oauth/")) or b"ulk" in request.body:
        return None
    names = ("authentication", "x-shopify-access-token")
    who = tuple(request.headers.get(name) for name in names)
    return request.method, request.base, request.target, request.body, who


def _store_id(platform: str, path: str) -> str | None:
    if path.startswith(RESULTS):
        return path.removeprefix(RESULTS).partition(".")[0]
    parts = path.split("/")
    return parts[2] if platform == "tiendanube" and len(parts) > 2 and parts[1] != "apps" else None  # noqa: PLR2004


def _operation(request: SimRequest) -> str | None:
    """Return the name of the GraphQL operation in *request*, None without one."""
    if not request.path.endswith("/graphql.json"):
        return None
    asked: Any = request.json()
    if not isinstance(asked, dict):
        return None
    named = OPERATION.search(str(asked.get("query")))
    return asked.get("operationName") or (named[1] if named else None)


def _error(status: int, rule: Rule) -> SimResponse:
    """Return the answer that *rule* defines; where it has no body, with the usual error envelope."""
    if isinstance(rule.body, str):
        return SimResponse(status, rule.headers, rule.body.encode())
    envelope = {"code": status, "message": "Simulated fault", "description": None}
    return json_response(status, envelope if rule.body is None else rule.body, rule.headers)


def _spoilt(response: SimResponse, rule: Rule) -> SimResponse:
    """Return *response* compressed or cut short, as *rule* asks."""
    headers = dict(response.headers)
    if rule.gzip:
        body = gzip.compress(b"".join(response.parts()), mtime=0)
        headers |= {"content-encoding": "gzip", "content-length": str(len(body))}
        response = SimResponse(response.status, headers, body)
    if rule.truncate is None:
        return response
    length = int(headers.get("content-length", len(response.body)))
    # Without a declared length the end of the connection ends the body, so that the client
    # cannot notice the cut.
    if rule.declared:
        headers["content-length"] = str(length)
    else:
        headers.pop("content-length", None)
        headers["connection"] = "close"
    cut = _Cut(response, int(length * rule.truncate), rule.reset)
    return SimResponse(response.status, headers, chunks=cut)


class _Cut:
    """The first *size* bytes of an answer; with *reset* the connection breaks after them."""

    def __init__(self, response: SimResponse, size: int, reset: str | None) -> None:
        self.response, self.size, self.reset = response, size, reset

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        for part in self.response.parts():
            yield part[:left]
            left -= len(part)
            if left <= 0:
                break
        if self.reset:
            raise Dropped(self.reset)
