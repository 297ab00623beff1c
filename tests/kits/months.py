"""Simulated months: shops that change all the while, also while they are being read, decided by one seed.

`sync-due` is called at the minutes in which somebody is due; the clock jumps from one to the next. Records come
late, tie, vanish, return, change in silence or go by the dozen, and `ledger.Ledger` knows what must be in the
database by then. The same seed lives the same month.
"""

import copy
import hashlib
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import httpx

from storesync.app.wiring import open_context
from storesync.platforms.base import Granted
from storesync.platforms.shopify import sources
from storesync.rules.status import build_report
from storesync.runtime.notices import Notices
from storesync.runtime.settings import load_settings
from storesync.runtime.world import OutsideWorld
from storesync.scheduler.local_faults import Machine
from storesync.scheduler.sync_due import Voice, tick_and_tell
from storesync.simulator import consistency, orders, sales, stock
from storesync.simulator.faults import Rule
from storesync.simulator.shop import Shop
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.wire import SimRequest
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3
from storesync.storage.reports import take_snapshot
from storesync.stores.connect import Labels, enter
from storesync.tables import TABLES
from tests.kits.ledger import DAY, FEW, GRACE, HOUR, MINUTE, SHARE, WEEK, Account, Ledger
from tests.kits.program import NOON, FakeClock, Inline
from tests.kits.weeks import FAULTS, Alone, Killed, Life, Mortal

QUIET = 8 * DAY
"""At the end nothing happens any more: a comparison of ids comes once in seven days."""

STIRRING = 0.1
"""How many of the requests meet a shop that changes in the same moment."""

JUST_BEFORE = 0.4
"""How many turns come seconds after a change, or while one is shown late."""

SILENT_FOR = timedelta(days=45)
"""Older orders are not changed in silence: nothing is promised of them but after sixty days."""

TROUBLES = {
    name: FAULTS[name] for name in ("500", "404", "429, back in an hour", "throttled", "silence", "cut", "HTML")
} | {"slow": {"delay": 4.0}, "crawl": {"delay": 25.0}}

SCOPES = {
    "tiendanube": {
        "read_products": ("products", "categories"),
        "read_customers": ("customers",),
        "read_orders": ("orders", "checkouts"),
        "read_coupons": ("coupons",),
        "read_locations": ("locations", "inventory_levels"),
    },
    "shopify": {
        "read_products": ("products", "categories"),
        "read_customers": ("customers",),
        "read_draft_orders": ("draft_orders",),
        "read_discounts": ("coupons",),
        "read_inventory": ("inventory_levels",),
    },
}
"""What each scope opens, where that is one resource or two alone."""

Record = dict[str, Any]


class Month:
    """A machine with storesync on it, the shops around it, and the ledger."""

    def __init__(self, seed: int, folder: Path, *, days: int, stores: int, quiet: timedelta) -> None:
        self.seed = seed
        self.home = folder / "home"
        self.clock = FakeClock()
        self.begins, self.calm = NOON, NOON + days * DAY
        self.ends = self.calm + quiet
        self.simulator = Simulator(World(seed, self.clock.now), before=self.stir)
        self.settings = load_settings(
            {"STORESYNC_HOME": str(self.home), "STORESYNC_LOG_LEVEL": "error", "STORESYNC_MIN_FREE": "0MB"}
        )
        self.chance = Random(f"month {seed}")
        self.names = (f"worker-{number}" for number in itertools.count())
        self.trace = hashlib.sha256()
        self.shops = [self._opened(number) for number in range(stores)]
        self.connection: Any = None
        self.ledger: Ledger
        self.runs = 0
        self.last_tick = NOON
        self.stirring = STIRRING
        self.is_reading = False
        self.stirred: set[Shop] = set()
        self.removed: dict[Shop, list[tuple[str, Record]]] = defaultdict(list)
        self.plans: list[tuple[datetime, int, Callable[[], None]]] = []

    def _opened(self, number: int) -> Shop:
        platform = ("tiendanube", "shopify")[number % 2]
        key = str(1000 + number) if platform == "tiendanube" else f"shop{number}"
        shop = self.simulator.world.add_shop(
            platform, key, orders=self.chance.randrange(12, 30), products=12, customers=24, draft_orders=14, coupons=14
        )
        shop.silent_stock = platform == "tiendanube" and self.chance.random() < 0.5
        shop.silent_uses = self.chance.random() < 0.5
        shop.late_fulfillments = platform == "tiendanube" and self.chance.random() < 0.5
        return shop

    # The machine.

    def rows(self, query: str, *parameters: object) -> list[tuple]:
        """Ask the database."""
        return self.connection.execute(query, parameters).fetchall()

    def outside(self, life: Life, name: str) -> OutsideWorld:
        """Return the world as one process sees it."""
        wire = Wire(self, life)
        clock = replace(self.clock.clock())
        return OutsideWorld(
            environment={}, clock=clock, jitter=lambda: 0.5, name=lambda: name, transport=wire, executor=Inline()
        )

    def connect(self) -> None:
        """Connect all shops, and read them whole."""
        with open_context(self.settings, self.outside(Life(), "operator"), create=True) as context:
            for shop in self.shops:
                platform = context.platform(shop.platform)
                enter(context, platform, Granted(shop.key, platform.pasted(shop.issue_token())), Labels())
        self.connection = sqlite3.connect(self.home / "storesync.db", isolation_level=None)
        self.ledger = Ledger(self.clock.now, self.rows, self.connection)
        for shop in self.shops:
            self.ledger.open(shop)
        self.rows("UPDATE stores SET tier = 'low', tier_pinned = 1")
        self.clock.advance(minutes=4)
        while self.rows("SELECT 1 FROM stores WHERE first_synced_at IS NULL"):
            self.clock.at = self.next_turn()
            self.tick()

    def next_turn(self) -> datetime:
        """Return the next minute in which a store is due, or its ids are to be compared."""
        [(due, compared)] = self.rows(
            "SELECT min(coalesce(next_sync_at, connected_at)), min(compare_at)"
            " FILTER (WHERE sync_status = 'completed' AND connection = 'connected') FROM stores"
        )
        turn = min(datetime.fromisoformat(at) for at in (due, compared) if at)
        turn = max(turn, self.last_tick + MINUTE, self.clock.at)
        floor = turn.replace(second=0, microsecond=0)
        return floor if floor == turn else floor + MINUTE

    def tick(self, dies_at: int | None = None) -> None:
        """Let cron call sync-due, and hold what it leaves behind against the ledger."""
        self.last_tick = self.clock.at.replace(second=0, microsecond=0)
        self._refresh(self.stirred)
        name, life, lines = next(self.names), Life(dies_at), []
        outside = self.outside(life, name)
        self.is_reading = True
        try:
            with open_context(self.settings, outside) as context:
                voice = Voice(tell=lines.append, notices=Notices())
                mortal = replace(context, database=Mortal.of(context.database, life))
                code = tick_and_tell(mortal, outside, Machine(self.home, self.home), voice).exit_code
                if code:
                    self.ledger.breaches.append(f"{self.clock.at}: exit code {code}: {lines}")
        except Killed:
            # A process that is killed leaves its lock file behind, with nobody holding it.
            (self.home / "workers" / name).touch(0o600)
            self.ledger.seen["kill"] += 1
        finally:
            self.is_reading = False
        self.trace.update(repr((self.clock.at, lines)).encode())
        self._judge()

    def _judge(self) -> None:
        ledger, outside = self.ledger, self.outside(Life(), "watcher")
        ended = self.rows(
            # What was left unfinished before goes on in the turn, and shows what was there when it began.
            "SELECT runs.id, key, coalesce((SELECT min(earlier.started_at) FROM runs AS earlier"
            " WHERE earlier.store_id = runs.store_id AND earlier.kind != 'reconcile' AND earlier.id < runs.id"
            " AND earlier.id > coalesce((SELECT max(whole.id) FROM runs AS whole WHERE whole.store_id = runs.store_id"
            " AND whole.kind != 'reconcile' AND whole.status = 'succeeded' AND whole.id < runs.id), 0)),"
            " runs.started_at), kind FROM runs JOIN stores ON stores.id = store_id"
            " WHERE runs.id > ? AND status = 'succeeded' ORDER BY runs.id",
            self.runs,
        )
        with open_context(self.settings, outside) as context:
            snapshot = take_snapshot(context.database, context.worker, context.clock)
            report = build_report(snapshot, reads=context.reads, now=self.clock.at, timing=context.timing)
        told = {store["store"]: store["resources"] for store in report["stores"]}
        for key in dict.fromkeys(run[1] for run in ended):
            account = ledger.accounts[key]
            # Some things begin and end by the clock alone.
            self._refresh({account.shop})
            ledger.check_tombstones(account)
            ledger.check_report(account, told[key])
            ledger.check_mass_deletions(account)
        for run, key, started_at, kind in ended:
            self.runs = max(self.runs, run)
            if kind != "reconcile":
                ledger.check_turn(ledger.accounts[key], datetime.fromisoformat(started_at))
            else:
                ledger.seen["comparison"] += 1
        if ledger.breaches:
            raise AssertionError("\n".join([f"seed {self.seed}:", *ledger.breaches[:20]]))

    def _refresh(self, shops: Iterable[Shop]) -> None:
        for shop in list(shops):
            self.ledger.refresh(shop)
            self.stirred.discard(shop)

    # The month.

    def live(self) -> None:
        """Live through the month; raise `AssertionError` at the first tick that breaks a promise."""
        size = self.chance.choice((2, 5, 12, 30))
        # A shop changes about as often while it is read, however small its pages are.
        self.stirring = STIRRING * min(1, size / 12)
        with small_pages(size):
            self.connect()
            self.plan()
            while self.clock.at < self.ends:
                turn = self.next_turn()
                self._pass_time(min(turn, self.calm))
                self.clock.at = max(self.clock.at, turn + timedelta(seconds=self.chance.randrange(5)))
                is_calm = self.clock.at >= self.calm
                self.tick(self.chance.randrange(1, 60) if not is_calm and self.chance.random() < 0.03 else None)
            if self.ends > self.calm:
                self._judge_end()

    def _judge_end(self) -> None:
        """After a quiet week all is proven."""
        for account in self.ledger.accounts.values():
            for resource, told in account.report.items():
                is_held = told["held_deletions"] and self.clock.at < account.moved_at[resource] + 2 * WEEK + GRACE
                if told["verdict"] != "verified" and not is_held:
                    self.ledger.breach(account, f"{resource}: {told['verdict']} in the end: {told['reason']}")
        self._judge()

    def _pass_time(self, until: datetime) -> None:
        """Let things happen up to *until*: at any time, and in the last seconds before it."""
        while self.plans and self.plans[0][0] <= until:
            at, _, plan = self.plans.pop(0)
            self.clock.at = max(self.clock.at, at)
            plan()
        span = (until - self.clock.at).total_seconds()
        if span <= 0:
            return
        count = sum(self.chance.random() < span / 3600 / 8 for _ in self.shops for _ in range(2))
        moments = sorted(self.chance.uniform(0, span) for _ in range(count))
        begun = self.clock.at
        for moment in moments:
            self.clock.at = max(self.clock.at, begun + timedelta(seconds=round(moment)))
            self.happen(self.chance.choice(self.shops))
        if self.chance.random() < JUST_BEFORE:
            self.clock.at = max(self.clock.at, until - timedelta(seconds=self.chance.randrange(90)))
            self.happen(self.chance.choice(self.shops), self.chance.choice((None, "late")))

    def plan(self) -> None:
        """Decide when stores are lively, what fails, and which scopes are lost."""
        last = self.calm
        for shop in self.shops:
            self._spell(
                last, self.chance.uniform(2, 5), lambda shop=shop, is_over=False: self._pin(shop, is_over=is_over)
            )
            for _ in range(max(1, (last - self.begins) // WEEK)):
                self._spell(
                    last,
                    self.chance.uniform(0.5, 3),
                    lambda shop=shop, is_over=False: self._fail(shop, is_over=is_over),
                )
            self._spell(
                last - DAY,
                self.chance.uniform(20, 90),
                lambda shop=shop, is_over=False: self._lose(shop, is_over=is_over),
            )
            for _ in range(2):
                at = self._between(self.begins, last)
                self.plans.append((at, len(self.plans), lambda shop=shop: self.remove_many(shop)))
        self.plans.sort(key=lambda plan: plan[:2])

    def _spell(self, last: datetime, hours: float, act: Callable[..., None]) -> None:
        begins = self._between(self.begins, last)
        ends = min(last, begins + timedelta(hours=hours))
        self.plans.append((begins, len(self.plans), act))
        self.plans.append((ends, len(self.plans), lambda: act(is_over=True)))

    def _between(self, one: datetime, other: datetime) -> datetime:
        return one + timedelta(seconds=round(self.chance.uniform(0, max(0, (other - one).total_seconds()))))

    def _pin(self, shop: Shop, *, is_over: bool) -> None:
        tier = "low" if is_over else self.chance.choice(("high", "high", "medium"))
        self.rows(
            "UPDATE stores SET tier = ?, next_sync_at = ? WHERE key = ?",
            *(tier, f"{self.clock.at:%Y-%m-%dT%H:%M:%SZ}", f"{shop.platform}:{shop.key}"),
        )

    def _fail(self, shop: Shop, *, is_over: bool) -> None:
        faults = self.simulator.faults
        if is_over:
            mine = next(rule for rule in faults.rules if rule.shop == shop.key)
            self.ledger.seen["fault met"] += mine.met > 0
            faults.rules.remove(mine)
            return
        name = self.chance.choice(
            [one for one, rule in TROUBLES.items() if rule.get("platform") in {None, shop.platform}]
        )
        faults.add(Rule(**{"times": None, **TROUBLES[name], "platform": shop.platform, "shop": shop.key}))

    def _lose(self, shop: Shop, *, is_over: bool) -> None:
        """The merchant takes a scope away, and gives it back."""
        account = self.account(shop)
        scope = account.shop.state.setdefault("lost scope", self.chance.choice(list(SCOPES[shop.platform])))
        for token in shop.tokens.values():
            token.scopes = token.scopes | {scope} if is_over else token.scopes - {scope}
        if is_over:
            account.denied = {}
            # It is tried again every six hours; what others could not show meanwhile is then read anew.
            account.suspended = self.clock.at + 14 * HOUR
        else:
            account.denied = dict.fromkeys(SCOPES[shop.platform][scope], self.clock.at)
            account.suspended = self.ends

    def account(self, shop: Shop) -> Account:
        """Return what the ledger says of *shop*."""
        return self.ledger.accounts[f"{shop.platform}:{shop.key}"]

    # What happens in a shop.

    def stir(self, request: SimRequest) -> None:
        """Let a shop change between two requests that read it."""
        if not self.is_reading or self.clock.at >= self.calm or self.chance.random() >= self.stirring:
            return
        key = request.shop or request.path.split("/")[2]
        shop = next((shop for shop in self.shops if shop.key == key), None)
        if shop is not None:
            self.ledger.seen["between pages"] += 1
            self.happen(shop)

    def happen(self, shop: Shop, name: str | None = None) -> None:
        """Let one thing happen in *shop* now, or what *name* says."""
        names = list(HAPPENINGS)
        name = name or self.chance.choices(names, weights=[HAPPENINGS[one] for one in names])[0]
        if name in VEILS and (self.account(shop).suspended or self.clock.at) > self.clock.at:
            # What lists leave out while all is read anew for a scope's sake is not read anew.
            return
        getattr(self, name)(shop)
        self.ledger.seen[name] += 1
        self.stirred.add(shop)
        if self.is_reading:
            self._refresh({shop})

    def trade(self, shop: Shop) -> None:
        """What a shop does all day."""
        self.simulator.world.advance(shop, self.chance.randint(1, 2))

    def edit(self, shop: Shop) -> None:
        """Move any record to the end of its list by update time."""
        resource = self.chance.choice(("products", "customers", "orders", "draft_orders", "coupons", "categories"))
        record = self.any_of(shop, resource)
        if record is not None:
            shop.touch(resource, record["id"], **self.words(resource))

    def words(self, resource: str) -> Record:
        """Return an edit that any record of *resource* can bear."""
        if resource in {"customers", "orders", "draft_orders"}:
            return {"note": f"nota {self.chance.randrange(10**6)}"}
        if resource == "coupons":
            return {"used_count": self.chance.randrange(1000)}
        if resource == "categories":
            return {"handle": f"estante-{self.chance.randrange(10**6)}"}
        return {"tags": [f"t{self.chance.randrange(10**6)}"]}

    def tie(self, shop: Shop) -> None:
        """Edit dozens of records in one second."""
        resource = self.chance.choice(("products", "customers", "orders"))
        known = list(shop.resources[resource])
        for one in self.chance.sample(known, min(len(known), self.chance.randint(12, 36))):
            shop.touch(resource, one, **self.words(resource))

    def late(self, shop: Shop) -> None:
        """What is edited or new is shown up to five minutes after the time it bears."""
        self._late(shop, timedelta(seconds=self.chance.randint(5, 300)))

    def very_late(self, shop: Shop) -> None:
        """Up to a day after."""
        self._late(shop, min(timedelta(hours=self.chance.uniform(0.2, 24)), self.calm - self.clock.at))

    def _late(self, shop: Shop, span: timedelta) -> None:
        resource = self.chance.choice(("customers", "orders", "orders", "products", "draft_orders"))
        until = self.clock.at.replace(microsecond=0) + span
        # What Shopify shows of a customer leads to the order itself, and is never late.
        singly = shop.platform == "tiendanube" and self.chance.random() < 0.5
        if resource == "orders" and self.chance.random() < 0.5:
            before = set(shop.resources["orders"])
            self.simulator.world.advance(shop, 1)
            for one in shop.resources["orders"].keys() - before:
                shop.veil("orders", one, until, singly=singly)
            return
        record = self.any_of(shop, resource)
        if record is not None and (resource, record["id"]) not in shop.veils:
            shop.veil(resource, record["id"], until, record=copy.deepcopy(record), singly=singly)
            shop.touch(resource, record["id"], **self.words(resource))

    def vanish(self, shop: Shop) -> None:
        """Lists leave records out for a while, sometimes dozens; asked for by their ids they are there."""
        resource = self.chance.choice(("customers", "orders", "products", "categories", "coupons", "draft_orders"))
        known = [one for one in shop.resources[resource] if (resource, one) not in shop.veils]
        count = self.chance.choice((1, 1, 2, 3, 14))
        until = min(self.clock.at + timedelta(hours=self.chance.uniform(0.2, 16)), self.calm)
        for one in self.chance.sample(known, min(len(known), count)):
            shop.veil(resource, one, until.replace(microsecond=0), record=None)
            self.ledger.veiled(shop, resource, one)

    def remove(self, shop: Shop) -> None:
        """Delete one record of a kind that can be deleted."""
        resource = self.chance.choice(REMOVABLE)
        removable = self.removable(shop, resource)
        if len(removable) > FEW:
            record = shop.resources[resource][self.chance.choice(removable)]
            self.removed[shop].append((resource, record))
            shop.remove(resource, record["id"])
            if self.chance.random() < 0.3 and resource != "products":
                # Lists go on to show it for some minutes.
                shop.veil(resource, record["id"], self.clock.at + timedelta(minutes=3), record=record)

    def remove_many(self, shop: Shop) -> None:
        """Delete so many records at once that nobody believes it at first."""
        resources = [name for name in REMOVABLE if len(self.removable(shop, name)) > FEW + 4]
        if not resources or self.account(shop).suspended:
            return
        resource = self.chance.choice(resources)
        removable = self.removable(shop, resource)
        chosen = self.chance.sample(removable, self.chance.randint(FEW + 2, len(removable) - 1))
        if len(chosen) <= SHARE * len(shop.resources[resource]):
            return
        for one in chosen:
            shop.remove(resource, one)
        self.ledger.seen["remove_many"] += 1
        self.ledger.removed(shop, resource, len(chosen))
        self._refresh({shop})

    def removable(self, shop: Shop, resource: str) -> list[str]:
        """Return the ids of records that nothing else leads to."""
        named = {
            *(basket["order_id"] for basket in shop.resources["draft_orders"].values()),
            *(basket["order_id"] for basket in shop.resources["checkouts"].values()),
            *(customer["last_order_id"] for customer in shop.resources["customers"].values()),
            *(location["id"] for location in shop.resources["locations"].values() if location["is_default"]),
        }
        return [
            one
            for one, record in shop.resources[resource].items()
            if one not in named and not record.get("orders_count") and (resource, one) not in shop.veils
        ]

    def give_back(self, shop: Shop) -> None:
        """A deleted record returns, as it was or as of now."""
        if self.removed[shop]:
            resource, record = self.removed[shop].pop(self.chance.randrange(len(self.removed[shop])))
            if record["id"] in shop.resources[resource]:
                # An order that was completed late has an early id, which may have been free since.
                return
            shop.resources[resource][record["id"]] = record
            if resource == "products":
                record["category_ids"] = [one for one in record["category_ids"] if one in shop.resources["categories"]]
                stock.settle(shop, record, shop.now())
                consistency.summarise(record)
                for name in [name for name in shop.state if name.startswith("shopify parents")]:
                    # Where the variants of what is gone were looked for in vain is remembered.
                    del shop.state[name]
            if self.chance.random() < 0.5:
                shop.touch(resource, record["id"])

    def remove_part(self, shop: Shop) -> None:
        """A record loses a variant, an image, a line or an address."""
        resource, part = self.chance.choice(
            (("products", "variants"), ("products", "images"), ("orders", "lines"), ("customers", "addresses"))
        )
        records = [one for one in shop.resources[resource].values() if len(one[part]) > 1]
        if resource == "orders":
            # What was sent names its lines, and what was paid is a part of their price.
            records = [one for one in records if not one["payments"] and not one["fulfillments"]]
        if not records:
            return
        record = self.chance.choice(records)
        gone = record[part].pop()
        if part == "variants":
            levels = shop.resources["inventory_levels"]
            for one in [one for one, level in levels.items() if level["variant_id"] == gone["id"]]:
                del levels[one]
            consistency.summarise(record)
        elif part == "images":
            for variant in record["variants"]:
                variant["image_id"] = None if variant["image_id"] == gone["id"] else variant["image_id"]
        elif part == "lines":
            for line in record["lines"]:
                line.update(total=line["price"] * line["quantity"], discount_total=Decimal("0.00"))
            sales.price(shop, record)
        shop.touch(resource, record["id"])

    def drift(self, shop: Shop) -> None:
        """A change that does not move the update time, of the kinds that platforms make."""
        kind = self.chance.choice(("stock", "shipment", "order", "coupon"))
        if kind == "coupon" or shop.platform == "shopify":
            record = self.any_of(shop, "coupons")
            if record is not None:
                shop.drift("coupons", record["id"], used_count=self.chance.randrange(1000))
            return
        if kind == "stock":
            level = self.any_of(shop, "inventory_levels")
            if level is not None and level["available"] is not None:
                shop.drift("inventory_levels", level["id"], available=self.chance.randrange(60))
            return
        young = shop.now() - self.chance.choice((5 * DAY, SILENT_FOR))
        recent = [one for one in shop.resources["orders"].values() if one["created_at"] > young]
        if recent:
            order = self.chance.choice(recent)
            before = order["updated_at"]
            if kind == "shipment" and order["fulfillment_status"] == "unfulfilled" and order["status"] == "open":
                orders.ship(shop, order, shop.now())
            shop.drift("orders", order["id"], updated_at=before, **self.words("orders"))

    def any_of(self, shop: Shop, resource: str) -> Record | None:
        """Return any record of *resource* that is shown, and as it is: no draft that became an order."""
        records = shop.resources[resource].items()
        known = [one for one, record in records if (resource, one) not in shop.veils and not record.get("order_id")]
        return shop.resources[resource][self.chance.choice(known)] if known else None

    def fingerprint(self) -> str:
        """Return a hash of every request and every row of this month."""
        for table in ("stores", "runs", "checkpoints", *TABLES):
            for row in self.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):
                self.trace.update(repr(row).encode())
        return self.trace.hexdigest()


REMOVABLE = ("products", "categories", "customers", "orders", "draft_orders", "coupons", "locations")
VEILS = {"late", "very_late", "vanish"}
HAPPENINGS = {
    "trade": 30,
    "edit": 12,
    "tie": 4,
    "late": 14,
    "very_late": 6,
    "vanish": 5,
    "remove": 8,
    "give_back": 3,
    "remove_part": 6,
    "drift": 10,
}


class Wire(SimulatorTransport):
    """The network as one process sees it."""

    def __init__(self, month: Month, life: Life) -> None:
        super().__init__(month.simulator, sleep=month.clock.sleep)
        self.month, self.life = month, life

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer *request*, unless the process dies before or after."""
        self.life.step()
        self.month.clock.at += timedelta(seconds=0.05)
        self.month.trace.update(f"{self.month.clock.at} {request.url} ".encode() + request.content)
        response = super().handle_request(request)
        self.life.step()
        return response


@contextmanager
def small_pages(size: int) -> Iterator[None]:
    """Let platforms be read in pages of *size*, so that small shops have many; in one thread, so that it repeats."""
    with ExitStack() as stack:
        stack.enter_context(patch("storesync.sync.read_ahead.ThreadPoolExecutor", Alone))
        stack.enter_context(patch("storesync.platforms.tiendanube.session.PER_PAGE", size))
        stack.enter_context(patch("storesync.platforms.shopify.session.MOST_RECORDS", 3 * size))
        stack.enter_context(patch("storesync.platforms.shopify.listings.next_size", lambda now, *_, **__: now))
        small = {
            name: replace(source, size=min(source.size, size), first_size=min(source.first_size, size))
            for name, source in sources.SOURCES.items()
        }
        stack.enter_context(patch.dict(sources.SOURCES, small))
        yield


@contextmanager
def lived(seed: int, *, days: int = 30, stores: int = 4, quiet: timedelta = QUIET) -> Iterator[Month]:
    """Let the shops of *seed* live through their days; `AssertionError` for a broken promise."""
    memory = Path("/dev/shm")  # noqa: S108 - a database in memory, where there is such a place
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="storesync-months-") as folder:
        month = Month(seed, Path(folder), days=days, stores=stores, quiet=quiet)
        month.live()
        yield month
        month.connection.close()
