"""The resource table of Tiendanube: for each resource its list, scope and filters."""

from collections.abc import Mapping
from dataclasses import field

from storesync.data import dataclass
from storesync.model import Cadence, Drift

ORDERS_CAP = 10_000
"""How many orders one query shows (https://tiendanube.github.io/api-documentation/resources/order)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One list of the API.

    *scope* gives access to it, None where its name is not documented. *params* are sent with every request
    for the list, *aggregates* with those for whole records. *is_filtered*: it accepts a lower bound on the
    update time; without that, it is read whole. *is_bare*: no parameter is documented, not even for paging.
    *cap* is how many records one query shows, None for all, *per_page* how many are asked for at
    once, None for as many as may be.
    *parent* is the resource whose records each have a list of their own, at *path*. The others: see `ResourceSpec`.
    """

    scope: str | None
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    aggregates: Mapping[str, str] = field(default_factory=dict)
    is_filtered: bool = True
    is_bare: bool = False
    cap: int | None = None
    per_page: int | None = None
    parent: str | None = None
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    is_dated: bool = True


# A stable order where the platform offers one: new records come last and move no other.
_OLDEST_FIRST = {"sort_by": "created-at-ascending"}

SOURCES: Mapping[str, Source] = {
    # Whether a sale moves a product's update time with its stock is not documented.
    "products": Source("read_products", "products", _OLDEST_FIRST, drift="any"),
    "categories": Source("read_products", "categories", cadence="hourly"),
    "customers": Source("read_customers", "customers"),
    # In the documentation's example of a cancelled order the update time is before the cancellation.
    "orders": Source(
        "read_orders",
        "orders",
        aggregates={"aggregates": "fulfillment_orders"},
        cap=ORDERS_CAP,
        drift="recent",
        wider=("read_customers", "write_customers", "read_fulfillment_orders", "write_fulfillment_orders"),
    ),
    "checkouts": Source("read_orders", "checkouts", is_filtered=False, cadence="hourly"),
    "draft_orders": Source(None, "draft_orders", is_filtered=False, is_bare=True, cadence="hourly"),
    "coupons": Source("read_coupons", "coupons", _OLDEST_FIRST, cadence="hourly", drift="any", is_dated=False),
    "locations": Source("read_locations", "locations", is_filtered=False, is_bare=True, cadence="hourly"),
    "inventory_levels": Source(
        "read_locations", "inventory-levels", is_filtered=False, parent="locations", cadence="lookback"
    ),
    # 20 at once were refused as a bad request in September 2026; nothing of that is documented.
    "pages": Source("read_content", "pages", is_filtered=False, is_bare=True, per_page=15, cadence="lookback"),
}
"""Scopes: https://tiendanube.github.io/api-documentation/authentication; the filters of each
list: its own page below https://tiendanube.github.io/api-documentation/resources."""


def scopes_of(source: Source) -> tuple[str, ...]:
    """Return the scopes of which any one gives access to *source*: a write scope implies the read scope."""
    return (source.scope, source.scope.replace("read_", "write_", 1)) if source.scope else ()
