"""Rows of an order's discounts.

An application names the discount; its amount is spread over the allocations of the lines:
https://shopify.dev/docs/api/admin-graphql/2026-10/interfaces/DiscountApplication
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import field

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Amount, Count, Flag, Number, Text, UnsetType
from storesync.platforms.shopify.objects import NOTHING, MoneyBag, Object, lower, shop_money
from storesync.platforms.values import decimal, number, stored

KINDS = {
    "DiscountCodeApplication": "code",
    "AutomaticDiscountApplication": "automatic",
    "ScriptDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
}


class DiscountValue(Object):
    """What a discount takes off: a part or an amount."""

    typename: Text = field(default=None, name="__typename")
    percentage: Number = None
    amount: Amount = None


class DiscountApplication(Object):
    """A discount as it was applied to an order; *index* is its number there."""

    typename: Text = field(default=None, name="__typename")
    index: Count = None
    code: Text = None
    automatic_title: Text = None
    manual_title: Text = None
    script_title: Text = None
    value: DiscountValue | None = None


class DiscountAllocation(Object):
    """A line's share of a discount."""

    allocated_amount_set: MoneyBag | UnsetType | None = UNSET
    discount_application: DiscountApplication | None = None


class Discounted(Object):
    """A line that discounts are spread over. Only a line of shipping says whether it *is_removed*."""

    discount_allocations: list[DiscountAllocation] | UnsetType | None = UNSET
    is_removed: Flag | UnsetType = UNSET


def discount_rows(
    applications: Sequence[DiscountApplication],
    amounts: Mapping[int, Decimal],
    order_id: str,
    currency: str | None,
) -> list[Row]:
    """Return one row for each of the *applications*, numbered as Shopify numbers them."""
    return [_discount(each, place, order_id, currency, amounts) for place, each in enumerate(applications)]


def discount_amounts(lines: Sequence[Discounted], shipping: Sequence[Discounted]) -> dict[int, Decimal]:
    """Return the amount of each application by its index, summed over lines and remaining shipping lines.

    Where not all was read that tells the amounts, there is none.
    """
    amounts: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    for line in (*lines, *shipping):
        if line.discount_allocations is UNSET:
            return {}
        for share in line.discount_allocations or ():
            if share.allocated_amount_set is UNSET:
                return {}
            index = share.discount_application.index if share.discount_application else None
            if index is not None and not line.is_removed:
                amounts[index] += shop_money(share.allocated_amount_set or None) or NOTHING
    return {} if any(line.is_removed is UNSET for line in shipping) else amounts


def _discount(
    application: DiscountApplication,
    place: int,
    order_id: str,
    currency: str | None,
    amounts: Mapping[int, Decimal],
) -> Row:
    index = place if application.index is None else application.index
    value, amount = application.value or DiscountValue(), amounts.get(index)
    # Documented as a number from -100 to 0; the column has it without the sign.
    # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/PricingPercentageValue
    percentage = decimal(value.percentage)
    title = application.automatic_title or application.manual_title or application.script_title or None
    kind = value.typename
    return {
        "id": f"{order_id}:{index}",
        "order_id": order_id,
        "kind": KINDS.get(application.typename or "", lower(application.typename)),
        "code": application.code or None,
        "title": title,
        "value": number(value.amount) if percentage is None else stored(abs(percentage)),
        "value_type": "percentage" if kind == "PricingPercentageValue" else "amount" if kind else None,
        "amount": None if amount is None else stored(amount),
        "currency": currency,
        "created_at": None,
        "updated_at": None,
    }
