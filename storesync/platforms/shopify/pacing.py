"""How fast and how much to ask, from what Shopify says of its cost bucket. Pure.

A query runs only when the bucket holds the points it asks for; the bucket refills all the
time: https://shopify.dev/docs/api/usage/limits#the-leaky-bucket-algorithm
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_RECORDS = 250
"""No connection gives more at once: https://shopify.dev/docs/api/usage/pagination-graphql"""

CEILING = 1000.0
"""No single query may ask for more points, on any plan."""

MOST_RESTS = 10
"""A page whose records need more requests than this to be made whole is too large to be read in one go."""

COMFORT = 0.5
"""A page grows while it asks for at most this share of the ceiling or the bucket."""

SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket as it was at the instant *at* of a monotonic clock."""

    maximum: float
    available: float
    restore_rate: float
    at: float

    def holds_at(self, at: float) -> float:
        """Return how many points it holds at the instant *at*, if nobody else takes any."""
        return min(self.maximum, self.available + max(0.0, at - self.at) * self.restore_rate)

    def wait_s(self, cost: float, at: float) -> float:
        """Return how long after *at* it holds *cost*; a cost that it can never hold waits for a full one."""
        missing = min(cost, self.maximum) - self.holds_at(at)
        return missing / self.restore_rate if missing > 0 else 0.0


def bucket_of(cost: Any, at: float) -> Bucket | None:
    """Return the bucket told in ``extensions.cost``, None where it tells none."""
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
    """Return the points that a query asked for, None where the answer does not tell."""
    return _points(cost.get("requestedQueryCost")) if isinstance(cost, Mapping) else None


def throttled_wait_s(cost: Any) -> float:
    """Return how long to wait after THROTTLED: until the bucket holds the query, a second at least."""
    bucket, asked = bucket_of(cost, 0.0), requested(cost)
    if bucket is None or asked is None:
        return SHORTEST_WAIT_S
    return min(max(SHORTEST_WAIT_S, bucket.wait_s(asked, 0.0)), LONGEST_WAIT_S)


def next_size(size: int, asked: float | None, bucket: Bucket | None, *, rests: int = 0) -> int:
    """Return how many records to ask for next, after *size* of them asked for *asked* points.

    *rests* is how many more requests made those records whole.
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
    """Return the most that *size* records may ask for, when *known* (size, points) is what others did."""
    if known is None:
        return 0.0
    before, asked = known
    return asked if size <= before else float(math.ceil(asked * size / before))


def _points(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
