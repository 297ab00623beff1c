"""Personal data of a record, and what remains of it once the person is forgotten. Pure.

A mark is a keyed hash of an id or e-mail: whoever has the database without the key cannot try out
ids and addresses on it. A hash without a key would have to be slow to resist that, and the page
writer needs two for every record.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from hashlib import blake2b
from typing import Any

from storesync.data import dataclass
from storesync.model import Record, Row
from storesync.tables import RESOURCES, TABLES, Table


@dataclass(frozen=True, slots=True)
class Remainder:
    """Which keys of a payload remain: those that the columns without personal data are made from.

    *keys* remain wherever they occur. Under a key of *narrow*, only the plain values named there
    remain, such as the city of an address; of a customer, only the keys in *customer*; of a resource in *own*, only
    those named there. Everything else is removed, so that what a platform adds tomorrow is removed as well.
    """

    keys: frozenset[str] = frozenset({"id"})
    narrow: Mapping[str, frozenset[str]] = field(default_factory=dict)
    customer: frozenset[str] = frozenset({"id"})
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, resource: str, value: Any) -> Any:
        """Return what remains of *value*, the JSON of a part of a record of *resource*."""
        if _is_person(resource):
            return _only(value, self.customer)
        return self._reduced(value, self.own.get(resource, self.keys))

    def _reduced(self, value: Any, keys: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [self._reduced(one, keys) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            key: _only(one, self.narrow[key]) if key in self.narrow else self._reduced(one, keys)
            for key, one in value.items()
            if key in self.narrow or key in keys
        }


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the operator names them: by the platform's *ids*, by *emails*, or both."""

    ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    def is_known_by(self, customer: Row) -> bool:
        """Return whether *customer*, a row of ``customers``, is this person."""
        return customer["id"] in self.ids or email_of(customer.get("email")) in self.emails

    def joined(self, customer: Row) -> "Person":
        """Return this person with the id and the e-mail of *customer* added."""
        email = email_of(customer.get("email"))
        return Person(self.ids | {customer["id"]}, self.emails | ({email} if email else set()))


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The people that a store has forgotten: their *marks*, which only *key* makes, and what their records keep."""

    store_id: int
    remainder: Remainder = Remainder()
    marks: frozenset[bytes] = frozenset()
    key: bytes = field(default=b"", repr=False)

    def marks_of(self, person: Person) -> frozenset[bytes]:
        """Return the marks of *person* in this store."""
        return frozenset(
            self._mark(kind, value)
            for kind, values in (("id", person.ids), ("email", person.emails))
            for value in values
        )

    def has(self, resource: str, row: Row) -> bool:
        """Return whether *row* of *resource* belongs to somebody forgotten."""
        owner = RESOURCES[resource].person
        if not self.marks or owner is None:
            return False
        return self._knows(row.get(owner), row.get("email"))

    def learned_from(self, resource: str, rows: Iterable[Row]) -> frozenset[bytes]:
        """Return the new marks of forgotten people in *rows*: the id of a known e-mail, or the e-mail of a known id.

        Only a customer's own record is trusted; an order may carry anybody's address.
        """
        if not self.marks or not _is_person(resource):
            return frozenset()
        known = [Person().joined(row) for row in rows if self.has(resource, row)]
        return frozenset[bytes]().union(*map(self.marks_of, known)) - self.marks

    def unreadable(self, resource: str, record_id: str, payload: str) -> str:
        """Return what remains of the *payload* of a quarantined record: ``{}`` where it names somebody forgotten."""
        if not self.marks or RESOURCES[resource].person is None:
            return payload
        is_theirs = _is_person(resource) and self._knows(record_id, None)
        return "{}" if is_theirs or any(self._knows(*one) for one in _named(json.loads(payload))) else payload

    def digest(self, digest: bytes) -> bytes:
        """Return a keyed digest of *digest*, by which nobody can try out what was erased."""
        return blake2b(digest, key=self.key, digest_size=len(digest)).digest()

    def blanked(self, resource: str, record: Record) -> Record:
        """Return *record* without its personal data."""
        rows = {table: blanked_rows(resource, TABLES[table], rows) for table, rows in record.rows.items()}
        parts = {name: self.body(resource, part)[0].encode() for name, part in record.parts.items()}
        return replace(record, rows=rows, parts=parts)

    def body(self, resource: str, body: str | bytes) -> tuple[str, set[str]]:
        """Return the JSON that remains of a part, and the set of texts that do not."""
        value = json.loads(body)
        remaining = self.remainder.of(resource, value)
        return json.dumps(remaining, separators=(",", ":")), set(texts(value)) - set(texts(remaining))

    def _knows(self, customer_id: str | None, email: str | None) -> bool:
        plain = email_of(email)
        return (customer_id is not None and self._mark("id", customer_id) in self.marks) or (
            bool(plain) and self._mark("email", plain) in self.marks
        )

    def _mark(self, kind: str, value: str) -> bytes:
        named = f"{self.store_id}\0{kind}\0{value}".encode("utf-8", "surrogatepass")
        return blake2b(named, key=self.key, digest_size=16).digest()


def personal_columns(table: Table) -> tuple[str, ...]:
    """Return the columns of *table* that hold personal data; of ``customers``, all that are declared."""
    if _is_person(table.name):
        return tuple(column.name for column in table.columns)
    return tuple(column.name for column in table.columns if column.personal)


def blanked_rows(resource: str, table: Table, rows: Iterable[Row]) -> list[Row]:
    """Return what remains of the *rows* of *table* that belong to a record of *resource*."""
    if _is_person(resource) and table.name != resource:
        return []
    gone = frozenset(personal_columns(table))
    return [{name: value for name, value in row.items() if name not in gone} for row in rows]


def email_of(value: str | None) -> str:
    """Return an e-mail address normalised for comparison: case folded, an international domain in ASCII (IDNA)."""
    address = unicodedata.normalize("NFC", value or "").strip().casefold()
    name, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{name}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def quotes(text: str, identifiers: Iterable[str]) -> bool:
    """Return whether *text* contains one of somebody's *identifiers*: an e-mail, or a number within more text.

    A text that is only the number does not count: it is its owner's, and a household may share a phone.
    """
    return any(
        re.search(rf"(?<![\w.+-]){re.escape(one)}(?![\w-]|\.\w)", text, re.IGNORECASE)
        for one in identifiers
        if "@" in one or text.strip() != one
    )


def texts(value: Any) -> Iterator[str]:
    """Yield all texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def _named(value: Any) -> Iterator[tuple[str | None, str | None]]:
    """Yield each customer's id and each e-mail that a JSON value holds."""
    for text in texts(value):
        if "@" in text:
            yield None, text
        if match := _CUSTOMER(text):
            yield match[1], None
    for customer in _customers(value):
        found = customer.get("id")
        if isinstance(found, str | int):
            yield str(found).rsplit("/", 1)[-1], None


_CUSTOMER = re.compile(r"gid://shopify/Customer/(\d+)").fullmatch
"""A reference to a customer, by whatever name it stands."""


def _customers(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("customer"), dict):
        yield value["customer"]
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _customers(one)


def _is_person(resource: str) -> bool:
    return resource in RESOURCES and RESOURCES[resource].person == "id"


def _only(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_only(one, names) for one in value]
    if not isinstance(value, dict):
        return None
    return {name: one for name, one in value.items() if name in names and not isinstance(one, dict | list)}
