"""Detect outages of a platform, for whose failures no store is blamed. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storesync.data import dataclass

FEWEST = 3
SHARE = 0.3
"""At least this many stores of a platform, and this share of those tried, failing alike are an outage."""

OVER_BELOW = 0.1
LEAST = timedelta(minutes=15)
"""An outage is over when a smaller share than that fails and it has lasted this long: no report every minute."""

LATELY = timedelta(minutes=5)
"""Attempts within this time are counted together: in it, each active store is tried once, however few they are."""

BELIEVED = timedelta(days=1)
"""A platform that refuses all stores for longer than this means it: then each store is blamed for itself."""

_ALIKE = dict.fromkeys(("platform_down", "network", "timeout", "bad_response"), "no answer")
_NOBODYS = frozenset({"internal", "identity_changed", "shop_moved"})
_REFUSALS = frozenset({"token_rejected", "token_expired", "suspended", "locked"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last sync attempt of a store: *code* is that of its error, None where it succeeded.

    *is_first*: the attempt before this one succeeded.
    """

    platform: str
    code: str | None
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage of a platform: *failing* of *tried* stores failed lately for the same *reason*."""

    platform: str
    reason: str
    since: datetime
    failing: int = 0
    tried: int = 0

    @property
    def is_refusal(self) -> bool:
        """Whether the platform answers, but refuses every store."""
        return self.reason in _REFUSALS

    def excuses(self, code: str | None, now: datetime) -> bool:
        """Return whether this outage, and not the store, is to blame for a failure with *code*."""
        is_believed = self.is_refusal and now - self.since > BELIEVED
        return reason_of(code) == self.reason and not is_believed


def reason_of(code: str | None) -> str | None:
    """Return the one reason for all error codes that mean the same outage, None for a code that means none."""
    return None if code is None or code in _NOBODYS else _ALIKE.get(code, code)


def outages(
    attempts: Iterable[Attempt], ongoing: Iterable[Outage], *, waiting: Collection[str], now: datetime
) -> list[Outage]:
    """Return the outages of now, at most one per platform; *ongoing* are those known before.

    An outage begins when enough stores that succeeded before fail alike. It is over once a store of the
    platform was read and hardly any fails that way, or no store waits for its end any more: *waiting*
    are the platforms with stores whose failures were excused.
    """
    begun = {outage.platform: outage for outage in ongoing}
    by_platform: dict[str, list[Attempt]] = {platform: [] for platform in begun}
    for attempt in attempts:
        by_platform.setdefault(attempt.platform, []).append(attempt)
    found = (
        _lasting(begun.get(platform), tried, is_waited_for=platform in waiting, now=now)
        or _beginning(platform, tried, now)
        for platform, tried in by_platform.items()
    )
    return [outage for outage in found if outage]


def _lasting(outage: Outage | None, tried: Sequence[Attempt], *, is_waited_for: bool, now: datetime) -> Outage | None:
    if outage is None:
        return None
    failing = sum(reason_of(attempt.code) == outage.reason for attempt in tried)
    is_seen_well = any(attempt.code is None for attempt in tried) and failing < OVER_BELOW * len(tried)
    if now - outage.since >= LEAST and (is_seen_well or not is_waited_for):
        return None
    return replace(outage, failing=failing, tried=len(tried))


def _beginning(platform: str, tried: Sequence[Attempt], now: datetime) -> Outage | None:
    news = Counter(reason_of(attempt.code) for attempt in tried if attempt.is_first)
    del news[None]
    if not news:
        return None
    reason, count = news.most_common(1)[0]
    if reason is None or count < FEWEST or count < SHARE * len(tried):
        return None
    failing = sum(reason_of(attempt.code) == reason for attempt in tried)
    return Outage(platform, reason, now, failing, len(tried))
