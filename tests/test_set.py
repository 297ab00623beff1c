"""`set`: how often a store is read, and whether at all."""

import pytest


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
        "storesync: shopify:alpha is disconnected\n  connect it: storesync connect shopify alpha\n",
    )
