"""The HTTP server of the simulator on a loopback port, for the demo, benchmarks and end-to-end tests.

Besides the platforms (``/tiendanube``, ``/tiendanube-auth``, ``/shopify/{shop}``,
``/shopify-storage``) it has control endpoints:
``GET /_truth/{platform}:{key}/{resource}``, ``POST /_advance/{platform}:{key}?changes=N``,
``POST /_faults`` (a rule or an array of rules), ``DELETE /_faults`` and ``GET /_requests``.
"""

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from storesync.simulator import audit
from storesync.simulator.faults import Dropped
from storesync.simulator.shop import Shop
from storesync.simulator.simulator import LOOPBACK, Simulator
from storesync.simulator.wire import SimResponse, json_response

SHOWN_REQUESTS = 1000


@contextmanager
def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve *simulator* while the ``with`` block runs, and yield the server's base URL.

    Port 0 chooses a free one. Raises `ValueError` for a *host* that is not loopback.
    """
    server = Server(simulator, host, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    """A threaded HTTP server of one simulator."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, simulator: Simulator, host: str, port: int) -> None:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the simulator listens on loopback addresses only, not on {host}")
        self.simulator = simulator
        self.stopping = threading.Event()
        super().__init__((host, port), _Handler)
        self.url = f"http://{host}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that disconnects: tests kill clients on purpose."""

    def answer(self, method: str, target: str, host: str, *, headers: Any, body: bytes) -> SimResponse:
        """Return the answer to one request. Raises `Dropped` where the connection is to be dropped."""
        url = f"http://{host}{target}"
        if urlsplit(url).hostname not in LOOPBACK:
            # By DNS rebinding a web page could send requests here under a foreign host name.
            return json_response(421, {"error": "the simulator answers to loopback names only"})
        try:
            if target.startswith("/_"):
                with self.simulator.lock:
                    return control(self.simulator, method, target, body)
            return self.simulator.exchange(method, url, headers=headers, body=body, sleep=time.sleep)
        except (LookupError, ValueError) as fault:
            return json_response(404, {"error": str(fault)})


def control(simulator: Simulator, method: str, target: str, body: bytes) -> SimResponse:
    """Answer a request to one of the simulator's control endpoints.

    Raises `LookupError` for an unknown one, `ValueError` for an invalid rule.
    """
    parts = urlsplit(target)
    words = unquote(parts.path).strip("/").split("/")
    match method, *words:
        case "GET", "_truth", store, resource:
            return json_response(200, audit.truth(_shop(simulator, store), resource))
        case "POST", "_advance", store:
            changes = int(dict(parse_qsl(parts.query)).get("changes", "1"))
            simulator.world.advance(_shop(simulator, store), changes)
            return json_response(200, {"changes": changes})
        case "POST", "_faults":
            rules = orjson.loads(body)
            for rule in rules if isinstance(rules, list) else [rules]:
                simulator.faults.add(rule)
            return json_response(200, {"rules": len(simulator.faults.rules)})
        case "DELETE", "_faults":
            simulator.faults.clear()
            return json_response(200, {"rules": 0})
        case "GET", "_requests":
            return json_response(200, _log(simulator))
        case _:
            raise LookupError(f"no {method} {parts.path}")


def _shop(simulator: Simulator, store: str) -> Shop:
    platform, _, key = store.partition(":")
    return simulator.world.shop(platform, key)


def _log(simulator: Simulator) -> dict[str, Any]:
    calls = list(simulator.requests)
    return {
        "count": len(calls),
        "leaks": len(simulator.leaks),
        "by_status": {str(status): count for status, count in Counter(call.status for call in calls).items()},
        "requests": [call._asdict() for call in calls[-SHOWN_REQUESTS:]],
    }


class _Handler(BaseHTTPRequestHandler):
    """Reads requests, passes them to the server, writes the answers; connections are kept alive."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body are sent in one segment.
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        host = self.headers.get("host") or self.server.url.removeprefix("http://")
        try:
            response = self.server.answer(self.command, self.path, host, headers=self.headers, body=body)
        except Dropped as dropped:
            if dropped.phase == "hang":
                self.server.stopping.wait()
            self.close_connection = True
            return
        self._write(response)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's own names

    def _write(self, response: SimResponse) -> None:
        self.send_response_only(response.status)
        headers = dict(response.headers)
        if headers.get("connection") != "close":
            headers.setdefault("content-length", str(len(response.body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        sent = 0
        try:
            for part in () if self.command == "HEAD" else response.parts():
                sent += self.wfile.write(part)
        except Dropped:
            self.close_connection = True
        self.wfile.flush()
        if self.command != "HEAD" and headers.get("content-length") != str(sent):
            # With a wrong or no declared length only the end of the connection ends the body.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Log nothing: the simulator has its own log."""
