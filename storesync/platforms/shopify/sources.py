"""How Shopify offers our resources: connections, ids, page sizes, and what is nested in a record.

Schema: https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection nested in a record; a list under its own name once the record is whole.

    *field* lies in the record, or in each element of the record's list *under*. *rest* is
    the document that brings what did not fit on its first page, None where that page is
    all we want.
    """

    field: str
    rest: str | None
    under: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource comes from.

    *root* is the connection of all records, *type_name* the records' GraphQL type, *scope*
    what a token needs. *size* records are asked for at first; *first_size* when the
    first pages of several resources share one request.
    """

    resource: str
    root: str
    type_name: str
    scope: str
    size: int
    first_size: int
    connections: tuple[Connection, ...]
    whole_days: bool = False

    @property
    def count(self) -> str:
        """The field that counts all records."""
        return f"{self.root}Count"

    def gid(self, record_id: str) -> str:
        """Return the global id of the record with the number *record_id*."""
        return f"gid://shopify/{self.type_name}/{record_id}"


SOURCES = {
    source.resource: source
    for source in (
        Source(
            "products",
            root="products",
            type_name="Product",
            scope="read_products",
            size=50,
            first_size=15,
            connections=(
                Connection("variants", "rest_of_product_variants"),
                Connection("media", "rest_of_product_media"),
                Connection("media", None, under="variants"),
            ),
        ),
        Source(
            "categories",
            root="collections",
            type_name="Collection",
            scope="read_products",
            size=50,
            first_size=10,
            connections=(Connection("products", "rest_of_collection_products"),),
        ),
        # The filter on customers' update time is documented to match whole days:
        # https://shopify.dev/docs/api/admin-graphql/2026-10/queries/customers
        Source(
            "customers",
            root="customers",
            type_name="Customer",
            scope="read_customers",
            size=100,
            first_size=25,
            connections=(Connection("addressesV2", "rest_of_customer_addresses"),),
            whole_days=True,
        ),
        Source(
            "orders",
            root="orders",
            type_name="Order",
            scope="read_orders",
            size=25,
            first_size=10,
            connections=(
                Connection("lineItems", "rest_of_order_line_items"),
                Connection("shippingLines", "rest_of_order_shipping_lines"),
                Connection("discountApplications", "rest_of_order_discount_applications"),
                Connection("refundLineItems", "rest_of_refund_line_items", under="refunds"),
                Connection("refundShippingLines", "rest_of_refund_shipping_lines", under="refunds"),
                Connection("orderAdjustments", "rest_of_refund_order_adjustments", under="refunds"),
                Connection("fulfillmentLineItems", "rest_of_fulfillment_line_items", under="fulfillments"),
            ),
        ),
    )
}
