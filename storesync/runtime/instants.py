"""Converts instants to and from their ISO 8601 text in UTC, which sorts chronologically. Pure."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def text_of(at: datetime | None) -> str | None:
    """Return an aware instant as ``YYYY-MM-DDTHH:MM:SSZ``, None for None."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def instant_of(text: str | None) -> datetime | None:
    """Return the aware instant that `text_of` wrote, None for None."""
    return None if text is None else datetime.fromisoformat(text)


def is_within(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """True if *at* is less than *span* before or after *now*; one far in the future comes from a wrong clock."""
    return at is not None and abs(now - at) < span


def day_of(text: str | None, zone: str | None) -> str | None:
    """Return the calendar day, ``YYYY-MM-DD``, of an instant's *text* in *zone* (UTC if the zone is unknown)."""
    at = instant_of(text)
    return None if at is None else at.astimezone(zone_of(zone) or UTC).date().isoformat()


@lru_cache(maxsize=256)
def zone_of(name: str | None) -> "ZoneInfo | None":
    """Return the time zone called *name*, or None if there is none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - not every command has to do with days

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
