"""Lists of the simulated Tiendanube API: filters, order, pages."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from storesync.simulator.tiendanube import baskets
from storesync.simulator.tiendanube.asking import Refused, count_asked, only, unprocessable
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop
    from storesync.simulator.tiendanube.records import Wording

Record = dict[str, Any]

PER_PAGE, MAX_PER_PAGE, MAX_IDS = 30, 200, 30
ORDERS_CAP = 10_000
ORDER_STATUSES = {"any", "open", "closed", "cancelled"}
MAXIMA = {"created_at_max", "updated_at_max"}
INSTANTS = {"created_at_min", "updated_at_min", *MAXIMA}
# The filters of each list; an unknown filter is ignored. Checkouts have no lower bounds
# (resources/abandoned-checkout), coupons no `since_id` (resources/coupon), draft orders no filter
# at all (TiendaNube/api-docs, resources/draft_order.md).
FILTERS = {
    "checkouts": {"since_id", *MAXIMA},
    "coupons": {"q", "valid", *INSTANTS},
    "draft_orders": set[str](),
}
SORTED_BY = {
    "products": {"alpha": "name", "name": "name", "created-at": "created_at"},
    "coupons": {"alpha": "code", "uses": "used_count", "created-at": "created_at"},
}
SHIPPED = {"unpacked": "unfulfilled", "unfulfilled": "unfulfilled", "fulfilled": "fulfilled"}


def answer_list(request: SimRequest, shop: Shop, wording: Wording, resource: str) -> SimResponse:
    """Answer a list request with one page."""
    fields = request.query.get("fields")
    if resource == "draft_orders" and shop.quirk("draft orders are not paged"):
        # Whether draft orders are paged is not documented.
        drafts = _sorted(request, shop, resource, _found(request, shop, resource))
        return json_response(200, [only(wording.record(resource, record), fields) for record in drafts])
    page = count_asked(request, "page", 1)
    per_page = count_asked(request, "per_page", PER_PAGE)
    if per_page > MAX_PER_PAGE:
        # 200 is the documented maximum; the answer above it is not documented.
        raise unprocessable("per_page", "The per page must not be greater than 200.")
    if resource == "orders" and page * per_page > ORDERS_CAP:
        # The documentation limits a query to 10,000 results and promises "the corresponding
        # error" (tiendanube.github.io/api-documentation/resources/order); clients report that
        # the limit is on page times per_page.
        raise unprocessable("page", "The query exceeds the limit of 10000 results.")
    found = _sorted(request, shop, resource, _found(request, shop, resource))
    last = -(-len(found) // per_page)
    total = {"x-total-count": str(len(found))}
    if page > last:
        # Not documented, but reported by clients: an empty list is a 404, and so is a page past the end.
        envelope = {"code": 404, "message": "Not Found", "description": f"Last page is {last}"}
        raise Refused(404, envelope, total)
    shown = found[(page - 1) * per_page : page * per_page]
    body = [only(wording.record(resource, record), fields) for record in shown]
    return json_response(200, body, total | {"link": _links(request, page, last)})


def _links(request: SimRequest, page: int, last: int) -> str:
    """Return the Link header, with absolute URLs on the host of the request."""
    pages = {"next": page + 1, "last": last, "first": 1, "prev": page - 1}
    if page == last:
        del pages["next"], pages["last"]
    if page == 1:
        del pages["first"], pages["prev"]
    return ", ".join(
        f'<{request.base}{request.at_page(number).target}>; rel="{name}"' for name, number in pages.items()
    )


def visible(shop: Shop, resource: str, *, listed: bool = True) -> dict[str, Record]:
    """Return by id the records of *resource* that the platform shows: in the list, or when read by id."""
    if resource == "checkouts":
        return baskets.checkouts(shop, listed=listed)
    if resource == "draft_orders":
        return baskets.draft_orders(shop)
    return shop.resources[resource]


def _found(request: SimRequest, shop: Shop, resource: str) -> list[Record]:
    records = list(shop.veiled(resource, visible(shop, resource)).values())
    for name, value in request.query.items():
        suits = _filter(resource, name, value)
        if suits is not None:
            records = [record for record in records if suits(record)]
    return records


def _filter(resource: str, name: str, value: str) -> Callable[[Record], bool] | None:
    """Return the predicate of the filter *name*, None for a parameter that is not a filter.

    Whether ranges include their bounds is not documented: here they do.
    """
    if name not in FILTERS.get(resource, {name}):
        return None
    if name in INSTANTS:
        bound, column = _instant(name, value), name[:-4]
        if name.endswith("_min"):
            return lambda record: record[column] >= bound
        return lambda record: record[column] <= bound
    if name == "since_id":
        since = int(value) if value.isdigit() else 0
        return lambda record: int(record["id"]) > since
    if name == "ids" and resource == "products":
        ids = set(value.split(","))
        if len(ids) > MAX_IDS:
            raise unprocessable("ids", "The ids must not have more than 30 items.")
        return lambda record: record["id"] in ids
    if name == "valid" and resource == "coupons":
        return lambda record: record["enabled"] == (value == "true")
    if name == "q":
        return lambda record: value.lower() in _searched(resource, record).lower()
    return _order_filter(name, value) if resource == "orders" else None


def _order_filter(name: str, value: str) -> Callable[[Record], bool] | None:
    if value == "any":
        return None
    if name == "status":
        if value not in ORDER_STATUSES:
            raise unprocessable("status", "The selected status is invalid.")
        return lambda record: record["status"] == value
    if name == "payment_status":
        return lambda record: record["payment_status"] == value
    if name == "shipping_status":
        return lambda record: record["fulfillment_status"] == SHIPPED.get(value, value)
    return None


def _searched(resource: str, record: Record) -> str:
    if resource == "products":
        skus = [variant["sku"] or "" for variant in record["variants"]]
        return " ".join([record["name"], *record["tags"], *skus])
    if resource == "orders":
        return f"{record['number']} {record['customer_name']} {record['email']}"
    if resource == "coupons":
        return str(record["code"])
    return f"{record['name']} {record.get('email') or ''}"


def _instant(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        # A `+` that was not percent-encoded arrives as a space and is refused here.
        raise unprocessable(name, f"The {name} is not a valid date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sorted(request: SimRequest, shop: Shop, resource: str, records: list[Record]) -> list[Record]:
    """Return *records* in the order of the list.

    Orders are sorted by creation (github.com/TiendaNube/api-docs/issues/22); the direction, and the
    order of every other list, is not documented and differs between the simulated shops.
    """
    word, _, direction = request.query.get("sort_by", "").rpartition("-")
    column = SORTED_BY.get(resource, {}).get(word)
    if column and direction in {"ascending", "descending"}:
        return sorted(records, key=itemgetter(column), reverse=direction == "descending")
    return sorted(records, key=itemgetter("created_at"), reverse=shop.quirk(f"{resource} newest first"))
