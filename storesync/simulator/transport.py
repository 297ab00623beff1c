"""An httpx transport that connects a client to the simulator in the same process."""

import time
from collections.abc import Callable, Iterator

import httpx

from storesync.simulator.faults import Dropped
from storesync.simulator.simulator import Call, Simulator
from storesync.simulator.wire import SimResponse


class SimulatorTransport(httpx.BaseTransport):
    """An httpx transport that reaches the simulator in this process.

    *sleep* is called for the fault plan's delays.
    """

    def __init__(self, simulator: Simulator, sleep: Callable[[float], None] = time.sleep) -> None:
        self.simulator = simulator
        self.sleep = sleep

    @property
    def requests(self) -> list[Call]:
        """The log of requests so far."""
        return list(self.simulator.requests)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the simulator's answer to *request*, or raise httpx's error for a network failure."""
        try:
            response = self.simulator.exchange(
                request.method,
                str(request.url),
                headers=request.headers,
                body=request.read(),
                sleep=self.sleep,
            )
        except LookupError as unknown:
            raise httpx.ConnectError(str(unknown), request=request) from None
        except Dropped as dropped:
            raise _network_error(dropped, request) from None
        headers = dict(response.headers)
        if headers.get("connection") != "close":
            headers.setdefault("content-length", str(len(response.body)))
        return httpx.Response(response.status, headers=headers, stream=_Stream(response, request))


class _Stream(httpx.SyncByteStream):
    """The body of an answer as a stream."""

    def __init__(self, response: SimResponse, request: httpx.Request) -> None:
        self.response, self.request = response, request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.response.parts()
        except Dropped as dropped:
            raise _network_error(dropped, self.request) from None


def _network_error(dropped: Dropped, request: httpx.Request) -> httpx.TransportError:
    if dropped.phase == "hang":
        return httpx.ReadTimeout("The read operation timed out", request=request)
    if dropped.phase == "connect":
        return httpx.ConnectError("[Errno 111] Connection refused", request=request)
    return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
