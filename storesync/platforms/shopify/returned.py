"""What came back of an order, with refunds and without, in the terms of Shopify's sales reports. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter

from msgspec import Struct

from storesync.platforms.shapes import UNSET
from storesync.platforms.shopify.after_sale import Refund, RefundLineItem
from storesync.platforms.shopify.objects import NOTHING, MoneyBag, linked, shop_money
from storesync.platforms.shopify.order_shapes import Order
from storesync.platforms.shopify.sold import (
    GIFT_CARD,
    GOODS,
    TIP,
    Line,
    Sold,
    are_goods_told,
    has_duties,
    has_fees,
    is_called_off,
    settled,
)
from storesync.platforms.values import optional_identifier
from storesync.rules.currencies import minor_unit, to_minor_unit

_PENDING = "PENDING_REFUND_DISCREPANCY"
"""The reason of an adjustment for money that is still to be paid back."""


class Returned(Struct, gc=False):
    """What came back of an order.

    By *adjusted*, with *adjusted_tax*, the refund says that it is more than what came back; *bare* is the money of one
    that says nothing. Whether these are returns, the money of the whole order tells.
    """

    goods: Decimal = NOTHING
    shipping: Decimal = NOTHING
    taxes: Decimal = NOTHING
    tips: Decimal = NOTHING
    gift_cards: Decimal = NOTHING
    adjusted: Decimal = NOTHING
    adjusted_tax: Decimal = NOTHING
    bare: Decimal = NOTHING

    @property
    def worth(self) -> Decimal:
        """What all of it is worth."""
        return self.goods + self.shipping + self.taxes + self.tips + self.gift_cards


_UNTOUCHED = Returned()
_columns_of = attrgetter(*Returned.__struct_fields__)


def are_returns_told(order: Order, refunds: Sequence[Refund] | None) -> bool:
    """Return whether the parts were read that tell what came back."""
    if not are_goods_told(order):
        return False
    if refunds is None:
        return _is_whole(order) and shop_money(order.total_refunded_set) == 0
    return all(each.refund_line_items is not UNSET for each in refunds)


def returned_with(refund: Refund, sold: Sold, currency: str | None) -> Returned:
    """Return what came back with *refund*, and note it with its lines."""
    by_id = {optional_identifier(each.item.id): each for each in sold.lines}
    items, parts = refund.refund_line_items or (), refund.refund_shipping_lines or ()
    back, money = Returned(), shop_money(refund.total_refunded_set) or NOTHING
    # What was paid back beyond the amounts that are told: taxes that are not told may be in it.
    spare = money - sum((_told(each.subtotal_set, each.total_tax_set) for each in items), NOTHING)
    for each in items:
        line = by_id.get(linked(each.line_item))
        amount, tax = _worth(each, line, sold, spare, currency)
        _give_back(back, line.kind if line else GOODS, amount, tax, sold)
    for one in parts:
        amount, tax = shop_money(one.subtotal_amount_set) or NOTHING, shop_money(one.tax_amount_set) or NOTHING
        # As with goods, the amount has the taxes in it where prices have; the whole of it shows where it has not.
        inside = sold.has_taxes_inside and amount != sold.shipping
        back.shipping += amount - tax if inside else amount
        back.taxes += tax
    adjustments = refund.order_adjustments or ()
    for other in adjustments:
        if other.reason != _PENDING:
            back.adjusted -= shop_money(other.amount_set) or NOTHING
            back.adjusted_tax -= shop_money(other.tax_amount_set) or NOTHING
    if not (items or parts or adjustments):
        back.bare = money
    return back


def came_back(order: Order, sold: Sold, dated: Sequence[Returned], currency: str | None) -> Returned:
    """Return all that came back: what came with refunds, *dated*, and what came without."""
    if not dated and not order.cancelled_at and not sold.removed and _is_whole(order):
        return _UNTOUCHED
    undated = _undated(order, sold, dated, currency)
    _settle(order, sold, dated, undated, minor_unit(currency))
    return _all([*dated, undated])


def _is_whole(order: Order) -> bool:
    """Return whether each piece of *order* is still bought."""
    return all(
        each.current_quantity is None or each.current_quantity == each.quantity for each in order.line_items or ()
    )


def _told(amount: MoneyBag | None, tax: MoneyBag | None) -> Decimal:
    return (shop_money(amount) or NOTHING) + (shop_money(tax) or NOTHING)


def _worth(
    each: RefundLineItem, line: Line | None, sold: Sold, spare: Decimal, currency: str | None
) -> tuple[Decimal, Decimal]:
    """Return what came back on a line of a refund, as it was priced, and the taxes of that.

    Taxes that are told as nothing are those of the pieces where prices have them, or where the money has: *spare*.
    """
    amount, tax = shop_money(each.subtotal_set) or NOTHING, shop_money(each.total_tax_set) or NOTHING
    if line is None or not line.quantity:
        return amount, tax
    pieces = each.quantity or 0
    worth, own = _share(line, pieces, currency)
    if not tax and amount and (sold.has_taxes_inside or spare >= own):
        tax = own
    if sold.has_taxes_inside and abs(amount + tax - worth) < abs(amount - worth):
        amount += tax
    line.back, line.back_tax, line.pieces = line.back + amount, line.back_tax + tax, line.pieces + pieces
    return amount, tax


def _share(line: Line, pieces: int, currency: str | None) -> tuple[Decimal, Decimal]:
    """Return what *pieces* of a line come to, and their taxes; the last ones take what rounding left."""
    if line.pieces + pieces == line.quantity:
        return line.value - line.back, line.tax - line.back_tax
    share = Decimal(pieces) / line.quantity
    return to_minor_unit(line.value * share, currency), to_minor_unit(line.tax * share, currency)


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
        amount, tax = _share(line, pieces, currency)
        line.back, line.back_tax = line.back + amount, line.back_tax + tax
        _give_back(back, line.kind, amount, tax, sold)
    if sold.removed and not any(each.shipping for each in dated):
        back.shipping, back.taxes = sold.removed, back.taxes + sold.removed_tax
    if is_called_off(order):
        _call_off(sold, dated, back)
    return back


def _call_off(sold: Sold, dated: Sequence[Returned], undated: Returned) -> None:
    """Count all that is left of an order as returned: it is cancelled, and nobody owes anything."""
    for name in ("goods", "shipping", "taxes", "tips", "gift_cards"):
        setattr(undated, name, getattr(sold, name) - sum((getattr(each, name) for each in dated), NOTHING))


def _settle(order: Order, sold: Sold, dated: Sequence[Returned], undated: Returned, unit: Decimal) -> None:
    """Count as returned by how much more was paid back than came back; less counts against it.

    That is goodwill, fees for restocking and for shipping back, which Shopify counts so, and what rounding leaves over.
    Each refund has its own part of it where they account for all; else the last one has it.
    https://shopify.dev/docs/api/admin-graphql/2026-10/enums/SaleLineType
    """
    if not dated and not undated.worth:
        return
    back, money = _all([*dated, undated]), settled(order)
    adjusted, rounding = back.adjusted + back.adjusted_tax, unit * (len(sold.lines) + 1)
    over = adjusted if money is None else sold.worth - back.worth - money
    has_bare = bool(back.bare) and abs(over - adjusted - back.bare) <= rounding
    if not has_bare and not (has_duties(order) and has_fees(order)):
        over = adjusted
    if has_bare or abs(over - adjusted) <= rounding:
        for each in dated:
            each.goods += each.adjusted + (each.bare if has_bare else NOTHING)
            each.taxes += each.adjusted_tax
        over -= adjusted + (back.bare if has_bare else NOTHING)
    (dated or [undated])[-1].goods += over


def _all(parts: Sequence[Returned]) -> Returned:
    """Return the sum of *parts*."""
    if len(parts) == 1:
        return parts[0]
    return Returned(*(sum(column, NOTHING) for column in zip(*map(_columns_of, parts), strict=True)))
