"""How fast a Tiendanube shop is read: all of its allowance, and never more."""

import pytest
from conftest import differences

from storesync.platforms.tiendanube import session

LARGE, STANDARD = (400, 20), (40, 2)


@pytest.mark.parametrize(("plan", "allowance"), [("basic", STANDARD), ("evolution", LARGE)])
@pytest.mark.parametrize("latency", [0.05, 0.4])
def test_a_long_load_uses_the_allowance_and_is_never_refused(program, monkeypatch, plan, allowance, latency):
    """At least 95 % of what the bucket lets through, found out from its headers; not one 429."""
    monkeypatch.setattr(session, "PER_PAGE", 1)
    shop = program.world.add_shop("tiendanube", "123456", orders=600 if plan == "basic" else 1500)
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
