"""How the platform lists each resource, and how each is to be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storesync.model import Cadence, Drift

ORDERS_CAP = 10_000
"""How many orders one query shows (https://tiendanube.github.io/api-documentation/resources/order)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One list of the API.

    *scope* opens it, None where its name is not documented. *params* go with each request for
    the list, *aggregates* with those that bring whole records. *is_filtered*: it takes a lower
    bound on the update time; the others are read whole. *is_bare*: no parameter is documented,
    paging included. *cap* is how many records one query shows, None for all. *parent* is the
    resource of which each record has a list of its own, below *path*. The others: see `ResourceSpec`.
    """

    scope: str | None
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    aggregates: Mapping[str, str] = field(default_factory=dict)
    is_filtered: bool = True
    is_bare: bool = False
    cap: int | None = None
    parent: str | None = None
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    is_dated: bool = True


# A stable order where the platform offers one: what is new comes last and moves nothing.
_OLDEST_FIRST = {"sort_by": "created-at-ascending"}

SOURCES: Mapping[str, Source] = {
    # Whether a sale moves a product's update time with its stock is not documented.
    "products": Source("read_products", "products", _OLDEST_FIRST, drift="any"),
    "categories": Source("read_products", "categories", cadence="hourly"),
    "customers": Source("read_customers", "customers"),
    # A cancelled order of the documentation was updated before it was cancelled.
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
}
"""Scopes: https://tiendanube.github.io/api-documentation/authentication; the filters of each
list: its own page below https://tiendanube.github.io/api-documentation/resources."""


def scopes_of(source: Source) -> tuple[str, ...]:
    """Return the scopes of which any one opens *source*; one to write implies the one to read."""
    return (source.scope, source.scope.replace("read_", "write_", 1)) if source.scope else ()
