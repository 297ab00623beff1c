"""What an order came to before anything came back, and by its money, in the terms of Shopify's sales reports. Pure.

The terms: https://help.shopify.com/en/manual/reports-and-analytics/shopify-reports/report-types/default-reports/finances-report
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from storesync.platforms.shapes import UNSET
from storesync.platforms.shopify.objects import NOTHING, shop_money, summed
from storesync.platforms.shopify.order_shapes import LineItem, Order
from storesync.platforms.values import decimal
from storesync.rules.currencies import to_minor_unit

GOODS, GIFT_CARD, TIP = "goods", "gift card", "tip"


class Line(Struct, gc=False):
    """A line as it is priced: where prices have taxes in them, *original*, *value* and *back* have.

    *value* is after discounts. Of *quantity* pieces, *left* are still bought, *pieces* were given back by refunds:
    what they were worth is *back*, their taxes *back_tax*.
    """

    item: LineItem
    kind: str
    quantity: int
    left: int | None
    original: Decimal
    value: Decimal
    tax: Decimal
    back: Decimal = NOTHING
    back_tax: Decimal = NOTHING
    pieces: int = 0


class Sold(Struct, gc=False):
    """What an order came to before anything came back: *goods* after discounts, of *gross* before them.

    *removed* is the part of *shipping* that an edit took out, and *removed_tax* its taxes.
    """

    lines: Sequence[Line]
    has_taxes_inside: bool
    gross: Decimal
    goods: Decimal
    shipping: Decimal
    removed: Decimal
    removed_tax: Decimal
    duties: Decimal
    fees: Decimal
    taxes: Decimal
    tips: Decimal
    gift_cards: Decimal

    @property
    def worth(self) -> Decimal:
        """What all of it comes to."""
        return self.goods + self.shipping + self.duties + self.fees + self.taxes + self.tips + self.gift_cards


def sold_of(order: Order, currency: str | None) -> Sold:
    """Return what an order came to. What was not read counts as nothing, or is taken from the total that has it."""
    lines = [_line(item) for item in order.line_items or ()]
    tips = _tips(lines, shop_money(order.total_tip_received_set) or NOTHING)
    shipping = _shipping(order, lines, currency)
    goods, gross, worth, itemised, cards = [], NOTHING, NOTHING, NOTHING, NOTHING
    for each in lines:
        if each.kind == GOODS:
            goods.append(each)
            gross, worth, itemised = gross + each.original, worth + each.value, itemised + each.tax
        elif each.kind == GIFT_CARD:
            cards += each.value
    # As they are now: what was paid back of them is counted no more.
    duties, fees = NOTHING, NOTHING
    if not is_called_off(order):
        duties = shop_money(order.current_total_duties_set or None) or NOTHING
        fees = shop_money(order.current_total_additional_fees_set or None) or NOTHING
    taxes = shop_money(order.total_tax_set or None) or itemised + shipping.tax
    if goods and taxes and not itemised:
        itemised = max(NOTHING, taxes - shipping.tax)
        _share_out(goods, itemised, "tax", currency)
    inside, asked, removed = order.taxes_included is True, shipping.asked, shipping.removed
    if inside:
        if not (duties or fees):
            # What no line tells is in what was asked for shipping; that of duties and fees comes on top of them.
            shipping.tax = min(asked, max(shipping.tax, taxes - itemised))
        untaxed = worth - itemised
        gross = untaxed if gross == worth else to_minor_unit(sum(map(_untaxed, goods), NOTHING), currency)
        worth, asked, removed = untaxed, asked - shipping.tax, removed - shipping.removed_tax
    if order.duties_included:
        gross, worth = gross - duties, worth - duties
    return Sold(lines, inside, gross, worth, asked, removed, shipping.removed_tax, duties, fees, taxes, tips, cards)


def are_goods_told(order: Order) -> bool:
    """Return whether the goods of *order* were read, with their prices."""
    return order.line_items is not UNSET and all(map(_is_priced, order.line_items or ()))


def is_shipping_told(order: Order) -> bool:
    """Return whether it was read what *order* paid for shipping."""
    return order.shipping_lines is not UNSET or order.total_shipping_price_set is not None


def are_taxes_told(order: Order) -> bool:
    """Return whether the taxes of *order* were read, in all or by line."""
    if order.total_tax_set is not UNSET:
        return True
    return order.line_items is not UNSET and all(each.tax_lines is not UNSET for each in order.line_items or ())


def are_tips_told(order: Order) -> bool:
    """Return whether the tips of *order* were read, in all or as lines."""
    return order.line_items is not UNSET or order.total_tip_received_set is not None


def has_duties(order: Order) -> bool:
    """Return whether the duties of *order* were read."""
    return order.current_total_duties_set is not UNSET


def has_fees(order: Order) -> bool:
    """Return whether the additional fees of *order* were read."""
    return order.current_total_additional_fees_set is not UNSET


def _is_priced(item: LineItem) -> bool:
    return bool(item.original_total_set) or (item.original_unit_price_set is not None and item.quantity is not None)


def _line(item: LineItem) -> Line:
    quantity = item.quantity or 0
    original = shop_money(item.original_total_set or None)
    if original is None:
        original = quantity * (shop_money(item.original_unit_price_set) or NOTHING)
    shares = item.discount_allocations
    discount = summed([each.allocated_amount_set for each in shares]) if shares else None
    taxes = item.tax_lines
    tax = summed([each.price_set for each in taxes]) if taxes else None
    value = original - discount if discount else original
    kind = GIFT_CARD if item.is_gift_card else GOODS
    return Line(item, kind, quantity, item.current_quantity, original, value, tax or NOTHING)


def _tips(lines: Sequence[Line], told: Decimal) -> Decimal:
    """Find the tips among *lines*, and return what was tipped: no less than *told*.

    A tip is a line without a product, and nothing marks it: it is called so, or comes to what was tipped. It stands
    after the goods.
    https://help.shopify.com/en/manual/sell-in-person/shopify-pos/payment-management/tipping
    """
    alike = [line for line in lines if line.item.product is None and _may_be_tip(line)]
    if not alike:
        return told
    tips = [line for line in alike if (line.item.title or "").strip().casefold() == "tip"]
    rest = told - sum((line.value for line in tips), NOTHING)
    if rest > 0:
        others = [line for line in alike if line not in tips]
        chosen = [line for line in others if line.value == rest][-1:] or others
        if sum((line.value for line in chosen), NOTHING) == rest:
            tips += chosen
    for line in tips:
        line.kind = TIP
    return max(told, sum((line.value for line in tips), NOTHING))


def _may_be_tip(line: Line) -> bool:
    item = line.item
    is_plain = item.variant is None and not item.sku and not item.requires_shipping
    return is_plain and line.kind == GOODS and not line.tax


class _Shipping(Struct, gc=False):
    """What was asked for shipping after discounts, and its taxes; *removed* of it, with its own, by an edit."""

    asked: Decimal
    tax: Decimal
    removed: Decimal
    removed_tax: Decimal


def _shipping(order: Order, lines: Sequence[Line], currency: str | None) -> _Shipping:
    """Return what was asked for shipping; share out a discount that no line has.

    The total of the order is before discounts, which may be on shipping; a line's own price knows them since 2024-07:
    https://shopify.dev/docs/api/admin-graphql/2026-10/objects/ShippingLine
    """
    priced, found = NOTHING, _Shipping(NOTHING, NOTHING, NOTHING, NOTHING)
    for each in order.shipping_lines or ():
        price = shop_money(each.original_price_set) or NOTHING
        discounted = shop_money(each.discounted_price_set)
        charged = price if discounted is None else discounted
        priced, found.asked = priced + price, found.asked + charged
        tax = (summed([one.price_set for one in each.tax_lines]) or NOTHING) if each.tax_lines else NOTHING
        found.tax += tax
        if each.is_removed is True:
            found.removed, found.removed_tax = found.removed + charged, found.removed_tax + tax
    off, told = priced - found.asked, shop_money(order.total_shipping_price_set)
    # Whether the total has removed lines in it is not said.
    if told is not None and told != found.asked and not found.removed:
        found.asked = told - off
    discount = shop_money(order.total_discounts_set)
    if not discount:
        return found
    known = sum((line.original - line.value for line in lines), NOTHING)
    untold = discount - known - off
    if untold > 0 and known:
        found.asked -= min(untold, found.asked)
    elif untold > 0:
        _share_out([line for line in lines if line.kind == GOODS], -untold, "value", currency)
    return found


def _share_out(lines: Sequence[Line], amount: Decimal, name: str, currency: str | None) -> None:
    """Add to each of *lines* its share of *amount*, by its value; the last one takes what is left."""
    worth = sum((each.value for each in lines), NOTHING)
    left = amount
    for line in lines if worth else ():
        share = left if line is lines[-1] else to_minor_unit(amount * line.value / worth, currency)
        setattr(line, name, getattr(line, name) + share)
        left -= share


def _untaxed(line: Line) -> Decimal:
    """Return what a line came to before discounts, without the taxes in its price."""
    if line.value:
        return line.original * (line.value - line.tax) / line.value
    rates = sum((decimal(each.rate) or NOTHING for each in line.item.tax_lines or ()), NOTHING)
    return line.original / (1 + rates)


def settled(order: Order) -> Decimal | None:
    """Return what the order comes to by its money: paid, less what was paid back, and what is still owed."""
    owed, paid = outstanding(order), shop_money(order.total_received_set)
    if owed is None or paid is None:
        return shop_money(order.current_total_price_set)
    return paid - (shop_money(order.total_refunded_set) or NOTHING) + owed


def outstanding(order: Order) -> Decimal | None:
    """Return what the customer still owes, less than nothing where it is the shop that owes."""
    told, now, paid = (
        shop_money(order.total_outstanding_set),
        shop_money(order.current_total_price_set),
        shop_money(order.total_received_set),
    )
    if told is not None or now is None or paid is None:
        return told
    return now - paid + (shop_money(order.total_refunded_set) or NOTHING)


def is_called_off(order: Order) -> bool:
    """Return whether an order is cancelled and nobody owes or keeps anything: all of it has come back."""
    return bool(order.cancelled_at) and settled(order) == 0
