"""The simulated Shopify Admin API, with the documented behaviour and the quirks that clients report.

``/admin/api/{version}/graphql.json``, ``/admin/oauth/…``, and the storage of bulk results.
Documentation: https://shopify.dev/docs/api/admin-graphql. `catalogue`, `orders`, `baskets`,
`offers` and `stock` turn records into nodes; the consent page and the token endpoint are in
`oauth`, bulk operations in `bulk` and the modules named after it.
"""

from __future__ import annotations

import re
import uuid
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify import bulk_fields, oauth, storage
from storesync.simulator.shopify.access import Access, refused_address
from storesync.simulator.shopify.bulk import bulk_of
from storesync.simulator.shopify.cost import BUCKET, MAX_COST, Bucket, actual_cost, requested_cost
from storesync.simulator.shopify.document import Operation, Rejected, prepare
from storesync.simulator.shopify.execute import MAX_REACH, Run
from storesync.simulator.shopify.root import VERSIONS, answer_root, look_up
from storesync.simulator.shopify.view import View
from storesync.simulator.wire import RESULTS, SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from collections.abc import Collection

    from storesync.simulator.faults import BulkFault
    from storesync.simulator.shop import Shop, Token
    from storesync.simulator.world import World

__all__ = ["bulk_of", "handle", "spoil_bulk", "throttled_response"]

GRAPHQL = re.compile(r"/admin/api/(?:([^/]+)/)?graphql\.json")
VERSION = re.compile(r"20\d\d-(01|04|07|10)")
LIMITS = "https://shopify.dev/api/usage/rate-limits"
INVALID_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
# https://shopify.dev/docs/api/usage/response-codes; they apply where `Shop.state` says so.
CLOSED = {"frozen": (402, "Unavailable Shop"), "locked": (423, "Locked"), "closed": (403, "Forbidden")}


def handle(request: SimRequest, world: World) -> SimResponse:
    """Answer one request to the shop named by ``request.shop``, its handle or its host."""
    if request.path.startswith(RESULTS):
        return storage.answer(request, world)
    handle_of_shop = (request.shop or "").removesuffix(".myshopify.com")
    shop = world.shops.get(("shopify", handle_of_shop))
    if shop is None and handle_of_shop in world.renamed:
        return _elsewhere(request, world.renamed[handle_of_shop])
    response = _answer(request, world, shop) if shop else json_response(404, {"errors": "Not Found"})
    number = 0
    if shop:
        number = shop.state["shopify requests"] = shop.state.get("shopify requests", 0) + 1
    headers = {
        "date": format_datetime(world.now(), usegmt=True),
        "x-request-id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{number}.{handle_of_shop}")),
    }
    return SimResponse(response.status, headers | response.headers, response.body)


def _elsewhere(request: SimRequest, key: str) -> SimResponse:
    """Return the answer at the old name of a shop that is called *key* now."""
    location = f"https://{key}.myshopify.com{request.target}"
    page = f'<html><body>You are being <a href="{escape(location)}">redirected</a>.</body></html>'
    return SimResponse(301, {"location": location, "content-type": "text/html; charset=utf-8"}, page.encode())


def _answer(request: SimRequest, world: World, shop: Shop) -> SimResponse:
    for state, (status, message) in CLOSED.items():
        if shop.state.get(state):
            return json_response(status, {"errors": message})
    open_to_all = {
        ("GET", "/admin/oauth/authorize"): oauth.authorize,
        ("POST", "/admin/oauth/access_token"): oauth.token,
    }
    page = open_to_all.get((request.method, request.path))
    return page(request, world, shop) if page else _read(request, world, shop)


def _read(request: SimRequest, world: World, shop: Shop) -> SimResponse:
    """Answer one request that needs a token."""
    token = _token(request, world, shop)
    if token is None:
        # https://github.com/Shopify/shopify_python_api/issues/180
        return json_response(401, {"errors": INVALID_TOKEN})
    refusal = refused_address(world, token)
    if refusal is not None:
        return refusal
    if (request.method, request.path) == ("GET", "/admin/oauth/access_scopes.json"):
        return json_response(200, {"access_scopes": [{"handle": scope} for scope in sorted(token.scopes)]})
    asked = GRAPHQL.fullmatch(request.path)
    version = _served(asked[1], world.retired_versions) if asked else None
    if version is None or request.method != "POST":
        return json_response(404, {"errors": "Not Found"})
    response = _graphql(request, world, shop, token, world.schemas.get(version))
    return SimResponse(response.status, {"x-shopify-api-version": version} | response.headers, response.body)


def _served(version: str | None, retired: Collection[str]) -> str | None:
    """Return the version that answers a request for *version*, None where there is none.

    A *retired* or missing version "falls forward" to the oldest accessible
    (https://shopify.dev/docs/api/usage/versioning).
    """
    served = [one for one in VERSIONS if one not in retired]
    if version in {*served, "unstable"}:
        return version
    falls = version is None or version in retired or (VERSION.fullmatch(version) and version < VERSIONS[0])
    return served[0] if falls and served else None


def _token(request: SimRequest, world: World, shop: Shop) -> Token | None:
    token = shop.tokens.get(request.headers.get("x-shopify-access-token", ""))
    if token and token.expires_at and token.expires_at <= world.now():
        return None
    return token


def _graphql(request: SimRequest, world: World, shop: Shop, token: Token, schema: str | None) -> SimResponse:
    body: Any = request.json()
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return json_response(400, {"errors": {"query": "Required parameter missing or invalid"}})
    try:
        operation = prepare(body["query"], body.get("operationName"), body.get("variables") or {}, schema)
    except Rejected as rejection:
        return json_response(200, {"errors": rejection.errors})
    bucket = _bucket(shop, world)
    requested = requested_cost(operation)
    if world.limits and requested > MAX_COST:
        return _too_dear(requested)
    if world.limits and requested > bucket.available:
        return throttled_response(requested, bucket)
    answer, run = _execute(operation, request, world, shop, token, schema=schema)
    actual = min(requested, actual_cost(operation, run.counted))
    if world.limits:
        bucket.available -= actual
    answer["extensions"] = {"cost": _cost(requested, actual, bucket)}
    if request.headers.get("shopify-search-query-debug") == "1" and run.searches:
        answer["extensions"]["search"] = run.searches
    return json_response(200, answer)


def _execute(
    operation: Operation, request: SimRequest, world: World, shop: Shop, token: Token, *, schema: str | None
) -> tuple[dict[str, Any], Run]:
    access = Access(token.scopes, world.now())
    # Tests and the operator may set fields that the app is not approved to see.
    withheld = frozenset(shop.state.get("withheld", ()))
    # And how far the pages of nested connections reach: all of them, or some by name (``Order.lineItems``).
    reach, cuts = shop.state.get("nested limit", MAX_REACH), shop.state.get("nested cut", {})
    run = Run(look_up(shop, access), access, withheld, operation.variables, reach, cuts)
    view = View(shop, world.apps["shopify"], access, run, request.base, schema, world.bulk_access)
    try:
        data, errors = answer_root(view, operation)
    except bulk_fields.WholeRefused as refused:
        return {"data": None, "errors": [refused.error]}, run
    return ({"data": data, "errors": errors} if errors else {"data": data}), run


def _bucket(shop: Shop, world: World) -> Bucket:
    bucket: Bucket = shop.state.setdefault("shopify bucket", Bucket(BUCKET, world.clock()))
    bucket.refill(world.clock())
    return bucket


def _cost(requested: int, actual: int | None, bucket: Bucket) -> dict[str, Any]:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": bucket.status(),
    }


def spoil_bulk(shop: Shop, fault: BulkFault) -> None:
    """Apply *fault* to the next bulk operation of *shop*."""
    bulk_of(shop).faults.append(fault)


def throttled_response(requested: int = 100, bucket: Bucket | None = None) -> SimResponse:
    """Return Shopify's answer to a query that costs more than the bucket holds: status 200, no data."""
    status = {"maximumAvailable": BUCKET, "currentlyAvailable": 0, "restoreRate": 100.0}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS}}
    cost = {
        "requestedQueryCost": requested,
        "actualQueryCost": None,
        "throttleStatus": bucket.status() if bucket else status,
    }
    return json_response(200, {"errors": [error], "extensions": {"cost": cost}})


def _too_dear(requested: int) -> SimResponse:
    message = f"Query cost is {requested}, which exceeds the single query max cost limit ({MAX_COST})."
    extensions = {
        "code": "MAX_COST_EXCEEDED",
        "cost": requested,
        "maxCost": MAX_COST,
        "documentation": LIMITS,
    }
    return json_response(200, {"errors": [{"message": message, "extensions": extensions}]})
