"""A shop that moves to another time zone or sells in another currency: followed, kept apart, and told."""

from dataclasses import replace

import pytest

from storesync.runtime.instants import day_of
from storesync.storage import rebuilds
from tests.kits.downgrade import before_moves
from tests.kits.program import differences

TOKYO = "Asia/Tokyo"


@pytest.fixture(params=["shopify", "tiendanube"])
def shop(request, program):
    """A loaded store of each platform."""
    found = request.getfixturevalue(request.param)
    program.connect(found.platform, found.key)
    return found


@pytest.fixture
def alpha(program, shopify):
    program.connect("shopify", "alpha")
    return shopify


def tick(program, **span):
    program.clock.advance(**(span or {"minutes": 1}))
    return program("sync-due")


def days(program):
    """Return instant and day of each order and checkout."""
    told = "SELECT id, placed_at, placed_on FROM orders UNION SELECT id, created_at, created_on FROM checkouts"
    return [(at, day) for _, at, day in sorted(program.sql(told))]


def are_days_of(program, zone):
    found = days(program)
    return len(found) > 10 and found == [(at, day_of(at, zone)) for at, _ in found]


def store(program, columns):
    [row] = program.sql(f"SELECT {columns} FROM stores")
    return row


def shown(program, *words):
    """Return what a command prints, without its line breaks."""
    return " ".join(program(*words).stdout.split())


def status(program):
    [found] = program("status", "--json").json["stores"]
    return found


class TestTimeZone:
    """The shop's own time zone is followed, unless a person set another."""

    def test_it_is_followed(self, program, alpha):
        """Within a day, for what is here and for what comes."""
        alpha.change_time_zone(TOKYO)
        program.world.advance(alpha, 20)
        tick(program, days=1)
        program("reconcile", "alpha")

        assert store(program, "time_zone, time_zone_by, shop_time_zone") == (TOKYO, "shop", TOKYO)
        assert differences(program, alpha) == []
        assert are_days_of(program, TOKYO)

    def test_it_is_told(self, program, alpha):
        """Once in the mail, for a week in `status`, and in the history; with the command that takes it back."""
        before = alpha.time_zone
        alpha.change_time_zone(TOKYO)
        answer, later = tick(program, days=1), tick(program, days=1)

        told = (
            f"shopify:alpha is in {TOKYO} now, no longer in {before}: its days are derived anew; to keep those of"
            f" before: storesync set shopify:alpha --time-zone {before}"
        )
        assert answer.stderr == f"storesync: {told}\n"
        assert later.stderr == ""
        for words in (("status",), ("status", "alpha"), ("history", "alpha")):
            assert told.removeprefix("shopify:alpha ") in shown(program, *words)
        assert [one["message"] for one in status(program)["changes"]] == [told]
        tick(program, days=8)
        assert status(program)["changes"] == []

    def test_connecting_again_follows_it_at_once(self, program, alpha):
        """The shop describes itself then."""
        alpha.change_time_zone(TOKYO)
        program.connect("shopify", "alpha")

        assert are_days_of(program, TOKYO)

    def test_where_the_platform_tells_none_it_is_that_of_the_country(self, program, tiendanube):
        """A Tiendanube shop that moves to another country."""
        program.connect("tiendanube", "123456")
        tiendanube.place = replace(tiendanube.place, country="MX")
        tick(program, days=1)

        assert store(program, "time_zone, country") == ("America/Mexico_City", "MX")
        assert are_days_of(program, "America/Mexico_City")

    def test_it_is_done_batch_by_batch_and_goes_on(self, program, alpha, monkeypatch):
        """A minute of cron's may end before it; the store is due again at once, and status says so meanwhile."""
        monkeypatch.setattr(rebuilds, "BATCH", 20)
        save, taken = rebuilds.save_batch, []

        def slow(*words, **more):
            taken.append(len(words[3]))
            program.clock.advance(seconds=40)
            return save(*words, **more)

        monkeypatch.setattr(rebuilds, "save_batch", slow)
        alpha.change_time_zone(TOKYO)
        tick(program, days=1)
        halfway = status(program)
        once = len(taken)
        for _ in range(3):
            tick(program)

        assert 0 < once < len(taken)
        assert max(taken) <= 20
        assert halfway["derive_due"] == ["orders", "checkouts"]
        assert status(program)["derive_due"] == []
        assert are_days_of(program, TOKYO)

    def test_after_a_kill_it_goes_on(self, program, alpha, monkeypatch):
        """Nothing but the next minute is needed."""
        monkeypatch.setattr(rebuilds, "BATCH", 20)
        save = rebuilds.save_batch

        def once(*words, **more):
            monkeypatch.setattr(rebuilds, "save_batch", dies)
            return save(*words, **more)

        def dies(*_words, **_more):
            raise KeyboardInterrupt

        monkeypatch.setattr(rebuilds, "save_batch", once)
        alpha.change_time_zone(TOKYO)
        program.clock.advance(days=1)
        program("sync", "alpha")
        assert not are_days_of(program, TOKYO)
        monkeypatch.setattr(rebuilds, "save_batch", save)
        program("sync", "alpha")

        assert are_days_of(program, TOKYO)
        assert status(program)["derive_due"] == []


class TestOperator:
    """A time zone that a person set stays, whatever the shop says."""

    @pytest.fixture
    def kept(self, program, shop):
        assert program("set", shop.key, "--time-zone", TOKYO).code == 0
        return shop

    def test_it_stays(self, program, kept):
        """For new records too, also in the run in which the shop describes itself; nothing is told again and again."""
        program.world.advance(kept, 20)
        answer = tick(program, days=1)
        program("sync", kept.key, "--full")

        assert answer.stderr == ""
        assert store(program, "time_zone, time_zone_by") == (TOKYO, "operator")
        assert are_days_of(program, TOKYO)

    def test_that_the_shop_moves_is_told(self, program, alpha):
        """With the command that follows it."""
        program("set", "alpha", "--time-zone", TOKYO)
        alpha.change_time_zone("Europe/Madrid")
        told = f"its days stay those of {TOKYO}, as it was set; to follow the shop: storesync set shopify:alpha"

        assert told in tick(program, days=1).stderr
        assert tick(program, days=1).stderr == ""
        assert are_days_of(program, TOKYO)
        assert [one["kind"] for one in status(program)["changes"]] == ["time_zone"]

    def test_a_line_says_that_they_differ(self, program, kept):
        """As long as they do."""
        own = status(program)["shop_time_zone"]
        line = f"its days are those of {TOKYO}, as it was set; the shop itself is in {own}"
        assert line in shown(program, "status")
        assert "--time-zone shop" in program("status", kept.key).stdout

        program("set", kept.key, "--time-zone", "shop")

        assert "the shop itself is in" not in program("status").stdout + program("status", kept.key).stdout

    def test_the_shop_can_be_followed_again(self, program, kept):
        """`--time-zone shop` derives the days of its own zone, and follows it from then on."""
        own = status(program)["shop_time_zone"]
        answer = program("set", kept.key, "--time-zone", "shop")

        assert f": days of {own}, followed; " in answer.stdout
        assert store(program, "time_zone, time_zone_by") == (own, "shop")
        assert are_days_of(program, own)
        assert differences(program, kept) == []

    def test_a_shop_whose_zone_is_not_known_cannot_be_followed(self, program, kept):
        program.write("UPDATE stores SET shop_time_zone = NULL")
        answer = program("set", kept.key, "--time-zone", "shop")

        assert answer.code == 2
        assert "itself is not known" in answer.stderr
        assert store(program, "time_zone, time_zone_by") == (TOKYO, "operator")


class TestBefore:
    """Stores from before it was saved who set their time zone."""

    def test_the_shops_own_zone_is_followed(self, program, shop):
        """It is that of the description that was kept."""
        before_moves(program)

        assert status(program)["time_zone_by"] == "shop"
        assert status(program)["shop_time_zone"] == status(program)["time_zone"] == shop.time_zone

    def test_any_other_was_set_by_a_person(self, program, shop):
        """It may also be that the shop has moved since: a line says that they differ."""
        program.write("UPDATE stores SET time_zone = ?", TOKYO)
        before_moves(program)

        assert status(program)["time_zone_by"] == "operator"
        assert f"those of {TOKYO}, as it was set; the shop itself is in {shop.time_zone}" in shown(program, "status")

    def test_without_a_description_nobody_can_tell(self, program, shop):
        """So it stays as it is."""
        program.write("DELETE FROM payloads WHERE resource = 'store'")
        before_moves(program)

        assert store(program, "1") == (1,)
        assert status(program)["time_zone_by"] == "operator"


class TestCurrency:
    """Rows keep the currency that the platform gives each of them."""

    @pytest.fixture
    def moved(self, program, shop):
        shop.change_currency("EUR")
        self.told = tick(program, days=1).stderr
        tick(program)
        return shop

    def test_prices_are_those_of_today_and_orders_those_of_their_day(self, program, moved):
        """The database is what the platform shows, without a second request by hand."""
        assert store(program, "main_currency") == ("EUR",)
        assert differences(program, moved) == []
        assert program.sql("SELECT DISTINCT currency FROM variants") == [("EUR",)]
        assert ("EUR",) not in program.sql("SELECT DISTINCT currency FROM orders")

    def test_the_views_keep_both_apart(self, program, moved):
        """No sum holds amounts of two currencies."""
        [(before,)] = program.sql("SELECT DISTINCT currency FROM orders")
        sums = "SELECT sum(gross_sales), sum(orders) FROM sales_daily WHERE currency = ?"
        was = program.sql(sums, before)
        program.world.advance(moved, 40)
        program.clock.advance(minutes=5)
        program("sync", moved.key)
        fresh = program.sql(
            "SELECT count(*) FROM orders WHERE currency = 'EUR' AND status <> 'cancelled' AND NOT is_test"
        )

        assert {one for (one,) in program.sql("SELECT DISTINCT currency FROM sales_daily")} == {before, "EUR"}
        assert program.sql(sums, "EUR")[0][1] == fresh[0][0] > 0
        assert program.sql(sums, before)[0][1] <= was[0][1]

    def test_it_is_told(self, program, moved):
        """Once in the mail, for a week in `status`, and in the history."""
        key = f"{moved.platform}:{moved.key}"
        [(before,)] = program.sql("SELECT DISTINCT currency FROM orders")
        told = f"{key} sells in EUR now, no longer in {before}: orders keep the currency they were placed in"

        assert self.told.startswith(f"storesync: {told}")
        assert self.told.count("\n") == 1
        for words in (("status",), ("status", moved.key), ("history", moved.key)):
            assert told.removeprefix(f"{key} ") in shown(program, *words)
        assert [(one["kind"], one["message"][: len(told)]) for one in status(program)["changes"]] == [
            ("currency", told)
        ]
