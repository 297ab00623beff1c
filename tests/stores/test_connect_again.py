"""Connecting again renews the token and keeps everything else; no secret is ever written in clear."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.browser import Browser, configure
from tests.kits.program import differences


@pytest.fixture(params=["shopify", "tiendanube"])
def shop(request):
    return request.getfixturevalue(request.param)


def row(program, columns):
    return program.sql(f"SELECT {columns} FROM stores")[0]


class TestAgain:
    """`connect` on a connected store."""

    def test_the_new_token_is_used(self, program, shop):
        """The old token may die now."""
        program.connect(shop.platform, shop.key)
        old = set(shop.tokens)
        program.connect(shop.platform, shop.key)
        for token in old:
            del shop.tokens[token]

        assert program("sync", shop.key).code == 0

    def test_data_and_names_are_kept(self, program, shop):
        """No row is lost or read again; alias, owner and beginnings stay."""
        program.connect(shop.platform, shop.key, "--alias", "shoes", "--owner", "ana")
        kept = "id, alias, owner, connected_at, first_started_at, first_synced_at, sync_status"
        before = row(program, kept), program.sql("SELECT id, synced_at FROM orders ORDER BY id")
        program.clock.advance(minutes=30)

        program.connect(shop.platform, shop.key, "--no-sync")

        assert (row(program, kept), program.sql("SELECT id, synced_at FROM orders ORDER BY id")) == before

    def test_names_can_be_changed(self, program, shop):
        """A label that is given replaces the old one."""
        program.connect(shop.platform, shop.key, "--no-sync", "--alias", "shoes", "--owner", "ana")
        program.connect(shop.platform, shop.key, "--no-sync", "--alias", "boots")

        assert row(program, "alias, owner") == ("boots", "ana")

    def test_it_is_due_at_once(self, program, shop):
        """Whoever connects again waits for no backoff."""
        program.connect(shop.platform, shop.key)
        program.connect(shop.platform, shop.key, "--no-sync")

        assert row(program, "next_sync_at") == ("2026-11-22T12:00:00Z",)

    def test_a_refused_store_recovers(self, program, shop):
        """After the tokens were revoked and the store needed a person, one connect mends it."""
        program.connect(shop.platform, shop.key)
        shop.tokens.clear()
        for _ in range(3):
            program("sync", shop.key)
        before = row(program, "connection")

        answer = program.connect(shop.platform, shop.key)

        assert answer.code == 0
        assert (before, row(program, "connection, consecutive_failures, refusals, last_error, hint")) == (
            ("needs_reauth",),
            ("connected", 0, 0, None, None),
        )
        assert differences(program, shop) == []

    def test_another_shop_behind_the_key_is_refused(self, program, shopify):
        """A handle that now belongs to another shop does not mix two shops' data."""
        program.connect("shopify", "alpha")
        shopify.id = "999"

        answer = program.connect("shopify", "alpha")

        assert answer.code == 2
        assert "another shop" in answer.stderr
        assert row(program, "platform_id") != ("999",)

    def test_an_alias_that_is_taken_is_refused(self, program, shopify, tiendanube):
        """Two stores cannot have one name; the second is not connected at all."""
        program.connect("shopify", "alpha", "--no-sync", "--alias", "shoes")

        answer = program.connect("tiendanube", "123456", "--no-sync", "--alias", "shoes")

        assert answer.code == 2
        assert "shopify:alpha" in answer.stderr
        assert program.sql("SELECT key FROM stores") == [("shopify:alpha",)]
        assert program.sql("SELECT count(*) FROM credentials") == [(1,)]

    def test_an_event_tells_of_it(self, program, shop):
        """The history shows when somebody connected."""
        program.connect(shop.platform, shop.key, "--no-sync")
        program.connect(shop.platform, shop.key, "--no-sync")

        assert program.sql("SELECT kind FROM events") == [("connected",)] * 2


class TestSecrets:
    """Token, code, refresh token and the app's secret are in no output, log or file."""

    @staticmethod
    def found(program, secrets, *answers):
        """Return the secrets that can be read in an answer or any file of the home folder."""
        written = "".join(answer.stdout + answer.stderr for answer in answers).encode()
        files = {file: file.read_bytes() for file in program.home.rglob("*") if file.is_file()}
        assert {"storesync.db", "storesync.log", "secret.key"} <= {file.name for file in files}
        everything = written + b"".join(files.values())
        return [secret for secret in secrets if secret.encode() in everything]

    def test_a_pasted_token(self, program, shop):
        """Pasted, used, shown about, refused: written in clear nowhere."""
        program.settings["STORESYNC_LOG_LEVEL"] = "debug"
        answers = [program.connect(shop.platform, shop.key, "--json"), program("-v", "status", "--json")]
        secrets = list(shop.tokens)
        shop.tokens.clear()
        program.clock.advance(minutes=10)
        answers += [program("-v", "sync", shop.key), program("-v", "sync-due"), program("status")]

        assert self.found(program, secrets, *answers) == []

    def test_a_wrong_token(self, program, shop):
        """A token that is refused is not repeated either."""
        secret = "shpat_5ecre7c0ffee5ecre7c0ffee"
        words = ("connect", shop.platform, shop.key, "--token-stdin")
        program.settings["STORESYNC_LOG_LEVEL"] = "debug"

        answers = [program(*words, stdin=f"{secret}\n"), program(*words, "--json", stdin=f"{secret}\n")]
        program.connect(shop.platform, shop.key, "--no-sync")

        assert self.found(program, [secret], *answers) == []

    def test_all_of_an_authorisation(self, program, shop):
        """The app's secret, the code on its way, the tokens, old and new."""
        program.settings["STORESYNC_LOG_LEVEL"] = "debug"
        app = configure(program, shop.platform)
        codes = []
        program.browser = Browser(program.simulator, change=lambda url: codes.append(url) or url)
        answers = [program("connect", shop.platform, shop.key, "--json")]
        program.browser.close()
        secrets = [app.client_secret, *(url.split("code=")[1].split("&")[0] for url in codes), *shop.tokens]
        secrets += [token.refresh_token for token in shop.tokens.values() if token.refresh_token]
        program.clock.advance(minutes=58)
        answers.append(program("sync-due", "--json"))
        secrets += [*shop.tokens, *(token.refresh_token for token in shop.tokens.values() if token.refresh_token)]

        assert len(set(secrets)) >= {"shopify": 6, "tiendanube": 3}[shop.platform]
        assert self.found(program, set(secrets), *answers) == []

    def test_a_crash(self, program, shop):
        """Not even an unexpected error, with its traceback in the log, shows a token."""
        program.connect(shop.platform, shop.key)
        secrets = list(shop.tokens)
        program.simulator.faults.add(Rule(status=200, body='{"errors": 1, "data": {"orders": 7}}', times=None))
        program.clock.advance(minutes=10)

        answer = program("sync", shop.key)

        assert self.found(program, secrets, answer) == []
