"""The data of all simulated shops, generated from a seed (the world).

Records are plain dicts with the columns of storesync's tables, children nested in their parent,
money as `Decimal`, instants as aware datetimes of whole seconds, ids as text. Each platform's
package turns them into that platform's JSON.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from storesync.simulator import baskets, catalogue, changes, content, money, offers, people, sales, stock
from storesync.simulator.metafields import fill_metafields
from storesync.simulator.shop import App, BulkAccess, Code, Shop, seeded
from storesync.simulator.words import HOMES, PLACES

HISTORY = timedelta(days=400)


class World:
    """All shops of all platforms, and their clock.

    *now* returns aware UTC. *limits* false turns rate limits off; with *queues* Tiendanube delays
    answers instead of refusing them. *consents* says which shop the merchant chooses on a consent page.
    *schemas* are the texts of Shopify's schemas by API version, where a version has another than the simulator's
    own; *retired_versions* are API versions that Shopify no longer serves.
    *bulk_access* is whether Shopify lets the app start bulk operations, None for an app that needs no permission.
    *allow_list* are the addresses from which the Shopify app may call the Admin API, None for any; *address* is that
    of whoever calls, and *refusal* the form of what others are answered, one of `storesync.simulator.shopify.access`.
    """

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self.seed = seed
        self.clock = now
        self.limits = True
        self.queues = False
        self.shops: dict[tuple[str, str], Shop] = {}
        self.renamed: dict[str, str] = {}
        self.apps = {
            "tiendanube": App("4321", _hex(seed, "tiendanube secret")),
            "shopify": App(_hex(seed, "shopify id"), _hex(seed, "shopify secret")),
        }
        self.bulk_access: BulkAccess | None = None
        self.consents: dict[str, str] = {}
        self.schemas: dict[str, str] = {}
        self.retired_versions: set[str] = set()
        self.allow_list: set[str] | None = None
        self.address = "203.0.113.9"
        self.refusal = "words in JSON"
        self.codes: dict[str, Code] = {}
        self.secrets = seeded(seed, "codes")

    def now(self) -> datetime:
        """Return the world's time, in whole seconds."""
        return self.clock().replace(microsecond=0)

    def shop(self, platform: str, key: str) -> Shop:
        """Return the shop *key* of *platform*. Raises `KeyError` where there is none."""
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
        checkouts: int | None = None,
        draft_orders: int | None = None,
        coupons: int | None = None,
        locations: int | None = None,
        pages: int = 0,
        articles: int = 0,
        metafields: int = 0,
        country: str | None = None,
    ) -> Shop:
        """Create a shop with a history of 400 days and return it.

        *key* is the store id on Tiendanube and the handle on Shopify. Numbers that are not given
        follow from *orders*, that of locations is random; there are no pages and *articles* unless they are asked
        for, the latter in two blogs. *metafields* is how many each record
        of Shopify has that may have any. The same seed, platform, key and numbers make the same shop.
        """
        shop = self._open(platform, key, country)
        start, until = self.now() - HISTORY, self.now()
        shelves = min(24, 3 + orders // 10) if categories is None else categories
        catalogue.fill_categories(shop, shelves, start, until)
        catalogue.fill_products(shop, (5 + orders // 5) if products is None else products, start, until)
        people.fill_customers(shop, (5 + orders // 2) if customers is None else customers, start, until)
        sales.fill_orders(shop, orders, start, until)
        stock.fill_locations(shop, locations)
        offers.fill_coupons(shop, (6 + orders // 50) if coupons is None else coupons, until)
        baskets.fill_checkouts(shop, (orders // 5) if checkouts is None else checkouts, until)
        baskets.fill_draft_orders(shop, (2 + orders // 20) if draft_orders is None else draft_orders, until)
        content.fill_pages(shop, pages, until)
        content.fill_articles(shop, articles, until)
        if platform == "shopify":
            money.fill(shop, start, until)
        fill_metafields(shop, metafields, until)
        self.shops[platform, key] = shop
        return shop

    def rename_shop(self, shop: Shop, key: str) -> None:
        """Give a shop of Shopify's another name; at the old one each request is sent on to the new one.

        A merchant may change it, and the id stays. What the API answers at the old name is not documented.
        """
        del self.shops[shop.platform, shop.key]
        self.renamed = {old: key if new == shop.key else new for old, new in self.renamed.items()} | {shop.key: key}
        shop.key, shop.domain, shop.url = key, f"{key}.myshopify.com", f"https://{key}.myshopify.com"
        self.shops[shop.platform, key] = shop

    def advance(self, shop: Shop, count: int) -> None:
        """Make *count* random changes in *shop* now: sales, edits, sometimes a deletion."""
        for _ in range(count):
            changes.happen(shop)

    def _open(self, platform: str, key: str, country: str | None) -> Shop:
        chance = seeded(self.seed, platform, key)
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
            secrets=seeded(self.seed, platform, key, "tokens"),
        )
        _number_ids(shop)
        return shop


def _number_ids(shop: Shop) -> None:
    """Start the shop's ids in the range of the real platform's, some beyond 32 bits."""
    shopify = shop.platform == "shopify"
    kinds = (
        *("products", "categories", "customers", "orders", "variants", "product_images", "customer_addresses"),
        *("order_lines", "order_payments", "order_refunds", "order_refund_lines", "order_fulfillments"),
        *("checkouts", "draft_orders", "coupons", "locations", "pages", "blogs", "articles", "gift_cards"),
        *("tender_transactions", "payouts", "balance_transactions", "disputes"),
    )
    for place, kind in enumerate(kinds):
        shop.counters[kind] = (7_000_000_000_000 if shopify else 1_100_000_000) + place * 10**8
    shop.counters["order_lines"] = 14_000_000_000_000 if shopify else 3_127_510_000
    # A line keeps its id when its basket becomes an order.
    shop.counters["basket_lines"] = shop.counters["order_lines"] - 10**7
    shop.counters["order_numbers"] = 1000 if shopify else 99


def _hex(*parts: object) -> str:
    return f"{seeded(*parts).getrandbits(128):032x}"
