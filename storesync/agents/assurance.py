"""The assurance part of an agent's answer: its age, completeness and verdicts. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from storesync.errors import Stale, UsageError
from storesync.model import Store
from storesync.reports.words import VERDICTS
from storesync.rules.verdict import Standing, left_out
from storesync.runtime.instants import text_of
from storesync.runtime.settings import Invalid, duration
from storesync.tables import DEFAULT, RESOURCES

LIMIT = 40
"""How many verdicts an answer lists, the worst first; the rest are counted."""

_GRAVITY = {word: place for place, word in enumerate(VERDICTS)}
_NAMED = 3

WHOLE = frozenset({"verified", "unverified"})
"""The verdicts of data that are complete as far as we know."""

_HINDERED = frozenset({"stale", "syncing", "denied"})
"""The verdicts whose reason says what keeps a resource from being read, and what to do about it."""


class TooOld(Stale):
    """Data are older than the agent asked for; *standings* are those that are too old."""

    def __init__(self, message: str, *, hint: str | None, standings: Sequence[Standing]) -> None:
        """Keep *message*, *hint* and the *standings* that are too old."""
        super().__init__(message, hint=hint)
        self.standings = standings


def concerned(
    stores: Iterable[Store],
    resources: Collection[str],
    known: Mapping[tuple[str, str], Standing],
    *,
    among: Collection[str] = RESOURCES,
) -> list[Standing]:
    """Return the standing of each of *resources* of *stores*: the *known* one, or that it is left out.

    A resource that is neither is missing from the result. No *resources* means those *among* these that are read
    of a store, or would be by default.
    """
    found = (
        _standing(store, resource, known)
        for store in stores
        for resource in resources or (one for one in among if one in DEFAULT or one in store.resources)
    )
    return [one for one in found if one is not None]


def _standing(store: Store, resource: str, known: Mapping[tuple[str, str], Standing]) -> Standing | None:
    verdict = left_out(store, resource)
    if verdict is None:
        return known.get((store.key, resource))
    return Standing(store.key, resource, None, None, verdict.word, verdict.reason)


def summary(standings: Sequence[Standing]) -> dict[str, Any]:
    """Summarize *standings* as JSON content.

    ``as_of`` is the oldest of their last complete reads, ``verdict`` the worst of theirs. An instant is None if
    one of them has none.
    """
    return {
        "as_of": text_of(_oldest([one.as_of for one in standings])),
        "complete_until": text_of(_oldest([one.complete_until for one in standings])),
        "verdict": min((one.verdict for one in standings), key=_GRAVITY.__getitem__, default=None),
    }


def assured(standings: Sequence[Standing], *, limit: int = LIMIT) -> dict[str, Any]:
    """Return the assurance part of an answer: the summary and up to *limit* of *standings*, the worst first."""
    ordered = sorted(standings, key=lambda one: _GRAVITY[one.verdict])
    left_out = max(0, len(ordered) - limit)
    return summary(standings) | {"verdicts": [_told(one) for one in ordered[:limit]], "verdicts_left_out": left_out}


def _told(one: Standing) -> dict[str, Any]:
    return {
        "store": one.store,
        "resource": one.resource,
        "verdict": one.verdict,
        "reason": one.reason,
        "as_of": text_of(one.as_of),
        "complete_until": text_of(one.complete_until),
    }


def must_be_younger(standings: Sequence[Standing], max_age: str | None, now: datetime) -> None:
    """Raise `TooOld` if one of *standings* was last read completely longer ago than *max_age*, such as ``10m``.

    None for *max_age* allows any age. Raises `UsageError` if it is not a duration.
    """
    if max_age is None:
        return
    try:
        limit = duration(max_age)
    except Invalid as error:
        raise UsageError(f"max_age {max_age!r} {error}", hint="leave it out, or say 1h") from None
    old = [one for one in standings if not _is_younger(one.as_of, now, limit)]
    if not old:
        return
    more = f"; and {len(old) - _NAMED:,} more" if len(old) > _NAMED else ""
    raise TooOld(
        f"older than {max_age}: {'; '.join(map(_last_read, old[:_NAMED]))}{more}",
        hint="; ".join(_remedies(old)),
        standings=old,
    )


def _remedies(old: Sequence[Standing]) -> list[str]:
    """Return the hints: first the reasons of what a sync alone would not fix, then the sync of the others."""
    hindered = {one.store: one.reason for one in reversed(old) if one.verdict in _HINDERED or one.as_of is None}
    reasons = [reason for reason in hindered.values() if reason][:_NAMED]
    stores = list(dict.fromkeys(one.store for one in old if not hindered.get(one.store)))[:_NAMED]
    return [*reasons, *([f"storesync sync {' '.join(stores)}"] if stores else [])]


def _is_younger(at: datetime | None, now: datetime, limit: timedelta) -> bool:
    return at is not None and abs(now - at) <= limit


def _last_read(one: Standing) -> str:
    if one.as_of is None:
        return f"{one.resource} of {one.store} were never read completely"
    return f"{one.resource} of {one.store} were last read completely at {one.as_of:%Y-%m-%d %H:%M} UTC"


def _oldest(instants: Sequence[datetime | None]) -> datetime | None:
    known = [at for at in instants if at is not None]
    return min(known) if known and len(known) == len(instants) else None
