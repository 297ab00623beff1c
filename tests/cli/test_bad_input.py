"""Whatever is typed, pasted or answered wrongly ends in one line, a hint and an exit code."""

import shutil

import pytest

from storesync.errors import UsageError
from storesync.simulator.faults import Rule
from storesync.tables import RESOURCES
from tests.kits.samples import corpus

TOKENS = {
    "empty": "",
    "an empty line": "\n",
    "blanks": "   \n",
    "a blank inside": "shpat_0123 456789\n",
    "a tab inside": "shpat_0123\t456789\n",
    "a bell": "shpat_0123\a456789\n",
    "a null": "shpat_0123\x00456789\n",
    "an escape": "\x1b[31mshpat_0123456789\n",
    "a letter beyond ASCII": "shpat_ñandú0123456789\n",
    "a zero width space": "shpat_0123\u200b456789\n",
}


def refused(answer, code=2):
    """One line, a hint, nothing on stdout, no traceback."""
    lines = answer.stderr.splitlines()
    assert (answer.code, answer.stdout) == (code, "")
    assert "Traceback" not in answer.stderr
    assert len(lines) == 2
    assert lines[0].startswith("storesync: ")
    assert lines[1].startswith("  ")
    return lines


def connect(program, *words, token=None):
    return program("connect", *words, "--token-stdin", stdin=f"{token or 'shpat_0123456789'}\n")


class TestNames:
    """Stores, platforms, resources and owners that are not there."""

    @pytest.mark.parametrize("command", [("sync",), ("reconcile",), ("status",)])
    def test_an_unknown_store(self, program, shopify, command):
        """The name is repeated, and the hint shows which there are."""
        program.connect("shopify", "alpha", "--no-sync")

        lines = refused(program(*command, "nobody"))

        assert "'nobody'" in lines[0]
        assert lines[1].endswith("storesync status")

    @pytest.mark.parametrize("command", [("sync",), ("reconcile",), ("status",)])
    def test_an_ambiguous_store(self, program, command):
        """A handle that two platforms know is not guessed."""
        for platform in ("shopify", "tiendanube"):
            program.world.add_shop(platform, "123456", orders=1)
            program.connect(platform, "123456", "--no-sync")

        lines = refused(program(*command, "123456"))

        assert "shopify:123456, tiendanube:123456" in lines[0]
        assert "shopify:123456" in lines[1]

    @pytest.mark.parametrize("command", [("sync",), ("reconcile",), ("status",)])
    def test_an_unknown_owner(self, program, shopify, command):
        """An owner without stores is an error, not an empty success."""
        program.connect("shopify", "alpha", "--no-sync", "--owner", "ana")

        assert "'bea'" in refused(program(*command, "--owner", "bea"))[0]

    @pytest.mark.parametrize(
        "words",
        [("sync", "--all", "--resource"), ("reconcile", "--all", "--resource"), ("connect", "shopify", "a", "--only")],
    )
    def test_an_unknown_resource(self, program, shopify, words):
        """The hint lists the resources there are."""
        program.connect("shopify", "alpha", "--no-sync")

        lines = refused(program(*words, "invoices"))

        assert "'invoices'" in lines[0]
        assert "orders" in lines[1]

    def test_an_unknown_platform(self, program):
        """The hint lists the platforms there are."""
        lines = refused(connect(program, "woocommerce", "alpha"))

        assert "'woocommerce'" in lines[0]
        assert "shopify, tiendanube" in lines[1]

    @pytest.mark.parametrize("command", ["sync", "reconcile"])
    def test_no_store_named(self, program, shopify, command):
        """All stores are read because somebody said so, not because nobody said anything."""
        program.connect("shopify", "alpha", "--no-sync")

        assert refused(program(command))[1].strip() == f"storesync {command} --all"

    @pytest.mark.parametrize("platform", ["shopify", "tiendanube"])
    def test_connect_without_a_shop(self, program, platform):
        """A pasted token does not tell which shop it opens."""
        assert f"storesync connect {platform} " in refused(connect(program, platform))[1]

    @pytest.mark.parametrize("option", ["--alias", "--owner"])
    @pytest.mark.parametrize("label", ["", "  ", "two\nlines", "\x1b[31mred", "shopify:beta", "x" * 101])
    def test_a_label_that_is_none(self, program, shopify, option, label):
        """A label can be shown and is never mistaken for a store's key."""
        refused(program.connect("shopify", "alpha", option, label))

        assert program.requests() == 0

    def test_skipping_everything(self, program, shopify):
        """A store of which nothing is to be read is a mistake."""
        skipped = [word for name in RESOURCES for word in ("--skip", name)]

        refused(program.connect("shopify", "alpha", *skipped))


class TestOptions:
    """Options and commands that do not exist, or hold nonsense."""

    @pytest.mark.parametrize("words", [("frobnicate",), ("sync", "--frobnicate"), ("connect",)])
    def test_what_does_not_exist(self, program, words):
        """Exit 2, and where help is."""
        answer = program(*words)

        assert (answer.code, answer.stdout) == (2, "")
        assert "--help" in answer.stderr

    def test_no_command(self, program):
        """Alone, the program explains itself; that is no success."""
        answer = program()

        assert answer.code == 2
        assert "storesync connect" in answer.stderr

    @pytest.mark.parametrize("wait", ["5", "m", "-5m", "5 minutes", "", "1e3s"])
    def test_a_duration_that_is_none(self, program, shopify, wait):
        """The hint shows the form."""
        program.connect("shopify", "alpha", "--no-sync")

        assert "--wait 5m" in refused(program("sync", "alpha", f"--wait={wait}"))[1]

    @pytest.mark.parametrize("share", ["101%", "-1", "many", "", "nan"])
    def test_a_share_that_is_none(self, program, shopify, share):
        """Nobody deletes 101 per cent."""
        program.connect("shopify", "alpha", "--no-sync")

        assert "--max-delete 10%" in refused(program("reconcile", "alpha", f"--max-delete={share}"))[1]

    @pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-02-30", "01/02/2026", "", "2026-11-23"])
    def test_a_day_that_is_none(self, program, shopify, day):
        """A day that is not in the calendar, or lies ahead, connects nothing."""
        refused(program.connect("shopify", "alpha", f"--since={day}"))

        assert program.requests() == 0


class TestShops:
    """Only a shop's own name leads to a request."""

    @pytest.mark.parametrize("shop", corpus("shop_domains.txt"))
    def test_no_spelling_leads_elsewhere(self, program, shop):
        """Hostile spellings of a Shopify shop are refused before anything is sent."""
        lines = refused(program("connect", "shopify", "--token-stdin", "--", shop, stdin="shpat_0123456789\n"))

        assert program.requests() == 0
        assert "storesync connect shopify" in lines[1]

    @pytest.mark.parametrize("store_id", corpus("store_ids.txt"))
    def test_a_store_id_is_a_number(self, program, store_id):
        """Whatever is no number of a Tiendanube store is refused before anything is sent."""
        refused(program("connect", "tiendanube", f"--store-id={store_id}", "--token-stdin", stdin="abcdefgh\n"))

        assert program.requests() == 0

    @pytest.mark.parametrize(
        "shop",
        [
            "alpha",
            "ALPHA",
            "alpha.myshopify.com",
            " alpha ",
            "https://alpha.myshopify.com",
            "https://alpha.myshopify.com/admin/apps",
            "https://admin.shopify.com/store/alpha/orders",
        ],
    )
    def test_the_usual_spellings_are_understood(self, program, shopify, shop):
        """What people copy from their browser works."""
        assert connect(program, "shopify", shop, token=shopify.issue_token()).code == 0

    def test_a_shop_that_is_not_there(self, program):
        """A shop that Shopify does not know is said to be none."""
        assert "there is no shop at nobody.myshopify.com" in refused(connect(program, "shopify", "nobody"), 3)[0]


class TestTokens:
    """A token that is none, or not this shop's, leaves nothing behind."""

    @pytest.mark.parametrize("text", TOKENS.values(), ids=TOKENS)
    @pytest.mark.parametrize("shop", [("shopify", "alpha"), ("tiendanube", "--store-id", "123456")])
    def test_what_is_no_token_is_not_sent(self, program, shop, text):
        """Empty, blank, odd characters: refused here, and never repeated."""
        answer = program("connect", *shop, "--token-stdin", stdin=text)

        refused(answer)
        assert program.requests() == 0
        assert "0123" not in answer.stderr

    def test_an_apps_secret_is_no_token(self, program):
        """The usual mix-up is named."""
        assert "client secret" in refused(connect(program, "shopify", "alpha", token="shpss_0123456789abcdef"))[0]

    def test_blanks_around_a_token_are_forgiven(self, program, shopify):
        """What a clipboard adds at the ends does no harm."""
        assert connect(program, "shopify", "alpha", token=f"  {shopify.issue_token()} \r").code == 0

    @pytest.mark.parametrize("platform", ["shopify", "tiendanube"])
    def test_a_wrong_token_leaves_no_store_behind(self, program, request, platform):
        """401: a person is needed (4); no store, no credential, no event is saved."""
        shop = request.getfixturevalue(platform)

        refused(connect(program, platform, shop.key), 4)

        counts = [program.sql(f"SELECT count(*) FROM {table}") for table in ("stores", "credentials", "events", "runs")]
        assert counts == [[(0,)]] * 4

    def test_a_wrong_token_keeps_the_good_one(self, program, shopify):
        """Reconnecting with a wrong token does not break a connected store."""
        program.connect("shopify", "alpha")
        before = program.sql("SELECT sealed FROM credentials")

        refused(connect(program, "shopify", "alpha"), 4)

        assert program.sql("SELECT sealed FROM credentials") == before
        assert program("sync", "alpha").code == 0

    @pytest.mark.parametrize(
        ("fault", "code"), [({"status": 500}, 5), ({"status": 402}, 3), ({"html": True}, 3), ({"reset": "connect"}, 5)]
    )
    def test_a_platform_in_trouble_leaves_no_store_behind(self, program, shopify, fault, code):
        """A shop that could not be looked at is not connected."""
        program.simulator.faults.add(Rule(times=None, **fault))

        answer = program.connect("shopify", "alpha")

        assert answer.code == code
        assert answer.stderr.startswith("storesync: ")
        assert program.sql("SELECT count(*) FROM stores") == [(0,)]


class TestApps:
    """Ways to connect that need the operator's app."""

    @pytest.mark.parametrize(
        "words",
        [
            ("shopify", "alpha"),
            ("shopify", "alpha", "--client-credentials"),
            ("tiendanube",),
            ("shopify", "alpha", "--paste"),
        ],
    )
    def test_an_app_that_is_not_configured(self, program, words):
        """Exit 4, and the two settings by name."""
        hint = refused(program("connect", *words), 4)[1]

        assert f"STORESYNC_{words[0].upper()}_CLIENT_ID" in hint
        assert f"STORESYNC_{words[0].upper()}_CLIENT_SECRET" in hint

    def test_an_app_with_half_of_its_settings(self, program):
        """An id without a secret is no app."""
        program.settings["STORESYNC_SHOPIFY_CLIENT_ID"] = "id"

        refused(program("connect", "shopify", "alpha"), 4)

    def test_a_wrong_secret(self, program, shopify):
        """Shopify does not know the app: exit 4, and the settings to look at; the secret is not shown."""
        program.settings |= {"STORESYNC_SHOPIFY_CLIENT_ID": "id", "STORESYNC_SHOPIFY_CLIENT_SECRET": "hush-hush"}

        answer = program("connect", "shopify", "alpha", "--client-credentials")

        assert "STORESYNC_SHOPIFY_CLIENT_SECRET" in refused(answer, 4)[1]
        assert "hush-hush" not in answer.stderr

    def test_tiendanube_has_no_client_credentials(self, program):
        """A way that a platform does not offer is a usage error."""
        program.settings |= {"STORESYNC_TIENDANUBE_CLIENT_ID": "1", "STORESYNC_TIENDANUBE_CLIENT_SECRET": "s"}

        refused(program("connect", "tiendanube", "--store-id", "123456", "--client-credentials"))


def test_errors_hold_no_control_characters(program):
    """What was typed wrongly is quoted, not played back."""
    program("connect", "shopify", "alpha", "--token-stdin", stdin="shpat_of_nobody\n")

    assert "\x1b" not in program("sync", "\x1b[31mnobody").stderr


def test_every_error_can_be_caught_by_its_class():
    """A usage error carries its code and exit code, for JSON and for scripts."""
    assert (UsageError.code, UsageError.exit_code) == ("usage", 2)


def test_an_unknown_platform_leaves_nothing_behind(program):
    """Neither a home folder nor a database is made for a slip of the pen."""
    assert program("connect", "shopfy", "alpha").code == 2
    assert not program.home.exists()


@pytest.mark.parametrize("words", [("status",), ("sync", "--all"), ("sync-due",)], ids=" ".join)
def test_a_folder_of_workers_that_is_none_is_told(program, shopify, words):
    """Where it is, and what to look at; no traceback."""
    program.connect("shopify", "alpha", "--no-sync")
    shutil.rmtree(program.home / "workers")
    (program.home / "workers").touch()
    answer = program(*words)

    assert (answer.code, "Traceback" in answer.stderr) == (10, False)
    assert f"cannot use the folder {program.home}/workers" in answer.stderr
    assert f"ls -ld {program.home}/workers" in answer.stderr
