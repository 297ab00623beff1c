"""A second reading of Tiendanube's records, as simple as it can be and without a look at the parser.

`row_of` follows a table of columns (`test_tiendanube_columns` says how it is written); `READ` says how each value
is made of what stands at the keys.
"""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from html import unescape

from tests.kits.tiendanube_examples import SHOP

BUENOS_AIRES = timezone(timedelta(hours=-3))
PLACEHOLDERS = {
    "no informado",
    "não informado",
    "no informado no informado",
    "não informado não informado",
    "email@noinformado.com",
    "email@naoinformado.com",
}
FORMATS = (
    ("%Y-%m-%dT%H:%M:%S", ""),
    ("%Y-%m-%dT%H:%M:%S.%f", ""),
    ("%Y-%m-%d %H:%M:%S.%f", "+0000"),
    ("%Y-%m-%d %H:%M:%S", "+0000"),
    ("%Y-%m-%d", "+0000"),
)
"""The spellings of an instant; one without a zone is in UTC."""


def columns_of(table: str) -> dict[str, tuple[str, list[str]] | None]:
    """Return the columns of a table: how each is read and from where, None for those without a source."""
    found = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        name, *rest = line.split(maxsplit=2)
        if name == "-":
            found |= dict.fromkeys(" ".join(rest).split())
        else:
            found[name] = (rest[0], rest[1].split(", "))
    return found


def row_of(table: str, chain: list, place: int) -> dict:
    """Return the row for the last element of *chain*, which begins with the record."""
    row = {}
    for name, source in columns_of(table).items():
        row[name] = source and _value(READ[source[0]], source[1], chain, place)
    return row


def _value(read, paths, chain, place):
    if len(paths) > 1:
        return read(*(_first(lambda found: found, path, chain, place) for path in paths))
    return _first(read, paths[0], chain, place)


def _first(read, path, chain, place):
    for one in path.split(" | "):
        value = read(_at(one.strip(), chain, place))
        if value is not None and value != "":
            return value
    return None


def _at(path, chain, place):
    if path == "#":
        return place
    if path == "/":
        return chain[0]
    if path[0] == "=":
        return path[1:]
    if path[0] == "$":
        return getattr(SHOP, path[1:])
    start, path = (chain[0], path[1:]) if path[0] == "/" else (chain[-1], path)
    if path.startswith("../"):
        start, path = chain[-2], path[3:]
    return _below(start, path.split("."))


def _below(value, steps):
    for number, step in enumerate(steps):
        if step.endswith("[]"):
            name = step[:-2]
            several = _parcels(value) if name == "parcels" else _step(value, name) or []
            return [_below(one, steps[number + 1 :]) for one in several]
        value = _step(value, step)
    return value


def _step(value, name):
    if isinstance(value, list) and name.isdigit():
        return value[int(name)] if int(name) < len(value) else None
    return value.get(name) if isinstance(value, dict) else None


def _parcels(record):
    several = record.get("fulfillment_orders") or record.get("fulfillments") or []
    return [one if isinstance(one, dict) else {"id": one} for one in several]


def text(value):
    return None if value in (None, "") or isinstance(value, list | dict) else str(value)


def lower(value):
    return value and str(value).lower()


def person(value):
    return None if str(value).strip().lower() in PLACEHOLDERS else text(value)


def money(value):
    amount = value.get("value") if isinstance(value, dict) else value
    return None if amount in (None, "") else float(Decimal(str(amount)))


def whole(value):
    return None if value in (None, "") else int(value)


def known(value):
    return None if value in (None, "", 0, "0") else str(value)


def switch(value):
    return {None: None, True: 1, False: 0}[value]


def words(value):
    if isinstance(value, dict):
        languages = ("pt", "pt_BR", "es", "es_AR", "en", "en_US")
        return next((value[one] for one in languages if value.get(one)), None)
    return text(value)


def at(value):
    value = value.get("date") if isinstance(value, dict) else value
    for form, zone in FORMATS:
        try:
            moment = datetime.strptime(f"{value or ''}{zone}", f"{form}%z")
        except ValueError:
            continue
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


def day(value):
    moment = at(value)
    return moment and datetime.fromisoformat(moment).astimezone(BUENOS_AIRES).strftime("%Y-%m-%d")


def joined(values):
    return " / ".join(words(one) for one in values) or None


def as_list(values):
    return json.dumps([one for one in values if one], ensure_ascii=False)


def https(address):
    return re.sub("^//", "https://", address)


def pays(price, promotional):
    return money(promotional) if is_lower(promotional, price) else money(price)


def struck(price, promotional):
    return money(price) if is_lower(promotional, price) else None


def is_lower(promotional, price):
    return bool(price and promotional) and 0 < float(promotional) < float(price)


def prices(variants):
    found = [pays(one.get("price"), one.get("promotional_price")) for one in variants]
    return [one for one in found if one is not None]


def stock(managed, value):
    return whole(value) if managed else None


def stocks(variants):
    found = [stock(one["stock_management"], one["stock"]) for one in variants]
    return sum(found) if found and None not in found else None


def delivery(cost, total, subtotal, discount):
    if cost is not None:
        return money(cost)
    told = None not in (total, subtotal, discount)
    return money(total) - money(subtotal) + money(discount) if told else None


def paid(told, status, total):
    if told is None and status in ("paid", "refunded", "partially_refunded"):
        return money(total)
    return 0 if status in ("pending", "authorized", "voided", "abandoned") else money(told)


def refunded(status, total):
    return {None: None, "refunded": money(total), "partially_refunded": None}.get(status, 0)


def sold(subtotal, discount, shipping, total):
    """Return what an order sold: goods, discount, shipping and fees, which add up to its total; None if untold."""
    if None in (subtotal, total):
        return None
    goods, off, whole_total = (Decimal(str(one or 0)) for one in (subtotal, discount, total))
    sent = Decimal(str(delivery(shipping, total, subtotal, discount) or 0))
    sent = sent if shipping is not None else max(sent, Decimal(0))
    more = whole_total - goods + off - sent
    return {"goods": goods, "off": off + max(-more, 0), "sent": sent, "fees": max(more, 0)}


def is_over(status, payment):
    return lower(status) == "cancelled" or lower(payment) == "refunded"


def sold_goods(subtotal, total):
    return money(subtotal) if None not in (subtotal, total) else None


def sold_off(*told):
    found = sold(*told)
    return found and float(found["off"])


def kept(name):
    """Return what reads a part of what was sold that is nothing once the order is over."""

    def read(status, payment, *told):
        found = sold(*told)
        return found and float(0 if is_over(status, payment) else found[name])

    return read


def gone(*names):
    """Return what reads what came back of an order, the first part less the second: nothing, or all."""

    def read(status, payment, *told):
        found = sold(*told)
        parts = [found[name] for name in names] if found else []
        return found and float(parts[0] - sum(parts[1:]) if is_over(status, payment) else 0)

    return read


def owed(status, told, payment, total):
    before, back = paid(told, payment, total), refunded(payment, total)
    if None in (before, back, total):
        return None
    return round((0 if is_over(status, payment) else money(total)) - before + back, 4)


def net_of_line(place, order):
    """Return a line's share of what was sold net, to the cent; the last line takes what is left."""
    total = order.get("total", order.get("price"))
    found = sold(order.get("subtotal"), order.get("discount"), order.get("shipping_cost_customer"), total)
    if found is None:
        return None
    over = is_over(order.get("status"), order.get("payment_status"))
    net = Decimal(0) if over else found["goods"] - found["off"]
    worth = [Decimal(str(one["price"])) * int(one["quantity"]) for one in order["products"]]
    if not sum(worth):
        return 0.0
    shares = [(net * one / sum(worth)).quantize(Decimal("0.01"), ROUND_HALF_UP) for one in worth]
    return float(shares[place - 1] if place < len(worth) else net - sum(shares[:-1]))


def happened(steps, status):
    named = [one for one in steps if lower(one.get("to_status") or one.get("status")) == status]
    return min((at(one["happened_at"]) for one in named), default=None)


def left(fulfilled, history, events):
    return at(fulfilled) or happened((history or []) + (events or []), "dispatched")


def there(history, events):
    return happened((history or []) + (events or []), "delivered")


def of_parcel(parcel):
    return parcel.get("status_history", []), parcel.get("tracking_events", [])


def sent(shipped, several):
    times = [left(one.get("fulfilled_at"), *of_parcel(one)) for one in several or []]
    return at(shipped) or min(filter(None, times), default=None)


def arrived(several):
    times = [there(*of_parcel(one)) for one in several]
    return max(times) if times and None not in times else None


def coupon(deleted, valid, used, limit, end):
    if deleted or valid is None:
        return "disabled" if deleted else None
    if limit and used is not None and used >= limit:
        return "expired"
    return "active" if valid else "expired" if end else "disabled"


READ = {
    "text": text,
    "lower": lower,
    "upper": lambda value: value and person(value) and str(value).upper(),
    "snake": lambda value: value and value.replace("-", "_"),
    "person": person,
    "zip": lambda value: None if value == "0000" else person(value),
    "money": money,
    "int": whole,
    "id": known,
    "bool": switch,
    "not": lambda value: None if value is None else 1 - switch(value),
    "words": words,
    "plain": lambda value: words(value) and unescape(re.sub("<[^>]+>", "", words(value))),
    "at": at,
    "day": day,
    "joined": joined,
    "list": as_list,
    "split": lambda value: as_list([one.strip() for one in (value or "").split(",")]),
    "wordlist": lambda values: as_list([words(one) for one in values]),
    "count": len,
    "sum": lambda values: sum(int(one) for one in values),
    "some": lambda value: next(filter(None, value), None) if isinstance(value, list) else text(value),
    "https": https,
    "first": lambda images: next((https(one["src"]) for one in images if one["id"]), None),
    "published": {True: "active", False: "draft", None: None}.get,
    "pays": pays,
    "struck": struck,
    "lowest": lambda variants: min(prices(variants), default=None),
    "highest": lambda variants: max(prices(variants), default=None),
    "stock": stock,
    "stocks": stocks,
    "pair": lambda one, other: f"{one}:{other}",
    "placed": lambda own, owner, place: known(own) or f"{owner}:{place}",
    "numbered": lambda value: f"#{value}" if value not in (None, 0) else None,
    "named": lambda number, name: name if number is None else f"#{number}",
    "shipped": {"unpacked": "unfulfilled", "unshipped": "unfulfilled", "shipped": "fulfilled"}.get,
    "delivery": delivery,
    "paid": paid,
    "refunded": refunded,
    "sold_goods": sold_goods,
    "sold_off": sold_off,
    "kept_sent": kept("sent"),
    "kept_fees": kept("fees"),
    "gone_goods": gone("goods", "off"),
    "gone_sent": gone("sent"),
    "owed": owed,
    "net_of_line": net_of_line,
    "times": lambda price, quantity: None if price is None else float(Decimal(price) * int(quantity)),
    "properties": lambda value: as_list(value or []),
    "discount_kind": {"percentage": "percentage", "absolute": "amount"}.get,
    "sole": lambda coupons, amount: money(amount) if len(coupons) == 1 else None,
    "title": lambda names: ", ".join(names) or None,
    "payment_kind": lambda status: "authorization" if status == "authorized" else "sale",
    "tracks": lambda info: None if info is None else int(info.get("code") is not None),
    "left": left,
    "there": there,
    "sent": sent,
    "arrived": arrived,
    "draft": lambda status, payment: status if status == "cancelled" else payment or status,
    "coupon_kind": lambda kind: {"absolute": "amount", "shipping": "free_shipping"}.get(kind, kind),
    "if_amount": lambda kind, currency: currency if kind == "absolute" else None,
    "coupon": coupon,
    "scope": lambda products, categories: "products" if products else "categories" if categories else "all",
    "address": lambda told, domain: told or f"https://{domain}",
    "capital": {"BR": "America/Sao_Paulo", "AR": "America/Argentina/Buenos_Aires"}.get,
}
