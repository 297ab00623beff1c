"""What an order comes to in the terms of Shopify's sales reports: sold, discounted, returned, and no sale at all. Pure.

The terms: https://help.shopify.com/en/manual/reports-and-analytics/shopify-reports/report-types/default-reports/finances-report
Amounts of goods and shipping have no taxes in them, whether the prices do or not. Gift cards and tips are no sales.
"""

from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter

from msgspec import Struct

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, UnsetType
from storesync.platforms.shopify.after_sale import Refund, RefundLineItem
from storesync.platforms.shopify.objects import NOTHING, MoneyBag, linked, shop_money, summed
from storesync.platforms.shopify.order_shapes import LineItem, Order
from storesync.platforms.values import decimal, instant, optional_identifier, stored
from storesync.rules.currencies import minor_unit, to_minor_unit
from storesync.runtime.instants import day_of

GOODS, GIFT_CARD, TIP = "goods", "gift card", "tip"
_PENDING = "PENDING_REFUND_DISCREPANCY"
"""The reason of an adjustment for money that is still to be paid back."""


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


class Returned(Struct, gc=False):
    """What came back of an order. *leeway* is by how much the money may differ from it, as *adjusted* says it does."""

    goods: Decimal = NOTHING
    shipping: Decimal = NOTHING
    duties: Decimal = NOTHING
    taxes: Decimal = NOTHING
    tips: Decimal = NOTHING
    gift_cards: Decimal = NOTHING
    leeway: Decimal = NOTHING
    adjusted: Decimal = NOTHING

    @property
    def worth(self) -> Decimal:
        """What all of it is worth."""
        return self.goods + self.shipping + self.duties + self.taxes + self.tips + self.gift_cards


_UNTOUCHED = Returned()
_columns_of = attrgetter(*Returned.__struct_fields__)


class Sales(Struct, gc=False):
    """The columns that tell an order's sales, for the order, for each of its lines and for each of its refunds."""

    order: Row
    lines: Sequence[Row]
    refunds: Sequence[Row]


def order_sales(order: Order, refunds: Sequence[Refund] | None, currency: str | None, shop: Shop) -> Sales:
    """Return what an order and its parts come to. What needs a field that was not read is left out."""
    row = {"cash_rounding": _stored(_rounding(order)), "outstanding_total": _stored(_outstanding(order))}
    days = [{"processed_on": _day(each, shop)} for each in refunds or ()]
    if not _is_told(order):
        return Sales(row, [{} for _ in order.line_items or ()], days)
    sold = _sold(order, currency)
    row |= {
        "gross_sales": _number(sold.gross),
        "discounts": _number(sold.gross - sold.goods),
        "additional_fees": _number(sold.fees) if _has_fees(order) else None,
    }
    if not _are_returns_told(order, refunds):
        return Sales(row, [{"is_tip": int(each.kind == TIP)} for each in sold.lines], days)
    dated = [_returned(each, sold) for each in refunds or ()]
    back = _UNTOUCHED if not dated and _is_untouched(order) else _came_back(order, sold, dated, currency)
    row |= {
        "returns": _number(back.goods),
        "shipping": _number(sold.shipping - back.shipping),
        "shipping_returned": _number(back.shipping),
        "duties": _number(sold.duties - back.duties) if _has_duties(order) else None,
        "taxes": _number(sold.taxes - back.taxes),
        "taxes_returned": _number(back.taxes),
        "tips": _number(sold.tips - back.tips),
        "gift_cards_sold": _number(sold.gift_cards - back.gift_cards),
    }
    lines = [_line_row(each, sold) for each in sold.lines]
    return Sales(row, lines, [day | _refund_row(each) for day, each in zip(days, dated, strict=True)])


def _came_back(order: Order, sold: Sold, dated: Sequence[Returned], currency: str | None) -> Returned:
    """Return all that came back, with refunds and without."""
    undated = _undated(order, sold, dated, currency)
    _settle(order, sold, dated, undated, minor_unit(currency))
    return _all([*dated, undated])


def _is_untouched(order: Order) -> bool:
    """Return whether nothing of an order without refunds came back, as is the case with most."""
    return (
        not order.cancelled_at
        and not order.current_total_duties_set
        and all(each.quantity == each.current_quantity for each in order.line_items or ())
    )


def _is_told(order: Order) -> bool:
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


def _has_kinds(order: Order) -> bool:
    """Return whether the order tells what its prices have in them."""
    return order.taxes_included is not None and (
        order.duties_included is False or (order.duties_included is True and _has_duties(order))
    )


def _is_line_told(item: LineItem) -> bool:
    shares, taxes = item.discount_allocations, item.tax_lines
    if item.quantity is None or item.is_gift_card is None or not item.original_total_set:
        return False
    if shares is UNSET or (shares and any(each.allocated_amount_set is UNSET for each in shares)):
        return False
    return not (taxes is UNSET or (taxes and any(each.price_set is UNSET for each in taxes)))


def _are_returns_told(order: Order, refunds: Sequence[Refund] | None) -> bool:
    """Return whether all was read that what came back depends on."""
    lines = order.line_items or ()
    if any(each.current_quantity is None for each in lines):
        return False
    if refunds is None:
        is_whole = all(each.current_quantity == each.quantity for each in lines)
        return is_whole and shop_money(order.total_refunded_set) == 0
    for refund in refunds:
        if (
            refund.refund_line_items is UNSET
            or refund.refund_shipping_lines is None
            or refund.total_refunded_set is None
        ):
            return False
        adjustments = refund.order_adjustments
        if adjustments is None or any(one.amount_set is None or one.tax_amount_set is None for one in adjustments):
            return False
        pieces: Sequence[RefundLineItem] = refund.refund_line_items or ()
        if any(one.subtotal_set is None or one.total_tax_set is None or one.quantity is None for one in pieces):
            return False
        parts = refund.refund_shipping_lines
        if any(one.subtotal_amount_set is None or one.tax_amount_set is None for one in parts):
            return False
    return True


def _has_duties(order: Order) -> bool:
    return order.original_total_duties_set is not UNSET and order.current_total_duties_set is not UNSET


def _has_fees(order: Order) -> bool:
    return (
        order.original_total_additional_fees_set is not UNSET and order.current_total_additional_fees_set is not UNSET
    )


def _sold(order: Order, currency: str | None) -> Sold:
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
    duties = _first(order.original_total_duties_set, order.current_total_duties_set) or NOTHING
    if order.duties_included:
        gross, worth = gross - duties, worth - duties
    fees = _first(order.current_total_additional_fees_set, order.original_total_additional_fees_set) or NOTHING
    return Sold(lines, inside, gross, worth, shipping, duties, fees, taxes, tips, cards)


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


def _returned(refund: Refund, sold: Sold) -> Returned:
    """Return what came back with *refund*, and note it with its lines."""
    by_id = {optional_identifier(each.item.id): each for each in sold.lines}
    back = Returned()
    for each in refund.refund_line_items or ():
        line = by_id.get(linked(each.line_item))
        _give_back(back, line.kind if line else GOODS, *_worth(each, line, sold), sold)
    for one in refund.refund_shipping_lines or ():
        amount, tax = shop_money(one.subtotal_amount_set) or NOTHING, shop_money(one.tax_amount_set) or NOTHING
        # As with goods, the amount has the taxes in it where prices have; the whole of it shows where it has not.
        inside = sold.has_taxes_inside and amount != sold.shipping
        back.shipping += amount - tax if inside else amount
        back.taxes += tax
    back.duties = sum((shop_money(each.amount_set) or NOTHING for each in refund.duties or ()), NOTHING)
    for other in refund.order_adjustments or ():
        off = (shop_money(other.amount_set) or NOTHING) + (shop_money(other.tax_amount_set) or NOTHING)
        back.leeway += abs(off)
        back.adjusted -= off if other.reason != _PENDING else NOTHING
    if not back.worth and not back.leeway and not refund.refund_line_items:
        back.leeway = shop_money(refund.total_refunded_set) or NOTHING
    return back


def _worth(each: RefundLineItem, line: Line | None, sold: Sold) -> tuple[Decimal, Decimal]:
    """Return what came back on a line of a refund, as it was priced, and the taxes of that."""
    amount, tax = shop_money(each.subtotal_set) or NOTHING, shop_money(each.total_tax_set) or NOTHING
    if line is None or not line.quantity:
        return amount, tax
    pieces = each.quantity or 0
    share = line.value * pieces / line.quantity
    if not tax and line.tax and amount:
        tax = line.tax * pieces / line.quantity
    if sold.has_taxes_inside and abs(amount + tax - share) < abs(amount - share):
        amount += tax
    line.back, line.back_tax, line.pieces = line.back + amount, line.back_tax + tax, line.pieces + pieces
    return amount, tax


def _give_back(back: Returned, kind: str, amount: Decimal, tax: Decimal, sold: Sold) -> None:
    if kind == GIFT_CARD:
        back.gift_cards += amount
    elif kind == TIP:
        back.tips += amount
    else:
        back.goods += amount - tax if sold.has_taxes_inside else amount
        back.taxes += tax


def _undated(order: Order, sold: Sold, dated: Sequence[Returned], currency: str | None) -> Returned:
    """Return what came back without a refund: what an edit took out, say. Nothing tells the day."""
    back = Returned()
    for line in sold.lines:
        pieces = 0 if line.left is None else line.quantity - line.left - line.pieces
        if pieces <= 0:
            continue
        amount, tax = line.value - line.back, line.tax - line.back_tax
        if line.left:
            share = Decimal(pieces) / line.quantity
            amount, tax = to_minor_unit(line.value * share, currency), to_minor_unit(line.tax * share, currency)
        line.back, line.back_tax = line.back + amount, line.back_tax + tax
        _give_back(back, line.kind, amount, tax, sold)
    duties = _first(order.current_total_duties_set)
    if duties is not None:
        back.duties = sold.duties - duties - sum((each.duties for each in dated), NOTHING)
    if order.duties_included:
        back.goods -= back.duties + sum((each.duties for each in dated), NOTHING)
    if order.cancelled_at and _settled(order) == 0:
        _call_off(sold, dated, back)
    return back


def _call_off(sold: Sold, dated: Sequence[Returned], undated: Returned) -> None:
    """Count all that is left of an order as returned: it is cancelled, and nobody owes anything."""
    for name in ("goods", "shipping", "duties", "taxes", "tips", "gift_cards"):
        setattr(undated, name, getattr(sold, name) - sum((getattr(each, name) for each in dated), NOTHING))


def _settle(order: Order, sold: Sold, dated: Sequence[Returned], undated: Returned, unit: Decimal) -> None:
    """Count as returned by how much more was paid back than came back; less counts against it.

    That is goodwill and fees for restocking, which Shopify counts so, and what rounding leaves over. It is no more
    than the refunds account for: what is only still to be paid is no return.
    https://shopify.dev/docs/api/admin-graphql/2026-10/enums/SaleLineType
    """
    if not dated and not undated.worth:
        return
    back, settled = _all([*dated, undated]), _settled(order)
    is_known = settled is not None and _has_duties(order) and _has_fees(order)
    over = sold.worth - back.worth - settled if is_known and settled is not None else back.adjusted
    rounding = unit * (len(sold.lines) + 1)
    if abs(over) > back.leeway + rounding:
        over = back.adjusted
    if abs(over - back.adjusted) <= rounding:
        for each in dated:
            each.goods += each.adjusted
        over -= back.adjusted
    next((each for each in reversed(dated) if each.leeway and abs(over) > rounding), undated).goods += over


def _all(parts: Sequence[Returned]) -> Returned:
    """Return the sum of *parts*."""
    if len(parts) == 1:
        return parts[0]
    return Returned(*(sum(column, NOTHING) for column in zip(*map(_columns_of, parts), strict=True)))


def _settled(order: Order) -> Decimal | None:
    """Return what the order comes to by its money: paid, less what was paid back, and what is still owed."""
    outstanding, paid = _outstanding(order), shop_money(order.total_received_set)
    if outstanding is None or paid is None:
        return shop_money(order.current_total_price_set)
    return paid - (shop_money(order.total_refunded_set) or NOTHING) + outstanding


def _outstanding(order: Order) -> Decimal | None:
    """Return what the customer still owes, less than nothing where it is the shop that owes."""
    told, now, paid = (
        shop_money(order.total_outstanding_set),
        shop_money(order.current_total_price_set),
        shop_money(order.total_received_set),
    )
    if told is not None or now is None or paid is None:
        return told
    return now - paid + (shop_money(order.total_refunded_set) or NOTHING)


def _rounding(order: Order) -> Decimal | None:
    """Return what was paid more in cash than `totalReceivedSet` says, less what was paid back more.

    https://shopify.dev/changelog/new-cash-rounding-on-order-and-order-transaction
    """
    told = order.total_cash_rounding_adjustment
    if told is None:
        return None
    paid, refunded = shop_money(told.payment_set), shop_money(told.refund_set)
    return None if paid is None or refunded is None else paid - refunded


def _first(*bags: MoneyBag | UnsetType | None) -> Decimal | None:
    return next((amount for bag in bags if (amount := shop_money(bag or None)) is not None), None)


def _stored(amount: Decimal | None) -> int | float | None:
    return None if amount is None else _number(amount)


def _number(amount: Decimal) -> int | float:
    """Return *amount* as the database stores it; most are nothing."""
    return stored(amount) if amount else 0


def _line_row(line: Line, sold: Sold) -> Row:
    """Return the columns of a line; what is no sale has no net sales."""
    if line.kind != GOODS:
        return {"is_tip": int(line.kind == TIP), "net_sales": None}
    net = line.value - line.back if line.back else line.value
    if sold.has_taxes_inside:
        net -= line.tax - line.back_tax
    return {"is_tip": 0, "net_sales": _number(net)}


def _refund_row(back: Returned) -> Row:
    return {
        "returns": _number(back.goods),
        "shipping_returned": _number(back.shipping),
        "taxes_returned": _number(back.taxes),
    }


def _day(refund: Refund, shop: Shop) -> str | None:
    return day_of(instant(refund.processed_at) or instant(refund.created_at), shop.time_zone)
