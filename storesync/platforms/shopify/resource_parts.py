"""Reads a resource in parts: one listing after another, each as it would be read alone.

A part that the token may not read is left out, as a field would be: what is left out is the list of its records.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from storesync.data import dataclass
from storesync.errors import Incomplete, ScopeMissing
from storesync.model import LeftOut, Page, Versions
from storesync.platforms.shopify.client import Client
from storesync.platforms.shopify.errors import CoreMissing
from storesync.platforms.shopify.jobs import job_of
from storesync.platforms.shopify.paging import END_SIGNAL, Place, place_of
from storesync.platforms.shopify.queries import WIDE
from storesync.platforms.shopify.source import Source

Listed = TypeVar("Listed", Page, Versions)
Listing = Callable[[Source, str | None], Iterator[Listed]]
"""What lists a part, from a cursor on."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResourceParts:
    """The parts of *source*, which *client* reads. Those that are left out are in ``client.left_out``."""

    client: Client
    source: Source

    def pages(self, cursor: str | None, listing: Listing[Page]) -> Iterator[Page]:
        """Yield the pages of all parts that the token may read, from *cursor* on. Raises `ScopeMissing` without any."""
        return self._all(cursor, listing, Page())

    def versions(self, cursor: str | None, listing: Listing[Versions]) -> Iterator[Versions]:
        """Yield the ids of all parts as `pages` does their records."""
        return self._all(cursor, listing, Versions(()))

    def hidden(self) -> tuple[str, ...]:
        """Return the parts of which the token is not shown every record."""
        parts = self.source.parts
        return tuple(str(one.part) for one in parts if self._is_left_out(one) or self.client.shown_since(one, None))

    def _all(self, cursor: str | None, listing: Listing[Listed], nothing: Listed) -> Iterator[Listed]:
        first, after = self._place(cursor)
        part: Source | None = first
        while part is not None:
            following = self._readable(part)
            try:
                for page in listing(part, after):
                    yield self._passed(page, part, following)
            except ScopeMissing as error:
                self._leave_out(part, error)
                following = self._readable(part)
                yield self._passed(nothing, part, following)
            part, after = following, None

    def _place(self, cursor: str | None) -> tuple[Source, str | None]:
        """Return the part that *cursor* leads into, and where its listing goes on, None for its beginning."""
        if cursor is None:
            return self._readable(None) or self.source.parts[0], None
        job, place = job_of(cursor), None
        if job is None:
            place = place_of(cursor, size=self.source.size)
        for part in self.source.parts:
            if job and job.name.removesuffix(WIDE).removesuffix("_versions") == part.document:
                return part, cursor
            if place and place.part == part.part:
                return part, cursor if place.after or place.total else None
        raise Incomplete("the place where reading stopped is in no list")

    def _readable(self, after: Source | None) -> Source | None:
        """Return the next part *after* one that is not left out, None at the end."""
        parts = self.source.parts
        rest = parts[parts.index(after) + 1 :] if after else parts
        return next((one for one in rest if not self._is_left_out(one)), None)

    def _passed(self, page: Listed, part: Source, following: Source | None) -> Listed:
        """Return a *page* as one of the whole resource, of which no count is known."""
        limits = (self.client.shown_since(one, None) for one in self.source.parts if not self._is_left_out(one))
        page = replace(
            page,
            expected=None,
            source_count=None,
            limited_since=max(filter(None, limits), default=None),
            # What other parts brought before still counts.
            begins_anew=page.begins_anew and part is self.source.parts[0],
        )
        if page.cursor is not None:
            return page
        if following is not None:
            return replace(page, end_signal=None, cursor=Place(following.size, part=following.part).cursor())
        return replace(page, end_signal=page.end_signal or END_SIGNAL)

    def _is_left_out(self, part: Source) -> bool:
        return part.list_name in self.client.left_out

    def _leave_out(self, part: Source, error: ScopeMissing) -> None:
        """Leave *part* out from now on. Raises the *error* where nothing else is left to read."""
        client, is_denied = self.client, not isinstance(error, CoreMissing)
        client.left_out[part.list_name] = LeftOut(
            part.list_name,
            "Shopify does not show this app",
            f"grant {part.scopes[0]} to the app" if is_denied else error.hint or "",
            version=client.version,
            scopes=client.credential.scopes,
            at=client.http.now(),
            is_denied=is_denied,
        )
        if all(self._is_left_out(one) for one in self.source.parts):
            raise error
        log.warning("shopify.left_out store=shopify:%s field=%s", client.key, part.list_name)
