"""A long order history for a simulated Shopify shop, generated on access so that it takes no memory.

``lengthen(shop, 100_000)`` puts that many orders before the shop's own. Each is a copy of one of
those, with ids, a number and a time of its own, made again on each access; only an order that is
taken by its id, to be edited, is kept. The customers' columns do not count these orders.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, MutableMapping, ValuesView
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from storesync.simulator.truth import local_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

FIRST_ID = 1_000_000_000_000
FIRST_NUMBER = 1_000_001
# The ids of an order and its parts begin at a multiple of this.
STRIDE = 100
# By list of records, the column that refers to them; none refers to the lines of refunds and parcels.
LEADS = {"payments": "parent_id", "refunds": "refund_id", "fulfillments": "fulfillment_id", "lines": "order_line_id"}


@dataclass(frozen=True, slots=True)
class _Own:
    """Placeholder in a template for the id of the order, or of its part number *slot*."""

    slot: int


@dataclass(frozen=True, slots=True)
class _Named:
    """Placeholder in a template for the order's name followed by a suffix."""

    rest: str


@dataclass(frozen=True, slots=True)
class Mould:
    """The values in which a copy differs from its template."""

    first_id: int
    number: int
    shift: timedelta
    time_zone: str

    def cast(self, template: Record) -> Record:
        """Return the whole copy of *template*."""
        record: Record = self._copied(template)
        return record | self._changed(record)

    def cast_lightly(self, template: Record, instants: Sequence[str]) -> Record:
        """Return a copy whose own columns are right, but not its nested records."""
        record = template | {name: template[name] + self.shift for name in instants}
        return record | {"id": str(self.first_id)} | self._changed(record)

    def _changed(self, record: Record) -> Record:
        day = local_day(record["placed_at"], self.time_zone)
        return {"number": self.number, "name": f"#{self.number}", "placed_on": day}

    def _copied(self, value: Any) -> Any:
        kind = type(value)
        if kind is dict:
            return {name: self._copied(inner) for name, inner in value.items()}
        if kind is list:
            return [self._copied(inner) for inner in value]
        if kind is _Own:
            return str(self.first_id + value.slot)
        if kind is datetime:
            return value + self.shift
        return f"#{self.number}{value.rest}" if kind is _Named else value


class Past(MutableMapping[str, Record]):
    """The orders of a shop: *count* copies of *templates*, from *start* on with a *step* between, and its *own*."""

    def __init__(self, own: dict[str, Record], count: int, *, start: datetime, step: timedelta, time_zone: str) -> None:
        self.own = own
        self.count = count
        self.start, self.step, self.time_zone = start, step, time_zone
        self.templates: list[Record] = []
        self.instants: list[tuple[str, ...]] = []
        self.kept: dict[int, Record] = {}
        self.gone: set[int] = set()

    def add_template(self, order: Record) -> None:
        """Add *order* to the templates."""
        self.templates.append(_marked(order))
        self.instants.append(tuple(name for name, value in order.items() if isinstance(value, datetime)))

    def mould(self, place: int) -> Mould:
        """Return the values of the copy number *place*."""
        template = self.templates[place % len(self.templates)]
        shift = self.start + place * self.step - template["created_at"]
        return Mould(FIRST_ID + place * STRIDE, FIRST_NUMBER + place, shift, self.time_zone)

    def place_of(self, record_id: str) -> int | None:
        """Return the number of the copy with *record_id*, its own or a part's; None for the shop's own orders."""
        place = (int(record_id) - FIRST_ID) // STRIDE if record_id.isdigit() else -1
        return place if 0 <= place < self.count and place not in self.gone else None

    def places(self) -> Iterable[int]:
        """Return the numbers of the copies that were not deleted."""
        return [place for place in range(self.count) if place not in self.gone] if self.gone else range(self.count)

    def record(self, place: int) -> Record:
        """Return the copy number *place*; edits to it are lost unless it was kept before."""
        kept = self.kept.get(place)
        return kept or self.mould(place).cast(self.templates[place % len(self.templates)])

    def glimpse(self, place: int) -> Record:
        """Return the copy number *place* with its own columns right, but not its nested records."""
        kept, turn = self.kept.get(place), place % len(self.templates)
        return kept or self.mould(place).cast_lightly(self.templates[turn], self.instants[turn])

    def column(self, name: str) -> list[Any]:
        """Return one column of all orders."""
        firsts: list[Any] = [
            self.start + (template[name] - template["created_at"]) if name in instants else template[name]
            for template, instants in zip(self.templates, self.instants, strict=True)
        ]
        moves = [name in instants for instants in self.instants]
        turns, step = len(self.templates), self.step
        found = [
            self.kept[place][name]
            if place in self.kept
            else firsts[place % turns] + place * step
            if moves[place % turns]
            else firsts[place % turns]
            for place in self.places()
        ]
        return found + [order[name] for order in self.own.values()]

    def __getitem__(self, key: str) -> Record:
        if key in self.own:
            return self.own[key]
        place = self._place(key)
        if place not in self.kept:
            self.kept[place] = self.record(place)
        return self.kept[place]

    def _place(self, key: str) -> int:
        place = self.place_of(key)
        if place is None or key != str(FIRST_ID + place * STRIDE):
            raise KeyError(key)
        return place

    def __setitem__(self, key: str, record: Record) -> None:
        self.own[key] = record

    def __delitem__(self, key: str) -> None:
        if key in self.own:
            del self.own[key]
        else:
            self.gone.add(self._place(key))

    def __iter__(self) -> Iterator[str]:
        for place in self.places():
            yield str(FIRST_ID + place * STRIDE)
        yield from self.own

    def __reversed__(self) -> Iterator[str]:
        yield from reversed(self.own)
        for place in reversed(range(self.count)):
            if place not in self.gone:
                yield str(FIRST_ID + place * STRIDE)

    def __contains__(self, key: object) -> bool:
        try:
            return key in self.own or self._place(str(key)) >= 0
        except KeyError:
            return False

    def __len__(self) -> int:
        return self.count - len(self.gone) + len(self.own)

    def peek(self, key: str) -> Record | None:
        """Return an order for reading only, None where there is none."""
        return None if key not in self else self.own[key] if key in self.own else self.record(self._place(key))

    def values(self) -> ValuesView[Record]:
        """Return the orders, for reading only."""
        return _Values(self)

    def items(self) -> ItemsView[str, Record]:
        """Return the orders with their ids, for reading only."""
        return _Items(self)


class _Values(ValuesView[Record]):
    _mapping: Past

    def __iter__(self) -> Iterator[Record]:
        return (order for _, order in self._mapping.items())

    def __reversed__(self) -> Iterator[Record]:
        return (cast("Record", self._mapping.peek(key)) for key in reversed(self._mapping))


class _Items(ItemsView[str, Record]):
    _mapping: Past

    def __iter__(self) -> Iterator[tuple[str, Record]]:
        return ((key, cast("Record", self._mapping.peek(key))) for key in self._mapping)


def glimpse(records: Mapping[str, Record], key: str) -> Record:
    """Return a record of which only its own columns, not the nested records, may be read."""
    place = records.place_of(key) if isinstance(records, Past) else None
    return records[key] if place is None else cast("Past", records).glimpse(place)


def glimpses(records: Mapping[str, Record]) -> Iterator[Record]:
    """Yield all records, of which only their own columns, not the nested records, may be read."""
    return (glimpse(records, key) for key in records) if isinstance(records, Past) else iter(records.values())


def peek(records: Mapping[str, Record], key: str) -> Record | None:
    """Return a record for reading only, None where there is none."""
    return records.peek(key) if isinstance(records, Past) else records.get(key)


def column(records: Mapping[str, Record], name: str) -> list[Any]:
    """Return one column of all records."""
    return records.column(name) if isinstance(records, Past) else [record[name] for record in records.values()]


def owners(orders: Mapping[str, Record], part_id: str) -> Iterable[Record]:
    """Return the orders among which the one with the part *part_id* is."""
    if not isinstance(orders, Past):
        return orders.values()
    place = orders.place_of(part_id)
    return orders.own.values() if place is None else [orders.record(place)]


def lengthen(
    shop: Shop,
    count: int,
    *,
    lines: int = 3,
    days: int = 700,
    suits: Callable[[Record], bool] = lambda _: True,
) -> Past:
    """Put *count* orders with *lines* lines each before those of *shop*, spread over *days* days.

    Only orders for which *suits* is true become templates; some without parcels and refunds make
    short ones. Raises `ValueError` if there are none.
    """
    own = shop.resources["orders"]
    start = min(order["created_at"] for order in own.values()) - timedelta(days=days)
    step = timedelta(seconds=max(1, days * 86_400 // count))
    past = Past(own, count, start=start, step=step, time_zone=shop.time_zone)
    for order in own.values():
        if len(order["lines"]) == lines and suits(order):
            past.add_template(order)
    if not past.templates:
        raise ValueError("no order of the shop suits to be copied")
    # Code that reads and edits orders by their ids works with it as with a dict.
    shop.resources["orders"] = cast("dict[str, Record]", past)
    return past


def _marked(order: Record) -> Record:
    """Return a template: a copy of *order* with placeholders where copies differ."""
    known: dict[tuple[str, str], _Own] = {("order_id", order["id"]): _Own(0)}
    slots = iter(range(1, STRIDE))
    marked: Record = {"id": _Own(0)}
    parts = {name: value for name, value in order.items() if name in {*LEADS, "shipping_lines", "discounts"}}
    for name, entries in parts.items():
        known |= {(LEADS[name], entry["id"]): _Own(next(slots)) for entry in entries if name in LEADS}
    for name, entries in parts.items():
        lead = LEADS.get(name, "")
        marked[name] = [_marked_part(entry, known, lead, slots, order["name"]) for entry in entries]
    return order | marked


def _marked_part(
    entry: Record, known: Mapping[tuple[str, str], _Own], lead: str, slots: Iterator[int], name: str
) -> Record:
    marked: Record = {column: known.get((column, value), value) for column, value in entry.items() if _is_id(value)}
    if "id" in entry:
        marked["id"] = known.get((lead, entry["id"])) or _Own(next(slots))
    if str(entry.get("number")).startswith(name):
        marked["number"] = _Named(entry["number"].removeprefix(name))
    if "lines" in entry:
        marked["lines"] = [_marked_part(line, known, "", slots, name) for line in entry["lines"]]
    return entry | marked


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.isdigit()
