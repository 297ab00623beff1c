"""The file storage of bulk operations: signed URLs, no token, range requests.

https://shopify.dev/docs/api/usage/bulk-operations/queries#download-result-data; the URLs look
like those that clients have recorded.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from storesync.simulator.shopify.bulk import Bulk, bulk_of
from storesync.simulator.shopify.bulk_files import Slice
from storesync.simulator.wire import RESULTS, SimRequest, SimResponse

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import App
    from storesync.simulator.shopify.bulk_files import File
    from storesync.simulator.world import World

HOST = "https://storage.googleapis.com"
LOOPBACK_PREFIX = "shopify-storage"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def signed_url(base: str, app: App, name: str, number: str, expires_at: datetime) -> str:
    """Return the signed URL of the file *name*, for a client that reaches the shop at *base*.

    A loopback server also serves the files, under a prefix of their own.
    """
    parts = urlsplit(base)
    host = f"http://{parts.netloc}/{LOOPBACK_PREFIX}" if parts.scheme == "http" else HOST
    path, expires = RESULTS + quote(name), str(int(expires_at.timestamp()))
    query = {
        "GoogleAccessId": "assets-us-prod@shopify-tiers.iam.gserviceaccount.com",
        "Expires": expires,
        "Signature": _signature(app, path, expires),
        "response-content-disposition": f'attachment; filename="bulk-{number}.jsonl"',
        "response-content-type": "application/jsonl",
    }
    return f"{host}{path}?{urlencode(query)}"


def _signature(app: App, path: str, expires: str) -> str:
    return hmac.new(app.client_secret.encode(), f"{path}:{expires}".encode(), hashlib.sha256).hexdigest()


def answer(request: SimRequest, world: World) -> SimResponse:
    """Answer one request for a file."""
    name = request.path.removeprefix(RESULTS)
    expires = request.query.get("Expires", "0")
    signed = _signature(world.apps["shopify"], request.path, expires)
    if not hmac.compare_digest(signed, request.query.get("Signature", "")):
        return _refused(403, "SignatureDoesNotMatch")
    if int(expires) <= world.now().timestamp():
        return _refused(403, "ExpiredToken")
    shop = world.shops.get(("shopify", name.partition(".")[0]))
    bulk = bulk_of(shop) if shop else None
    _, file = bulk.files.get(name, (None, None)) if bulk else (None, None)
    if bulk is None or file is None:
        return _refused(404, "NoSuchKey")
    return _served(request, bulk, file, name)


def _refused(status: int, code: str) -> SimResponse:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>"
    return SimResponse(status, {"content-type": "application/xml; charset=UTF-8"}, body.encode())


def _served(request: SimRequest, bulk: Bulk, file: File, name: str) -> SimResponse:
    etag = f'"{hashlib.sha256(f"{name}:{file.size}".encode()).hexdigest()[:32]}"'
    headers = {"content-type": request.query.get("response-content-type", "application/jsonl"), "etag": etag}
    start, end, status = 0, file.size, 200
    asked = RANGE.fullmatch(request.headers.get("range", "")) if bulk.ranges else None
    if bulk.ranges:
        headers["accept-ranges"] = "bytes"
    if asked and any(asked.groups()) and request.headers.get("if-range", etag) == etag:
        start, end = _span(asked[1], asked[2], file.size)
        if start >= end:
            return _refused(416, "InvalidRange")
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["content-length"] = str(end - start)
    return SimResponse(status, headers, chunks=Slice(file, start, end))


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """Return begin and end of a byte range; without *first* it is the last *last* bytes."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
