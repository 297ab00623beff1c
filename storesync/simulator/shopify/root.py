"""Answers the fields of Shopify's query root and mutation root from one shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from storesync.simulator.shopify import bulk_fields, list_fields
from storesync.simulator.shopify.execute import DETAILS, FieldError, Several, climbed, complete, described, settle
from storesync.simulator.shopify.metafields import Metafields
from storesync.simulator.shopify.payments_account import account
from storesync.simulator.shopify.records import find
from storesync.simulator.shopify.stock import KIND as LEVEL
from storesync.simulator.shopify.stock import level_id
from storesync.simulator.shopify.values import gid, instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.document import Operation, Selection
    from storesync.simulator.shopify.execute import Node
    from storesync.simulator.shopify.view import View

# The stable versions; each is served for a year: https://shopify.dev/docs/api/usage/versioning
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
MAX_INPUT = 250
BY_ID = {"collection", "customer", "location", "order", "priceList", "product", "productVariant"}


def answer_root(view: View, operation: Operation) -> tuple[Node | None, list[dict[str, Any]]]:
    """Return ``data`` and ``errors``. A root field that fails is null; the others are answered.

    ``data`` as a whole is null where null climbs to it from a refused value.
    """
    plan = operation.root.plan_for(operation.root.type)
    data: Any = dict(plan.constants)
    errors: list[dict[str, Any]] = []
    for key, name, child in plan.steps:
        try:
            data[key] = child and _field(view, name, child)
        except FieldError as error:
            data[key] = None
            errors.append(described(error, [key]))
    if view.run.refused:
        refusals: list[dict[str, Any]] = []
        data = settle(climbed(data, plan.required), [], refusals)
        form = view.shop.state.get("refusal form", "path")
        errors += [_formed(error, form) for error in refusals]
    return data, errors


def _formed(error: dict[str, Any], form: str) -> dict[str, Any]:
    """Return *error* with its whole "path", with "no path", or with a "list path" that ends above the field.

    How Shopify shows a field that needs an approval is not documented: a client must cope with each.
    """
    if form == "no path":
        return {name: value for name, value in error.items() if name != "path"}
    path = error["path"]
    indexes = [place for place, step in enumerate(path, 1) if isinstance(step, int)]
    return error | {"path": path[: indexes[-1]]} if form == "list path" and indexes else error


def _field(view: View, name: str, selection: Selection) -> Any:
    """Return the answer to the root field *name*."""
    if name in list_fields.NAMES:
        return list_fields.answer(view, name, selection)
    return complete(view.run, selection, _value(view, name, selection))


def _value(view: View, name: str, selection: Selection) -> Any:
    arguments = view.run.arguments(selection)
    if name in bulk_fields.NAMES:
        return bulk_fields.value(view, name, arguments)
    if name == "location" and not arguments.get("id"):
        return _first_location(view)
    if name == "node" or name in BY_ID:
        return _by_gid(view, arguments["id"], name) if arguments.get("id") else None
    if name == "nodes":
        return _several(view, arguments["ids"])
    if name in SINGLE:
        return SINGLE[name](view)
    if name == "publicApiVersions":
        return [{"displayName": handle, "handle": handle, "supported": True} for handle in VERSIONS]
    return refused_mutation(name)


def _first_location(view: View) -> Node | None:
    """Return the location for a query without an id."""
    known = view.shop.resources["locations"].values()
    chosen = next((record["id"] for record in known if record["is_default"]), None)
    return None if chosen is None else _by_gid(view, gid("Location", chosen), "location")


def _several(view: View, ids: list[str]) -> Several:
    if len(ids) > MAX_INPUT:
        # https://shopify.dev/docs/api/usage/limits#input-arguments
        raise FieldError(f"The input array size is greater than the maximum allowed: {MAX_INPUT}")
    return Several([_by_gid(view, text, "nodes") for text in ids])


def _by_gid(view: View, text: str, name: str) -> Node | None:
    """Return the node with the global id *text*, null where there is none."""
    kind, _, number = text.removeprefix("gid://shopify/").partition("/")
    if not number or not text.startswith("gid://shopify/"):
        raise FieldError(f"Invalid global id '{text}'", "argumentLiteralsIncompatible")
    if kind == bulk_fields.KIND:
        return bulk_fields.node(view, text)
    view.demand(DETAILS.get(kind, kind), name)
    own = level_id(number) if kind == LEVEL else number.partition("?")[0]
    node = view.run.node(kind, own)
    if node is not None:
        node["__typename"] = kind
    return node


def _installation(view: View) -> Node:
    scopes = sorted(view.access.granted)
    return {
        "id": gid("AppInstallation", view.shop.id),
        "accessScopes": [{"handle": scope} for scope in scopes],
        "app": {
            "id": gid("App", int(view.app.client_id[:8], 16)),
            "handle": "storesync",
            "title": "storesync",
        },
    }


def look_up(shop: Shop, access: Access) -> Callable[[str, str, bool], Node | None]:
    """Return a function that finds a node of *shop* by type and id, if *access* allows it."""
    return lambda kind, record_id, brief: find(shop, access, kind, record_id, brief=brief)


def shop_node(shop: Shop) -> Node:
    """Return the ``Shop``."""
    offset = shop.now().astimezone(ZoneInfo(shop.time_zone)).utcoffset()
    city, province, _ = shop.place.cities[0]
    return {
        "id": gid("Shop", shop.id),
        "metafields": Metafields(shop, "shop", shop.id),
        "contactEmail": f"hello@{shop.domain}",
        "createdAt": instant(shop.created_at),
        "currencyCode": shop.currency,
        "email": f"owner@{shop.domain}",
        "enabledPresentmentCurrencies": [shop.currency],
        "ianaTimezone": shop.time_zone,
        "myshopifyDomain": shop.domain,
        "name": shop.name,
        "plan": {"partnerDevelopment": False, "publicDisplayName": shop.plan.title(), "shopifyPlus": False},
        "primaryDomain": {"id": gid("Domain", shop.id), "host": shop.domain, "url": shop.url},
        "setupRequired": False,
        "shopAddress": {
            "id": gid("ShopAddress", shop.id),
            "city": city,
            "countryCodeV2": shop.country,
            "provinceCode": province,
        },
        "taxesIncluded": shop.taxes_included,
        "timezoneOffsetMinutes": int(offset.total_seconds() // 60) if offset else 0,
        "unitSystem": "METRIC_SYSTEM",
        "updatedAt": instant(shop.created_at),
        "url": shop.url,
        "weightUnit": "KILOGRAMS",
    }


SINGLE: dict[str, Callable[[View], Node | None]] = {
    "shop": lambda view: shop_node(view.shop),
    "currentAppInstallation": _installation,
    "shopifyPaymentsAccount": account,
}


def refused_mutation(name: str) -> Node:
    """Return the answer to an unsupported mutation: only ``userErrors``."""
    error = {"code": None, "field": None, "message": f"{name} is not available in this simulator"}
    return {
        "deletedWebhookSubscriptionId": None,
        "userErrors": [error],
        "webhookSubscription": None,
    }
