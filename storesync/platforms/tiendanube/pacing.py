"""Rate limiting for Tiendanube: a leaky bucket for each shop, tracked through response headers. Pure.

A bucket holds 40 requests and leaks 2 a second, ten times as much on the larger plans; either
way it empties in 20 seconds (https://tiendanube.github.io/api-documentation/intro#rate-limit).
"""

from collections.abc import Mapping
from dataclasses import replace

from storesync.data import dataclass

DRAIN_S = 20.0
RESERVE = 1.0
"""Remaining requests that are never used, so that the next session's first one finds room too."""
SHORTEST_REFUSAL_S = 0.5
LONGEST_REFUSAL_S = 30.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A shop's bucket: its *size* and the remaining requests *free* at the monotonic time *at*."""

    size: float = 40.0
    free: float = 40.0
    at: float = 0.0

    @property
    def leak_per_s(self) -> float:
        """How many requests leave the bucket in a second."""
        return self.size / DRAIN_S


def wait_s(bucket: Bucket, now: float) -> float:
    """Return how many seconds to wait before the next request, 0 while there is room."""
    return max(0.0, (1.0 + RESERVE - _free(bucket, now)) / bucket.leak_per_s)


def after_request(bucket: Bucket, now: float) -> Bucket:
    """Return the bucket with one more request in it."""
    return replace(bucket, free=_free(bucket, now) - 1.0, at=now)


def after_answer(bucket: Bucket, headers: Mapping[str, str], now: float) -> Bucket:
    """Return the bucket as the rate limit *headers* report it, unchanged where they are missing."""
    size = _count(headers, "x-rate-limit-limit") or bucket.size
    free = _count(headers, "x-rate-limit-remaining")
    if free is None:
        return replace(bucket, size=size)
    return Bucket(size, min(free, size), now)


def refusal_s(headers: Mapping[str, str]) -> float | None:
    """Return the backoff that a 429 asks for, in seconds, None where its headers do not say.

    ``x-rate-limit-reset`` is documented in milliseconds, while the vendor's own command-line
    tool reads seconds: the bounds give a sensible wait in either unit.
    """
    reset_ms = _count(headers, "x-rate-limit-reset")
    return None if reset_ms is None else min(LONGEST_REFUSAL_S, max(SHORTEST_REFUSAL_S, reset_ms / 1000.0))


def _free(bucket: Bucket, now: float) -> float:
    return min(bucket.size, bucket.free + bucket.leak_per_s * max(0.0, now - bucket.at))


def _count(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "").strip()
    return float(value) if value.isascii() and value.isdigit() else None
