"""Rate limiting for Shopify: waits and page sizes from the cost bucket that its answers report. Pure.

A query only runs when the bucket holds its requested points; the bucket refills
continuously: https://shopify.dev/docs/api/usage/limits#the-leaky-bucket-algorithm
"""

import math
from collections.abc import Mapping
from typing import Any

from storesync.data import dataclass

MOST_RECORDS = 250
"""The largest page of any connection: https://shopify.dev/docs/api/usage/pagination-graphql"""

CEILING = 1000.0
"""The most points that a single query may cost, on any plan."""

MOST_RESTS = 10
"""A page whose records need more further requests than this for their nested lists is too large."""

COMFORT = 0.5
"""A page doubles while the doubled one costs at most this share of the ceiling or of the bucket's size."""

SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """The cost bucket in points (*restore_rate* in points a second), as it was at the monotonic time *at*."""

    maximum: float
    available: float
    restore_rate: float
    at: float

    def holds_at(self, at: float) -> float:
        """Return how many points it holds at the monotonic time *at*, if no other client takes any."""
        return min(self.maximum, self.available + max(0.0, at - self.at) * self.restore_rate)

    def wait_s(self, cost: float, at: float) -> float:
        """Return how many seconds after *at* it holds *cost* points, or is full where it can never hold so many."""
        missing = min(cost, self.maximum) - self.holds_at(at)
        return missing / self.restore_rate if missing > 0 else 0.0


def bucket_of(cost: Any, at: float) -> Bucket | None:
    """Return the bucket reported in ``extensions.cost``, None where none is. *at* is the monotonic time."""
    status = cost.get("throttleStatus") if isinstance(cost, Mapping) else None
    if not isinstance(status, Mapping):
        return None
    maximum, available, rate = (
        _points(status.get(name)) for name in ("maximumAvailable", "currentlyAvailable", "restoreRate")
    )
    if not maximum or available is None or not rate:
        return None
    return Bucket(maximum, available, rate, at)


def requested(cost: Any) -> float | None:
    """Return the requested cost of a query in points, None where ``extensions.cost`` does not report it."""
    return _points(cost.get("requestedQueryCost")) if isinstance(cost, Mapping) else None


def throttled_wait_s(cost: Any) -> float:
    """Return how many seconds to wait after THROTTLED until the bucket holds the query's cost, at least one."""
    bucket, asked = bucket_of(cost, 0.0), requested(cost)
    if bucket is None or asked is None:
        return SHORTEST_WAIT_S
    return min(max(SHORTEST_WAIT_S, bucket.wait_s(asked, 0.0)), LONGEST_WAIT_S)


def next_size(size: int, asked: float | None, bucket: Bucket | None, *, rests: int = 0) -> int:
    """Return how many records to request next, after a page of *size* records that cost *asked* points.

    *rests* is how many further requests their nested lists took.
    """
    if rests > MOST_RESTS:
        return max(1, size // 2)
    if not asked:
        return size
    limit = min(CEILING, bucket.maximum if bucket else CEILING)
    if asked > limit:
        return max(1, int(size * limit / asked))
    return min(MOST_RECORDS, size * 2) if 2 * asked <= limit * COMFORT else size


def likely_cost(size: int, known: tuple[int, float] | None) -> float:
    """Return the most points that *size* records may cost, from the *known* (size, points) of an earlier page."""
    if known is None:
        return 0.0
    before, asked = known
    return asked if size <= before else float(math.ceil(asked * size / before))


def _points(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
