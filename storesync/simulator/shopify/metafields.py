"""Turns metafields into Shopify's nodes. They are listed by their owners alone.

https://shopify.dev/docs/api/admin-graphql/latest/interfaces/HasMetafields
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Nested, project
from storesync.simulator.shopify.values import gid, instant

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Node, Run

Record = dict[str, Any]

KIND = "Metafield"
TYPES = {
    "product": "Product",
    "variant": "ProductVariant",
    "collection": "Collection",
    "order": "Order",
    "customer": "Customer",
    "draft_order": "DraftOrder",
    "location": "Location",
    "shop": "Shop",
}
"""The types of owners by our name for their kind."""


def metafield_node(shop: Shop, record: Record) -> Node:
    """Return a ``Metafield``. Its value is a text, whatever its type."""
    return {
        "__typename": KIND,
        "id": gid(KIND, record["id"]),
        "legacyResourceId": record["id"],
        "createdAt": instant(record["created_at"]),
        "key": record["key"],
        "namespace": record["namespace"],
        "owner": Owner(shop, TYPES[record["owner_kind"]], record["owner_id"]),
        "type": record["type"],
        "updatedAt": instant(record["updated_at"]),
        "value": record["value"],
    }


def definition_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``MetafieldDefinition``."""
    return {
        "id": gid("MetafieldDefinition", record["id"]),
        "description": record["description"],
        "key": record["key"],
        "name": record["name"],
        "namespace": record["namespace"],
        "ownerType": TYPES[record["owner_kind"]].upper(),
        "type": {"name": record["type"]},
        "validations": record["validations"],
    }


def is_shown(shop: Shop, access: Access, record: Record) -> bool:
    """Return whether a token sees a metafield by its id: as it seems where it sees the owner; it is not documented."""
    kind = TYPES[record["owner_kind"]]
    owner = shop.resources["orders"].get(record["owner_id"]) if kind == "Order" else None
    return access(kind, kind) is None and (owner is None or access.shows(kind, owner))


@dataclass(frozen=True, slots=True)
class Owner:
    """What has a metafield."""

    shop: Shop
    kind: str
    id: str

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the owner with the fields of *selection*."""
        node = {"id": gid(self.kind, self.id)} if self.kind == "Shop" else run.node(self.kind, self.id)
        if node is None:
            return None
        node["__typename"] = self.kind
        return project(run, selection, node)


@dataclass(frozen=True, slots=True)
class Metafields:
    """The metafields of one owner, of a *kind* by our name."""

    shop: Shop
    kind: str
    id: str

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the page that the arguments of *selection* request."""
        arguments = run.arguments(selection)
        namespace, keys = arguments.get("namespace"), arguments.get("keys")
        found = [
            metafield_node(self.shop, record)
            for record in self._all()
            if namespace in {None, record["namespace"]}
            and (not keys or f"{record['namespace']}.{record['key']}" in keys)
        ]
        return Nested(found).resolve(run, selection)

    def _all(self) -> list[Record]:
        known = self.shop.resources["metafields"]
        ids = _by_owner(self.shop).get((self.kind, self.id), ())
        return [known[one] for one in ids if one in known]


def _by_owner(shop: Shop) -> dict[tuple[str, str], list[str]]:
    """Return the ids by kind and id of the owner, also of those that were deleted; kept until there are new ones."""
    made = shop.counters["metafields"]
    known: tuple[int, dict[tuple[str, str], list[str]]] | None = shop.state.get("shopify metafields")
    if known is None or known[0] != made:
        ids: dict[tuple[str, str], list[str]] = {}
        for record in shop.resources["metafields"].values():
            ids.setdefault((record["owner_kind"], record["owner_id"]), []).append(record["id"])
        known = shop.state["shopify metafields"] = (made, ids)
    return known[1]
