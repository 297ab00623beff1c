"""Pagination of Shopify's connections: cursors, filters, and where a listing goes on. Pure.

Shopify ends any listing at 25,000 objects (https://shopify.dev/docs/api/usage/limits), so a
long one is read as several chains: a new filter begins where the chain before it got to.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from storesync.data import dataclass
from storesync.errors import BadResponse, Incomplete
from storesync.platforms import lossless_json
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.errors import EndsAtLimit
from storesync.platforms.shopify.pacing import MOST_RECORDS
from storesync.platforms.shopify.source import Grain, Source
from storesync.platforms.values import instant, moment_of, optional_identifier

CHAIN_LIMIT = 20_000
LISTING_LIMIT = 25_000
LIMITED_DAYS = 60
END_SIGNAL = "hasNextPage=false"

FURTHEST_BEHIND = timedelta(hours=12)
"""No time zone is further behind UTC."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a listing: the next page has *size* records and begins *after* a GraphQL cursor.

    The chain has the records updated *since*, in order of id those *beyond* an id; *read* came in this chain
    so far, *total* in all chains, *before* in those before this parent's list. *parents* are the records whose own
    lists are still to be read; *by_item*: inventory levels are listed through their items. *part* is the one that is
    read of a resource that is read in parts.
    """

    size: int
    after: str | None = None
    since: str | None = None
    read: int = 0
    beyond: str | None = None
    total: int = 0
    parents: tuple[str, ...] = ()
    by_item: bool = False
    before: int = 0
    part: str | None = None

    def cursor(self) -> str:
        """Return the place as a cursor, which `place_of` reads."""
        return json.dumps(asdict(self))

    def search(self, source: Source) -> str | None:
        """Return the search query of the chain in the listing of *source*, None where it has all records.

        Shopify drops the time of day of an unquoted instant: https://shopify.dev/docs/api/usage/search-syntax
        """
        updated = self.since and not source.newest_first and f"{source.dated}:>='{self.since}'"
        further = self.beyond and f"{source.key_field}:>{self.beyond}"
        return " AND ".join(part for part in (updated, further) if part) or None


def place_of(cursor: str | None, *, size: int, since: str | None = None) -> Place:
    """Return the place in *cursor*, or without one the beginning of a listing of what was updated *since*.

    Raises `Incomplete` for a cursor that cannot be read.
    """
    if cursor is None:
        return Place(size, since=since)
    try:
        found = json.loads(cursor)
        place = Place(**{"size": size, **found, "parents": tuple(found.get("parents", ()))})
        return replace(place, size=min(MOST_RECORDS, max(1, int(place.size))), read=int(place.read))
    except (ValueError, TypeError, AttributeError):
        raise Incomplete("the place where reading stopped cannot be read") from None


def lower_bound(since: datetime | None, grain: Grain) -> str | None:
    """Return *since* as a filter's lower bound, moved back as far as a filter of this *grain* may be off."""
    if since is None:
        return None
    if grain == "day":
        since = since.replace(hour=0, minute=0, second=0)
    elif grain == "shop":
        since -= FURTHEST_BEHIND
    return since.strftime("%Y-%m-%dT%H:%M:%SZ")


def following(connection: Mapping[str, Any]) -> str | None:
    """Return the GraphQL cursor after the page *connection*, None where it was the last.

    Raises `Incomplete` where Shopify does not say whether, or where, the listing goes on.
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


def counted(data: Mapping[str, Any], name: str) -> int | None:
    """Return the count in the field *name*, or the sum of the counts called so in all nodes of a list there.

    None where one of them is not exact, or the list goes on.
    """
    found = data.get(name)
    if isinstance(found, Mapping) and isinstance(found.get("nodes"), list):
        parts = [counted(node, name) for node in found["nodes"]]
        told = [part for part in parts if part is not None]
        return sum(told) if following(found) is None and len(told) == len(parts) else None
    if not isinstance(found, Mapping) or found.get("precision") != "EXACT":
        return None
    count = found.get("count")
    return count if isinstance(count, int) else None


def next_place(place: Place, connection: Mapping[str, Any], *, size: int, chain: Place | None = None) -> Place | None:
    """Return the place after the page *connection*, None where it was the last.

    *chain* is where a new chain would begin. Raises `EndsAtLimit` where a listing ends at Shopify's limit.
    """
    after, count = following(connection), len(connection.get("nodes") or ())
    read, total = place.read + count, place.total + count
    if after is None:
        if read >= LISTING_LIMIT:
            raise EndsAtLimit(f"Shopify's listing ends where it ends any: after {read} records")
        rest = place.parents[1:]
        return Place(size, since=place.since, total=total, parents=rest, before=total) if rest else None
    if read >= CHAIN_LIMIT and chain is not None:
        return replace(chain, size=size, total=total, before=place.before)
    return replace(place, size=size, after=after, read=read, total=total)


def chain_after(place: Place, nodes: Sequence[Any], source: Source, *, by_id: bool = False) -> Place | None:
    """Return the beginning of a new chain that continues after *nodes*, None where none is possible."""
    if source.held_as and nodes:
        keys = [optional_identifier(inner(node, *source.key)) or "0" for node in nodes]
        is_sorted = keys == sorted(keys, key=int) and int(keys[0]) > int(place.beyond or 0)
        return Place(place.size, beyond=keys[-1], parents=place.parents) if is_sorted else None
    if source.parent is not None or not nodes or (source.newest_first and place.since):
        return None
    node = node_of(nodes[-1])
    if by_id or source.by_id:
        last = optional_identifier(inner(node, "id"))
        return (
            Place(place.size, None, place.since, beyond=last, by_item=place.by_item, part=place.part) if last else None
        )
    moment = moment_of(instant(inner(node, *source.updated_at)))
    since = lower_bound(moment, source.grain)
    return Place(place.size, since=since) if since and since > (place.since or "") else None


def node_of(found: Any) -> Any:
    """Return a node of a page, which may still be JSON text. Raises `BadResponse` where that is none."""
    if not isinstance(found, msgspec.Raw):
        return found
    try:
        return lossless_json.loads(bytes(found))
    except (ValueError, RecursionError):
        raise BadResponse("the answer holds a record that is not JSON") from None


def limited_since(at: datetime) -> datetime:
    """Return the first day whose orders a token without ``read_all_orders`` sees.

    https://shopify.dev/docs/api/usage/access-scopes#orders-permissions
    """
    return (at - timedelta(days=LIMITED_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
