"""What follows from a shop's new description of itself."""

from dataclasses import replace

import pytest

from storesync.model import Shop, Store
from storesync.rules.moves import changes_of, differs, to_derive, zone_to_follow
from storesync.tables import RESOURCES

SHOP = Shop("1", "alpha", "Alpha", "alpha.myshopify.com", currency="ARS", time_zone="America/Lima", language="es")
STORE = Store(1, "shopify:alpha", "shopify", SHOP, shop_time_zone="America/Lima")
BY_HAND = replace(STORE, time_zone_by="operator", shop=replace(SHOP, time_zone="Asia/Tokyo"))


def now(**changed):
    return replace(SHOP, **changed)


def test_a_shop_that_is_as_before_changes_nothing():
    """Whoever set its time zone; its name and its plan are no matter of rows."""
    for store in (STORE, BY_HAND):
        assert (changes_of(store, now(name="A", plan="b")), to_derive(store, now())) == ([], ())


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "", None, "../etc/passwd"])
def test_a_time_zone_that_nobody_knows_is_not_followed(zone):
    """Days of UTC would be wrong for sure."""
    shop = now(time_zone=zone)

    assert (zone_to_follow(STORE, shop), to_derive(STORE, shop), changes_of(STORE, shop)) == (None, (), [])


def test_a_time_zone_is_followed_where_none_was_known():
    """It is told that there was none."""
    store = replace(STORE, shop=now(time_zone=None), shop_time_zone=None)
    [change] = changes_of(store, SHOP)

    assert zone_to_follow(store, SHOP) == "America/Lima"
    assert "no longer in an unknown time zone" in change.message


def test_a_shop_that_moves_to_the_zone_that_a_person_set_is_no_news():
    """Both agree then."""
    assert changes_of(BY_HAND, now(time_zone="Asia/Tokyo")) == []


@pytest.mark.parametrize(
    ("by", "own", "found"),
    [("shop", "UTC", False), ("operator", "UTC", True), ("operator", "Asia/Tokyo", False), ("operator", None, False)],
)
def test_zones_differ_only_where_a_person_set_another_than_is_known(by, own, found):
    assert differs(replace(BY_HAND, time_zone_by=by, shop_time_zone=own)) is found


@pytest.mark.parametrize(
    ("changed", "resources"),
    [
        ({"time_zone": "Asia/Tokyo"}, ("orders", "checkouts")),
        ({"currency": "USD"}, ("products", "customers", "coupons")),
        ({"time_zone": "Asia/Tokyo", "currency": "USD"}, ("orders", "checkouts", "products", "customers", "coupons")),
        ({"language": "pt"}, tuple(RESOURCES)),
        ({"language": None, "currency": None}, ()),
    ],
)
def test_what_depends_on_it_is_derived_anew(changed, resources):
    """What a platform no longer tells is no change."""
    assert to_derive(STORE, now(**changed)) == resources


def test_a_currency_that_was_not_known_before_is_no_news():
    assert changes_of(replace(STORE, shop=now(currency=None)), SHOP) == []


def test_the_command_for_a_new_name_connects_in_the_same_way():
    """As its token was obtained; a key that is a word of the command changes nothing else of it."""
    store = replace(STORE, key="shopify:connect", shop=now(key="connect"), token_kind="client_credentials")
    [change] = changes_of(store, now(key="beta", domain="beta.myshopify.com"))

    assert change.message.endswith("move it: storesync connect shopify beta --client-credentials")


@pytest.mark.parametrize("key", ["", "a b", "a;reboot", "-rf", "Ä", "shop.example"])
def test_a_name_that_is_none_is_not_put_into_a_command(key):
    assert changes_of(STORE, now(key=key, domain="other.example")) == []
