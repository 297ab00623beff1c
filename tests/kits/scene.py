"""One scene with a store in every state that a report can show, an hour after they were connected."""

from storesync.simulator.faults import Rule
from storesync.simulator.shop import SCOPES

ODD = {"weight_kg": 1e40}
"""A weight that no column can keep: its order is quarantined."""


def set_scene(program):
    """Open seven shops: healthy, failing, needing a person, suspended, limited, short and pending."""
    _connect(program, "shopify", "alpha", "--alias", "shoes", "--owner", "ana")
    _connect(program, "shopify", "beta-with-quite-a-long-name", "--owner", "ana")
    _connect(program, "shopify", "gamma")
    _connect(program, "shopify", "delta", scopes=[one for one in SCOPES["shopify"] if one != "read_all_orders"])
    _connect(program, "tiendanube", "111111", "--owner", "bea")
    _connect(program, "tiendanube", "222222", odd=True)
    for shop, status in (("beta-with-quite-a-long-name", 503), ("gamma", 401), ("111111", 402)):
        program.simulator.faults.add(Rule(shop=shop, status=status, times=None))
    for _ in range(12):
        program.clock.advance(minutes=5)
        program("sync-due")
    _connect(program, "tiendanube", "333333", "--no-sync")
    program.clock.advance(minutes=1)
    program("sync-due")
    program.clock.advance(seconds=20)


def _connect(program, platform, key, *options, scopes=None, odd=False):
    shop = program.world.add_shop(platform, key, orders=30)
    if odd:
        shop.resources["orders"][min(shop.resources["orders"])].update(ODD)
    named = ("--store-id", key) if platform == "tiendanube" else (key,)
    program("connect", platform, *named, "--token-stdin", *options, stdin=shop.issue_token(scopes) + "\n")
