"""Where a listing goes on. Pure.

Shopify ends any listing at 25,000 objects (https://shopify.dev/docs/api/usage/limits), so a
long one is read as several chains; each begins where the one before got to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from storesync.errors import Incomplete
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.pacing import MOST_RECORDS
from storesync.platforms.values import instant, moment_of

CHAIN_LIMIT = 20_000
LIMITED_DAYS = 60
END_SIGNAL = "hasNextPage=false"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a listing: *after* in a chain that begins *since*, *read* records into it."""

    size: int
    after: str | None = None
    since: str | None = None
    read: int = 0

    def cursor(self) -> str:
        """Return the place as the cursor to keep."""
        return json.dumps({"after": self.after, "since": self.since, "read": self.read, "size": self.size})


def place_of(cursor: str | None, *, size: int, since: str | None) -> Place:
    """Return the place that *cursor* names; without one, the beginning of a listing.

    Raises `Incomplete` for a cursor that is none of ours: reading begins anew then.
    """
    if cursor is None:
        return Place(size, since=since)
    try:
        found = json.loads(cursor)
        place = Place(int(found["size"]), found["after"], found["since"], int(found["read"]))
    except (ValueError, TypeError, KeyError):
        raise Incomplete("the place where reading stopped cannot be read") from None
    return replace(place, size=min(MOST_RECORDS, max(1, place.size)))


def lower_bound(since: datetime | None, *, whole_days: bool) -> str | None:
    """Return the instant that a filter begins at, the start of its day where only whole days count."""
    if since is None:
        return None
    if whole_days:
        since = since.replace(hour=0, minute=0, second=0)
    return since.strftime("%Y-%m-%dT%H:%M:%SZ")


def updated_filter(bound: str | None) -> str | None:
    """Return the search for what was updated at *bound* or later; an empty bound is no search.

    Unquoted, the time of day would be dropped: https://shopify.dev/docs/api/usage/search-syntax
    """
    return None if bound is None else f"updated_at:>='{bound}'"


def following(connection: Mapping[str, Any]) -> str | None:
    """Return the cursor after the page *connection*, None where it was the last.

    Raises `Incomplete` where Shopify says that there is more, but not where.
    """
    more = inner(connection, "pageInfo", "hasNextPage")
    if not isinstance(more, bool):
        raise Incomplete("Shopify does not say whether the listing goes on")
    if not more:
        return None
    after = inner(connection, "pageInfo", "endCursor")
    if not isinstance(after, str) or not after:
        raise Incomplete("Shopify says that the listing goes on, but not where")
    return after


def next_place(place: Place, connection: Mapping[str, Any], *, size: int, bound: str | None) -> Place | None:
    """Return where to go on after the page *connection*, None where it was the last.

    *bound* is where a new chain would begin.
    """
    after = following(connection)
    if after is None:
        return None
    read = place.read + len(connection.get("nodes") or ())
    if read >= CHAIN_LIMIT and bound is not None and bound != place.since:
        return Place(size, since=bound)
    return Place(size, after, place.since, read)


def chain_bound(nodes: Any, *, whole_days: bool) -> str | None:
    """Return where a chain begins that goes on after *nodes*, sorted by update time."""
    last = inner(nodes[-1], "updatedAt") if nodes else None
    moment = moment_of(instant(last))
    return lower_bound(moment, whole_days=whole_days)


def limited_since(at: datetime) -> datetime:
    """Return the first day whose orders a token without ``read_all_orders`` sees.

    https://shopify.dev/docs/api/usage/access-scopes#orders-permissions
    """
    return (at - timedelta(days=LIMITED_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
