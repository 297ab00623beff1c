"""What came back of an order, with refunds and without, in the terms of Shopify's sales reports. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter

from msgspec import Struct

from storesync.platforms.shapes import UNSET
from storesync.platforms.shopify.after_sale import Refund, RefundLineItem
from storesync.platforms.shopify.objects import NOTHING, linked, shop_money
from storesync.platforms.shopify.order_shapes import Order
from storesync.platforms.shopify.sold import GIFT_CARD, GOODS, TIP, Line, Sold, has_duties, has_fees
from storesync.platforms.values import optional_identifier
from storesync.rules.currencies import minor_unit, to_minor_unit

_PENDING = "PENDING_REFUND_DISCREPANCY"
"""The reason of an adjustment for money that is still to be paid back."""


class Returned(Struct, gc=False):
    """What came back of an order. *leeway* is by how much the money may differ from it, as *adjusted* says it does."""

    goods: Decimal = NOTHING
    shipping: Decimal = NOTHING
    taxes: Decimal = NOTHING
    tips: Decimal = NOTHING
    gift_cards: Decimal = NOTHING
    leeway: Decimal = NOTHING
    adjusted: Decimal = NOTHING

    @property
    def worth(self) -> Decimal:
        """What all of it is worth."""
        return self.goods + self.shipping + self.taxes + self.tips + self.gift_cards


_UNTOUCHED = Returned()
_columns_of = attrgetter(*Returned.__struct_fields__)


def are_returns_told(order: Order, refunds: Sequence[Refund] | None) -> bool:
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


def returned_with(refund: Refund, sold: Sold) -> Returned:
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
    for other in refund.order_adjustments or ():
        off = (shop_money(other.amount_set) or NOTHING) + (shop_money(other.tax_amount_set) or NOTHING)
        back.leeway += abs(off)
        back.adjusted -= off if other.reason != _PENDING else NOTHING
    if not back.worth and not back.leeway and not refund.refund_line_items:
        back.leeway = shop_money(refund.total_refunded_set) or NOTHING
    return back


def came_back(order: Order, sold: Sold, dated: Sequence[Returned], currency: str | None) -> Returned:
    """Return all that came back: what came with refunds, *dated*, and what came without."""
    if not dated and _is_untouched(order):
        return _UNTOUCHED
    undated = _undated(order, sold, dated, currency)
    _settle(order, sold, dated, undated, minor_unit(currency))
    return _all([*dated, undated])


def _is_untouched(order: Order) -> bool:
    """Return whether nothing of an order without refunds came back, as is the case with most."""
    return not order.cancelled_at and all(each.quantity == each.current_quantity for each in order.line_items or ())


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
    if order.cancelled_at and _settled(order) == 0:
        _call_off(sold, dated, back)
    return back


def _call_off(sold: Sold, dated: Sequence[Returned], undated: Returned) -> None:
    """Count all that is left of an order as returned: it is cancelled, and nobody owes anything."""
    for name in ("goods", "shipping", "taxes", "tips", "gift_cards"):
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
    is_known = settled is not None and has_duties(order) and has_fees(order)
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
