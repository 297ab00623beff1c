"""A field that the app is not approved to see is null, and null climbs where the schema does not allow it."""

import pytest

from tests.kits.shopify_api import Api

CHECKOUTS = "{ shop { id } abandonedCheckouts(first: 3) { nodes { id abandonedCheckoutUrl } } }"
URL = "AbandonedCheckout.abandonedCheckoutUrl"
STATUS = "Order.statusPageUrl"


@pytest.fixture
def ask():
    return Api()


@pytest.fixture
def shop(ask):
    return ask.shop


def gid(shop, resource, kind):
    return f"gid://shopify/{kind}/{next(iter(shop.resources[resource]))}"


def test_null_climbs_from_a_list_up_to_the_whole_data(ask, shop):
    """Checkouts, their list and their connection must not be null: nothing is left, with one error."""
    shop.state["withheld"] = {URL}
    answer = ask(CHECKOUTS)
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["abandonedCheckouts", "nodes", 0, "abandonedCheckoutUrl"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"


def test_null_stops_at_the_first_parent_that_may_be_null(ask, shop):
    """`order` and an entry of `nodes` may be null; what is beside them is answered."""
    shop.state["withheld"] = {STATUS}
    gids = [gid(shop, "products", "Product"), gid(shop, "orders", "Order")]
    answer = ask(
        """query($id: ID!, $ids: [ID!]!) { shop { name } order(id: $id) { id statusPageUrl }
          nodes(ids: $ids) { id ... on Order { statusPageUrl } } }""",
        id=gids[1],
        ids=gids,
    )
    assert answer["data"] == {"shop": {"name": shop.name}, "order": None, "nodes": [{"id": gids[0]}, None]}
    assert [error["path"] for error in answer["errors"]] == [["order", "statusPageUrl"], ["nodes", 1, "statusPageUrl"]]


def test_an_alias_climbs_as_its_field(ask, shop):
    shop.state["withheld"] = {STATUS}
    answer = ask("query($id: ID!) { order(id: $id) { id link: statusPageUrl } }", id=gid(shop, "orders", "Order"))
    assert (answer["data"], answer["errors"][0]["path"]) == ({"order": None}, ["order", "link"])


def test_null_climbs_through_a_record_below_another(ask, shop):
    """`Customer.lastOrder` may be null: the customer stays."""
    shop.state["withheld"] = {STATUS}
    answer = ask("{ customers(first: 250) { nodes { id lastOrder { statusPageUrl } } } }")
    nodes = answer["data"]["customers"]["nodes"]
    bought = [one for one in shop.resources["customers"].values() if one["last_order_id"]]
    assert not any(node["lastOrder"] for node in nodes)
    assert len(answer["errors"]) == len(bought) > 1


def test_fields_before_the_one_that_ends_it_keep_their_errors(ask, shop):
    """A server stops below a parent that is null: what comes after has no error."""
    shop.state["withheld"] = {STATUS, "Order.email", "Order.phone"}
    answer = ask("query($id: ID!) { order(id: $id) { email statusPageUrl phone } }", id=gid(shop, "orders", "Order"))
    assert [error["path"][-1] for error in answer["errors"]] == ["email", "statusPageUrl"]


@pytest.mark.parametrize(
    ("form", "path"), [("path", ["customers", "nodes", 0, "firstName"]), ("list path", ["customers", "nodes", 0])]
)
def test_the_path_of_a_refusal_may_end_above_its_field(ask, shop, form, path):
    shop.state |= {"withheld": {"Customer.firstName"}, "refusal form": form}
    answer = ask("{ customers(first: 1) { nodes { firstName } } }")
    assert (answer["data"], answer["errors"][0]["path"]) == ({"customers": {"nodes": [{"firstName": None}]}}, path)


def test_a_refusal_may_have_no_path(ask, shop):
    shop.state |= {"withheld": {URL}, "refusal form": "no path"}
    answer = ask(CHECKOUTS)
    assert (answer["data"], answer["errors"][0].keys()) == (None, {"message", "extensions"})


def test_a_bulk_operation_over_a_field_that_must_not_be_null_fails(ask, shop):
    """As for a missing scope; over a field that may be null it completes."""
    shop.state["withheld"] = {URL, "AbandonedCheckout.billingAddress"}
    failed = ask.bulk("{ abandonedCheckouts { edges { node { id abandonedCheckoutUrl } } } }")
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", "ACCESS_DENIED", None)
    done = ask.bulk("{ abandonedCheckouts { edges { node { id billingAddress { id } } } } }")
    assert (done["status"], {line["billingAddress"] for line in done["lines"]}) == ("COMPLETED", {None})


def test_a_bulk_operation_over_such_a_field_of_a_child_fails(ask, shop):
    shop.state["withheld"] = {"LineItem.title"}
    assert ask.bulk("{ orders { edges { node { id lineItems { edges { node { id title } } } } } } }")["errorCode"]
