"""`set`: what a store is called, where its days begin, how often it is read, and whether at all."""

from operator import ne

import pytest

from storesync.runtime.instants import day_of
from storesync.storage import rebuilds
from storesync.tables import RESOURCES


@pytest.fixture
def alpha(program):
    shop = program.world.add_shop("shopify", "alpha", orders=1)
    assert program.connect("shopify", "alpha").code == 0
    return shop


def state(program, columns="tier, tier_pinned, next_sync_at"):
    return program.sql(f"SELECT {columns} FROM stores")[0]


@pytest.mark.parametrize(
    ("tier", "turn"),
    [("high", "2026-11-22T12:05:00Z"), ("medium", "2026-11-22T12:05:00Z"), ("low", "2026-11-22T12:05:00Z")],
)
def test_a_tier_is_pinned(program, alpha, tier, turn):
    """Whatever the shop's activity; the next turn comes no later for it."""
    answer = program("set", "alpha", "--tier", tier)

    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.startswith(f"shopify:alpha: {tier} tier, pinned, every ")
    assert state(program) == (tier, 1, "2026-11-22T12:05:00Z")


def test_a_pinned_tier_stays(program, alpha):
    """A lively store pinned to six hours is read every six hours."""
    program("set", "alpha", "--tier", "low")
    program.clock.advance(minutes=5)
    program("sync-due")
    tier, _, turn = state(program)

    assert tier == "low"
    assert turn > "2026-11-22T12:10:00Z"


def test_a_faster_tier_takes_effect_at_once(program, alpha):
    """Who was to wait for hours is read within minutes."""
    program.write("UPDATE stores SET tier = 'low', next_sync_at = '2026-11-22T17:00:00Z'")
    program("set", "alpha", "--tier", "high")

    assert state(program) == ("high", 1, "2026-11-22T12:05:00Z")


def test_auto_gives_the_tier_back_to_activity(program, alpha):
    """Connected today, it is read every five minutes."""
    program("set", "alpha", "--tier", "low")
    answer = program("set", "alpha", "--tier", "auto")

    assert "high tier, by its activity, every 5 min" in answer.stdout
    assert state(program)[:2] == ("high", 0)


def test_a_touched_store_is_lively_for_a_day(program, alpha):
    """Somebody looks at it: 24 hours at the high tier, then by its activity again."""
    program.clock.advance(days=30)
    program("sync-due")
    assert state(program)[0] == "low"

    program("set", "alpha", "--touch")
    touched = state(program)
    program.clock.advance(hours=25)
    program("sync-due")

    assert (touched[0], touched[2] <= "2026-12-22T12:05:00Z", state(program)[0]) == ("high", True, "low")


def test_a_paused_store_is_not_read(program, alpha):
    """Until it is resumed, which reads it at once."""
    assert program("set", "alpha", "--pause").stdout == (
        "shopify:alpha: paused; read again with: storesync set shopify:alpha --resume\n"
    )
    before = program.requests()
    program.clock.advance(days=3)
    program("sync-due")
    assert program.requests() == before

    assert program("set", "alpha", "--resume").code == 0
    program("sync-due")
    assert state(program, "connection, sync_status, last_sync_at") == (
        "connected",
        "completed",
        "2026-11-25T12:00:00Z",
    )


def test_a_pause_in_the_middle_of_a_sync_stands(program, alpha):
    """What the operator says while the store is read is not undone when the reading ends."""
    once = []

    def pause(_request):
        if not once:
            once.append(True)
            assert program("set", "alpha", "--pause").code == 0

    program.simulator.before = pause
    program.clock.advance(minutes=5)
    program("sync-due")

    assert once
    assert state(program, "connection") == ("paused",)


def test_several_stores_are_set_at_once(program, alpha):
    """By key, by the part after the colon, or by alias."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--alias", "mine", "--no-sync")
    answer = program("set", "alpha", "mine", "--tier", "low")

    assert [line.partition(": ")[0] for line in answer.stdout.splitlines()] == ["shopify:alpha", "tiendanube:123456"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing to set"),
        (("--pause", "--resume"), "contradict"),
    ],
)
def test_what_makes_no_sense_is_refused(program, alpha, words, told):
    """Exit 2, and what to type."""
    answer = program("set", "alpha", *words)

    assert answer.code == 2
    assert told in answer.stderr


@pytest.mark.parametrize("words", [("nobody", "--touch"), ("alpha", "--tier", "fast"), ("--touch",)])
def test_who_or_what_is_not_known_is_refused(program, alpha, words):
    """Exit 2."""
    assert program("set", *words).code == 2


def test_a_disconnected_store_cannot_be_set(program, alpha):
    """It must be connected again."""
    program.write("UPDATE stores SET connection = 'disconnected', disconnected_at = '2026-11-22T12:00:00Z'")
    answer = program("set", "alpha", "--resume")

    assert (answer.code, answer.stderr) == (
        2,
        "storesync: shopify:alpha is disconnected\n  connect it: storesync connect shopify alpha --token-stdin\n",
    )


def test_a_store_gets_another_name_and_owner(program, alpha):
    """It is found by them at once; its turn stays where it was."""
    turn = state(program, "next_sync_at")
    answer = program("set", "alpha", "--alias", "shoes", "--owner", "ana")

    assert answer.stdout.rstrip().endswith("; alias shoes; owner ana")
    assert [one["store"] for one in program("status", "shoes", "--owner", "ana", "--json").json["stores"]] == [
        "shopify:alpha"
    ]
    assert state(program, "next_sync_at") == turn


def test_an_empty_label_takes_it_away(program, alpha):
    """What is not named stays."""
    program("set", "alpha", "--alias", "shoes", "--owner", "ana")
    program("set", "alpha", "--alias", "")

    assert state(program, "alias, owner") == (None, "ana")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("alpha", "--alias", "taken"), "the alias 'taken' belongs to tiendanube:123456"),
        (("alpha", "123456", "--alias", "both"), "an alias means one store"),
        (("alpha", "--owner", "a:b"), "without colons"),
        (("alpha", "--time-zone", "Nowhere/At_All"), "there is no time zone 'Nowhere/At_All'"),
        (("alpha", "--time-zone", ""), "there is no time zone ''"),
    ],
)
def test_a_label_or_zone_that_cannot_be_is_refused(program, alpha, words, told):
    """Exit 2, and nothing is changed."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--alias", "taken", "--no-sync")
    before = program.sql("SELECT alias, owner, time_zone FROM stores")
    answer = program("set", *words)

    assert (answer.code, told in answer.stderr) == (2, True)
    assert program.sql("SELECT alias, owner, time_zone FROM stores") == before


class TestTimeZone:
    """`--time-zone` says where a store's days begin."""

    @pytest.fixture
    def shop(self, program, tiendanube):
        program.connect("tiendanube", "123456")
        return tiendanube

    def days(self, program):
        """Return instant and day of each order and checkout."""
        told = "SELECT id, placed_at, placed_on FROM orders UNION SELECT id, created_at, created_on FROM checkouts"
        return [(at, day) for _, at, day in sorted(program.sql(told))]

    def test_every_day_is_derived_anew(self, program, shop):
        """Of orders and checkouts, by the new zone; only rows of another day are written."""
        before = self.days(program)
        answer = program("set", "123456", "--time-zone", "Asia/Tokyo")
        days = self.days(program)
        changed = sum(map(ne, before, days))

        assert days == [(at, day_of(at, "Asia/Tokyo")) for at, _ in days]
        assert changed > 10
        assert answer.stdout.splitlines()[-1] == f"tiendanube:123456: days of Asia/Tokyo; {changed} records changed"

    def test_what_is_read_later_has_the_new_days_too(self, program, shop):
        """The zone stays, also when the store is connected again."""
        program("set", "123456", "--time-zone", "Asia/Tokyo")
        program.connect("tiendanube", "123456")
        program.clock.advance(minutes=5)
        program.world.advance(shop, 30)
        program("sync", "123456", "--full")
        days = self.days(program)

        assert days == [(at, day_of(at, "Asia/Tokyo")) for at, _ in days]

    def test_interrupted_it_goes_on(self, program, shop, monkeypatch):
        """Killed between two batches, the same command ends what it began."""
        monkeypatch.setattr(rebuilds, "BATCH", 20)
        save = rebuilds.save_batch

        def once(*words, **more):
            monkeypatch.setattr(rebuilds, "save_batch", dies)
            return save(*words, **more)

        def dies(*_words, **_more):
            raise KeyboardInterrupt

        monkeypatch.setattr(rebuilds, "save_batch", once)
        program("set", "123456", "--time-zone", "Asia/Tokyo")
        halfway = self.days(program)
        monkeypatch.setattr(rebuilds, "save_batch", save)
        program("set", "123456", "--time-zone", "Asia/Tokyo")
        days = self.days(program)

        assert halfway != days
        assert days == [(at, day_of(at, "Asia/Tokyo")) for at, _ in days]

    def test_a_store_that_is_being_read_is_left_alone(self, program, shop):
        """Who reads it counts by the old zone: exit 5, and when to try again."""
        seen = []
        program.simulator.before = lambda _request: seen.append(program("set", "123456", "--time-zone", "Asia/Tokyo"))
        program("sync", "123456")

        assert seen[0].code == 5
        assert "storesync sync tiendanube:123456 --wait 5m" in seen[0].stderr
        assert "Asia/Tokyo" not in program.sql("SELECT time_zone FROM stores")[0]


class TestResources:
    """What is read of a store can be changed after it was connected."""

    def verdicts(self, program):
        return {row[0]: row[1:] for row in program.sql("SELECT resource, verdict, reason FROM freshness")}

    def test_a_resource_that_is_left_out_is_read_no_more(self, program, alpha):
        """Neither listed nor compared; its rows stay, and nothing speaks for them."""
        answer = program("set", "alpha", "--skip", "orders", "--skip", "checkouts")
        for order in alpha.resources["orders"]:
            alpha.touch("orders", order, note="later")
        program.clock.advance(days=8)
        program.simulator.requests.clear()
        program("sync", "alpha")
        program("reconcile", "alpha")

        assert "; only products, categories, customers, draft_orders, coupons, locations" in answer.stdout
        assert not {call.operation for call in program.simulator.requests} & {"Orders", "OrderIds", "Checkouts"}
        assert program.sql("SELECT count(*), count(note) FROM orders") == [(1, 0)]
        assert self.verdicts(program).keys().isdisjoint({"orders", "checkouts"})
        assert program("status", "--json").json["stores"][0]["resources"].keys() == self.verdicts(program).keys()

    def test_it_is_read_too_from_the_next_minute_on(self, program):
        """All of it, as at the first load; a store of which everything is read has no list."""
        shop = program.world.add_shop("shopify", "alpha", orders=30)
        program.connect("shopify", "alpha", "--skip", "orders")
        program.clock.advance(minutes=1)
        assert program.sql("SELECT count(*) FROM orders") == [(0,)]
        answer = program("set", "alpha", "--read", "orders")

        assert "only" not in answer.stdout
        assert self.verdicts(program)["orders"][0] == "syncing"
        assert program("sync-due").code == 0
        assert program.sql("SELECT count(*) FROM orders") == [(len(shop.resources["orders"]),)]

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--read", "gifts"], "no resource is called 'gifts'"),
            (["--read", "orders", "--skip", "orders"], "orders cannot be both read and left out"),
            ([word for name in RESOURCES for word in ("--skip", name)], "nothing of shopify:alpha is left to read"),
        ],
    )
    def test_nonsense_is_refused(self, program, alpha, words, told):
        """With what to type instead; nothing is changed."""
        answer = program("set", "alpha", *words)

        assert (answer.code, answer.stderr.startswith(f"storesync: {told}\n  ")) == (2, True)
        assert state(program, "resources") == ("[]",)


def test_what_the_platform_does_not_offer_is_refused(program, tiendanube):
    program.connect("tiendanube", "123456")
    for words in (["set", "123456", "--read", "metafields"], ["connect", "tiendanube", "--only", "metafields"]):
        answer = (
            program(*words, "--store-id", "123456", "--token-stdin", stdin="x\n")
            if "connect" in words
            else program(*words)
        )
        assert (answer.code, "Tiendanube offers no metafields" in answer.stderr) == (2, True)
    assert program.sql("SELECT resources FROM stores") == [("[]",)]
