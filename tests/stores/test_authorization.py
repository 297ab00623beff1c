"""Connect in a browser: a real listener on this machine takes one answer, and every part of it is checked."""

import socket
import threading
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from storesync.errors import UsageError
from storesync.simulator.shopify.oauth import callback_hmac
from storesync.stores.authorization import listening
from tests.kits.browser import Browser, configure, free_port


@pytest.fixture
def browser(program):
    """The operator's browser, with both apps configured on the same address."""
    port = free_port()
    for platform in ("shopify", "tiendanube"):
        configure(program, platform, port)
    program.browser = Browser(program.simulator)
    yield program.browser
    program.browser.close()


def edited(url, **changes):
    """Return *url* with other parameters; None takes one out."""
    query = {**dict(parse_qsl(urlsplit(url).query)), **changes}
    left = {name: value for name, value in query.items() if value is not None}
    return f"{url.partition('?')[0]}?{urlencode(left)}"


def signed(program, url, **changes):
    """Return *url* with other parameters, signed as Shopify would."""
    bare = edited(url, **changes, hmac=None)
    query = dict(parse_qsl(urlsplit(bare).query))
    return edited(bare, hmac=callback_hmac(query, program.world.apps["shopify"].client_secret))


def refused(program, *words):
    """Connect in vain: exit 2, no traceback, no store."""
    answer = program("connect", *words)
    assert (answer.code, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert program.sql("SELECT count(*) FROM stores") == [(0,)]
    return answer.stderr


class TestConsent:
    """A person says yes, and the shop is connected."""

    @pytest.mark.parametrize("words", [("shopify", "alpha"), ("tiendanube",), ("tiendanube", "--store-id", "123456")])
    def test_the_browser_connects(self, program, shopify, tiendanube, browser, words):
        """From the address to the data, with nothing typed."""
        assert program("connect", *words).code == 0
        assert program.sql("SELECT count(*) > 0 FROM orders") == [(1,)]

    def test_the_kind_of_token_is_the_one_that_renews(self, program, shopify, browser):
        """Shopify is asked for a token that expires, with the one that renews it."""
        program("connect", "shopify", "alpha", "--no-sync")

        kept = program.sql("SELECT kind, expires_at, refresh_expires_at FROM credentials")
        assert kept == [("oauth_expiring", "2026-11-22T13:00:00Z", "2027-02-20T12:00:00Z")]

    def test_the_person_reads_that_it_is_done(self, program, shopify, browser):
        """The page in the browser says where to go on."""
        program("connect", "shopify", "alpha", "--no-sync")
        browser.close()

        assert [(status, "go back to the terminal" in text) for status, text in browser.pages] == [(200, True)]

    def test_no_browser_opens_none(self, program, shopify, browser, monkeypatch):
        """`--no-browser`: the address is printed, and opened by whoever likes."""
        monkeypatch.setattr("storesync.cli.connect.WAIT_S", 0.01)

        answer = program("connect", "shopify", "alpha", "--no-browser")

        assert browser.asked == []
        assert "https://alpha.myshopify.com/admin/oauth/authorize?" in answer.stderr

    def test_every_attempt_has_a_state_of_its_own(self, program, shopify, browser):
        """Nobody can guess the state of the next one."""
        for _ in range(2):
            program("connect", "shopify", "alpha", "--no-sync")
            browser.close()

        states = [dict(parse_qsl(urlsplit(url).query))["state"] for url in browser.asked]
        assert len(set(states)) == 2
        assert min(map(len, states)) >= 32

    def test_the_scopes_can_be_chosen(self, program, shopify, browser):
        """STORESYNC_SHOPIFY_SCOPES is what is asked for; empty leaves it to the app."""
        program.settings["STORESYNC_SHOPIFY_SCOPES"] = "read_products,read_orders"
        program("connect", "shopify", "alpha", "--no-sync")
        browser.close()
        program.settings["STORESYNC_SHOPIFY_SCOPES"] = ""
        program("connect", "shopify", "alpha", "--no-sync")

        asked = [dict(parse_qsl(urlsplit(url).query)).get("scope") for url in browser.asked]
        assert asked == ["read_products,read_orders", None]


class TestRefusals:
    """An answer that is not the platform's, not ours, or a no, connects nothing."""

    def test_the_person_says_no(self, program, shopify, browser):
        """error=access_denied: said in words."""
        browser.change = lambda url: signed(program, url, code=None, error="access_denied")

        assert "not let in" in refused(program, "shopify", "alpha")

    def test_the_person_says_no_on_tiendanube(self, program, tiendanube, browser):
        """The same on the platform that signs nothing."""
        browser.change = lambda url: edited(url, code=None, error="access_denied")

        assert "did not let the app in" in refused(program, "tiendanube")

    @pytest.mark.parametrize(
        ("check", "changes"),
        [
            ("state", {"state": "another"}),
            ("state", {"state": ""}),
            ("state", {"state": None}),
            ("shop", {"shop": "beta.myshopify.com"}),
            ("shop", {"shop": "alpha.myshopify.com.evil.com"}),
            ("shop", {"shop": None}),
            ("timestamp", {"timestamp": "1700000000"}),
            ("timestamp", {"timestamp": "soon"}),
            ("timestamp", {"timestamp": None}),
            ("code", {"code": None}),
        ],
    )
    def test_a_signed_answer_is_checked_all_the_same(self, program, shopify, browser, check, changes):
        """State, shop, age and code, even where the signature fits."""
        browser.change = lambda url: signed(program, url, **changes)

        assert f"the check of its {check}" in refused(program, "shopify", "alpha")

    @pytest.mark.parametrize("changes", [{"hmac": "0" * 64}, {"hmac": None}, {"code": "another"}, {"host": "evil"}])
    def test_an_answer_that_is_not_signed_so_is_refused(self, program, shopify, browser, changes):
        """No signature, another one, or one of another content."""
        browser.change = lambda url: edited(url, **changes)

        assert "the check of its hmac" in refused(program, "shopify", "alpha")

    def test_no_code_is_exchanged_before_the_checks(self, program, shopify, browser):
        """A forged answer makes us ask nobody."""
        browser.change = lambda url: edited(url, hmac="0" * 64)

        refused(program, "shopify", "alpha")

        assert [call.target for call in program.simulator.requests if "access_token" in call.target] == []

    def test_another_shop_let_us_in(self, program, tiendanube, browser):
        """Tiendanube's consent page chooses the shop; it must be the one that was meant."""
        program.world.add_shop("tiendanube", "654321", orders=1)
        program.world.consents["tiendanube"] = "654321"

        assert "654321" in refused(program, "tiendanube", "--store-id", "123456")

    def test_a_code_works_once(self, program, tiendanube, browser):
        """A code that somebody used before us is worth nothing."""
        browser.change = lambda url: edited(url, code="0" * 40)

        assert "used already" in refused(program, "tiendanube")


class TestListener:
    """It hears loopback only, one path only, one answer only."""

    @pytest.fixture
    def url(self):
        return f"http://127.0.0.1:{free_port()}/callback"

    @staticmethod
    def get(url):
        """Ask from another thread, since the listener waits in this one."""
        got = []
        thread = threading.Thread(target=lambda: got.append(httpx.get(url, timeout=10).status_code))
        thread.start()
        return thread, got

    def test_what_browsers_ask_besides_is_not_the_answer(self, program, shopify, browser):
        """A favicon, the bare path and other paths are not found; the answer after them counts."""
        browser.before = (
            "/favicon.ico",
            "/",
            "/callback",
            "/callback/?code=x",
            "/callbackx?code=x",
            "/x/callback?code=x",
        )

        assert program("connect", "shopify", "alpha", "--no-sync").code == 0
        browser.close()
        assert [status for status, _ in browser.pages] == [404] * 6 + [200]

    @pytest.mark.parametrize(
        ("query", "status"), [("code=1&code=2", 400), ("x=" + "y" * 9000, 404), ("x=" + "y" * 60_000, 404)]
    )
    def test_what_cannot_be_the_answer_is_refused_and_forgotten(self, url, query, status):
        """A name twice, a huge query: told so, and the listener goes on waiting."""
        with listening(url, None) as wait:
            thread, got = self.get(f"{url}?{query}")
            with pytest.raises(UsageError, match="nobody authorised"):
                wait(0.6)
            thread.join()

        assert got == [status]

    def test_the_first_answer_counts(self, url):
        """Who comes second finds nobody there."""
        with listening(url, None) as wait:
            thread, _ = self.get(f"{url}?code=1")
            answer = wait(10)
            thread.join()

        assert answer == {"code": "1"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}?code=2")

    def test_only_reading_is_answered(self, url):
        """A form that is posted is no redirect."""
        with listening(url, None) as wait:
            got = []
            thread = threading.Thread(target=lambda: got.append(httpx.post(f"{url}?code=1", timeout=10).status_code))
            thread.start()
            with pytest.raises(UsageError):
                wait(0.6)
            thread.join()

        assert got == [501]

    def test_it_can_be_used_again_at_once(self, url):
        """Ten shops in a row, one port."""
        for number in "123":
            with listening(url, None) as wait:
                thread, _ = self.get(f"{url}?code={number}")
                assert wait(10) == {"code": number}
                thread.join()

    def test_it_gives_up(self, url):
        """Nobody came: said so, with another way."""
        with listening(url, None) as wait, pytest.raises(UsageError) as caught:
            wait(0.01)

        assert "--paste" in caught.value.hint

    def test_a_port_that_is_taken(self, program, shopify, browser):
        """Another program listens there: exit 2, and another way."""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            answer = program("connect", "shopify", "alpha", "--listen", f"127.0.0.1:{other.getsockname()[1]}")

        assert answer.code == 2
        assert "--paste" in answer.stderr
        assert browser.asked == []

    @pytest.mark.parametrize(
        "place", ["0.0.0.0:8721", "192.168.1.2:8721", "evil.com:80", "8721", ":8721", "127.0.0.1:", "[::]:1"]
    )
    def test_it_listens_on_loopback_only(self, program, shopify, browser, place):
        """No address that others reach, no text that is no address."""
        answer = program("connect", "shopify", "alpha", "--listen", place)

        assert answer.code == 2
        assert browser.asked == []

    def test_listen_may_differ_from_the_redirect(self, program, shopify, browser):
        """Behind a forwarded port the listener is elsewhere than the browser is sent to."""
        port = free_port()
        browser.change = lambda url: str(httpx.URL(url).copy_with(port=port))

        assert program("connect", "shopify", "alpha", "--no-sync", "--listen", f"localhost:{port}").code == 0
