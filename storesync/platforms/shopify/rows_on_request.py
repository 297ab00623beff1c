"""The types of records that are read on request, and what makes rows of them: loaded only where they are read."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify import fulfillment_orders

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "fulfillment_orders": {"record": fulfillment_orders.FulfillmentOrder},
}
"""The type of each part of a record."""

ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "fulfillment_orders": fulfillment_orders.fulfillment_order_rows,
}
"""What makes rows of a record and its shop."""
