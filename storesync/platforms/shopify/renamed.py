"""Recognises a renamed shop: at its old name each request is answered by a redirect, which is not followed.

A merchant may change the name before ``.myshopify.com``; the shop's id stays. How the API answers at the old name is
not documented: shops that were renamed redirect each request to the new one.
"""

import re
from urllib.parse import urlsplit

from storesync.errors import ShopMoved
from storesync.model import WAYS
from storesync.platforms.http import Answer

PERMANENT = frozenset({301, 308})
_HOST = re.compile(r"([a-z0-9][a-z0-9-]{0,62})\.myshopify\.com")


def moved(answer: Answer, key: str, kind: str) -> ShopMoved | None:
    """Return the error of a shop, asked for at *key*, that *answer* permanently redirects to another name.

    None for any other answer, such as a redirect to a host that is no shop. *kind* is that of the `Credential`, which
    decides how the shop is connected again.
    """
    name = shop_at(answer.headers.get("location", "")) if answer.status in PERMANENT else None
    if name is None or name == key:
        return None
    return ShopMoved(
        f"the shop was renamed: {key}.myshopify.com is {name}.myshopify.com now",
        hint=f"storesync connect shopify {name}{WAYS.get(kind, '')}",
    )


def shop_at(url: str) -> str | None:
    """Return the name of the shop at *url*, None where this is not the https address of one at myshopify.com."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    # The whole authority: a user's name or a port would belong to no shop.
    host = _HOST.fullmatch(parts.netloc.lower())
    return host[1] if host and parts.scheme == "https" else None
