"""Query costs, and the rate limit bucket that they are charged to.

https://shopify.dev/docs/api/usage/limits: an object costs 1 and a scalar nothing, a connection
by its size. Shopify does not publish the rule for connections; observed costs grow with the
logarithm of the number of objects (https://community.shopify.dev/t/23101: 250 variants with
their inventory items cost 25). Below a list, a connection is not multiplied by the page around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from datetime import datetime

    from storesync.simulator.shopify.document import Operation, Selection

MAX_COST = 1000
BUCKET = 2000.0
RESTORE = 100.0
MUTATION = 10
# Money is part of its bag and page info of its connection; neither counts as an object of its own.
FREE = frozenset({"MoneyV2", "PageInfo"})
WRAPPERS = frozenset({"nodes", "edges"})


@dataclass(slots=True, eq=False)
class Share:
    """The objects requested once for each node of *connection* (None: once for the query)."""

    connection: Selection | None
    outer: Share | None
    objects: int = 0

    def requested(self, variables: Any) -> int:
        """Return how many nodes the connection may have, on all pages that contain it."""
        if self.connection is None:
            return 1
        first = self.connection.arguments(variables).get("first") or 0
        return int(first) * (self.outer.requested(variables) if self.outer else 1)


@lru_cache(maxsize=256)
def shares(root: Selection) -> list[Share]:
    """Return the shares of a document: its objects, grouped by connection."""
    found = [Share(None, None)]
    for _, _, child in root.plan_for(root.type).steps:
        if child is not None:
            _gather(child, found[0], None, found)
    return found


def _gather(selection: Selection, share: Share, outer: Share | None, found: list[Share]) -> None:
    """Add the objects of *selection* to *share*, and to *found* the connections below it."""
    name = selection.type.name
    if name.endswith("Connection"):
        share = outer = Share(selection, outer)
        found.append(share)
    elif not name.endswith("Edge") and name not in FREE:
        share.objects += 1
    if selection.is_list and selection.nodes[0].name.value not in WRAPPERS:
        outer = None
    dearest = 0
    for concrete in selection.concrete_types():
        trial = Share(None, None)
        for _, _, child in selection.plan_for(concrete).steps:
            if child is not None:
                _gather(child, trial, outer, found)
        dearest = max(dearest, trial.objects)
    share.objects += dearest


def requested_cost(operation: Operation) -> int:
    """Return the most points that *operation* can cost; the bucket must hold them before it runs."""
    total = sum(share.objects * _factor(share.requested(operation.variables)) for share in shares(operation.root))
    return total + MUTATION * operation.is_mutation


def actual_cost(operation: Operation, counted: Counter[int]) -> int:
    """Return the points that *operation* cost, given how many nodes each of its connections had."""
    total = 0
    for share in shares(operation.root):
        count = 1 if share.connection is None else counted[id(share.connection)]
        total += share.objects * _factor(count)
    return total + MUTATION * operation.is_mutation


def _factor(count: int) -> int:
    return count if count <= 1 else math.ceil(1.5 * math.log2(count))


@dataclass(slots=True)
class Bucket:
    """The rate limit of one app in one shop, in points."""

    available: float
    at: datetime

    def refill(self, now: datetime) -> None:
        """Add the points restored since the last call."""
        self.available = min(BUCKET, self.available + (now - self.at).total_seconds() * RESTORE)
        self.at = now

    def status(self) -> dict[str, float]:
        """Return the bucket as ``throttleStatus`` shows it."""
        return {
            "maximumAvailable": BUCKET,
            "currentlyAvailable": math.floor(self.available),
            "restoreRate": RESTORE,
        }
