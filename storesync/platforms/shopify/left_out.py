"""The fields that Shopify does not give to an app: which, of which resources, and when to ask for them again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.errors import EndsRun, OutOfTime, PlatformError
from storesync.model import LeftOut
from storesync.platforms.shopify.client import Client
from storesync.platforms.shopify.listings import filters
from storesync.platforms.shopify.paging import Place
from storesync.platforms.shopify.parts import part_of
from storesync.platforms.shopify.queries import parts_of, readers_of
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import SOURCES
from storesync.runtime.instants import is_within

ASK_AGAIN = timedelta(days=7)


@dataclass(slots=True)
class Fields:
    """The fields that *client* leaves out. *readers* are the resources of those that were left out before."""

    client: Client
    readers: dict[str, frozenset[str]] = field(default_factory=dict)

    def left_out(self) -> dict[str, tuple[LeftOut, ...]]:
        """Return the fields that are left out now, by resource."""
        found: dict[str, list[LeftOut]] = {}
        for part, one in self.client.left_out.items():
            for resource in self._readers(part):
                found.setdefault(resource, []).append(one)
        return {resource: tuple(sorted(fields, key=lambda one: one.field)) for resource, fields in found.items()}

    def recall(self, known: Mapping[str, Sequence[LeftOut]]) -> None:
        """Leave out what earlier sessions left out."""
        for resource, fields in known.items():
            for one in fields:
                part = part_of(one.field)
                self.client.left_out[part] = one
                self.readers[part] = self.readers.get(part, frozenset()) | {resource}

    def _readers(self, part: str) -> frozenset[str]:
        """Return the resources that have *part*, from memory where it is one of what was left out before."""
        return self.readers.get(part) or readers_of(part)

    def ask_again(self, *, all_of_them: bool = False) -> None:
        """Ask for each field that Shopify may give by now, with one record of a resource that it belongs to.

        Raises the errors that end a run.
        """
        client, now = self.client, self.client.http.now()
        due = {part for part, one in client.left_out.items() if all_of_them or is_worth_asking(one, client, now)}
        for resource in sorted({name for part in due for name in self._readers(part)}):
            for source in SOURCES[resource].lists:
                known = parts_of(source.document) | {source.list_name} if source.part else None
                again = {part for part in due & client.left_out.keys() if resource in self._readers(part)}
                self._ask_again_of(source, again if known is None else again & known, now)

    def _ask_again_of(self, source: Source, again: Collection[str], now: datetime) -> None:
        client = self.client
        before = {part: client.left_out.pop(part) for part in again}
        try:
            self._ask_for_one(source)
        except (EndsRun, OutOfTime):
            client.left_out |= before
            raise
        except PlatformError:
            # The resource says what is wrong with it when it is read.
            scopes = client.credential.scopes
            client.left_out |= {part: replace(one, at=now, scopes=scopes) for part, one in before.items()}

    def _ask_for_one(self, source: Source) -> None:
        """Request one record of *source*; one in the list of another record is only requested when it is read."""
        if source.parent is None:
            asked = {"first": 1, "after": None, **filters(source, Place(1))}
            self.client.ask(source.document, asked, scope=self.client.scope_of(source))


def is_worth_asking(one: LeftOut, client: Client, now: datetime) -> bool:
    """Return whether Shopify may give by now what it refused: to other scopes, in another version, or after a week."""
    is_same = one.version == client.version and set(one.scopes) == set(client.credential.scopes)
    return (one.version and not is_same) or not is_within(one.at, now, ASK_AGAIN)
