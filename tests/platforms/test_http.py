"""The one way out: retries, waits, deadlines, caps, and errors in our words."""

import gzip
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from storesync import errors
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import MAX_BODY_BYTES, Answer, HttpClient, retry_after, usual_error
from tests.kits.program import NOON, FakeClock

URL = "https://api.example/orders?secret=hush&page=2"
MEGABYTE = b" " * 2**20


@dataclass
class Platform:
    """Answers in turn, the last answer for ever; remembers what it was asked."""

    clock: FakeClock
    answers: list[httpx.Response | Exception | Callable[[], httpx.Response]]
    jitter: float = 0.5
    asked: list[httpx.Request] = field(default_factory=list)
    traffic: RequestBudget = field(default_factory=RequestBudget)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    def send(self, *, error_of=None, url: str = URL) -> Answer:
        """Send one request through a door of its own."""
        http = HttpClient(
            user_agent="storesync/1 (ana@example.com)",
            now=self.clock.now,
            monotonic=self.clock.seconds,
            sleep=self.clock.sleep,
            jitter=lambda: self.jitter,
            transport=httpx.MockTransport(self),
        )
        request = httpx.Request("GET", url, headers={"Authentication": "bearer hush-token"})
        try:
            return http.send(
                request,
                traffic=self.traffic,
                error_of=error_of or (lambda answer: usual_error(answer, self.clock.now())),
            )
        finally:
            http.close()

    def failure(self, kind: type[errors.StoresyncError], **how) -> errors.StoresyncError:
        """Send one request that fails, and return its error."""
        with pytest.raises(kind) as caught:
            self.send(**how)
        return caught.value


@pytest.fixture
def platform(clock) -> Callable[..., Platform]:
    return lambda *answers, **how: Platform(clock, list(answers), **how)


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Callable[[], httpx.Response]:
    """Return a maker of answers; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


class Stream(httpx.SyncByteStream):
    """A body that comes chunk by chunk."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks


def test_a_good_answer_is_returned_whole(platform):
    """Status, headers, body, and the platform's clock."""
    date = format_datetime(NOON, usegmt=True)
    answer = platform(reply(body=b'{"a": 1}', date=date, x_total_count="7")).send()

    assert (answer.status, answer.json(), answer.at) == (200, {"a": 1}, NOON)
    assert answer.headers["X-Total-Count"] == "7"


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_is_none_is_no_clock(platform, date):
    """The platform's clock is only believed where it can be read."""
    assert platform(reply(date=date)).send().at is None


def test_we_say_who_we_are_and_what_we_take(platform):
    """User-Agent and Accept on each request, beside the request's own headers."""
    served = platform(reply())
    served.send()
    headers = served.asked[0].headers

    assert (headers["User-Agent"], headers["Accept"]) == ("storesync/1 (ana@example.com)", "application/json")
    assert headers["Authentication"] == "bearer hush-token"


def test_a_silent_platform_is_not_waited_for_without_end(platform):
    """Each request carries the door's timeouts, which httpx gives only to requests that it builds itself."""
    served = platform(reply())
    served.send()

    assert served.asked[0].extensions["timeout"] == {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}


@pytest.mark.parametrize(("jitter", "sleeps"), [(0.0, [0.5, 1.0]), (0.5, [1.0, 2.0]), (0.75, [1.25, 2.5])])
def test_a_request_is_tried_three_times_with_growing_waits(platform, clock, jitter, sleeps):
    """Exponential, with jitter so that many stores do not come back together."""
    served = platform(reply(503), jitter=jitter)
    error = served.failure(errors.PlatformDown)

    assert (error.message, len(served.asked), clock.sleeps) == ("the platform answered 503", 3, sleeps)
    assert (served.traffic.requests, served.traffic.waited_seconds) == (3, sum(sleeps))


def test_a_request_that_succeeds_at_last_is_a_success(platform, clock):
    """Hiccups cost time only."""
    served = platform(reply(502), httpx.ReadTimeout("late"), reply(body=b"[1]"))

    assert (served.send().json(), len(served.asked), clock.sleeps) == ([1], 3, [1.0, 2.0])


@pytest.mark.parametrize(
    ("value", "sleep"),
    [
        ("7", 7.0),
        ("0.25", 1.0),
        ("0", 1.0),
        (format_datetime(NOON + timedelta(seconds=9), usegmt=True), 9.0),
        (format_datetime(NOON - timedelta(hours=1), usegmt=True), 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("1.2.3", 1.0),
        ("٣", 1.0),
        ("", 1.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_as_a_minimum(platform, clock, status, value, sleep):
    """In seconds or as a date; nonsense counts as not said."""
    answer = httpx.Response(status, headers=[(b"retry-after", value.encode())])
    served = platform(lambda: answer, reply())
    served.send()

    assert clock.sleeps == [sleep]


def test_a_retry_after_of_years_counts_as_a_day():
    """No header can put a store to sleep for ever, or break the arithmetic."""
    for value in ("999999999", "9" * 400):
        answer = Answer(429, {"retry-after": value}, b"")

        assert retry_after(answer, NOON) == NOON + timedelta(days=1)


def test_a_date_without_a_zone_is_utc():
    """As the standard says of -0000."""
    answer = Answer(429, {"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, b"")

    assert retry_after(answer, NOON) == NOON + timedelta(seconds=30)


def test_a_wait_beyond_the_slice_is_a_time_to_come_back_not_a_sleep(platform, clock):
    """The error says when; the slice's time is not slept away."""
    served = platform(reply(429, retry_after="60"), traffic=RequestBudget(deadline=NOON.timestamp() + 59))
    error = served.failure(errors.RateLimited)

    assert (error.retry_at, clock.sleeps, len(served.asked)) == (NOON + timedelta(seconds=60), [], 1)


def test_a_wait_beyond_the_slice_ends_in_the_error(platform, clock):
    """A platform that is down until the slice ends has failed, and the backoff begins."""
    served = platform(reply(503), traffic=RequestBudget(deadline=NOON.timestamp() + 0.9))
    served.failure(errors.PlatformDown)

    assert (clock.sleeps, len(served.asked)) == ([], 1)


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (errors.TokenRejected("401"), 1),
        (errors.NotFound("404"), 1),
        (errors.RequestRefused("422"), 1),
        (errors.Suspended("402"), 1),
        (errors.ScopeMissing("403", scope="read_orders"), 1),
        (errors.BadResponse("odd"), 3),
        (errors.RateLimited("429"), 3),
        (errors.PlatformDown("500"), 3),
        (errors.TimedOut("late"), 3),
        (errors.NetworkFailed("reset"), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_may_pass_is_tried_again(platform, error, tries):
    """Asking again does not change a refusal."""
    served = platform(reply(418))

    assert served.failure(type(error), error_of=lambda _: error) is error
    assert len(served.asked) == tries


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(platform, status):
    """The token goes to the store's own host only."""
    served = platform(reply(status, location="https://evil.example/orders"))
    error = served.failure(errors.BadResponse)

    assert error.message == f"the platform sent us elsewhere ({status}); redirects are not followed"
    assert {request.url.host for request in served.asked} == {"api.example"}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_answer_larger_than_any_page_is_cut_off(platform, packed):
    """Also one that only unpacks to that size; the rest is never read."""
    limit = MAX_BODY_BYTES // len(MEGABYTE)
    bomb = gzip.compress(MEGABYTE * (limit + 1), 1)
    taken = []

    def chunks() -> Iterator[bytes]:
        for at in range(4 * limit):
            taken.append(at)
            yield bomb[at * 8192 : (at + 1) * 8192] if packed else MEGABYTE

    headers = {"content-encoding": "gzip"} if packed else {}
    served = platform(lambda: httpx.Response(200, headers=headers, stream=Stream(chunks())))

    assert served.failure(errors.BadResponse).message == "the answer is larger than any page can be"
    assert len(taken) <= 3 * (limit + 1)


def test_a_trickle_ends_at_the_total_deadline(platform, clock):
    """A byte now and then keeps every read timeout happy; the answer as a whole has two minutes at most."""

    def trickle() -> Iterator[bytes]:
        while True:
            clock.advance(seconds=20)
            yield b" "

    served = platform(lambda: httpx.Response(200, stream=Stream(trickle())))
    error = served.failure(errors.TimedOut)

    assert (error.message, len(served.asked)) == ("the answer took too long to arrive", 3)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><title>Just a moment...</title>",
        b"",
        b'{"orders": [{"id": 1}, {"id"',
        b"{" * 100_000,
        b"\xff\xfe",
    ],
    ids=["html", "nothing", "cut", "deep", "bytes"],
)
def test_a_body_that_is_no_json_is_a_bad_response(platform, body):
    """Whatever a 200 brings."""
    with pytest.raises(errors.BadResponse, match="is not JSON, or was cut short"):
        platform(reply(body=body)).send().json()


def test_a_gzip_cut_short_shows_in_its_json(platform):
    """httpx lets a truncated stream pass; the JSON does not."""
    whole = gzip.compress(b'{"orders": [' + b'{"id": 1},' * 5000 + b"0]}")
    answer = platform(reply(body=whole[: len(whole) // 2], content_encoding="gzip")).send()

    with pytest.raises(errors.BadResponse, match="cut short"):
        answer.json()


def test_a_gzip_that_is_none_is_a_bad_response(platform):
    """The network is fine, and the other resources are worth trying."""
    served = platform(reply(body=b"not gzip at all", content_encoding="gzip"))

    assert served.failure(errors.BadResponse).message == "api.example sent an answer that cannot be unpacked"
    assert len(served.asked) == 3


def test_json_that_orjson_refuses_is_read_with_the_standard_library(platform):
    """One odd number does not cost a page."""
    assert str(platform(reply(body=b'{"n": NaN}')).send().json()) == "{'n': 'NaN'}"


def test_a_lone_surrogate_is_read(platform):
    """The record that holds it is quarantined later; the others of its page live."""
    assert platform(reply(body=rb'["\ud800", 1]')).send().json() == ["\ud800", 1]


def test_a_certificate_that_is_not_accepted_is_said_so(platform):
    """The operator looks at TLS, not at the cable."""

    def refuse() -> httpx.Response:
        raise httpx.ConnectError("hush") from ssl.SSLCertVerificationError("self-signed")

    error = platform(refuse).failure(errors.NetworkFailed)

    assert error.message == "no connection to api.example: its TLS certificate was not accepted"


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (httpx.ConnectTimeout, errors.TimedOut, "api.example did not answer in time"),
        (httpx.ReadTimeout, errors.TimedOut, "api.example did not answer in time"),
        (httpx.PoolTimeout, errors.TimedOut, "api.example did not answer in time"),
        (httpx.ConnectError, errors.NetworkFailed, "no connection to api.example: nobody answers there"),
        (httpx.ReadError, errors.NetworkFailed, "no connection to api.example: it broke off"),
        (httpx.RemoteProtocolError, errors.NetworkFailed, "no connection to api.example: it broke off"),
        (httpx.LocalProtocolError, errors.NetworkFailed, "no connection to api.example: it broke off"),
        (httpx.ProxyError, errors.NetworkFailed, "no connection to api.example: the proxy does not let us through"),
    ],
)
def test_the_networks_errors_are_told_in_our_words(platform, raised, kind, message):
    """By host, without the address's query, and without what the library said."""
    error = platform(raised("hush-token at secret=hush")).failure(kind)

    assert (error.message, error.__cause__) == (message, None)
    assert "hush" not in str(error.hint)


def test_no_message_and_no_log_line_holds_a_query_or_a_token(platform, caplog, monkeypatch):
    """Whatever goes wrong."""
    monkeypatch.setattr(logging.getLogger("storesync"), "propagate", True)
    caplog.set_level(logging.DEBUG, logger="storesync")
    told = []
    for answer in (reply(503), reply(429), reply(302), httpx.ReadError("hush"), reply(200, b"hush")):
        try:
            platform(answer).send().json()
        except errors.StoresyncError as error:
            told.append(f"{error!r} {error.hint}")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("storesync")]

    assert len(told) == 5
    assert "http.answered status=503 path=/orders" in lines
    assert "hush" not in " ".join(told + lines)


def test_traffic_is_counted_as_it_went_over_the_wire(platform):
    """Requests, and bytes before unpacking."""
    packed = gzip.compress(b'{"a": "' + b"x" * 10_000 + b'"}')
    served = platform(reply(body=packed, content_encoding="gzip"))
    served.send()

    assert (served.traffic.requests, served.traffic.bytes) == (1, len(packed))


def test_a_wait_of_nothing_is_none(clock, platform):
    """A pause that is over does not even count."""
    http = HttpClient("me", clock.now, clock.seconds, clock.sleep, lambda: 0.5)
    traffic = RequestBudget(deadline=0)
    http.pause(0, traffic)
    http.pause(-1, traffic)

    assert (clock.sleeps, traffic.waited_seconds) == ([], 0)


def test_times_are_aware():
    """A naive date in a header never meets an aware clock."""
    at = retry_after(Answer(429, {"retry-after": format_datetime(datetime(2026, 11, 22, 13, tzinfo=UTC))}, b""), NOON)

    assert at == NOON + timedelta(hours=1)
