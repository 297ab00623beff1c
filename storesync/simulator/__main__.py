"""``python -m storesync.simulator``: one shop per platform on a loopback port."""

import argparse
import gc
import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from storesync.simulator.faults import Faults
from storesync.simulator.past import lengthen
from storesync.simulator.server import serve
from storesync.simulator.shop import Shop
from storesync.simulator.shopify.bulk import bulk_of
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World

SHOPS = (("tiendanube", "123456"), ("shopify", "alpha"))


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the first line on stdout is JSON with the addresses and tokens."""
    asked = _parser().parse_args(arguments)
    host, _, port = asked.listen.rpartition(":")
    try:
        faults = Faults.parse(asked.faults.read_bytes()) if asked.faults else Faults()
        world = World(asked.seed, lambda: datetime.now(UTC))
        simulator = Simulator(world, faults, frozen=asked.frozen)
        world.limits = not (asked.no_limits or asked.frozen)
        for platform, key in SHOPS:
            shop = world.add_shop(platform, key, orders=asked.orders)
            if platform == "shopify":
                prepare(shop, past=asked.past, instant=not world.limits, frozen=asked.frozen)
        # The world lives as long as the process, so the garbage collector need not visit it.
        gc.freeze()
        with serve(simulator, host or "127.0.0.1", int(port)) as url:
            sys.stdout.write(json.dumps(describe(world, url)) + "\n")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError) as fault:
        sys.stderr.write(f"storesync.simulator: {fault}\n")
        return 2
    return 0


def prepare(shop: Shop, *, past: int, instant: bool, frozen: bool) -> None:
    """Give *shop* a *past* of so many orders, and set how its bulk operations behave."""
    if past:
        lengthen(shop, past)
    bulk = bulk_of(shop)
    bulk.instant = instant
    bulk.remembered = {} if frozen else None


def describe(world: World, url: str) -> dict[str, object]:
    """Return the addresses by the names of their settings, the apps, and a new token for each store."""
    tokens = {f"{platform}:{key}": shop.issue_token() for (platform, key), shop in world.shops.items()}
    return {
        "urls": {
            "STORESYNC_TIENDANUBE_API_URL": f"{url}/tiendanube",
            "STORESYNC_TIENDANUBE_AUTH_URL": f"{url}/tiendanube-auth",
            "STORESYNC_SHOPIFY_URL": f"{url}/shopify/{{shop}}",
        },
        "apps": {
            platform: {
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_url": app.redirect_url,
            }
            for platform, app in world.apps.items()
        },
        "tokens": tokens,
        "stores": list(tokens),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m storesync.simulator", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=100, help="orders of each shop")
    parser.add_argument("--past", type=int, default=0, metavar="N", help="N more orders at Shopify, that take no room")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a JSON array of fault rules")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--frozen", action="store_true", help="no limits, no changes, answers remembered")
    return parser


if __name__ == "__main__":
    sys.exit(main())
