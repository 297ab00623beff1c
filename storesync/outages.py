"""Whether a platform is in trouble, so that none of its stores is to blame. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

FEWEST = 3
SHARE = 0.3
"""So many stores of a platform, and so great a share of those tried, failing alike are its trouble, not theirs."""

LATELY = timedelta(minutes=5)
"""Attempts of so long count together: within it every lively store is tried once, however few there are."""

_ALIKE = dict.fromkeys(("platform_down", "network", "timeout", "bad_response"), "no answer")
_NOBODYS = frozenset({"internal", "identity_changed"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a store fared when it was tried last: *code* of its error, None where it went well.

    *is_first*: the attempt before this one went well.
    """

    platform: str
    code: str | None
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform in trouble: *failing* of *tried* stores failed for the same *reason* lately."""

    platform: str
    reason: str
    failing: int
    tried: int


def reason_of(code: str | None) -> str | None:
    """Return what errors that mean the same of a platform have in common; None for what says nothing of it."""
    return None if code is None or code in _NOBODYS else _ALIKE.get(code, code)


def outages(attempts: Iterable[Attempt], ongoing: Mapping[str, str]) -> list[Outage]:
    """Return which platforms are in trouble; *ongoing* are those that were, with their reason.

    It begins when enough stores that were well before fail alike. It is over once a store of the
    platform was read and few fail that way.
    """
    by_platform: dict[str, list[Attempt]] = {platform: [] for platform in ongoing}
    for attempt in attempts:
        by_platform.setdefault(attempt.platform, []).append(attempt)
    found = (_outage(platform, tried, ongoing.get(platform)) for platform, tried in by_platform.items())
    return [outage for outage in found if outage]


def _outage(platform: str, tried: Sequence[Attempt], ongoing: str | None) -> Outage | None:
    reasons = [reason_of(attempt.code) for attempt in tried]
    if ongoing is not None:
        failing, well = reasons.count(ongoing), sum(attempt.code is None for attempt in tried)
        if not well or failing >= SHARE * len(tried):
            return Outage(platform, ongoing, failing, len(tried))
    news = Counter(reason_of(attempt.code) for attempt in tried if attempt.is_first)
    del news[None]
    if not news:
        return None
    reason, count = news.most_common(1)[0]
    if reason is None or count < FEWEST or count < SHARE * len(tried):
        return None
    return Outage(platform, reason, reasons.count(reason), len(tried))
