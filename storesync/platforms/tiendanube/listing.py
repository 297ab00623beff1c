"""Pagination of Tiendanube's lists: cursors, where a listing goes on, and when it is complete. Pure.

No record is missed while the list changes:

* a record may move to a later page and then comes twice, which is harmless; when the total falls,
  records were deleted and later ones moved to earlier pages, so those are read again;
* the end only counts when the pages together held as many records as the last page reports;
* more results than the platform shows for one query (10,000 orders,
  https://tiendanube.github.io/api-documentation/resources/order) are split into windows of the
  creation time, which never changes. Whether a window includes its bounds is not documented, so
  windows overlap; the first has no beginning and the last no end.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from storesync.data import dataclass
from storesync.errors import Incomplete

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
"""No shop is older. It only serves to find the middle of a window without a beginning."""
OVERLAP = timedelta(seconds=1)
NARROWEST = timedelta(seconds=2)
MOST_RETURNS = 20
SECOND = 2
VENDOR_HOSTS = frozenset({"api.tiendanube.com", "api.nuvemshop.com.br"})
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^;,<]+)*)")
_REL = re.compile(r';\s*rel\s*=\s*"?([^";]+)')


@dataclass(frozen=True, slots=True)
class Window:
    """The records created from *since* to *until*; None is an open end."""

    since: datetime | None = None
    until: datetime | None = None

    def params(self, overlap: timedelta = OVERLAP) -> dict[str, str]:
        """Return the query parameters that select the window, with *overlap* on both sides."""
        bounds = {
            "created_at_min": self.since and self.since - overlap,
            "created_at_max": self.until and self.until + overlap,
        }
        return {name: spelled(at) for name, at in bounds.items() if at}

    def halves(self, now: datetime) -> tuple["Window", "Window"]:
        """Return the two halves of the window. Raises `Incomplete` where it is too narrow to be split."""
        low, high = self.since or EARLIEST, self.until or now.replace(microsecond=0)
        if high - low < NARROWEST:
            raise Incomplete("more orders were created within two seconds than the platform lists")
        middle = (low + (high - low) / 2).replace(microsecond=0)
        return Window(self.since, middle), Window(middle, self.until)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a listing: the next request, and what the pages before it reported.

    The first of *windows* is being read. *link* is the next page's path and query where the platform gave
    it. *covered* records came on the window's earlier pages, *previous* of them on the last one. *total* is
    the window's last reported count, *digest* that of the last page. *returns* counts the steps back. *whole*
    is the count before the listing, of what was created *since*, was split. *is_plain*: without aggregates.
    """

    page: int = 1
    link: str | None = None
    windows: tuple[Window, ...] = (Window(),)
    total: int | None = None
    covered: int = 0
    previous: int = 0
    digest: str | None = None
    returns: int = 0
    whole: int | None = None
    is_plain: bool = False
    since: datetime | None = None

    @property
    def is_split(self) -> bool:
        """Whether the listing is read in windows."""
        return self.windows != (Window(self.since),)

    def count_at_end(self, seen: "Seen") -> int:
        """Return how many records the list has in all; *seen* is its last page."""
        came_before = seen.digest == self.digest
        return seen.total if seen.total is not None else self.covered + (0 if came_before else seen.count)

    def cursor(self) -> str:
        """Return the place as a cursor, which `place_of` reads."""
        windows = [[bound and spelled(bound) for bound in (w.since, w.until)] for w in self.windows]
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "windows"}
        told["since"] = self.since and spelled(self.since)
        start = Place()
        changed = {name: value for name, value in told.items() if value != getattr(start, name)}
        return orjson.dumps({**changed, "windows": windows}).decode()


@dataclass(frozen=True, slots=True)
class Shelves:
    """A place in a read of many lists: that of the first of *ids* is being read, from *place* on.

    *counted* records came so far, from all lists.
    """

    ids: tuple[str, ...]
    place: Place = field(default_factory=Place)
    counted: int = 0

    def on(self, cursor: str | None, counted: int) -> "Shelves":
        """Return the place after a page of the first list; *cursor* is that list's next page, None at its end."""
        if cursor is None:
            return Shelves(self.ids[1:], counted=counted)
        return Shelves(self.ids, place_of(cursor), counted)

    def cursor(self) -> str | None:
        """Return the place as a cursor, which `shelves_of` reads; None when no list is left."""
        if not self.ids:
            return None
        return orjson.dumps({"ids": self.ids, "place": self.place.cursor(), "counted": self.counted}).decode()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page reported of its listing.

    *has_links*: the platform links pages at all; *link* is the next page's path and query.
    *last_page* is the N of the answer "Last page is N".
    """

    count: int
    digest: str = ""
    total: int | None = None
    has_links: bool = False
    link: str | None = None
    last_page: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How a list behaves.

    *per_page* is the requested page size, *cap* the most results of one query, None without a limit.
    *may_be_whole*: every page may be the whole list. *ends_empty*: only an empty page is the end.
    *is_of_changes*: an incremental list, which also ends only with an empty page where it reports no total,
    since a cut would not show otherwise.
    """

    per_page: int
    cap: int | None = None
    may_be_whole: bool = False
    ends_empty: bool = False
    is_of_changes: bool = False


def place_of(cursor: str | None) -> Place:
    """Return the place in *cursor*, the beginning of a listing for None."""
    if cursor is None:
        return Place()
    told: dict[str, Any] = orjson.loads(cursor)
    windows = (Window(*(bound and datetime.fromisoformat(bound) for bound in bounds)) for bounds in told["windows"])
    since = told.get("since")
    return Place(**{**told, "windows": tuple(windows), "since": since and datetime.fromisoformat(since)})


def shelves_of(cursor: str) -> Shelves:
    """Return the place in *cursor*."""
    told: dict[str, Any] = orjson.loads(cursor)
    return Shelves(tuple(told["ids"]), place_of(told["place"]), told["counted"])


def after(place: Place, seen: Seen, rules: Rules, now: datetime) -> tuple[Place | None, str | None]:
    """Return the place after the page *seen* and no end signal; after the last page no place and the signal.

    Raises `Incomplete` for a repeated page, and for an end before all records came.
    """
    total = place.total if seen.total is None else seen.total
    is_over = rules.cap is not None and total is not None and total > rules.cap
    if is_over and place.page == 1:
        return split(place, now, whole=total), None
    if seen.count and seen.digest == place.digest:
        if rules.may_be_whole and place.page == SECOND:
            return None, "the same list again"
        raise Incomplete("the platform gave the same page twice")
    if _has_shrunk(place, seen):
        return _back(place, seen), None
    covered = place.covered + seen.count
    signal = _end_signal(seen, rules, covered=covered, total=total)
    if signal is None:
        return _forward(place, seen, covered=covered, total=total), None
    if total is not None and covered < total and is_over:
        return split(place, now, whole=total), None
    _must_be_all(place, seen, covered=covered, total=total)
    rest = place.windows[1:]
    return (_into(place, rest), None) if rest else (None, signal)


def split(place: Place, now: datetime, *, whole: int | None = None) -> Place:
    """Return the place with its first window cut in half, at the beginning of the first half.

    *whole* is the listing's count. Raises `Incomplete` where the window is too narrow to be split.
    """
    halves = place.windows[0].halves(now)
    known = place if place.is_split else replace(place, whole=whole)
    return _into(known, (*halves, *place.windows[1:]))


def links_of(header: str) -> dict[str, str]:
    """Return the URLs in a Link header by their relation (next, last, first, prev)."""
    found = {}
    for address, parameters in _LINK.findall(header):
        relation = _REL.search(parameters)
        for name in relation[1].lower().split() if relation else ():
            found[name] = address
    return {name: found[name] for name in ("next", "last", "first", "prev") if name in found}


def own(address: str, base: str) -> str:
    """Return path and query of the URL *address*, relative to *base*. Raises `Incomplete` where it is elsewhere.

    The vendor's two hosts serve one API; the token is only ever sent to the host of *base*.
    """
    link, home = urlsplit(address), urlsplit(base)
    hosts = VENDOR_HOSTS if home.netloc in VENDOR_HOSTS else {home.netloc}
    below = link.path.removeprefix(f"{home.path}/")
    if link.scheme != home.scheme or link.netloc not in hosts or below == link.path or ".." in below:
        raise Incomplete("the next page is said to be at an address that is not the shop's")
    return f"{below}?{link.query}"


def digest_of(rows: Sequence[Any]) -> str:
    """Return a digest of the ids in *rows*, to recognise a repeated page."""
    ids = [(row.get("id"), row.get("variant_id")) if isinstance(row, dict) else None for row in rows]
    return hashlib.blake2b(repr(ids).encode(errors="backslashreplace"), digest_size=8).hexdigest()


def spelled(at: datetime) -> str:
    """Return an instant in the spelling that the filters accept: ``YYYY-MM-DDTHH:MM:SSZ``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _end_signal(seen: Seen, rules: Rules, *, covered: int, total: int | None) -> str | None:
    """Return the sign that the page *seen* was the last, None without one. A reported total alone may be too low."""
    if seen.last_page is not None:
        return f"last page is {seen.last_page}"
    if not seen.count:
        return "empty page"
    if rules.ends_empty or (rules.is_of_changes and total is None):
        return None
    if seen.has_links:
        return None if seen.link else "no next link"
    is_short = seen.count < rules.per_page and covered >= (total or 0)
    return "short page" if is_short else None


def _must_be_all(place: Place, seen: Seen, *, covered: int, total: int | None) -> None:
    if total is not None and covered < total:
        raise Incomplete(f"the listing ended after {covered} of {total} records")
    if seen.last_page is not None and seen.last_page >= place.page:
        raise Incomplete(f"page {place.page} is missing, while the last one is {seen.last_page}")


def _has_shrunk(place: Place, seen: Seen) -> bool:
    if place.page == 1 or place.total is None:
        return False
    if seen.total is not None:
        return seen.total < place.total
    return not seen.count and place.covered < place.total


def _back(place: Place, seen: Seen) -> Place:
    """Return the place one page back, or at the window's first page where more records moved than a page has."""
    if place.returns == MOST_RETURNS:
        raise Incomplete("the list shrinks again and again while it is read")
    fallen = (place.total or 0) - (place.covered if seen.total is None else seen.total)
    is_near = fallen <= place.previous
    return replace(
        place,
        page=place.page - 1 if is_near else 1,
        link=None,
        total=seen.total,
        covered=place.covered - place.previous if is_near else 0,
        previous=0,
        digest=seen.digest,
        returns=place.returns + 1,
    )


def _forward(place: Place, seen: Seen, *, covered: int, total: int | None) -> Place:
    if seen.link and (seen.link == place.link or _page_of(seen.link) not in {None, str(place.page + 1)}):
        raise Incomplete("the platform says that a page is followed by itself, or by another than the next")
    return replace(
        place,
        page=place.page + 1,
        link=seen.link,
        total=total,
        covered=covered,
        previous=seen.count,
        digest=seen.digest,
    )


def _page_of(link: str) -> str | None:
    """Return the page number in *link*, None without one."""
    return dict(parse_qsl(urlsplit(link).query)).get("page")


def _into(place: Place, windows: tuple[Window, ...]) -> Place:
    return Place(windows=windows, whole=place.whole, is_plain=place.is_plain, since=place.since)
