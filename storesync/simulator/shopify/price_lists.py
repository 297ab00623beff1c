"""Turns price lists into Shopify's nodes, which have no times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storesync.simulator.price_lists import prices
from storesync.simulator.shopify.execute import Link, connection, page_size, read_cursor, write_cursor
from storesync.simulator.shopify.search import Fields, searched
from storesync.simulator.shopify.values import gid, money, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Node, Run

Record = dict[str, Any]

KINDS = {"market": "MarketCatalog", "company_location": "CompanyLocationCatalog", "app": "AppCatalog"}


def price_list_node(shop: Shop, record: Record) -> Node:
    """Return a ``PriceList``."""
    return {
        "id": gid("PriceList", record["id"]),
        "catalog": _catalog(record) if record["catalog_id"] else None,
        "currency": record["currency"],
        "fixedPricesCount": len(prices(shop, record)),
        "name": record["name"],
        "parent": {
            "adjustment": {"type": upper(record["adjustment_type"]), "value": float(record["adjustment_value"])},
            "settings": {"compareAtMode": upper(record["compare_at_mode"])},
        },
        "prices": Prices(shop, record),
    }


def _catalog(record: Record) -> Node:
    kind = KINDS[record["catalog_kind"]]
    return {
        "__typename": kind,
        "id": gid(kind, record["catalog_id"]),
        "status": upper(record["catalog_status"]),
        "title": record["catalog_title"],
    }


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one list: those that are fixed; those that follow the shop's are not listed here."""

    shop: Shop
    price_list: Record

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the page that the arguments request, in order of the variants: Shopify's order is not documented."""
        arguments = run.arguments(selection)
        first = page_size(arguments)
        fields = Fields(words=(), numbers={"variant_id": "variant_id"})
        search = searched(run, self.shop, fields, selection, arguments)
        found = [one for one in prices(self.shop, self.price_list) if search.test is None or search.test(one)]
        found = run.reachable(selection, found)
        if arguments.get("after"):
            place = int(read_cursor(arguments["after"], "VARIANT")[0])
            found = [one for one in found if int(one["variant_id"]) > place]
        cut = found[:first]
        cursors = [write_cursor("VARIANT", one["variant_id"], "") for one in cut]
        return connection(run, selection, [self._node(one) for one in cut], cursors, more=len(found) > first)

    def _node(self, entry: Record) -> Node:
        currency, was = self.price_list["currency"], entry["compare_at_price"]
        return {
            "compareAtPrice": None if was is None else money(was, currency),
            "originType": "FIXED",
            "price": money(entry["price"], currency),
            "variant": Link("ProductVariant", entry["variant_id"]),
        }
