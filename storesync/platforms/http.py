"""The HTTP client that every request to a platform goes through: retries, deadlines, size caps, network errors.

Platforms build the requests and classify the responses.
"""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from storesync.data import dataclass
from storesync.errors import (
    BadResponse,
    NetworkFailed,
    OutOfTime,
    PlatformDown,
    PlatformError,
    RateLimited,
    TimedOut,
)
from storesync.platforms import lossless_json
from storesync.platforms.base import RequestBudget
from storesync.platforms.connections import Connections

if TYPE_CHECKING:
    import tenacity

ATTEMPTS = 3
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONGEST_PAUSE_S = 60.0
"""A longer wait ends the work instead; the error's `retry_at` says when to come back."""

LONGEST_ABSENCE = timedelta(hours=24)
MAX_BODY_BYTES = 64 * 1024 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP response. *at* is the platform's time from the Date header, None without one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime | None = None

    def json(self) -> Any:
        """Return the body parsed as JSON. Raises `BadResponse` for anything else, such as a truncated body."""
        try:
            return lossless_json.loads(self.body)
        except (ValueError, RecursionError):
            raise BadResponse("the answer is not JSON, or was cut short") from None


@dataclass(slots=True)
class HttpClient:
    """Sends requests for all stores of a process. Thread-safe.

    *now* returns aware UTC, *monotonic* seconds, *jitter* a random number in [0, 1).
    """

    user_agent: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    timeout_s: float = 30.0
    transport: httpx.BaseTransport | None = None
    _connections: Connections = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._connections = Connections(self._new_client)

    def send(
        self,
        request: httpx.Request,
        *,
        traffic: RequestBudget,
        error_of: Callable[[Answer], PlatformError | None],
    ) -> Answer:
        """Return the answer to *request*, tried at most three times.

        *error_of* returns the error that an answer stands for, None for a good one. Raises the last try's
        error: that one, `NetworkFailed`, `TimedOut` or `BadResponse`. There is no further try where the wait
        before it would pass the slice's deadline.
        """
        import tenacity  # noqa: PLC0415 - only where something is sent

        retrying = tenacity.Retrying(
            stop=lambda state: state.attempt_number >= ATTEMPTS or self._is_too_long(state.upcoming_sleep, traffic),
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, PlatformError) and error.transient),
            wait=self._wait_s,
            sleep=lambda seconds: self.pause(seconds, traffic),
            reraise=True,
        )
        return retrying(self._try, request, traffic, error_of)

    def stream(
        self,
        request: httpx.Request,
        *,
        offset: int = 0,
        traffic: RequestBudget,
        error_of: Callable[[Answer], PlatformError | None],
    ) -> Iterator[bytes]:
        """Yield the chunks of a long body from byte *offset* on, also where the response starts at byte 0.

        There are no retries: the caller resumes at its own offset. *error_of* gets an answer without a body.
        Raises its error, `NetworkFailed`, `TimedOut` or `BadResponse`.
        """
        traffic.requests += 1
        with _translated(request), self._sent(request) as response:
            answer = Answer(response.status_code, response.headers, b"", _server_time(response.headers))
            error = error_of(answer)
            if error is not None:
                raise error
            skipped = 0 if response.status_code == httpx.codes.PARTIAL_CONTENT else offset
            chunks = response.iter_bytes()
            while True:
                with traffic.on_network():
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                traffic.bytes += len(chunk)
                yield chunk[skipped:]
                skipped = max(0, skipped - len(chunk))

    def pause(self, seconds: float, traffic: RequestBudget) -> None:
        """Sleep for *seconds*. Raises `OutOfTime` at once where that is over a minute or past the slice's deadline."""
        if seconds <= 0:
            return
        if self._is_too_long(seconds, traffic):
            raise OutOfTime("the slice ends before the platform lets us go on")
        traffic.waited_seconds += seconds
        traffic.waits(seconds)
        with traffic.on_network():
            self.sleep(seconds)

    def _is_too_long(self, seconds: float, traffic: RequestBudget) -> bool:
        return seconds > LONGEST_PAUSE_S or self.monotonic() + seconds > traffic.deadline

    def close(self, url: str | None = None) -> None:
        """Close the connections to the host of *url*, or all, that no request is using."""
        self._connections.close(None if url is None else httpx.URL(url))

    def _wait_s(self, state: "tenacity.RetryCallState") -> float:
        growth = 2.0 ** (state.attempt_number - 1)
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * growth * (0.5 + self.jitter()))
        error = state.outcome.exception() if state.outcome else None
        retry_at = error.retry_at if isinstance(error, PlatformError) else None
        return max(wait, (retry_at - self.now()).total_seconds()) if retry_at else wait

    def _try(
        self, request: httpx.Request, traffic: RequestBudget, error_of: Callable[[Answer], PlatformError | None]
    ) -> Answer:
        traffic.requests += 1
        with _translated(request), traffic.on_network():
            answer = self._receive(request, traffic)
        error = error_of(answer)
        log.debug("http.answered status=%s path=%s", answer.status, request.url.path)
        if error is None:
            return answer
        if isinstance(error, RateLimited) and error.retry_at is None:
            error.retry_at = retry_after(answer, self.now())
        raise error

    def _receive(self, request: httpx.Request, traffic: RequestBudget) -> Answer:
        deadline = self.monotonic() + 2 * self.timeout_s
        with self._sent(request) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise BadResponse("the answer is larger than any page can be")
                if self.monotonic() > deadline:
                    raise TimedOut("the answer took too long to arrive")
        traffic.bytes += response.num_bytes_downloaded
        at = _server_time(response.headers)
        traffic.ahead = self.now() - at if at else traffic.ahead
        return Answer(response.status_code, response.headers, bytes(body), at)

    @contextmanager
    def _sent(self, request: httpx.Request) -> Iterator[httpx.Response]:
        with self._connections.lent(request.url) as client:
            # httpx gives a client's headers and timeouts only to the requests that it builds itself.
            for name, value in client.headers.items():
                request.headers.setdefault(name, value)
            request.extensions.setdefault("timeout", client.timeout.as_dict())
            response = client.send(request, stream=True, follow_redirects=False)
            try:
                yield response
            finally:
                response.close()

    def _new_client(self) -> httpx.Client:
        return httpx.Client(
            headers={"User-Agent": self.user_agent, "Accept": "application/json"},
            timeout=httpx.Timeout(self.timeout_s, connect=10.0),
            transport=self.transport,
            verify=True if self.transport else _tls(),
            limits=httpx.Limits(max_connections=1),
        )


def usual_error(answer: Answer, now: datetime) -> PlatformError | None:
    """Return the error for a status that means the same on every platform (429, 5xx, 3xx), None for the others."""
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return RateLimited("the platform asks us to slow down", retry_at=retry_after(answer, now))
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return PlatformDown(f"the platform answered {answer.status}", retry_at=retry_after(answer, now))
    if answer.status in range(300, 400):
        return BadResponse(f"the platform sent us elsewhere ({answer.status}); redirects are not followed")
    return None


def retry_after(answer: Answer, now: datetime) -> datetime | None:
    """Return the instant in the Retry-After header (seconds or a date), at most a day ahead; None without one."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return now + min(timedelta(seconds=min(float(value), 1e9)), LONGEST_ABSENCE)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now + LONGEST_ABSENCE)


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    host = request.url.host
    try:
        yield
    except httpx.TimeoutException:
        raise TimedOut(f"{host} did not answer in time") from None
    except httpx.DecodingError:
        raise BadResponse(f"{host} sent an answer that cannot be unpacked") from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        why = _why(error)
        hint = "see where the way ends: storesync doctor --only network"
        raise NetworkFailed(f"no connection to {host}: {_MESSAGES[why]}", hint=hint, why=why) from None


_MESSAGES = {
    "name": "its name is not known here",
    "tls": "its TLS certificate was not accepted",
    "proxy": "the proxy does not let us through",
    "refused": "nobody answers there",
    "broken": "it broke off",
}


def _why(error: Exception) -> str:
    """Return the cause of a failed connection, one of the keys of `_MESSAGES`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, socket.gaierror):
            return "name"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    return "refused" if isinstance(error, httpx.ConnectError) else "broken"


def _server_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


Door = HttpClient
"""The former name, kept for plug-in platforms."""
