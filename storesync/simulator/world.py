"""One seeded world of simulated shops.

It holds what a platform would hold, in the words of the promised tables: records are plain
dicts with those columns, children nested below their parent, money as `Decimal`, instants as
aware datetimes of whole seconds, ids as text. The faces turn it into a platform's own JSON.
"""

import importlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from storesync.simulator import catalogue, changes, people, sales
from storesync.simulator.truth import Rows
from storesync.simulator.words import HOMES, PLACES, Place

Record = dict[str, Any]

RESOURCES = ("products", "categories", "customers", "orders")
HISTORY = timedelta(days=400)
REDIRECT_URL = "http://127.0.0.1:8721/callback"
SCOPES = {
    "tiendanube": (
        *("read_products", "read_orders", "read_customers", "read_coupons", "read_locations"),
        "read_fulfillment_orders",
    ),
    "shopify": (
        *("read_products", "read_orders", "read_all_orders", "read_customers", "read_discounts"),
        *("read_locations", "read_inventory", "read_draft_orders", "read_fulfillments"),
    ),
}


@dataclass(slots=True)
class App:
    """The operator's app, as registered with a platform."""

    client_id: str
    client_secret: str
    redirect_url: str = REDIRECT_URL


@dataclass(slots=True)
class Code:
    """An authorisation code on its way back to the app."""

    platform: str
    key: str
    scopes: frozenset[str]
    expires_at: datetime
    expiring: bool = False


@dataclass(slots=True)
class Token:
    """The right to read one shop. *kind*: ``oauth``, ``client_credentials`` or ``static``."""

    value: str
    scopes: frozenset[str]
    kind: str = "static"
    expires_at: datetime | None = None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Shop:
    """One simulated shop with all its records."""

    platform: str
    key: str
    id: str
    name: str
    place: Place
    random: Random
    now: Callable[[], datetime]
    created_at: datetime
    seed: int = 0
    plan: str = "basic"
    domain: str = ""
    url: str = ""
    taxes_included: bool = True
    resources: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in RESOURCES})
    tokens: dict[str, Token] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    """What a face remembers of this shop: its bucket, its bulk jobs."""
    quirks: dict[str, bool] = field(default_factory=dict)
    secrets: Random = field(default_factory=lambda: _random("tokens"))
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def country(self) -> str:
        """The shop's country, two letters."""
        return self.place.country

    @property
    def language(self) -> str:
        """The shop's main language."""
        return self.place.language

    @property
    def currency(self) -> str:
        """The shop's main currency."""
        return self.place.currency

    @property
    def time_zone(self) -> str:
        """The shop's time zone, an IANA name."""
        return self.place.time_zone

    def happens(self, probability: float) -> bool:
        """Return True as often as *probability* says."""
        return self.random.random() < probability

    def quirk(self, name: str) -> bool:
        """Return which of two undocumented habits this shop has; always the same for one seed."""
        if name not in self.quirks:
            self.quirks[name] = _random(self.seed, self.platform, self.key, name).getrandbits(1) == 1
        return self.quirks[name]

    def next_id(self, kind: str) -> str:
        """Return a new id for a record of *kind*."""
        self.counters[kind] += 1 + self.random.randrange(3)
        return str(self.counters[kind])

    def touch(self, resource: str, record_id: str, **columns: Any) -> Record:
        """Edit a record and move its update time to now."""
        return self.drift(resource, record_id, updated_at=self.now(), **columns)

    def drift(self, resource: str, record_id: str, **columns: Any) -> Record:
        """Edit a record without moving its update time, as platforms sometimes do."""
        record = self.resources[resource][record_id]
        record.update(columns)
        return record

    def remove(self, resource: str, record_id: str) -> None:
        """Delete a record; the platform keeps no trace of it."""
        del self.resources[resource][record_id]
        if resource == "categories":
            catalogue.empty_category(self, record_id)

    def truth(self, resource: str) -> dict[str, Rows]:
        """Return table name → id → columns: what a faithful copy of *resource* holds.

        Made from the world by the platform's face alone, without the code that is compared with it.
        """
        face = importlib.import_module(f"storesync.simulator.{self.platform}")
        tables: dict[str, Rows] = face.truth(self, resource)
        return tables

    def issue_token(
        self,
        scopes: tuple[str, ...] | frozenset[str] | None = None,
        *,
        kind: str = "static",
        expires_at: datetime | None = None,
    ) -> str:
        """Return a new token for this shop, by default with every scope.

        A new ``oauth`` token kills the older ``oauth`` ones of the same shop; static ones belong
        to the merchant's own app and live on.
        """
        if kind == "oauth":
            self.tokens = {value: token for value, token in self.tokens.items() if token.kind != "oauth"}
        prefix = "shpat_" if self.platform == "shopify" else ""
        value = f"{prefix}{self.secrets.getrandbits(160):040x}"
        granted = frozenset(SCOPES[self.platform] if scopes is None else scopes)
        self.tokens[value] = Token(value, granted, kind, expires_at)
        return value


class World:
    """All shops of all platforms, and the clock they live by.

    *now* returns aware UTC. *limits* false turns rate limits off; *consents* says which shop
    the merchant chooses when a platform asks whether the app may read it.
    """

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self.seed = seed
        self.clock = now
        self.limits = True
        self.shops: dict[tuple[str, str], Shop] = {}
        self.apps = {
            "tiendanube": App("4321", _hex(seed, "tiendanube secret")),
            "shopify": App(_hex(seed, "shopify id"), _hex(seed, "shopify secret")),
        }
        self.consents: dict[str, str] = {}
        self.codes: dict[str, Code] = {}
        self.secrets = _random(seed, "codes")

    def now(self) -> datetime:
        """Return the world's time, in whole seconds."""
        return self.clock().replace(microsecond=0)

    def shop(self, platform: str, key: str) -> Shop:
        """Return the shop *key* of *platform*; raises `KeyError` where there is none."""
        return self.shops[platform, key]

    def add_shop(
        self,
        platform: str,
        key: str,
        *,
        orders: int = 100,
        products: int | None = None,
        customers: int | None = None,
        categories: int | None = None,
        country: str | None = None,
    ) -> Shop:
        """Open a shop with a history of 400 days and return it.

        *key* is the store id on Tiendanube and the handle on Shopify; the numbers left out
        follow from *orders*. The same seed, platform, key and numbers make the same shop.
        """
        shop = self._open(platform, key, country)
        start, until = self.now() - HISTORY, self.now()
        shelves = min(24, 3 + orders // 10) if categories is None else categories
        catalogue.fill_categories(shop, shelves, start, until)
        catalogue.fill_products(shop, (5 + orders // 5) if products is None else products, start, until)
        people.fill_customers(shop, (5 + orders // 2) if customers is None else customers, start, until)
        sales.fill_orders(shop, orders, start, until)
        self.shops[platform, key] = shop
        return shop

    def advance(self, shop: Shop, count: int) -> None:
        """Let *count* things happen in *shop* now: sales, edits, now and then a deletion."""
        for _ in range(count):
            changes.happen(shop)

    def _open(self, platform: str, key: str, country: str | None) -> Shop:
        chance = _random(self.seed, platform, key)
        place = PLACES[country or chance.choice(HOMES[platform])]
        domain = f"tienda{key}.mitiendanube.com" if platform == "tiendanube" else f"{key}.myshopify.com"
        shop = Shop(
            platform,
            key,
            id=key if platform == "tiendanube" else str(50_000_000_000 + chance.randrange(10**9)),
            name=f"Tienda Ñandú {key}" if place.language == "es" else f"Loja Pão & Cia {key} ☕",
            place=place,
            random=chance,
            now=self.now,
            created_at=self.now() - HISTORY,
            seed=self.seed,
            domain=domain,
            url=f"https://{domain}",
            taxes_included=platform == "tiendanube" or place.country != "US",
            secrets=_random(self.seed, platform, key, "tokens"),
        )
        _number_ids(shop)
        return shop


def _number_ids(shop: Shop) -> None:
    """Start the shop's ids where the platform's are by now, some beyond 32 bits."""
    shopify = shop.platform == "shopify"
    kinds = (*RESOURCES, "variants", "product_images", "customer_addresses", "order_lines", "order_payments")
    for place, kind in enumerate((*kinds, "order_refunds", "order_refund_lines", "order_fulfillments")):
        shop.counters[kind] = (7_000_000_000_000 if shopify else 1_100_000_000) + place * 10**8
    shop.counters["order_lines"] = 14_000_000_000_000 if shopify else 3_127_510_000
    shop.counters["order_numbers"] = 1000 if shopify else 99


def _random(*parts: object) -> Random:
    return Random(":".join(map(str, parts)))  # noqa: S311 - a world must be repeatable


def _hex(*parts: object) -> str:
    return f"{_random(*parts).getrandbits(128):032x}"
