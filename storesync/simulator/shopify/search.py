"""Parses Shopify's search syntax (https://shopify.dev/docs/api/usage/search-syntax).

A query becomes a predicate for records. What Shopify ignores is ignored, and reported in *warnings*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from storesync.simulator.shopify.execute import FieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Run

Record = dict[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()])
    |(?P<not>-)?(?P<field>[A-Za-z_]\w*):(?P<compare><=|>=|<|>)?(?P<value>'[^']*'|"[^"]*"|[^\s()]*)
    |(?P<word>'[^']*'|"[^"]*"|[^\s()]+))""",
    re.VERBOSE,
)


class EmptyBound(Exception):
    """A comparison without a value (``updated_at:>``): Shopify answers with an internal error."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The search fields of one connection: field → record column, by kind of value.

    *whole_days* are the instants that match by whole days
    (https://shopify.dev/docs/api/admin-graphql/latest/queries/customers), *local* those whose
    bounds are read in the shop's time zone, whatever zone they have
    (https://shopify.dev/docs/api/admin-graphql/latest/queries/discountNodes).
    """

    times: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("name",)
    whole_days: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()


@dataclass(slots=True)
class Search:
    """A parsed query: the predicate *test*, the *warnings*, and the earliest update time that can match."""

    test: Callable[[Record], bool] | None = None
    warnings: list[dict[str, str]] = field(default_factory=list)
    updated_from: datetime | None = None


def read(query: str | None, fields: Fields, time_zone: str) -> Search:
    """Return the parsed *query* for records with *fields*, in a shop in *time_zone*.

    Raises `EmptyBound` for a comparison without a value.
    """
    search = Search()
    tokens = [match.groupdict() for match in _TOKEN.finditer((query or "").strip()) if match.group().strip()]
    if tokens:
        reader = _Reader(tokens, fields, ZoneInfo(time_zone), search)
        search.test = reader.alternatives()
        if reader.has_alternatives:
            search.updated_from = None
    return search


def searched(run: Run, shop: Shop, fields: Fields, selection: Selection, arguments: dict[str, Any]) -> Search:
    """Return the search in *arguments*, and add its warnings to *run*. Raises `FieldError` for an empty bound."""
    query = arguments.get("query")
    try:
        search = read(query, fields, shop.time_zone)
    except EmptyBound:
        # Seen with "updated_at:>": https://github.com/airbytehq/airbyte/issues/33827
        raise FieldError(
            "Internal error. Looks like something went wrong on our end.", "INTERNAL_SERVER_ERROR"
        ) from None
    if query:
        run.searches.append({"path": [selection.key], "query": query, "warnings": search.warnings})
    return search


class _Reader:
    """A recursive descent parser for the tokens of one query."""

    def __init__(self, tokens: list[dict[str, str | None]], fields: Fields, zone: ZoneInfo, search: Search) -> None:
        self.tokens = tokens
        self.fields = fields
        self.zone = zone
        self.search = search
        self.at = 0
        self.has_alternatives = False

    def alternatives(self) -> Callable[[Record], bool] | None:
        """Parse terms up to the closing bracket or the end; ``OR`` binds weaker than a space."""
        tests = [self._together()]
        while self._is_word("OR"):
            self.at += 1
            self.has_alternatives = True
            tests.append(self._together())
        # An ignored term matches everything, and so does an alternative with only ignored terms.
        known = [test for test in tests if test is not None]
        if len(known) < len(tests):
            return None
        return known[0] if len(known) == 1 else lambda record: any(test(record) for test in known)

    def _together(self) -> Callable[[Record], bool] | None:
        tests = []
        while self.at < len(self.tokens) and self.tokens[self.at]["mark"] != ")" and not self._is_word("OR"):
            if self._is_word("AND"):
                self.at += 1
                continue
            test = self._term()
            if test is not None:
                tests.append(test)
        if not tests:
            return None
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _term(self) -> Callable[[Record], bool] | None:
        negative = self._is_word("NOT")
        self.at += negative
        if self.at >= len(self.tokens):
            return None
        token = self.tokens[self.at]
        self.at += 1
        if token["mark"] == "(":
            test = self.alternatives()
            self.at += 1
        elif token["field"]:
            test = self._comparison(token)
        else:
            test = self._words(str(token["word"]).strip("'\"").lower())
        if not (negative or token["not"]) or test is None:
            return test
        self.has_alternatives = True
        return lambda record: not test(record)

    def _is_word(self, word: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at]["word"] == word

    def _words(self, wanted: str) -> Callable[[Record], bool]:
        columns = self.fields.words
        return lambda record: any(wanted in str(record.get(column) or "").lower() for column in columns)

    def _comparison(self, token: dict[str, str | None]) -> Callable[[Record], bool] | None:
        name, compare, value = str(token["field"]), token["compare"] or "", str(token["value"])
        if not value.strip("'\""):
            raise EmptyBound(name)
        if name in self.fields.times:
            return self._time(name, compare, value)
        plain = value.strip("'\"")
        if name == "id":
            return _number_test(compare, plain)
        if name in self.fields.numbers:
            return _number_test(compare, plain, self.fields.numbers[name])
        if name in self.fields.texts:
            return _text_test(self.fields.texts[name], plain)
        self._warn(name, "Invalid search field for this query.", "invalid_field")
        return None

    def _time(self, name: str, compare: str, value: str) -> Callable[[Record], bool] | None:
        quoted = value[0] in "'\""
        moment = _moment(value.strip("'\"") if quoted else value[:10], self.zone)
        if moment is None:
            self._warn(name, "Invalid timestamp.", "invalid_value")
            return None
        if name in self.fields.local:
            moment = moment.replace(tzinfo=self.zone)
        column = self.fields.times[name]
        # Without quotes the time of day is dropped, and the day is the shop's:
        # https://community.shopify.com/t/208519
        by_day = not quoted or len(value.strip("'\"")) <= len("2026-01-01") or name in self.fields.whole_days
        first, end = self._span(moment) if by_day else (moment, moment + timedelta(seconds=1))
        if column == "updated_at" and compare.startswith(">"):
            self.search.updated_from = max(first, self.search.updated_from or first)
        # ">" and "<" have been seen to include the bound, as ">=" and "<=" do.
        if compare.startswith(">"):
            return lambda record: record[column] >= first
        if compare.startswith("<"):
            return lambda record: record[column] < end
        return lambda record: first <= record[column] < end

    def _span(self, moment: datetime) -> tuple[datetime, datetime]:
        start = moment.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)

    def _warn(self, name: str, message: str, code: str) -> None:
        self.search.warnings.append({"field": name, "message": message, "code": code})


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _number_test(compare: str, value: str, column: str = "id") -> Callable[[Record], bool] | None:
    digits = value.rsplit("/", 1)[-1]
    if not digits.isdigit():
        return lambda _: False
    number = int(digits)
    tests: dict[str, Callable[[int], bool]] = {
        "": lambda found: found == number,
        ">": lambda found: found > number,
        ">=": lambda found: found >= number,
        "<": lambda found: found < number,
        "<=": lambda found: found <= number,
    }
    passes = tests[compare]
    return lambda record: passes(int(record[column]))


def _text_test(column: str, value: str) -> Callable[[Record], bool]:
    wanted = {part.lower() for part in value.split(",")}
    if "any" in wanted:
        return lambda _: True

    def test(record: Record) -> bool:
        found = record.get(column)
        if isinstance(found, list):
            return any(str(entry).lower() in wanted for entry in found)
        return str(found).lower() in wanted

    return test
