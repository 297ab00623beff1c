"""Lists of a shop's records: searched, sorted, cut into pages, counted.

A cursor has the sort position of a page's last record, and the next page begins after that
position in the *current* data: a record edited meanwhile moves, and may come twice or, in
another order than that of its update, not at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storesync.simulator import past
from storesync.simulator.past import glimpse, glimpses, peek
from storesync.simulator.shopify.execute import connection, page_size, read_cursor, write_cursor
from storesync.simulator.shopify.metafields import TYPES
from storesync.simulator.shopify.records import make, records
from storesync.simulator.shopify.search import Fields, searched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Run
    from storesync.simulator.shopify.search import Search

Record = dict[str, Any]

STAMPS = {"created_at": "created_at", "updated_at": "updated_at"}
PUBLISHED = STAMPS | {"published_at": "published_at"}
COLUMNS = {
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "PROCESSED_AT": "placed_at",
    "TITLE": "name",
    "ISSUED_AT": "issued_at",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A connection of the query root: the type of its records, how they are searched and sorted."""

    kind: str
    fields: Fields
    columns: Mapping[str, str] = field(default_factory=lambda: COLUMNS)


LISTINGS = {
    "products": Listing(
        "Product",
        Fields(
            times=PUBLISHED,
            texts={
                **{name: name for name in ("status", "vendor", "handle", "product_type")},
                "tag": "tags",
                "title": "name",
            },
        ),
    ),
    "productVariants": Listing(
        "ProductVariant",
        Fields(
            times={"updated_at": "updated_at"},
            texts={"sku": "sku", "product_id": "product_id"},
            words=("sku",),
        ),
    ),
    "inventoryItems": Listing("InventoryItem", Fields(times=STAMPS, texts={"sku": "sku"}, words=("sku",))),
    "collections": Listing(
        "Collection", Fields(times={"updated_at": "updated_at"}, texts={"handle": "handle", "title": "name"})
    ),
    "customers": Listing(
        "Customer",
        Fields(
            times=STAMPS,
            texts={"email": "email", "phone": "phone", "state": "state", "tag": "tags"},
            words=("name", "email"),
            whole_days=frozenset({"updated_at"}),
        ),
    ),
    "orders": Listing(
        "Order",
        Fields(
            times=STAMPS | {"processed_at": "placed_at"},
            texts={
                **{name: name for name in ("status", "fulfillment_status", "customer_id", "name", "email")},
                "financial_status": "payment_status",
                "tag": "tags",
                "test": "is_test",
            },
        ),
    ),
    "abandonedCheckouts": Listing(
        "AbandonedCheckout", Fields(times=STAMPS, texts={"status": "status"}, words=("customer_name", "email"))
    ),
    "draftOrders": Listing(
        "DraftOrder",
        Fields(
            times=STAMPS,
            texts={name: name for name in ("status", "customer_id")},
            words=("name", "customer_name", "email"),
        ),
    ),
    "discountNodes": Listing(
        "DiscountNode",
        Fields(
            times=STAMPS,
            texts={name: name for name in ("status", "code", "title")},
            words=("title", "code"),
            local=frozenset(STAMPS),
        ),
        COLUMNS | {"TITLE": "title"},
    ),
    # It cannot be searched or sorted by update time: https://shopify.dev/docs/api/admin-graphql/latest/queries/locations
    "locations": Listing(
        "Location",
        Fields(
            times={"created_at": "created_at"},
            texts={name: name for name in ("name", "address1", "city", "province", "country", "zip")},
        ),
        {"NAME": "name"},
    ),
    "pages": Listing(
        "Page",
        Fields(times=PUBLISHED, texts={"handle": "handle", "title": "title"}, words=("title", "body")),
        COLUMNS | {"TITLE": "title"},
    ),
    # No order by update time: https://shopify.dev/docs/api/admin-graphql/2026-10/enums/BlogSortKeys
    "blogs": Listing(
        "Blog",
        Fields(times=STAMPS, texts={"handle": "handle", "title": "title"}, words=("title",)),
        {"HANDLE": "handle", "TITLE": "title"},
    ),
    "articles": Listing(
        "Article",
        Fields(
            times=PUBLISHED,
            texts={**{name: name for name in ("author", "blog_id", "handle", "title")}, "tag": "tags"},
            words=("title", "body"),
        ),
        COLUMNS | {"TITLE": "title", "AUTHOR": "author"},
    ),
    # It cannot be searched by update time, but sorted: https://shopify.dev/docs/api/admin-graphql/latest/queries/giftCards
    "giftCards": Listing(
        "GiftCard",
        Fields(
            times={"created_at": "created_at"},
            texts={"customer_id": "customer_id"},
            words=("last_characters", "note"),
        ),
    ),
    # Neither counted nor sorted: https://shopify.dev/docs/api/admin-graphql/latest/queries/tenderTransactions
    "tenderTransactions": Listing(
        "TenderTransaction", Fields(times={"processed_at": "processed_at"}, texts={"test": "is_test"})
    ),
    # These two are below the account: https://shopify.dev/docs/api/admin-graphql/latest/objects/ShopifyPaymentsAccount
    "payouts": Listing(
        "ShopifyPaymentsPayout", Fields(times={"issued_at": "issued_at"}, texts={"status": "status"}, words=())
    ),
    "balanceTransactions": Listing(
        "ShopifyPaymentsBalanceTransaction",
        Fields(
            times={"processed_at": "processed_at"},
            texts={"payout_status": "payout_status", "transaction_type": "type"},
            words=("order_name",),
        ),
        {"PROCESSED_AT": "processed_at"},
    ),
    "disputes": Listing(
        "ShopifyPaymentsDispute", Fields(times={"initiated_at": "initiated_at"}, texts={"status": "status"}, words=())
    ),
    # It cannot be filtered by creation: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/fulfillmentOrders
    "fulfillmentOrders": Listing(
        "FulfillmentOrder",
        Fields(
            times={"updated_at": "updated_at"},
            texts={"status": "status", "assigned_location_id": "location_id"},
            words=("order_name",),
        ),
    ),
    "companies": Listing("Company", Fields(times=STAMPS, texts={"external_id": "external_id"}, words=("name",))),
    "companyLocations": Listing(
        "CompanyLocation",
        Fields(times=STAMPS, texts={"company_id": "company_id", "external_id": "external_id"}, words=("name",)),
    ),
    # It cannot be filtered by time: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/markets
    "markets": Listing(
        "Market",
        Fields(times={}, texts={"status": "status", "market_type": "type", "name": "name"}, words=("name",)),
        {"NAME": "name"},
    ),
    # It cannot be searched at all: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/priceLists
    "priceLists": Listing("PriceList", Fields(), {"NAME": "name"}),
    "metafieldDefinitions": Listing(
        "MetafieldDefinition", Fields(times={}, texts={name: name for name in ("key", "namespace", "type")}), {}
    ),
    "events": Listing(
        "BasicEvent",
        Fields(
            times={"created_at": "created_at"},
            texts={"action": "action", "subject_type": "subject_type"},
            words=("subject_type",),
        ),
    ),
}


@dataclass(slots=True)
class _Order:
    """Records sorted by one column, with the values that they were sorted by."""

    ids: list[str]
    values: list[Any]
    places: list[tuple[Any, int]]


def page(run: Run, shop: Shop, access: Access, listing: Listing, selection: Selection) -> Any:
    """Return one page of *listing* with the fields of *selection*."""
    arguments = run.arguments(selection)
    first = page_size(arguments)
    search = searched(run, shop, listing.fields, selection, arguments)
    known = records(shop, listing.kind)
    sort_key = str(arguments.get("sortKey") or "ID")
    places = _places(shop, listing.kind, known, listing.columns.get(sort_key))
    reverse = bool(arguments.get("reverse"))
    indexes = _indexes(places, sort_key, arguments.get("after"), search, reverse=reverse)
    found: list[tuple[tuple[Any, int], Record]] = []
    for index in indexes:
        record = glimpse(known, str(places[index][1]))
        if listing.kind == "Location" and not (record["is_active"] or arguments.get("includeInactive")):
            continue
        if listing.kind == "FulfillmentOrder" and record["status"] == "closed" and not arguments["includeClosed"]:
            continue
        if listing.kind == "MetafieldDefinition" and TYPES[record["owner_kind"]].upper() != arguments["ownerType"]:
            continue
        if (search.test is None or search.test(record)) and access.shows(listing.kind, record):
            found.append((places[index], record))
            if len(found) > first:
                break
    cut = found[:first]
    nodes = [make(shop, listing.kind, peek(known, record["id"]) or record) for _, record in cut]
    cursors = [write_cursor(sort_key, _written(value), str(number)) for (value, number), _ in cut]
    return connection(run, selection, nodes, cursors, more=len(found) > first)


def _places(shop: Shop, kind: str, known: dict[str, Record], column: str | None) -> list[tuple[Any, int]]:
    """Return the sorted positions of all records; they are cached until a record changes its position."""
    ids = list(known)
    values = past.column(known, column) if column else []
    kept: _Order | None = shop.state.get(f"shopify order {kind} {column}")
    if kept is None or kept.ids != ids or kept.values != values:
        numbers = map(int, ids)
        places = sorted(zip(values, numbers, strict=True) if column else ((0, number) for number in numbers))
        kept = shop.state[f"shopify order {kind} {column}"] = _Order(ids, values, places)
    return kept.places


def _indexes(
    places: list[tuple[Any, int]], sort_key: str, after: str | None, search: Search, *, reverse: bool
) -> range:
    """Return the indexes of the positions to look at, in the order of the answer."""
    start, end = 0, len(places)
    if after:
        value, record_id = read_cursor(after, sort_key)
        place = (_read(value), int(record_id))
        if reverse:
            end = bisect_left(places, place)
        else:
            start = bisect_right(places, place)
    if sort_key == "UPDATED_AT" and search.updated_from is not None:
        start = max(start, bisect_left(places, (search.updated_from, 0)))
    return range(end - 1, start - 1, -1) if reverse else range(start, end)


def _written(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _read(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value


def total(run: Run, shop: Shop, access: Access, listing: Listing, selection: Selection) -> tuple[int, int | None]:
    """Return how many records match, and the requested limit of the count."""
    arguments = run.arguments(selection)
    search = searched(run, shop, listing.fields, selection, arguments)
    known = records(shop, listing.kind)
    if search.test is None and access.shows_all(listing.kind):
        return len(known), arguments["limit"]
    passes = search.test or (lambda _: True)
    number = sum(1 for record in glimpses(known) if passes(record) and access.shows(listing.kind, record))
    return number, arguments["limit"]
