"""Bulk results of a long order history (`past`), generated while they are read.

The lines of each template are written once, in the ordinary way, from a copy with marks in place of ids
and times; every order of the past is that text with its own values in place of the marks. These have
the same length as the marks, so that the file's size is known before it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from storesync.simulator.past import FIRST_ID, FIRST_NUMBER, STRIDE, Mould, Past
from storesync.simulator.shopify.bulk_files import CHUNK, File, Joined
from storesync.simulator.shopify.bulk_lines import Result
from storesync.simulator.shopify.execute import write_cursor
from storesync.simulator.shopify.orders import order_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.bulk_lines import Group, Reader

# Marks that occur nowhere else: ids with a pattern of their own at the end, a number, a time far ahead.
MARKED_ID = 9_753_186_420_000
MARKED_NUMBER = 7_924_683
AHEAD = timedelta(days=146_097)
MARK = re.compile(
    rb"(?P<whole>97531)?(?P<tail>864200\d\d)|(?P<number>(?<!\d)7924683(?!\d))"
    rb"|(?P<at>2[34]\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
)
GOLDEN = 0.618

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The lines of one template: a format *text*, and the *fields* that compute its values for a copy."""

    text: bytes
    fields: tuple[Callable[[int, timedelta], bytes], ...]
    arrange: Callable[[tuple[bytes, ...]], Any]
    size: int

    def print(self, place: int, span: timedelta) -> bytes:
        """Return the lines of the copy number *place*, created *span* after the first."""
        values = (*[take(place, span) for take in self.fields], b"")
        lines: bytes = self.text % self.arrange(values)
        return lines


def stamp(lines: bytes) -> Stamp:
    """Return the stamp made from the *lines* of a marked copy."""
    fields: dict[bytes, Callable[[int, timedelta], bytes]] = {}
    order: list[int] = []
    pieces, end = [], 0
    for mark in MARK.finditer(lines):
        found = mark.group()
        fields.setdefault(found, _field(mark))
        order.append(list(fields).index(found))
        pieces += [lines[end : mark.start()].replace(b"%", b"%%"), b"%b"]
        end = mark.end()
    # Two empty values at the end make the getter return a tuple in any case.
    pieces += [lines[end:].replace(b"%", b"%%"), b"%b%b"]
    arrange = itemgetter(*order, len(fields), len(fields))
    return Stamp(b"".join(pieces), tuple(fields.values()), arrange, len(lines))


def _field(mark: re.Match[bytes]) -> Callable[[int, timedelta], bytes]:
    """Return the function that computes a copy's value in place of *mark*."""
    if mark["number"]:
        return lambda place, _: b"%d" % (FIRST_NUMBER + place)
    if mark["at"]:
        first = datetime.fromisoformat(mark["at"].decode()) - AHEAD
        return lambda _, span: f"{(first + span).isoformat()[:19]}Z".encode()
    first_id = FIRST_ID + int(mark["tail"]) - MARKED_ID % 10**8
    if mark["whole"]:
        return lambda place, _: b"%d" % (first_id + place * STRIDE)
    return lambda place, _: b"%08d" % ((first_id + place * STRIDE) % 10**8)


class Stamped:
    """The lines of the past's copies at *places*, in that order; those of edited copies come from *edited*."""

    def __init__(self, past: Past, places: Sequence[int], stamps: Sequence[Stamp], edited: dict[int, bytes]) -> None:
        self.step, self.places, self.stamps, self.edited = past.step, places, stamps, edited
        self.size = sum(map(self._size, places))

    def _size(self, place: int) -> int:
        edited = self.edited.get(place) if self.edited else None
        return self.stamps[place % len(self.stamps)].size if edited is None else len(edited)

    def _lines(self, place: int) -> bytes:
        edited = self.edited.get(place) if self.edited else None
        return self.stamps[place % len(self.stamps)].print(place, place * self.step) if edited is None else edited

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *end*."""
        held: list[bytes] = []
        weight = at = 0
        for place in self.places:
            size = self._size(place)
            if at >= end:
                break
            if at + size > start:
                lines = self._lines(place)[max(0, start - at) : end - at]
                held.append(lines)
                weight += len(lines)
            at += size
            if weight >= CHUNK:
                yield b"".join(held)
                held, weight = [], 0
        if held:
            yield b"".join(held)


class PastWriter:
    """Writes the lines of those copies of *past* that *suit*, as *reader* selects their fields."""

    def __init__(self, reader: Reader, shop: Shop, past: Past, suits: Callable[[Record], bool] | None) -> None:
        self.past = past
        places = past.places()
        self.places = list(places) if suits is None else [one for one in places if suits(past.glimpse(one))]
        self.groups = [
            list(reader.lines(reader.shape, order_node(shop, self._marked(template)))) for template in past.templates
        ]
        self.edited = {
            place: list(reader.lines(reader.shape, order_node(shop, order))) for place, order in past.kept.items()
        }

    def _marked(self, template: Record) -> Record:
        shift = self.past.start - template["created_at"] + AHEAD
        return Mould(MARKED_ID, MARKED_NUMBER, shift, self.past.time_zone).cast(template)

    def grouped(self) -> Result:
        """Return the result with each order's children directly after it."""
        return Result(self._file(self.places, 0, None), self._objects(), len(self.places))

    def scattered(self) -> Result:
        """Return the result with all orders first, and then their children in another order."""
        count = len(self.places)
        stride = int(count * GOLDEN) or 1
        while gcd(stride, count) > 1:
            stride += 1
        shuffled = [self.places[turn * stride % count] for turn in range(count)]
        file = Joined([self._file(self.places, 0, 1), self._file(shuffled, 1, None)])
        return Result(file, self._objects(), count)

    def _file(self, places: Sequence[int], first: int, last: int | None) -> File:
        stamps = [stamp(_text(group[first:last])) for group in self.groups]
        edited = {place: _text(group[first:last]) for place, group in self.edited.items()}
        return Stamped(self.past, places, stamps, edited)

    def _objects(self) -> int:
        lengths, turns = [len(group) for group in self.groups], len(self.groups)
        changes = sum(len(group) - lengths[place % turns] for place, group in self.edited.items())
        counts = Counter(place % turns for place in self.places)
        return changes + sum(lengths[turn] * count for turn, count in counts.items())


def _text(group: Group) -> bytes:
    return b"".join(line for _, line in group)


def joined(before: Result, after: Result) -> Result:
    """Return two results as one."""
    files = [part for result in (before, after) for part in getattr(result.file, "parts", [result.file])]
    return Result(Joined(files), before.objects + after.objects, before.roots + after.roots)


def end_of(past: Past) -> str:
    """Return the cursor of the last copy, by id."""
    return write_cursor("ID", 0, str(FIRST_ID + past.count * STRIDE))
