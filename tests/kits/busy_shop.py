"""A shop that sells, edits and deletes while it is read for the first time."""

from random import Random

from storesync.simulator import changes, sales
from storesync.simulator.shop import Shop
from storesync.simulator.wire import SimRequest
from tests.kits.program import Program, differences

KEY = "123456"


def open_shop(program: Program, orders: int, *, in_one_second: int) -> Shop:
    """Return a shop where some of the orders were made in the same second."""
    shop = program.world.add_shop("tiendanube", KEY, orders=orders, products=60, customers=orders // 10)
    middle = sorted(shop.resources["orders"].values(), key=lambda order: order["created_at"])[orders // 3 :]
    for order in middle[:in_one_second]:
        order["created_at"] = middle[0]["created_at"]
    return shop


def stir(program: Program, shop: Shop, *, seed: int, deletions: int) -> None:
    """From now on let something happen before every page of orders: a sale, an edit, a deletion, a late completion."""
    chance = Random(seed)
    left = [deletions]

    def happen(request: SimRequest) -> None:
        if "/orders" not in request.path:
            return
        orders = shop.resources["orders"]
        for _ in range(3):
            shop.touch("orders", chance.choice(list(orders)), note=f"edited {chance.random()}")
        sales.place_order(shop, None)
        waiting = [one for one in shop.resources["checkouts"] if one not in orders]
        if waiting:
            changes.complete_checkout(shop, chance.choice(waiting))
        if left[0]:
            left[0] -= 1
            shop.remove("orders", chance.choice(list(orders)))

    program.simulator.before = happen


def loaded_while_busy(program: Program, *, orders: int, in_one_second: int, deletions: int, seed: int) -> list[str]:
    """Load a busy shop, then read it once more; return what differs then."""
    shop = open_shop(program, orders, in_one_second=in_one_second)
    stir(program, shop, seed=seed, deletions=deletions)
    assert program.connect("tiendanube", KEY).code == 0
    program.simulator.before = None
    program.clock.advance(minutes=5)
    assert program("sync", KEY).code == 0
    return differences(program, shop)
