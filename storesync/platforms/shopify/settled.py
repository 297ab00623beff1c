"""What an order comes to by its money. Pure."""

from decimal import Decimal

from storesync.platforms.shopify.objects import NOTHING, shop_money
from storesync.platforms.shopify.order_shapes import Order


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
