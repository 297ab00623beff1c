"""Rows of discounts, by code or automatic.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/unions/Discount
"""

from typing import Annotated, Any, Optional

from msgspec import field

from storesync.model import Row, Shop
from storesync.platforms.shapes import Amount, Count, Flag, Instant, Number, Text, fitted
from storesync.platforms.shopify.objects import Money, Object, Ref, Total, flag, lower, money
from storesync.platforms.values import decimal, identifier, instant, stored

# Only the app itself knows the kind of a discount that it made.
KINDS = {"FreeShipping": "free_shipping", "Bxgy": "buy_x_get_y", "App": "app"}
APPLIES_TO = {"AllDiscountItems": "all", "DiscountProducts": "products", "DiscountCollections": "categories"}


class Code(Object):
    """A code that gives the discount."""

    code: Text = None


class CombinesWith(Object):
    """The other discounts that a discount may be had with."""

    order_discounts: Flag = None
    product_discounts: Flag = None
    shipping_discounts: Flag = None


class MinimumRequirement(Object):
    """What must be bought, of anything."""

    greater_than_or_equal_to_subtotal: Money | None = None


class Purchase(Object):
    """How much must be bought of the items that count."""

    amount: Amount = None


class CustomerBuys(Object):
    """What must be bought, of the items that count."""

    value: Purchase | None = None


class Value(Object):
    """What a discount takes off: a percentage or an amount, or one of them on a number of items."""

    typename: Text = field(default=None, name="__typename")
    percentage: Number = None
    amount: Money | None = None
    effect: Optional["Value"] = None


class Items(Object):
    """The kind of items that a discount is on."""

    typename: Text = field(default=None, name="__typename")


class CustomerGets(Object):
    """What a discount gives, and on what."""

    value: Value | None = None
    items: Items | None = None


class Discount(Object):
    """What a code or a rule gives. Each of the types of discounts has some of these fields."""

    typename: Text = field(default=None, name="__typename")
    title: Text = None
    status: Text = None
    codes: list[Code] | None = None
    codes_count: Total | None = None
    usage_limit: Count = None
    async_usage_count: Count = None
    applies_once_per_customer: Flag = None
    combines_with: CombinesWith | None = None
    minimum_requirement: MinimumRequirement | None = None
    customer_buys: CustomerBuys | None = None
    customer_gets: CustomerGets | None = None
    starts_at: Instant = None
    ends_at: Instant = None
    created_at: Instant = None
    updated_at: Instant = None


def _discount(value: Any) -> Any:
    """Return a discount, None where there is none. Raises `Unreadable` for anything else."""
    return fitted(Discount, value) if value else None


class Coupon(Ref):
    """A discount as it is stored."""

    discount: Annotated[Discount | None, _discount] = None


def coupon_rows(coupon: Coupon, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a discount, with the first of its codes."""
    discount = coupon.discount or Discount()
    typename = discount.typename or ""
    gets, least = discount.customer_gets or CustomerGets(), _least(discount)
    value = gets.value and (gets.value.effect or gets.value)
    row = {
        "id": identifier(coupon.id),
        "code": discount.codes[0].code or None if discount.codes else None,
        "title": discount.title or None,
        "kind": _kind(typename, value),
        **_worth(value or Value()),
        "status": lower(discount.status),
        "min_total": money(least),
        "usage_limit": discount.usage_limit,
        "used_count": discount.async_usage_count,
        "once_per_customer": flag(discount.applies_once_per_customer),
        "combines": _combines(discount.combines_with),
        "applies_to": _applies_to(typename, gets.items),
        "codes_count": _codes_count(typename, discount.codes_count),
        "starts_at": instant(discount.starts_at),
        "ends_at": instant(discount.ends_at),
        "created_at": instant(discount.created_at),
        "updated_at": instant(discount.updated_at),
    }
    if row["currency"] is None and least is not None:
        row["currency"] = least.currency_code or shop.currency
    return {"coupons": [row]}


def _worth(value: Value) -> Row:
    """Return value and currency. Shopify gives a percentage as a fraction here: 0.1 is 10 %.

    https://shopify.dev/docs/api/admin-graphql/2026-10/input-objects/DiscountCustomerGetsValueInput
    """
    part = decimal(value.percentage)
    if part is not None:
        return {"value": stored(part * 100), "currency": None}
    return {"value": money(value.amount), "currency": value.amount.currency_code or None if value.amount else None}


def _kind(typename: str, value: Value | None) -> str | None:
    named = next((kind for ending, kind in KINDS.items() if typename.endswith(ending)), None)
    if named is None and value is not None:
        return {"DiscountPercentage": "percentage", "DiscountAmount": "amount"}.get(value.typename or "")
    return named


def _least(discount: Discount) -> Money | None:
    """Return the minimum purchase, which is a bare amount where only some items count."""
    requirement, buys = discount.minimum_requirement, discount.customer_buys
    if requirement and requirement.greater_than_or_equal_to_subtotal:
        return requirement.greater_than_or_equal_to_subtotal
    return Money(amount=buys.value.amount) if buys and buys.value and buys.value.amount else None


def _combines(classes: CombinesWith | None) -> int | None:
    if classes is None:
        return None
    return int(bool(classes.order_discounts or classes.product_discounts or classes.shipping_discounts))


def _applies_to(typename: str, items: Items | None) -> str | None:
    """Return what the discount applies to; free shipping applies to the whole order."""
    if typename.endswith("FreeShipping"):
        return "all"
    kind = items.typename if items else None
    return APPLIES_TO.get(kind or "", lower(kind))


def _codes_count(typename: str, counted: Total | None) -> int | None:
    return 0 if typename.startswith("DiscountAutomatic") else counted.count if counted else None
