"""The simulated Tiendanube API, with the documented behaviour and the quirks that clients report.

``{API}/{version}/{store_id}/store|products|categories|customers|orders|checkouts|draft_orders``,
``…/coupons|locations|pages``, lists and single records. Documentation:
https://tiendanube.github.io/api-documentation/intro. `records` turns shop records into JSON;
the consent pages are in `oauth`, locations in `stock`.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from storesync.simulator.tiendanube import content, oauth, records, stock
from storesync.simulator.tiendanube.asking import Refused, only
from storesync.simulator.tiendanube.lists import answer_list, visible
from storesync.simulator.tiendanube.orders import parcels
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop, Token
    from storesync.simulator.world import World

VERSIONS = ("2025-03", "v1")
BUCKET, LEAK = 40, 2.0
LARGE_PLANS = {"next", "evolution"}
# A full bucket drains in this time, so no request waits longer in the queue.
LONGEST_QUEUE = BUCKET / LEAK

# A write scope implies the read scope; categories belong to products, checkouts to orders
# (tiendanube.github.io/api-documentation/authentication). Which one gives access to draft orders
# is not documented: here that of orders does.
SCOPES = {
    "products": "products",
    "categories": "products",
    "customers": "customers",
    "orders": "orders",
    "checkouts": "orders",
    "coupons": "coupons",
    "draft_orders": "orders",
    "locations": "locations",
    "pages": "content",
}


def handle(request: SimRequest, world: World) -> SimResponse:
    """Answer one request to the API or to the consent pages."""
    answer = oauth.handle if request.path.startswith("/apps/") else _answer
    response = answer(request, world)
    date = {"date": format_datetime(world.now(), usegmt=True)}
    body = b"" if request.method == "HEAD" else response.body
    return SimResponse(response.status, date | response.headers, body, response.delay)


def _answer(request: SimRequest, world: World) -> SimResponse:
    if not request.headers.get("user-agent"):
        # The intro requires one and documents the 400, but not its body.
        return error(400, "Bad Request", "User-Agent header is required")
    version, _, rest = request.path.strip("/").partition("/")
    store_id, _, path = rest.partition("/")
    shop = world.shops.get(("tiendanube", store_id))
    token = _token(shop, request, world)
    if shop is None or token is None:
        return error(401, "Unauthorized", "Invalid access token")
    delay = _pour(shop, world)
    limits = _limit_headers(shop)
    if delay is None:
        return error(429, "Too Many Requests", None, limits)
    if version not in VERSIONS:
        return error(404, "Not Found", None, limits)
    try:
        response = _read(request, shop, path, token)
    except Refused as refusal:
        response = json_response(refusal.status, refusal.body, refusal.headers)
    return SimResponse(response.status, limits | response.headers, response.body, delay)


def error(code: int, message: str, description: str | None, headers: dict[str, str] | None = None) -> SimResponse:
    """Return the platform's error envelope."""
    return json_response(code, {"code": code, "message": message, "description": description}, headers)


def _token(shop: Shop | None, request: SimRequest, world: World) -> Token | None:
    """Return the token of the request, None without a valid one for *shop*.

    The header is `Authentication` and its scheme a lower-case `bearer`; `Authorization` or
    `Bearer` are refused (tiendanube.github.io/api-documentation/authentication, "Common problems").
    """
    word, _, value = request.headers.get("authentication", "").partition(" ")
    token = shop.tokens.get(value) if shop and word == "bearer" else None
    if token and token.expires_at and token.expires_at <= world.now():
        return None
    return token


def _capacity(shop: Shop) -> tuple[int, float]:
    """Return size and leak per second of the bucket, both ten times as large on the Next and Evolution plans."""
    factor = 10 if shop.plan in LARGE_PLANS else 1
    return BUCKET * factor, LEAK * factor


def _pour(shop: Shop, world: World) -> float | None:
    """Add one request to the shop's leaky bucket; return the seconds its answer takes, None for a refusal.

    The documentation says both of a full bucket: that requests wait, and that they get a
    429 (intro, "Rate limiting"). Here `World.queues` decides between the two.
    """
    size, leak = _capacity(shop)
    at = world.clock()
    level, since = shop.state.get("bucket", (0.0, at))
    level = max(0.0, level - leak * max(0.0, (at - since).total_seconds()))
    delay = max(0.0, level + 1 - size) / leak
    fits = not world.limits or not delay or (world.queues and delay <= LONGEST_QUEUE)
    shop.state["bucket"] = (level + 1 if fits and world.limits else level, at)
    if not fits:
        return None
    return delay if world.limits else 0.0


def _limit_headers(shop: Shop) -> dict[str, str]:
    """Return the documented headers; the reset is in milliseconds until the bucket is empty."""
    size, leak = _capacity(shop)
    level = shop.state["bucket"][0]
    return {
        "x-rate-limit-limit": str(size),
        "x-rate-limit-remaining": str(max(0, int(size - level))),
        "x-rate-limit-reset": str(int(level / leak * 1000)),
        "x-main-language": shop.language,
    }


def _read(request: SimRequest, shop: Shop, path: str, token: Token) -> SimResponse:
    if request.method not in {"GET", "HEAD"}:
        return error(405, "Method Not Allowed", None)
    resource, _, rest = path.strip("/").partition("/")
    if resource == "store" and not rest:
        return json_response(200, only(records.store(shop), request.query.get("fields")))
    if resource not in SCOPES:
        return error(404, "Not Found", None)
    needed = f"read_{SCOPES[resource]}"
    if not holds(token, needed):
        # Seen from the live API; only the status is documented.
        return error(403, "Forbidden", f"Missing required scope: {needed}")
    if resource == "locations":
        return stock.answer(request, shop, rest)
    if resource == "pages":
        return content.answer(request, shop, rest)
    wording = records.Wording(
        shop,
        with_customer=holds(token, "read_customers"),
        with_fulfillments="fulfillment_orders" in request.query.get("aggregates", "").split(","),
        # Documented for a single product; whether lists have them too is not documented.
        with_levels=bool(rest) or shop.quirk("listed products have inventory levels"),
    )
    if rest:
        return _single(request, shop, wording, resource, rest)
    return answer_list(request, shop, wording, resource)


def holds(token: Token, scope: str) -> bool:
    """Return True if *token* has the read *scope*, or the write scope that implies it."""
    return scope in token.scopes or scope.replace("read_", "write_") in token.scopes


def _single(request: SimRequest, shop: Shop, wording: records.Wording, resource: str, path: str) -> SimResponse:
    record_id, _, below = path.partition("/")
    known = shop.veiled(resource, visible(shop, resource, listed=False), singly=True)
    record: dict[str, Any] | None = known.get(record_id)
    if record is None:
        return error(404, "Not Found", None)
    if below == "fulfillment-orders" and resource == "orders":
        return json_response(200, [records.fulfillment(parcel, whole=True) for parcel in parcels(shop, record)])
    if below:
        return error(404, "Not Found", None)
    return json_response(200, only(wording.record(resource, record), request.query.get("fields")))
