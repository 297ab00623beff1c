"""Metafields of the simulated Admin API: listed by their owners, cut into pages, chosen by namespace and key."""

import json

import pytest

from storesync.simulator.metafields import KINDS, owners
from storesync.simulator.shopify.metafields import TYPES
from tests.kits.shopify_api import Api

LISTED = "id namespace key type value createdAt updatedAt owner { __typename ... on Node { id } }"
SINGLY = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Metafield {{ {LISTED} }} }} }}"


@pytest.fixture
def api():
    return Api(orders=4, metafields=3)


def listed(api, owner, arguments="first: 250"):
    text = f"query($id: ID!) {{ node(id: $id) {{ ... on HasMetafields {{ metafields({arguments}) {{ nodes {{ {LISTED} }} }} }} }} }}"  # fmt: skip  # noqa: E501
    answer = api(text, id=owner)
    return answer["data"]["node"]["metafields"]["nodes"]


def test_every_owner_has_its_own(api):
    records = list(api.shop.resources["metafields"].values())
    assert len(records) == 3 * len(list(owners(api.shop)))
    for kind, owner_id in owners(api.shop):
        if kind == "shop":
            continue
        gid = f"gid://shopify/{TYPES[kind]}/{owner_id}"
        found = listed(api, gid)
        own = [one for one in records if (one["owner_kind"], one["owner_id"]) == (kind, owner_id)]
        assert [one["value"] for one in found] == [one["value"] for one in own]
        assert {json.dumps(one["owner"]) for one in found} == {json.dumps({"__typename": TYPES[kind], "id": gid})}
        assert api(SINGLY, ids=[one["id"] for one in found])["data"]["nodes"] == found


def test_they_are_chosen_by_namespace_or_by_key(api):
    product = next(iter(api.shop.resources["products"]))
    gid = f"gid://shopify/Product/{product}"
    assert [one["key"] for one in listed(api, gid)] == [each[1] for each in KINDS[:3]]
    assert listed(api, gid, 'first: 9, namespace: "specs"') == []
    assert [one["key"] for one in listed(api, gid, 'first: 9, keys: ["custom.pieces"]')] == ["pieces"]


def test_they_go_with_their_owner(api):
    shop = api.shop
    product = next(iter(shop.resources["products"]))
    variants = {one["id"] for one in shop.resources["products"][product]["variants"]}
    shop.remove("products", product)
    left = {one["owner_id"] for one in shop.resources["metafields"].values()}
    assert not left & {product, *variants}


def test_definitions_are_listed_for_one_kind_of_owner(api):
    text = "{ metafieldDefinitions(first: 250, ownerType: DRAFTORDER) { nodes { key ownerType type { name } } } }"
    found = api(text)["data"]["metafieldDefinitions"]["nodes"]
    assert {one["ownerType"] for one in found} == {"DRAFTORDER"}
    assert [(one["key"], one["type"]["name"]) for one in found] == [each[1:3] for each in KINDS[::2]]


def test_a_shop_without_metafields_is_as_it_was():
    """What they are made of comes from a stream of its own."""
    plain, rich = Api(orders=6).shop, Api(orders=6, metafields=4).shop
    for shop in (plain, rich):
        shop.resources.pop("metafields"), shop.resources.pop("metafield_definitions")
    assert plain.resources == rich.resources
