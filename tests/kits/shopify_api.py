"""The simulated Admin API of one small shop, asked without a network."""

import json
from datetime import UTC, datetime

from storesync.simulator.shop import SCOPES
from storesync.simulator.shopify import api
from storesync.simulator.shopify.access import OTHERS
from storesync.simulator.wire import Headers, SimRequest
from storesync.simulator.world import World

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
RUN = """mutation Run($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: true) {
  bulkOperation { id } userErrors { code message } } }"""
STATUS = "query Status($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount url } }"


class Api:
    """Answers of a shop with so many *orders*; rate limits are off, bulk operations complete at once."""

    def __init__(self, *, orders=10, country="US", **numbers):
        self.world = World(7, lambda: NOW)
        self.world.limits = False
        self.shop = self.world.add_shop("shopify", "alpha", orders=orders, country=country, **numbers)
        self.token = self.shop.issue_token({*SCOPES["shopify"]} | OTHERS)
        api.bulk_of(self.shop).instant = True

    def send(self, document, *, version="2026-10", **variables):
        """Return the response to *document*."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = Headers({"X-Shopify-Access-Token": self.token})
        path = f"/admin/api/{version}/graphql.json"
        return api.handle(
            SimRequest("POST", path, {}, headers, body, "https://storage.example.com", "alpha"), self.world
        )

    def __call__(self, document, *, version="2026-10", **variables):
        """Return the response's JSON."""
        return json.loads(self.send(document, version=version, **variables).body)

    def bulk(self, query):
        """Run *query* as a bulk operation, and return the operation with its ``lines``."""
        started = self(RUN, query=query)["data"]["bulkOperationRunQuery"]
        assert not started["userErrors"]
        operation = self(STATUS, id=started["bulkOperation"]["id"])["data"]["bulkOperation"]
        files = list(api.bulk_of(self.shop).files.values())
        content = b"".join(files[-1][1].read(0, files[-1][1].size))
        return operation | {"lines": [json.loads(line) for line in content.splitlines()]}
