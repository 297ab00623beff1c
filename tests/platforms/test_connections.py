"""How many HTTP connections are open, and for how long: counted by shops on this machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from storesync.model import Credential
from storesync.platforms.base import RequestBudget
from storesync.platforms.connections import MOST_IDLE, Connections
from storesync.platforms.http import Answer, HttpClient
from storesync.platforms.shopify.platform import Shopify

PATIENCE_S = 10


class Shop(ThreadingHTTPServer):
    """A shop on this machine that answers everything; it knows which connections are open, and how many there were."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Welcomes)
        self.connections = 0
        self.hung_up = threading.Semaphore(0)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def finish_request(self, request, client_address) -> None:
        """Serve one connection until the other side closes it."""
        self.connections += 1
        super().finish_request(request, client_address)
        self.hung_up.release()


class _Welcomes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def shops() -> Iterator[list[Shop]]:
    """Two shops, each a host of its own."""
    opened = [Shop(), Shop()]
    threads = [threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01}) for shop in opened]
    for thread in threads:
        thread.start()
    yield opened
    for shop, thread in zip(opened, threads, strict=True):
        shop.shutdown()
        shop.server_close()
        thread.join()


@pytest.fixture
def http(clock) -> Iterator[HttpClient]:
    found = HttpClient("me", clock.now, clock.seconds, clock.sleep, lambda: 0.5)
    yield found
    found.close()


def ask(http: HttpClient, shop: Shop) -> Answer:
    return http.send(httpx.Request("GET", shop.url), traffic=RequestBudget(), error_of=lambda _answer: None)


def test_requests_to_a_host_share_a_connection(http, shops):
    """Also where another host is asked between them."""
    for shop in (*shops, *shops, *shops):
        assert ask(http, shop).status == 200

    assert [shop.connections for shop in shops] == [1, 1]


def test_a_host_that_is_done_with_is_hung_up_on(http, shops):
    """Its connection is closed, no other one."""
    for shop in shops:
        ask(http, shop)
    http.close(f"{shops[0].url}/admin")

    assert shops[0].hung_up.acquire(timeout=PATIENCE_S)
    ask(http, shops[1])
    assert shops[1].connections == 1


def test_the_session_of_a_shop_hangs_up_at_its_end(http, shops):
    """A shop of Shopify is a host of its own, which no other store needs."""
    ask(http, shops[0])
    platform = Shopify(http, url=shops[0].url)
    platform.open("alpha", Credential("oauth", "hush"), shop=None, traffic=RequestBudget()).close()

    assert shops[0].hung_up.acquire(timeout=PATIENCE_S)


def test_few_idle_connections_are_kept(http, shops):
    """Beyond `MOST_IDLE` hosts, the one that was not asked for the longest time is hung up on."""
    connections = Connections(httpx.Client)
    with connections.lent(httpx.URL(shops[0].url)) as client:
        client.get(shops[0].url)
    for place in range(MOST_IDLE):
        with connections.lent(httpx.URL(f"http://127.0.0.1:{place + 1}")):
            pass

    assert shops[0].hung_up.acquire(timeout=PATIENCE_S)
    connections.close()
