"""The simulated app's allow-list: callers from elsewhere are refused, in forms of which none is documented."""

import httpx
import pytest

from storesync.simulator.shopify.access import REFUSALS
from storesync.simulator.transport import SimulatorTransport


@pytest.fixture
def ask(simulator, shopify):
    """Ask the shop's name with a token of this kind."""

    def asked(kind="oauth"):
        headers = {"X-Shopify-Access-Token": shopify.issue_token(kind=kind)}
        with httpx.Client(transport=SimulatorTransport(simulator), base_url=f"https://{shopify.domain}") as client:
            return client.post("/admin/api/2026-10/graphql.json", headers=headers, json={"query": "{ shop { name } }"})

    return asked


@pytest.mark.parametrize("form", REFUSALS)
def test_a_caller_from_elsewhere_is_refused(simulator, ask, form):
    """With the status and the words of the form, and no data."""
    simulator.world.allow_list, simulator.world.refusal = {"198.51.100.7"}, form

    answer = ask()

    assert (answer.status_code, "Tienda" in answer.text) == (REFUSALS[form][0], False)
    assert ("203.0.113.9" in answer.text) == ("{address}" in REFUSALS[form][2])


@pytest.mark.parametrize("allowed", [None, {"203.0.113.9"}])
def test_a_caller_on_the_list_is_answered(simulator, ask, allowed):
    """As is everybody without a list."""
    simulator.world.allow_list = allowed

    assert ask().json()["data"]["shop"]["name"]


def test_a_token_of_another_app_is_not_concerned(simulator, ask):
    """One that the merchant made in the admin."""
    simulator.world.allow_list = set()

    assert ask("static").status_code == 200


@pytest.mark.parametrize(("closed", "status"), [(False, 400), (True, 403)])
def test_the_token_endpoint_answers_unless_the_shop_itself_is_closed(simulator, shopify, closed, status):
    """No allow-list counts there."""
    simulator.world.allow_list, app = set(), simulator.world.apps["shopify"]
    shopify.state["closed"] = closed
    form = {"client_id": app.client_id, "client_secret": app.client_secret, "code": ""}

    with httpx.Client(transport=SimulatorTransport(simulator)) as client:
        assert client.post(f"https://{shopify.domain}/admin/oauth/access_token", data=form).status_code == status
