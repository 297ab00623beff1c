"""How fast a shop is read: all of its allowance, and never more."""

import pytest

from storesync.platforms.tiendanube import session
from storesync.simulator.shopify.cost import BUCKET, RESTORE
from tests.kits.program import differences

LARGE, STANDARD = (400, 20), (40, 2)


@pytest.mark.parametrize(("plan", "allowance"), [("basic", STANDARD), ("evolution", LARGE)])
@pytest.mark.parametrize("latency", [0.05, 0.4])
def test_a_long_load_uses_the_allowance_and_is_never_refused(program, monkeypatch, plan, allowance, latency):
    """At least 95 % of what the bucket lets through, found out from its headers; not one 429."""
    monkeypatch.setattr(session, "PER_PAGE", 1)
    shop = program.world.add_shop("tiendanube", "123456", orders=300 if plan == "basic" else 900)
    shop.plan = plan
    program.simulator.faults.add({"delay": latency / 10 if plan == "evolution" else latency, "times": None})
    began = program.clock.seconds()

    program.connect("tiendanube", "123456", "--only", "orders")

    burst, per_second = allowance
    took = program.clock.seconds() - began
    assert {call.status for call in program.simulator.requests} == {200}
    assert program.requests() > burst + 2 * per_second
    assert program.requests() >= 0.95 * (burst + per_second * took)


def test_an_answer_that_waits_in_the_platforms_queue_is_no_timeout(program, tiendanube):
    """Somebody else of the same app has filled the bucket: answers come up to 20 seconds late."""
    program.world.queues = True
    program.connect("tiendanube", "123456", "--no-sync")
    tiendanube.state["bucket"] = (40.0, program.world.clock())

    assert program("sync", "123456").code == 0
    assert differences(program, tiendanube) == []


def test_a_long_load_from_shopify_leaves_almost_nothing_in_the_bucket(program):
    """Of the points that the bucket held and got back, at least 95 % are spent; nothing is throttled."""
    shop = program.world.add_shop("shopify", "alpha", orders=1500, products=20)
    program.connect("shopify", "alpha", "--no-sync")
    before = len(program.simulator.requests)
    left, began = [], program.clock.seconds()

    def look(_request):
        bucket = shop.state.get("shopify bucket")
        since = (program.world.clock() - bucket.at).total_seconds() if bucket else 0
        left.append(
            (program.clock.seconds() - began, min(BUCKET, bucket.available + since * RESTORE) if bucket else BUCKET)
        )

    program.simulator.before = look
    program("sync", "alpha", "--resource", "orders")

    calls = list(program.simulator.requests)[before:]
    busy = [(at, points) for (at, points), call in zip(left, calls, strict=True) if call.operation == "Orders"]
    at, points = busy[-1]
    assert {call.status for call in calls} == {200}
    assert len(busy) > 40
    assert points <= 0.05 * (BUCKET + RESTORE * at)
