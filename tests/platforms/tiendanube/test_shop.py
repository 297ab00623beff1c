"""A simulated Tiendanube shop is read whole, whatever happens to it meanwhile."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from storesync.errors import (
    BadResponse,
    FormatChanged,
    RequestRefused,
    ScopeMissing,
    Suspended,
    TokenRejected,
    UsageError,
)
from storesync.model import App, Credential, Query
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.platforms.records import unreadable
from storesync.platforms.tiendanube.listing import Window, spelled
from storesync.platforms.tiendanube.platform import Tiendanube
from storesync.platforms.tiendanube.store import shop_of
from storesync.simulator import audit
from storesync.simulator.faults import Rule
from storesync.simulator.simulator import Simulator
from storesync.simulator.tiendanube import lists
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World

RESOURCES = ("products", "categories", "customers", "orders")


class Rig:
    """One simulated shop and a platform that reads it, on one clock that sleeping moves."""

    def __init__(self, *, orders=60, **options):
        self.seconds = 0.0
        self.world = World(7, self.now)
        self.shop = self.world.add_shop("tiendanube", "123456", orders=orders)
        self.simulator = Simulator(self.world)
        http = HttpClient("app (a@b.c)", self.now, lambda: self.seconds, self.sleep, lambda: 0.5)
        http.transport = SimulatorTransport(self.simulator, self.sleep)
        self.platform = Tiendanube(http, **options)
        self.traffic = RequestBudget()

    def now(self):
        return datetime(2026, 11, 22, 10, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def sleep(self, seconds):
        self.seconds += seconds

    def session(self, token=None):
        credential = Credential("oauth", token or self.shop.issue_token())
        return self.platform.open("123456", credential, shop=None, traffic=self.traffic)

    def read(self, resource, **query):
        return list(self.session().pages(Query(resource, **query)))

    def fault(self, **rule):
        self.simulator.faults.add(Rule(**rule))

    def asked(self):
        return [call.target for call in self.simulator.requests if "/store" not in call.target]


def tables(pages):
    found = {}
    for page in pages:
        assert not page.rejects
        for record in page.records:
            for table, rows in record.rows.items():
                found.setdefault(table, {}).update({row["id"]: row for row in rows})
    return found


def must_be_whole(rig, resource, pages):
    """Fail unless *pages* hold every row of the truth, and nothing else."""
    held = tables(pages)
    for table, truth in audit.truth(rig.shop, resource).items():
        assert set(held.get(table, {})) == set(truth)
        for row_id, told in truth.items():
            # The path is derived where the whole tree is known: in the database.
            columns = {name: value for name, value in told.items() if name != "path"}
            row = {name: held[table][row_id].get(name) for name in columns}
            assert row == columns, table


def ids(pages):
    return [record.id for page in pages for record in page.records]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_shop_is_read_as_it_is(resource):
    rig = Rig(orders=450)
    pages = rig.read(resource)
    must_be_whole(rig, resource, pages)
    assert pages[-1].source_count == len(rig.shop.resources[resource])
    assert all(page.cursor for page in pages[:-1])
    assert pages[-1].end_signal


def test_the_shop_says_who_it_is():
    rig = Rig()
    shop = rig.session().describe()
    assert (shop.id, shop.key, shop.domain) == ("123456", "123456", rig.shop.domain)
    assert (shop.time_zone, shop.currency, shop.language) == (
        rig.shop.time_zone,
        rig.shop.currency,
        rig.shop.language,
    )
    assert shop.name == rig.shop.name


def test_a_shop_of_an_unknown_country_has_no_time_zone():
    shop = shop_of({"id": 5, "country": "xx", "domains": ["www.x.example"], "name": {}}, "5")
    assert (shop.country, shop.time_zone, shop.domain, shop.name) == ("XX", None, "www.x.example", "www.x.example")


def test_a_shop_without_an_id_is_no_shop():
    with pytest.raises(BadResponse):
        shop_of({"name": "x"}, "5")


def test_scopes_and_first_pages_are_not_told():
    session = Rig().session()
    assert session.granted_scopes() is None
    assert session.first_pages([Query("orders")]) == {}


def test_an_increment_brings_what_changed_since():
    rig = Rig()
    rig.sleep(3600)
    since = rig.now()
    touched = next(iter(rig.shop.resources["orders"]))
    rig.shop.touch("orders", touched, note="cambiado")
    pages = rig.read("orders", since=since)
    assert ids(pages) == [touched]
    assert pages[-1].source_count is None


def test_an_order_that_completes_late_is_not_missed_for_its_low_id():
    rig = Rig()
    first = min(rig.shop.resources["orders"], key=int)
    rig.sleep(3600)
    since = rig.now()
    rig.shop.resources["orders"]["17"] = {**rig.shop.resources["orders"][first], "id": "17", "updated_at": since}
    assert "17" in ids(rig.read("orders", since=since))


@pytest.mark.parametrize("cap", [7, 100, 299, 300])
def test_more_orders_than_one_query_shows_are_read_in_windows(cap):
    rig = Rig(orders=300, orders_cap=cap)
    pages = rig.read("orders")
    must_be_whole(rig, "orders", pages)
    is_split = cap < 300
    assert any("created_at_max" in target for target in rig.asked()) == is_split
    assert pages[-1].source_count == (None if is_split else 300)
    assert {page.expected for page in pages} == {300}


def test_windows_overlap_because_nobody_says_whose_their_edges_are():
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    early, late = Window(None, noon + timedelta(hours=1)).halves(noon)
    assert early.until == late.since
    edge = early.until
    assert early.params() == {"created_at_max": spelled(edge + timedelta(seconds=1))}
    assert late.params()["created_at_min"] == spelled(edge - timedelta(seconds=1))


def test_the_last_window_has_no_end():
    rig = Rig(orders=300, orders_cap=100)
    rig.read("orders")
    assert "created_at_max" not in rig.asked()[-1]
    assert "created_at_min" in rig.asked()[-1]


def test_an_increment_after_a_mass_edit_is_read_in_windows_too():
    rig = Rig(orders=300, orders_cap=100)
    rig.sleep(3600)
    since = rig.now()
    for order_id in rig.shop.resources["orders"]:
        rig.shop.touch("orders", order_id)
    must_be_whole(rig, "orders", rig.read("orders", since=since))
    assert all("updated_at_min" in target for target in rig.asked())


def test_a_windowed_listing_goes_on_from_any_cursor():
    rig = Rig(orders=90, orders_cap=40)
    whole = rig.read("orders")
    for number, page in enumerate(whole[:-1]):
        rest = rig.read("orders", cursor=page.cursor)
        assert [ids([one]) for one in rest] == [ids([one]) for one in whole[number + 1 :]]


def test_a_refusal_deep_in_the_list_splits_it(monkeypatch):
    monkeypatch.setattr(lists, "ORDERS_CAP", 400)
    rig = Rig(orders=450)
    must_be_whole(rig, "orders", rig.read("orders"))


def test_a_refusal_that_no_window_mends_is_told():
    rig = Rig()
    rig.fault(path="/orders", times=None, status=422)
    with pytest.raises(RequestRefused):
        rig.read("orders")
    assert len(rig.asked()) < 50


def test_orders_that_arrive_while_windows_are_read_are_seen():
    rig = Rig(orders=300, orders_cap=100)
    session = rig.session()
    pages = session.pages(Query("orders"))
    read = [next(pages), next(pages)]
    rig.sleep(60)
    fresh = {**next(iter(rig.shop.resources["orders"].values())), "id": "999", "created_at": rig.now()}
    rig.shop.resources["orders"]["999"] = fresh
    assert "999" in ids([*read, *pages])


@pytest.mark.parametrize("victim", [0, 150, 399])
def test_a_deletion_while_reading_hides_no_other_record(victim):
    rig = Rig(orders=1200)
    customers = rig.shop.resources["customers"]
    pages = rig.session().pages(Query("customers"))
    read = [next(pages), next(pages)]
    gone = ids(read)[victim]
    rig.shop.remove("customers", gone)
    assert set(ids([*read, *pages])) - {gone} == set(customers)


@pytest.mark.parametrize("resource", RESOURCES)
def test_records_are_counted_and_listed_by_id(resource):
    rig = Rig(orders=300, orders_cap=100)
    session = rig.session()
    held = rig.shop.resources[resource]
    assert session.count(resource) == len(held)
    listed = [version for page in session.versions(resource) for version in page.versions]
    assert {version.id for version in listed} == set(held)
    stamp = next(iter(held.values()))
    told = {version.id: version.updated_at for version in listed}
    assert told[stamp["id"]] == stamp["updated_at"].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_empty_list_counts_nothing():
    rig = Rig()
    rig.shop.resources["customers"].clear()
    assert rig.session().count("customers") == 0


def test_orders_that_cannot_be_counted_at_once_are_counted_in_windows():
    rig = Rig()
    rig.fault(path="/orders", times=1, status=422)
    assert rig.session().count("orders") == 60


@pytest.mark.parametrize("resource", RESOURCES)
def test_records_are_fetched_by_id_and_those_gone_are_left_out(resource):
    rig = Rig(orders=300)
    wanted = [*list(rig.shop.resources[resource])[:35], "1"]
    page = rig.session().fetch(resource, wanted)
    assert {record.id for record in page.records} == set(wanted) - {"1"}
    assert page.end_signal


def test_products_are_fetched_thirty_at_a_time():
    rig = Rig(orders=300)
    rig.session().fetch("products", list(rig.shop.resources["products"])[:61])
    assert len(rig.asked()) == 3


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_record_is_the_same_however_it_was_read(resource):
    rig = Rig(orders=60)
    record = rig.read(resource)[0].records[-1]
    [again] = rig.session().fetch(resource, [record.id]).records
    assert again.parts == record.parts
    assert again.rows == record.rows


def test_a_revoked_token_is_refused_after_one_request():
    rig = Rig()
    session = rig.session(token="gone")
    with pytest.raises(TokenRejected):
        session.describe()
    assert len(rig.simulator.requests) == 1


def test_an_unpaid_shop_is_suspended():
    rig = Rig()
    rig.fault(status=402, body="<html></html>", times=None)
    with pytest.raises(Suspended):
        rig.session().describe()


def test_a_missing_scope_costs_its_resource_only():
    rig = Rig()
    session = rig.session(rig.shop.issue_token(("read_orders", "read_products")))
    with pytest.raises(ScopeMissing) as raised:
        list(session.pages(Query("customers")))
    assert raised.value.scope == "read_customers"
    pages = list(session.pages(Query("orders")))
    assert {order["customer_id"] for order in tables(pages)["orders"].values()} == {None}


def test_a_body_cut_short_is_asked_for_again():
    rig = Rig()
    rig.fault(path="/orders", truncate=0.5, declared=False)
    must_be_whole(rig, "orders", rig.read("orders"))


def test_a_long_load_is_paced_and_never_refused():
    rig = Rig(orders=300)
    session = rig.session()
    for _ in range(100):
        session.count("orders")
    assert {call.status for call in rig.simulator.requests} == {200}
    assert rig.seconds <= (100 - 40) / 2 * 1.05


def consent(rig, state="abc"):
    app = rig.world.apps["tiendanube"]
    ours = App(app.client_id, app.client_secret)
    url = rig.platform.authorize_url(None, app=ours, state=state, redirect_url=app.redirect_url)
    with httpx.Client(transport=SimulatorTransport(rig.simulator)) as browser:
        location = browser.get(url).headers["location"]
    answer = {name: value[0] for name, value in parse_qs(urlsplit(location).query).items()}
    code = rig.platform.code_of(answer, key=None, app=ours, state="abc", now=rig.now())
    return ours, code


def test_a_merchants_consent_opens_the_shop():
    rig = Rig()
    app, code = consent(rig)
    granted = rig.platform.exchange(None, code, app=app)
    assert granted.key == "123456"
    assert "read_orders" in granted.credential.scopes
    assert rig.session(granted.credential.access_token).describe().id == "123456"


def test_a_code_works_once():
    rig = Rig()
    app, code = consent(rig)
    rig.platform.exchange(None, code, app=app)
    with pytest.raises(UsageError, match="used already"):
        rig.platform.exchange(None, code, app=app)


def listing(rows):
    """A session that is given *rows* as its only page."""
    rig = Rig()
    rig.fault(path="/customers", times=None, status=200, body=rows)
    return rig.session()


def test_a_record_that_cannot_be_read_is_quarantined():
    session = listing([{"id": n} for n in range(1, 20)] + [{"id": 20, "total_spent": "lots"}])
    [page] = session.pages(Query("customers"))
    [(odd, reject)] = unreadable(page.records, fresh={record.id for record in page.records})
    assert (len(page.records), odd.id, reject.id, reject.reason) == (20, "20", "20", "an amount is not a number")


def test_ids_without_ids_are_a_changed_format():
    with pytest.raises(FormatChanged):
        list(listing([{"updated_at": None}]).versions("customers"))
