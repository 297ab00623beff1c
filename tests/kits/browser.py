"""A person with a browser: opens the platform's page, says yes, and follows the way back to this machine."""

import io
import re
import socket
import sys
import threading
from contextlib import contextmanager, suppress

import httpx
from typer.testing import CliRunner

from storesync.simulator.transport import SimulatorTransport


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Browser:
    """Use it as the program's browser; *change* edits the address before it is followed back.

    *before* is asked for first, as browsers do with favicons; *pages* are what was answered.
    """

    def __init__(self, simulator, *, change=lambda url: url, before=()):
        self.simulator = simulator
        self.change = change
        self.before = before
        self.asked = []
        self.pages = []
        self.thread = None

    def __call__(self, url):
        self.asked.append(url)
        self.thread = threading.Thread(target=self._follow, args=(url,))
        self.thread.start()
        return True

    def way_back(self, url):
        """Say yes at *url* and return the address that the platform sends the browser to."""
        with httpx.Client(transport=SimulatorTransport(self.simulator)) as client:
            return client.get(url).headers["location"]

    def close(self):
        """Wait until the browser is done."""
        if self.thread is not None:
            self.thread.join(10)

    def _follow(self, url):
        back = self.change(self.way_back(url))
        for path in self.before:
            self._get(str(httpx.URL(back).join(path)))
        self._get(back)

    def _get(self, url):
        with suppress(httpx.TransportError):
            answer = httpx.get(url, timeout=10)
            self.pages.append((answer.status_code, answer.text))


class _Typist(io.RawIOBase):
    """Types one line: what *answer* makes of the address that stderr shows by then."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.rest = None

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.rest is None:
            shown = sys.stderr.buffer.getvalue().decode()
            url = re.search(r"https?://\S+", shown)[0]
            self.rest = f"{self.answer(url)}\n".encode()
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


class Typing(CliRunner):
    """Runs commands with a stdin where somebody types *answer* to the address that was shown."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    @contextmanager
    def isolation(self, *words, **more):
        with super().isolation(*words, **more) as streams:
            sys.stdin = io.TextIOWrapper(io.BufferedReader(_Typist(self.answer)))
            yield streams


def configure(program, platform, port=None):
    """Let the operator have an app on *platform* that sends browsers back to *port*."""
    app = program.world.apps[platform]
    app.redirect_url = f"http://127.0.0.1:{port or free_port()}/callback"
    prefix = f"STORESYNC_{platform.upper()}"
    program.settings |= {
        f"{prefix}_CLIENT_ID": app.client_id,
        f"{prefix}_CLIENT_SECRET": app.client_secret,
        f"{prefix}_REDIRECT_URL": app.redirect_url,
    }
    return app
