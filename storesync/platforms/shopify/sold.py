"""What an order came to before anything came back, in the terms of Shopify's sales reports. Pure.

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
    """What an order came to before anything came back: *goods* after discounts, of *gross* before them."""

    lines: Sequence[Line]
    has_taxes_inside: bool
    gross: Decimal
    goods: Decimal
    shipping: Decimal
    duties: Decimal
    fees: Decimal
    taxes: Decimal
    tips: Decimal
    gift_cards: Decimal

    @property
    def worth(self) -> Decimal:
        """What all of it comes to."""
        return self.goods + self.shipping + self.duties + self.fees + self.taxes + self.tips + self.gift_cards


def is_told(order: Order) -> bool:
    """Return whether all was read that what was sold depends on."""
    if order.line_items is UNSET or order.shipping_lines is UNSET or order.total_tax_set is UNSET:
        return False
    if not _has_kinds(order):
        return False
    if order.total_tip_received_set is None or order.total_shipping_price_set is None:
        return False
    if any(each.is_removed is UNSET for each in order.shipping_lines or ()):
        return False
    return all(map(_is_line_told, order.line_items or ()))


def sold_of(order: Order, currency: str | None) -> Sold:
    """Return what an order came to, of which all that it takes was read."""
    lines = [_line(item) for item in order.line_items or ()]
    tips = _tips(lines, shop_money(order.total_tip_received_set) or NOTHING)
    shipping, shipping_tax = _shipping(order, lines)
    goods, gross, worth, itemised, cards = [], NOTHING, NOTHING, NOTHING, NOTHING
    for each in lines:
        if each.kind == GOODS:
            goods.append(each)
            gross, worth, itemised = gross + each.original, worth + each.value, itemised + each.tax
        elif each.kind == GIFT_CARD:
            cards += each.value
    taxes = shop_money(order.total_tax_set or None) or itemised + shipping_tax
    of_goods = max(NOTHING, taxes - shipping_tax) if taxes else NOTHING
    if of_goods and not itemised:
        _share_out(goods, of_goods, "tax")
    inside = order.taxes_included is True
    if inside and taxes:
        untaxed = worth - of_goods
        gross = untaxed if gross == worth else to_minor_unit(sum(map(_untaxed, goods), NOTHING), currency)
        worth, shipping = untaxed, shipping - shipping_tax
    # As they are now: what was paid back of them is counted no more.
    duties = shop_money(order.current_total_duties_set or None) or NOTHING
    if order.duties_included:
        gross, worth = gross - duties, worth - duties
    fees = shop_money(order.current_total_additional_fees_set or None) or NOTHING
    return Sold(lines, inside, gross, worth, shipping, duties, fees, taxes, tips, cards)


def has_duties(order: Order) -> bool:
    """Return whether the duties of *order* were read."""
    return order.current_total_duties_set is not UNSET


def has_fees(order: Order) -> bool:
    """Return whether the additional fees of *order* were read."""
    return order.current_total_additional_fees_set is not UNSET


def _has_kinds(order: Order) -> bool:
    """Return whether the order tells what its prices have in them."""
    return order.taxes_included is not None and (
        order.duties_included is False or (order.duties_included is True and has_duties(order))
    )


def _is_line_told(item: LineItem) -> bool:
    shares, taxes = item.discount_allocations, item.tax_lines
    if item.quantity is None or item.is_gift_card is None or not item.original_total_set:
        return False
    if shares is UNSET or (shares and any(each.allocated_amount_set is UNSET for each in shares)):
        return False
    return not (taxes is UNSET or (taxes and any(each.price_set is UNSET for each in taxes)))


def _line(item: LineItem) -> Line:
    quantity = item.quantity or 0
    original = shop_money(item.original_total_set or None) or NOTHING
    shares = item.discount_allocations
    discount = summed([each.allocated_amount_set for each in shares]) if shares else None
    taxes = item.tax_lines
    tax = summed([each.price_set for each in taxes]) if taxes else None
    value = original - discount if discount else original
    kind = GIFT_CARD if item.is_gift_card else GOODS
    return Line(item, kind, quantity, item.current_quantity, original, value, tax or NOTHING)


def _tips(lines: Sequence[Line], told: Decimal) -> Decimal:
    """Find the tips among *lines*, and return what was tipped: no less than *told*.

    A tip is a line without a product, and nothing marks it: it is called so, or comes to what was tipped.
    https://help.shopify.com/en/manual/sell-in-person/shopify-pos/payment-management/tipping
    """
    found = NOTHING
    others = []
    for line in lines:
        item = line.item
        if item.product is None and item.variant is None and line.kind == GOODS:
            if (item.title or "").strip().casefold() == "tip":
                line.kind, found = TIP, found + line.value
            elif told and not item.requires_shipping and not line.tax:
                others.append(line)
    if not others:
        return max(told, found)
    rest = told - found
    alike = [line for line in others if line.value == rest][:1] or others
    if rest > 0 and sum((line.value for line in alike), NOTHING) == rest:
        for line in alike:
            line.kind = TIP
    return max(told, found)


def _shipping(order: Order, lines: Sequence[Line]) -> tuple[Decimal, Decimal]:
    """Return what was asked for shipping after discounts, and its taxes; share out a discount that no line has.

    The total of the order is before discounts, which may be on shipping; a line's own price knows them since 2024-07:
    https://shopify.dev/docs/api/admin-graphql/2026-10/objects/ShippingLine
    """
    kept = [each for each in order.shipping_lines or () if not each.is_removed]
    priced, charged, tax = NOTHING, NOTHING, NOTHING
    for each in kept:
        original = shop_money(each.original_price_set) or NOTHING
        discounted = shop_money(each.discounted_price_set)
        priced, charged = priced + original, charged + (original if discounted is None else discounted)
        if each.tax_lines:
            tax += summed([one.price_set for one in each.tax_lines]) or NOTHING
    told = shop_money(order.total_shipping_price_set)
    shipping = charged if told is None or told == charged else told - (priced - charged)
    off = shop_money(order.total_discounts_set)
    if not off:
        return shipping, tax
    known = sum((line.original - line.value for line in lines), NOTHING)
    untold = off - known - (priced - charged)
    if untold > 0 and not kept and all(line.item.discount_allocations is not UNSET for line in lines):
        off = min(untold, shipping)
        shipping, untold = shipping - off, untold - off
    if untold > 0 and not known:
        _share_out([line for line in lines if line.kind == GOODS], -untold, "value")
    return shipping, tax


def _share_out(lines: Sequence[Line], amount: Decimal, name: str) -> None:
    """Add to each of *lines* its share of *amount*, by its value; the last one takes what is left."""
    worth = sum((each.value for each in lines), NOTHING)
    left = amount
    for line in lines if worth else ():
        share = left if line is lines[-1] else amount * line.value / worth
        setattr(line, name, getattr(line, name) + share)
        left -= share


def _untaxed(line: Line) -> Decimal:
    """Return what a line came to before discounts, without the taxes in its price."""
    if line.value:
        return line.original * (line.value - line.tax) / line.value
    rates = sum((decimal(each.rate) or NOTHING for each in line.item.tax_lines or ()), NOTHING)
    return line.original / (1 + rates)
