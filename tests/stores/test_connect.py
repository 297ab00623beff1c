"""Connect a shop once: by a pasted token, by the app's own right, or by a person's consent pasted by hand."""

import pytest

from tests.kits import program as kit
from tests.kits.browser import Browser, Typing, configure
from tests.kits.program import differences

SHOPS = {"shopify": ("alpha",), "tiendanube": ("--store-id", "123456")}


@pytest.fixture(params=SHOPS)
def shop(request):
    return request.getfixturevalue(request.param)


def row(program, columns):
    """Return what is saved of the one store."""
    return program.sql(f"SELECT {columns} FROM stores")[0]


def plan(program):
    return [(one["store"], one["reason"]) for one in program("sync-due", "--plan", "--json").json["stores"]]


class TestPasted:
    """A token from stdin or the environment."""

    def test_a_pasted_token_connects_and_loads(self, program, shop):
        """One command, and the data is there."""
        answer = program.connect(shop.platform, shop.key)

        assert answer.code == 0
        assert answer.stderr == f"connected {shop.platform}:{shop.key} ({shop.domain})\n"
        assert differences(program, shop) == []
        assert row(program, "sync_status, connection") == ("completed", "connected")

    def test_the_token_may_come_from_the_environment(self, program, shop):
        """STORESYNC_TOKEN serves in place of stdin."""
        program.settings["STORESYNC_TOKEN"] = shop.issue_token()

        assert program("connect", shop.platform, *SHOPS[shop.platform], "--no-sync").code == 0

    def test_stdin_goes_over_the_environment(self, program, shop):
        """What was asked for by an option counts."""
        program.settings["STORESYNC_TOKEN"] = "a_wrong_token_of_old"

        assert program.connect(shop.platform, shop.key, "--no-sync").code == 0

    def test_the_kind_of_token_is_known(self, program, shop):
        """It decides whether the token can be renewed."""
        program.connect(shop.platform, shop.key, "--no-sync")

        expected = {"shopify": "static", "tiendanube": "custom_app"}[shop.platform]
        assert program.sql("SELECT kind FROM credentials") == [(expected,)]

    def test_what_the_shop_says_of_itself_is_saved(self, program, shop):
        """Identity, domain, currency, zone: the platform's own words."""
        program.connect(shop.platform, shop.key, "--no-sync")

        saved = row(program, "key, platform, platform_id, domain, url, name, main_currency")
        expected = (
            f"{shop.platform}:{shop.key}",
            shop.platform,
            shop.id,
            shop.domain,
            shop.url,
            shop.name,
            shop.currency,
        )
        assert saved == expected

    def test_nuvemshop_is_tiendanube(self, program, tiendanube):
        """The Brazilian name of the platform means the same one."""
        token = tiendanube.issue_token()

        program("connect", "nuvemshop", "--store-id", "123456", "--token-stdin", "--no-sync", stdin=token + "\n")

        assert row(program, "key") == ("tiendanube:123456",)

    def test_quiet_says_nothing_that_is_no_answer(self, program, shopify):
        """With `-q` stderr stays empty."""
        token = shopify.issue_token()

        answer = program("-q", "connect", "shopify", "alpha", "--token-stdin", "--no-sync", stdin=token + "\n")

        assert (answer.code, answer.stderr) == (0, "")

    def test_a_missing_scope_is_told_at_once(self, program, shopify):
        """What the token cannot read is known before anybody misses it."""
        token = shopify.issue_token(("read_products", "read_orders", "read_all_orders"))

        answer = program("connect", "shopify", "alpha", "--token-stdin", stdin=token + "\n")

        assert answer.code == 0
        assert "lacks read_customers" in answer.stderr


class TestClientCredentials:
    """A Shopify shop of the app's own organisation needs no consent."""

    def test_it_connects_and_loads(self, program, shopify):
        """No token is pasted, no browser opened."""
        configure(program, "shopify")

        assert program("connect", "shopify", "alpha", "--client-credentials").code == 0
        assert program.sql("SELECT kind, expires_at FROM credentials") == [
            ("client_credentials", "2026-11-23T11:59:59Z")
        ]
        assert differences(program, shopify) == []


class TestPaste:
    """`--paste`: the address that the browser ended at comes by stdin."""

    @pytest.fixture(autouse=True)
    def app(self, program, shop, monkeypatch):
        configure(program, shop.platform)
        self.monkeypatch = monkeypatch

    def connect(self, program, shop, *options, edit=lambda url: url):
        """Answer what the person pastes; the address to open is read from stderr, as the person does."""
        browser = Browser(program.simulator)
        words = ("connect", shop.platform, *([shop.key] if shop.platform == "shopify" else []), "--paste", *options)
        self.monkeypatch.setattr(kit, "CliRunner", lambda: Typing(lambda url: edit(browser.way_back(url))))
        return program(*words)

    def test_it_connects(self, program, shop):
        """The pasted address holds the code; the shop's key is known from it."""
        assert self.connect(program, shop, "--no-sync").code == 0
        assert row(program, "key, sync_status") == (f"{shop.platform}:{shop.key}", "pending")

    def test_the_query_alone_is_enough(self, program, shop):
        """What stands behind the question mark is all that counts."""
        assert self.connect(program, shop, "--no-sync", edit=lambda url: url.partition("?")[2]).code == 0

    def test_no_browser_is_opened(self, program, shop):
        """The person has one elsewhere."""
        program.browser = lambda url: pytest.fail(f"opened {url}")

        assert self.connect(program, shop, "--no-sync").code == 0

    @pytest.mark.parametrize(
        "edit",
        [
            lambda _url: "",
            lambda _url: "no address",
            lambda url: url.partition("?")[0],
            lambda url: f"{url}&state=another",
            lambda url: f"{url}&x={'a' * 9000}",
            lambda url: url.replace("state=", "state=x"),
            lambda url: url.replace("code=", "kode="),
        ],
        ids=["nothing", "no address", "no query", "a name twice", "a huge one", "another state", "no code"],
    )
    def test_what_is_not_the_address_is_refused(self, program, shop, edit):
        """Exit 2, a hint, and no store."""
        answer = self.connect(program, shop, edit=edit)

        assert answer.code == 2
        assert answer.stderr.splitlines()[-2].startswith("storesync: ")
        assert program.sql("SELECT count(*) FROM stores") == [(0,)]

    def test_a_redirect_elsewhere_implies_paste(self, program, shop):
        """Where the browser does not come back to this machine, the address is asked for."""
        elsewhere = "https://ana.example/callback"
        program.world.apps[shop.platform].redirect_url = elsewhere
        program.settings[f"STORESYNC_{shop.platform.upper()}_REDIRECT_URL"] = elsewhere

        assert self.connect(program, shop, "--no-sync").code == 0


class TestLater:
    """`--no-sync` leaves the first load to cron."""

    def test_the_store_is_pending(self, program, shop):
        """Nothing was read but the shop's own description."""
        program.connect(shop.platform, shop.key, "--no-sync")

        assert row(program, "sync_status, first_started_at") == ("pending", None)
        assert program.sql("SELECT count(*) FROM orders") == [(0,)]

    def test_cron_waits_for_the_grace(self, program, shop):
        """For three minutes `connect` itself could still be at it; then the store is due."""
        program.connect(shop.platform, shop.key, "--no-sync")
        program.clock.advance(minutes=2, seconds=59)
        before = plan(program)
        program.clock.advance(seconds=1)

        assert (before, plan(program)) == ([], [(f"{shop.platform}:{shop.key}", "pending")])

    def test_cron_loads_it(self, program, shop):
        """The first tick after the grace brings everything, and says so once."""
        program.connect(shop.platform, shop.key, "--no-sync")
        program.clock.advance(minutes=3)

        answer = program("sync-due")

        assert answer.stderr == f"storesync: {shop.platform}:{shop.key} completed its first sync\n"
        assert differences(program, shop) == []


class TestWhat:
    """Which records are wanted, and under which names the store goes."""

    def test_only_reads_only_that(self, program, shop):
        """The other resources are neither read nor reported."""
        program.connect(shop.platform, shop.key, "--only", "products")

        assert set(program("status", "--json").json["stores"][0]["resources"]) == {"products"}
        assert program.sql("SELECT count(*) FROM orders") == [(0,)]

    def test_skip_reads_all_but_that(self, program, shop):
        """What is skipped now is skipped by every later sync."""
        program.connect(shop.platform, shop.key, "--skip", "customers")
        program.clock.advance(minutes=10)
        program("sync-due")

        assert program.sql("SELECT count(*) FROM customers") == [(0,)]
        assert "customers" not in program("status", "--json").json["stores"][0]["resources"]

    def test_skip_takes_from_only(self, program, shop):
        """Both together mean both."""
        program.connect(shop.platform, shop.key, "--only", "products", "--only", "orders", "--skip", "orders")

        assert set(program("status", "--json").json["stores"][0]["resources"]) == {"products"}

    def test_since_reads_what_changed_since(self, program, shop):
        """Older orders stay away, and the verdict says since when we know."""
        program.connect(shop.platform, shop.key, "--since", "2026-10-01", "--only", "orders")

        orders = program("status", "--json").json["stores"][0]["resources"]["orders"]
        assert program.sql("SELECT count(*) FROM orders WHERE updated_at < '2026-10-01'") == [(0,)]
        assert orders["rows"] > 0
        assert (orders["verdict"], orders["reason"]) == (
            "limited",
            "only records since 2026-10-01 are read, as connect --since asked",
        )

    @pytest.mark.parametrize("options", [("--since", "2026-10-01"), ("--only", "products")], ids=lambda one: one[0])
    def test_what_is_read_is_chosen_for_a_first_load_only(self, program, shop, options):
        """A new token is no reason to read less: it is told that nothing changed, and how to change it."""
        program.connect(shop.platform, shop.key)
        answer = program.connect(shop.platform, shop.key, *options)

        assert (answer.code, "as it was" in answer.stderr) == (0, True)
        assert row(program, "since, resources") == (None, "[]")

    def test_labels_are_kept(self, program, shop):
        """Alias and owner name the store from then on."""
        program.connect(shop.platform, shop.key, "--no-sync", "--alias", "shoes", "--owner", "Ana & Co")

        assert row(program, "alias, owner") == ("shoes", "Ana & Co")
