"""What is about a person, and what remains: of every record that a platform documents or the simulator sends."""

import json

import pytest

from storesync.model import Record, RejectedRecord
from storesync.platforms.shopify.platform import Shopify
from storesync.platforms.shopify.rows import rows_of as shopify_rows
from storesync.platforms.shopify.sources import SOURCES
from storesync.platforms.tiendanube.platform import Tiendanube
from storesync.platforms.tiendanube.rows import rows_of as tiendanube_rows
from storesync.rules.personal import Forgotten, Person, email_of, texts
from storesync.tables import RESOURCES, TABLES
from tests.kits.samples import TESTS
from tests.kits.storage import opened, order
from tests.kits.tiendanube_examples import SHOP, documented, made

ROWS = {"shopify": (shopify_rows, Shopify.remainder), "tiendanube": (tiendanube_rows, Tiendanube.remainder)}
OF_PEOPLE = [name for name, resource in RESOURCES.items() if resource.person]
KEY = b"k" * 32

DOCUMENTED_PEOPLE = (
    "Maria Silva",
    "John Doe",
    "buyer@tiendanube.com",
    "john.doe@example.com",
    "551533276436",
    "75839566500",
    "Rua Doutor Azevedo Sampaio",
    "Evergreen Terrace",
    "Apartment 8",
    "18010220",
    "Nuvem Shop LTDA",
    "388108598269",
    "181.16.41.4",
    "Mozilla",
    "Recipient name",
    "11988864311",
    "11223344B",
    "Some Street",
    "gift wrap",
)
"""Words about buyers in the documented records; the shop's own are not among them."""


NEVER_SENT = {("order_refunds", "note"), ("customer_addresses", "company")}
"""Columns that no sample fills."""


def documented_parts():
    for resource, record in (getattr(one, "values", one) for one in (*documented(), *made())):
        if resource in OF_PEOPLE:
            yield "tiendanube", resource, {"record": record}


def simulated_parts(program):
    keys = {"tiendanube": "123456", "shopify": "alpha"}
    for platform, key in keys.items():
        shop = program.world.add_shop(platform, key, orders=40, metafields=2)
        if platform == "shopify":
            program.connect_for(shop, *SOURCES)
        else:
            program.connect(platform, key)
        records = {}
        rows = program.sql(
            """SELECT resource, payloads.id, part, body FROM payloads JOIN stores ON stores.id = store_id
                WHERE platform = ?""",
            platform,
        )
        for resource, record_id, part, body in rows:
            if resource in OF_PEOPLE:
                records.setdefault((resource, record_id), {})[part] = json.loads(body)
        yield from ((platform, resource, parts) for (resource, _), parts in records.items())


def remaining(platform, resource, parts):
    """Return the rows of a record, those of what remains of it, and what remains."""
    rows_of, remainder = ROWS[platform]
    kept = {name: remainder.of(resource, part) for name, part in parts.items()}
    return rows_of(resource, parts, SHOP), rows_of(resource, kept, SHOP), kept


def personal(table):
    """Return the columns that the manual marks."""
    return {column.name for column in TABLES[table].columns if column.personal}


def figures(table, row):
    return {name: value for name, value in row.items() if name not in personal(table)}


def test_what_remains_makes_the_same_figures_and_no_person(program):
    """The rows of what remains are those of the whole record, but that the columns marked as personal are empty."""
    seen = set()
    for platform, resource, parts in (*documented_parts(), *simulated_parts(program)):
        whole, left, _ = remaining(platform, resource, parts)
        for name, rows in whole.items():
            seen |= {(name, column) for row in rows for column in row if row[column] not in (None, "[]")}
            if name == "customer_addresses":
                assert left.get(name, []) == []
            elif name != "customers":
                assert [figures(name, row) for row in left[name]] == [figures(name, row) for row in rows]
                assert {row.get(column) for row in left[name] for column in personal(name)} <= {None, "[]"}

    # Each dagger was put to the test by a record that has something there.
    assert {(name, column) for name in TABLES for column in personal(name)} <= seen | NEVER_SENT


def test_no_word_about_a_documented_buyer_remains():
    """Not in any field of the records that the documentation prints, whether a column is made of it or not."""
    for platform, resource, parts in documented_parts():
        body = json.dumps(remaining(platform, resource, parts)[2], ensure_ascii=False)
        assert [one for one in DOCUMENTED_PEOPLE if one in body] == [], (resource, parts["record"]["id"])


@pytest.mark.parametrize("platform", ROWS)
@pytest.mark.parametrize("resource", OF_PEOPLE)
def test_a_field_that_nobody_knows_does_not_remain(platform, resource):
    """What the platform adds tomorrow goes with the person, wherever it stands and whatever it holds."""
    new = {"whatsapp": "zzqcanary", "extra": {"name": "zzqcanary", "list": [{"id": "zzqcanary"}]}}
    inside = {"customer": new, "lineItems": [new], "products": [new], "shippingAddress": new, "shipping_address": new}

    kept = ROWS[platform][1].of(resource, {"id": "1", **new, **inside, "recipient": {"name": "zzqcanary"}})

    assert "zzqcanary" not in json.dumps(kept)
    assert kept["id"] == "1"


def test_an_address_is_one_however_it_is_written():
    """Case, spaces and the two ways to write an accent make no difference."""
    assert email_of(" Ana.PEN\u0303A@Example.com\n") == email_of("ana.pe\u00f1a@example.com")
    assert email_of("ana@Pe\u00f1a.example") == email_of("ana@xn--pea-8ma.example")
    assert email_of("ana@\u00f1..example") == "ana@\u00f1..example"
    assert email_of(None) == ""


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


def forgotten_by(store, *emails, ids=()):
    nobody = Forgotten(store.id, Shopify.remainder, key=KEY)
    marks = nobody.marks_of(Person(frozenset(ids), frozenset(map(email_of, emails))))
    return Forgotten(store.id, Shopify.remainder, marks, KEY)


def bought(order_id, email, customer_id=None, note="Hola", updated_at="2026-11-22T10:00:00Z"):
    sent = {"record": json.dumps({"id": order_id, "email": email, "note": note}).encode()}
    return order(order_id, updated_at, email=email, customer_id=customer_id, note=note, total=5, parts=sent)


def test_the_page_writer_blanks_those_who_are_forgotten(stock):
    """By id or e-mail, in rows and payloads; the figures and everybody else come in whole."""
    store = stock.connect()
    forgotten = forgotten_by(store, "Ana@example.com", ids=("7",))
    page = (bought("1", "ANA@example.com"), bought("2", "x@example.com", "7"), bought("3", "bob@example.com", "8"))

    stock.save(stock.take(store), *page, forgotten=forgotten)

    assert stock.rows("SELECT id, email, note, total FROM orders ORDER BY id") == [
        ("1", None, None, 5),
        ("2", None, None, 5),
        ("3", "bob@example.com", "Hola", 5),
    ]
    assert stock.rows("SELECT body FROM payloads WHERE id < '3'") == [('{"id":"1"}',), ('{"id":"2"}',)]


def test_what_is_blanked_is_written_only_where_it_changed(stock):
    """The digest is of what came, though keyed: an equal record writes nothing, a changed one does."""
    store = stock.connect()
    lease, forgotten = stock.take(store), forgotten_by(store, "ana@example.com")
    stock.save(lease, bought("1", "ana@example.com"), forgotten=forgotten)

    again = stock.save(lease, bought("1", "ana@example.com"), forgotten=forgotten)
    changed = stock.save(lease, bought("1", "ana@example.com", note="Chau"), forgotten=forgotten)

    assert (again.rows, changed.rows) == (0, 1)
    assert stock.rows("SELECT digest FROM payloads") != [(bought("1", "ana@example.com", note="Chau").digest,)]


def test_a_mark_of_one_store_means_nothing_in_another(stock):
    """The same person has other marks there: nobody can tell from them that it is one."""
    alpha, beta = stock.connect("shopify:alpha"), stock.connect("shopify:beta")

    assert not forgotten_by(alpha, "ana@example.com").marks & forgotten_by(beta, "ana@example.com").marks


@pytest.mark.parametrize(
    ("resource", "record_id", "payload", "is_theirs"),
    [
        ("orders", "1", {"customer": {"id": "gid://shopify/Customer/7"}, "note": "Ana"}, True),
        ("orders", "1", {"deep": [{"mail": "ANA@example.com"}]}, True),
        ("customers", "7", {"name": "Ana"}, True),
        ("metafields", "1", {"value": "Ana", "owner": {"id": "gid://shopify/Customer/7"}}, True),
        ("metafields", "1", {"value": "Bob", "owner": {"id": "gid://shopify/Customer/70"}}, False),
        ("orders", "7", {"name": "Bob"}, False),
        ("products", "7", {"vendor": "ana@example.com"}, False),
    ],
)
def test_an_unreadable_record_of_the_forgotten_is_quarantined_empty(stock, resource, record_id, payload, is_theirs):
    """No row could be made of it, but it names the person: that it is there is all that is kept."""
    store = stock.connect()
    reject = RejectedRecord(record_id, "odd", json.dumps(payload).encode())

    forgotten = forgotten_by(store, "ana@example.com", ids=("7",))
    stock.save(stock.take(store), rejects=[reject], resource=resource, forgotten=forgotten)

    [(kept,)] = stock.rows("SELECT payload FROM quarantine")
    assert (kept == "{}") == is_theirs


def test_of_a_customer_only_the_id_and_the_dates_remain(stock):
    """The platform counts the customer still; the addresses go."""
    store = stock.connect()
    row = {"id": "7", "name": "Ana", "city": "Lima", "total_spent": 9, "created_at": "2026-01-01T00:00:00Z"}
    home = {"id": "70", "customer_id": "7", "city": "Lima", "address1": "Sol 1"}
    sent = {
        "record": json.dumps({"id": "7", "displayName": "Ana", "createdAt": "2026", "lastOrder": {"id": 1}}).encode()
    }
    ana = Record("7", "2026-11-22T10:00:00Z", {"customers": [row], "customer_addresses": [home]}, sent)

    stock.save(stock.take(store), ana, resource="customers", forgotten=forgotten_by(store, ids=("7",)))

    [held] = stock.rows("SELECT * FROM customers")
    assert [value for value in held if value is not None][1:3] == ["7", "2026-01-01T00:00:00Z"]
    assert stock.rows("SELECT count(*) FROM customer_addresses") == [(0,)]
    assert stock.rows("SELECT body FROM payloads") == [('{"id":"7","createdAt":"2026"}',)]
    assert "Ana" not in set(texts([list(held)]))


def test_where_nobody_is_forgotten_nothing_is_hashed(stock, monkeypatch):
    """A store without marks pays nothing for those of others."""
    monkeypatch.setattr(Forgotten, "_mark", lambda *_: pytest.fail("hashed"))
    store = stock.connect()

    assert stock.save(stock.take(store), bought("1", "ana@example.com")).rows == 1


def test_the_examples_are_here():
    """The documented records that the other tests walk."""
    assert len(list(documented_parts())) > 10
    assert (TESTS / "examples" / "tiendanube").is_dir()
