"""Receives the OAuth redirect: a loopback HTTP listener, or an address pasted by hand.

The listener accepts one answer, on the exact path, while the code is valid, and then closes
(https://www.rfc-editor.org/rfc/rfc8252).
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from storesync.errors import UsageError
from storesync.runtime.settings import HIGHEST_PORT

WAIT_S = 300.0
"""How long the listener waits: a Tiendanube code is valid for five minutes
(https://tiendanube.github.io/api-documentation/authentication)."""

LONGEST_ANSWER = 8192
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(redirect_url: str) -> bool:
    """True if the redirect URL's host is this machine's loopback."""
    return urlsplit(redirect_url).hostname in _LOOPBACK


def answer_of(text: str) -> dict[str, str]:
    """Return the query parameters of a pasted address or of a bare query string.

    Raises `UsageError` for a text that is neither, or that repeats a parameter.
    """
    line = text.strip()
    query = urlsplit(line).query if "://" in line else line.lstrip("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs or len(line) > LONGEST_ANSWER:
        raise UsageError(
            "that is not the address the browser ended at",
            hint="copy the whole address, with everything behind the question mark",
        )
    if len({name for name, _ in pairs}) < len(pairs):
        raise UsageError("the address names a parameter twice", hint="authorise once more: storesync connect")
    return dict(pairs)


@contextmanager
def listening(redirect_url: str, listen: str | None) -> Iterator[Callable[[float], Mapping[str, str]]]:
    """Listen for the redirect; yield a function that waits so many seconds and returns its query parameters.

    *listen* is ``HOST:PORT``, None for those of *redirect_url*. Raises `UsageError` if the address is not this
    machine's loopback or cannot be listened on, and the function if no redirect comes in time.
    """
    url = urlsplit(redirect_url)
    host, port = _place(listen) if listen else (url.hostname or "127.0.0.1", url.port or 80)
    if host not in _LOOPBACK:
        raise UsageError(
            f"{host} is not this machine's loopback address", hint="use --listen 127.0.0.1:PORT or --paste"
        )
    try:
        server = _Listener(host, port, url.path or "/")
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}", hint="use --paste, or another --listen HOST:PORT"
        ) from None
    try:
        yield server.wait
    finally:
        server.server_close()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > HIGHEST_PORT:
        raise UsageError(f"{text!r} is not HOST:PORT", hint="for example --listen 127.0.0.1:8721")
    return host.strip("[]").lower(), int(port)


class _Listener(HTTPServer):
    """Accepts one answer on one path."""

    # True in some Python versions: another program could then listen on the same port and take the code.
    allow_reuse_port = False

    def __init__(self, host: str, port: int, path: str) -> None:
        self.address_family = socket.AF_INET6 if host == "::1" else socket.AF_INET
        self.path = path
        self.answer: dict[str, str] | None = None
        super().__init__(("127.0.0.1" if host == "localhost" else host, port), _Handler)

    def wait(self, seconds: float) -> Mapping[str, str]:
        """Return the query parameters of the redirect; `UsageError` if none comes in *seconds*."""
        slices = max(1, int(seconds / 0.5))
        self.timeout = seconds / slices
        for _ in range(slices):
            self.handle_request()
            if self.answer is not None:
                return self.answer
        raise UsageError("nobody authorised the app in time", hint="try again, or use --paste")

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the error and keep waiting: a closed connection is not an answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 5

    def do_GET(self) -> None:
        """Accept the redirect; answer anything else with 404 or 400."""
        url = urlsplit(self.path)
        if url.path != self.server.path or len(self.path) > LONGEST_ANSWER or not url.query:
            self._say(404, "Nothing is here.")
            return
        try:
            self.server.answer = answer_of(url.query)
        except UsageError as error:
            self._say(400, error.message)
            return
        self._say(200, "Done: go back to the terminal. You may close this window.")

    def _say(self, status: int, text: str) -> None:
        body = f"<!doctype html><meta charset=utf-8><title>storesync</title><p>{text}</p>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server uses
        """Log nothing: the path contains the code."""
