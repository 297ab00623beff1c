"""The state of one simulated shop: its location, its records, and its tokens."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from storesync.simulator import consistency
from storesync.simulator.words import Place

Record = dict[str, Any]

RESOURCES = (
    *("products", "categories", "customers", "orders"),
    *("checkouts", "draft_orders", "coupons", "locations", "inventory_levels"),
    *("pages", "blogs", "articles"),
    *("gift_cards", "tender_transactions", "payouts", "balance_transactions", "disputes"),
    *("fulfillment_orders", "companies", "company_locations", "markets", "price_lists"),
    *("metafields", "metafield_definitions"),
)
BULK_LAPSES = timedelta(days=31)
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
class BulkAccess:
    """The permission of the app on Shopify to start bulk operations (*enabled*), and when it last *started* one.

    Needed by public apps and those built as a partner since November 2026; it lapses after `BULK_LAPSES`
    without a start, and a person must enable it again:
    https://shopify.dev/changelog/partner-apps-must-enable-bulk-operations-before-use. "An access denied error" is
    all that is said of the refusal, so *form* is one of ``path`` (no data, and an error that names the field),
    ``null`` (the field is null), ``no path`` (no data, and an error that names nothing) and ``user error``.
    """

    enabled: bool = True
    started: datetime | None = None
    form: str = "path"

    def allows(self, now: datetime) -> bool:
        """Return whether an operation may be started *now*; a permission that has lapsed is gone."""
        self.enabled = self.enabled and (self.started is None or now - self.started < BULK_LAPSES)
        return self.enabled


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
    """An access token of one shop. *kind*: ``oauth``, ``client_credentials`` or ``static``."""

    value: str
    scopes: frozenset[str]
    kind: str = "static"
    expires_at: datetime | None = None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Veil:
    """What readers see of a record *until* then: *record* (None: nothing); with *singly* also when read by id."""

    until: datetime
    record: Record | None
    singly: bool


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
    removals: list[tuple[str, str, datetime]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    """What a platform's package stores for this shop: its rate limit bucket, its bulk operations."""
    quirks: dict[str, bool] = field(default_factory=dict)
    late_fulfillments: bool = False
    """Show fulfilment orders ten minutes after their order, without a new update time of the order."""
    silent_stock: bool = False
    """Change stock without a new update time of its product."""
    silent_uses: bool = False
    """Count uses of a coupon without a new update time; whether Shopify sets one is not documented."""
    has_shopify_payments: bool = True
    """Whether the shop is paid through Shopify Payments; without it, Shopify shows no account of it."""
    veils: dict[tuple[str, str], Veil] = field(default_factory=dict)
    secrets: Random = field(default_factory=lambda: seeded("tokens"))
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    chances: dict[str, Random] = field(default_factory=dict)

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
        """Return True at random with this *probability* (0 to 1)."""
        return self.random.random() < probability

    def chance(self, name: str) -> Random:
        """Return a random generator of its own for *name*: draws from it do not affect the rest of the shop."""
        if name not in self.chances:
            self.chances[name] = seeded(self.seed, self.platform, self.key, name)
        return self.chances[name]

    def quirk(self, name: str) -> bool:
        """Return whether this shop has the undocumented behaviour *name*; always the same for one seed."""
        if name not in self.quirks:
            self.quirks[name] = seeded(self.seed, self.platform, self.key, name).getrandbits(1) == 1
        return self.quirks[name]

    def change_time_zone(self, time_zone: str) -> None:
        """Move the shop to another time zone, as a merchant may in its settings; no record changes."""
        self.place = replace(self.place, time_zone=time_zone)

    def change_currency(self, currency: str) -> None:
        """Let the shop sell in another currency from now on.

        Prices keep their figures; no update time moves. An order keeps the currency it was placed in:
        https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order#field-Order.fields.currencyCode
        """
        self.place = replace(self.place, currency=currency)
        variants = [variant for product in self.resources["products"].values() for variant in product["variants"]]
        priced = [record for name in ("products", "customers", "coupons") for record in self.resources[name].values()]
        for record in (*variants, *priced):
            if record["currency"] is not None:
                record["currency"] = currency

    def next_id(self, kind: str) -> str:
        """Return a new id for a record of *kind*."""
        self.counters[kind] += 1 + self.random.randrange(3)
        return str(self.counters[kind])

    def touch(self, resource: str, record_id: str, **columns: Any) -> Record:
        """Edit a record and set its update time to now; a change of stock also sets its product's. Return it."""
        record = self.drift(resource, record_id, updated_at=self.now(), **columns)
        if resource == "inventory_levels":
            consistency.touch_product(self.resources, record)
        return record

    def drift(self, resource: str, record_id: str, **columns: Any) -> Record:
        """Edit a record without a new update time, as platforms sometimes do, and return it."""
        record = self.resources[resource][record_id]
        record.update(columns)
        if resource == "categories":
            consistency.place_categories(self.resources)
        if resource == "inventory_levels":
            consistency.recount(self.resources, record)
        return record

    def remove(self, resource: str, record_id: str) -> None:
        """Delete a record, and note the deletion."""
        self.removals.append((resource, record_id, self.now()))
        if resource == "variants":
            product = consistency.drop_variant(self.resources, record_id)
            consistency.drop_metafields(self.resources, "variant", [record_id])
            self.touch("products", product["id"])
            return
        consistency.drop_metafields_of(self.resources, resource, record_id)
        del self.resources[resource][record_id]
        if resource == "categories":
            consistency.empty_category(self.resources, record_id, self.now())
        if resource == "blogs":
            consistency.drop_articles(self.resources, record_id)
        if resource in {"products", "locations"}:
            consistency.drop_levels(self.resources, resource, record_id)
        if resource == "products":
            consistency.count_products(self.resources)

    def veil(
        self, resource: str, record_id: str, until: datetime, *, record: Record | None = None, singly: bool = False
    ) -> None:
        """Simulate replication lag: lists, searches and counts show a record as *record* (None: not) *until* then.

        With *singly* reads by its id do so too. Platforms serve lists from copies and indexes that are mostly
        seconds behind; how far behind they, or reads by id, may be is not documented.
        """
        self.veils[resource, record_id] = Veil(until, record, singly)

    def veiled(self, resource: str, records: dict[str, Record], *, singly: bool = False) -> dict[str, Record]:
        """Return *records* as readers see them now."""
        now = self.now()
        self.veils = {name: veil for name, veil in self.veils.items() if veil.until > now}
        seen = {
            record_id: veil.record
            for (name, record_id), veil in self.veils.items()
            if name == resource and (veil.singly or not singly)
        }
        if not seen:
            return records
        return {key: record for key, record in {**records, **seen}.items() if record is not None}

    def issue_token(
        self,
        scopes: tuple[str, ...] | frozenset[str] | None = None,
        *,
        kind: str = "static",
        expires_at: datetime | None = None,
    ) -> str:
        """Return a new token for this shop, by default with every scope.

        A new ``oauth`` token revokes the older ``oauth`` ones of the same shop; static ones belong
        to the merchant's own app and stay valid.
        """
        if kind == "oauth":
            self.tokens = {value: token for value, token in self.tokens.items() if token.kind != "oauth"}
        prefix = "shpat_" if self.platform == "shopify" else ""
        value = f"{prefix}{self.secrets.getrandbits(160):040x}"
        granted = frozenset(SCOPES[self.platform] if scopes is None else scopes)
        self.tokens[value] = Token(value, granted, kind, expires_at)
        return value


def seeded(*parts: object) -> Random:
    """Return a random generator seeded by *parts*: the same parts give the same numbers."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - a world must be repeatable
