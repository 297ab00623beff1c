"""Between instants and their text, which sorts as time does. Pure."""

from datetime import UTC, datetime, timedelta


def text_of(at: datetime | None) -> str | None:
    """Return ``YYYY-MM-DDTHH:MM:SSZ``."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_of(text: str | None) -> datetime | None:
    """Return the aware instant that `text_of` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def is_within(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """True where *at* lies less than *span* away from *now*; an instant far in the future tells of a wrong clock."""
    return at is not None and abs(now - at) < span
