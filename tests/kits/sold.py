"""Orders that live through everything that sums can get wrong, each with a book of what reports have to say of it.

The book is kept beside the simulated shop, event by event: it is never derived from what the shop shows.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from storesync.simulator import orders, sales
from storesync.simulator.shop import Shop
from storesync.simulator.shopify import edits
from storesync.simulator.simulator import Simulator
from storesync.simulator.truth import local_day, sql_value
from storesync.simulator.words import PLACES
from storesync.simulator.world import World
from tests.kits.program import FakeClock, Program

Record = dict[str, Any]

NOTHING = Decimal(0)
DIGITS = {"JPY": 0, "CLP": 0, "KWD": 3}
"""The currencies whose amounts have no two decimals."""
ABROAD = {
    "JP": replace(PLACES["US"], country="JP", currency="JPY", time_zone="Asia/Tokyo"),
    "KW": replace(PLACES["US"], country="KW", currency="KWD", time_zone="Asia/Kuwait"),
}
SHOPS = (
    *(("tiendanube", "11", "BR"), ("tiendanube", "22", "AR")),
    *(("shopify", "states", "US"), ("shopify", "mexico", "MX"), ("shopify", "japan", "JP"), ("shopify", "gulf", "KW")),
)
PARTS = (
    *("gross_sales", "discounts", "returns", "shipping", "shipping_returned", "duties", "additional_fees", "taxes"),
    *("taxes_returned", "tips", "gift_cards_sold", "cash_rounding"),
)


@dataclass
class Book:
    """What became of one order: the parts of its sales, what came back on which day, its dates, its money."""

    order: Record
    unit: Decimal
    parts: Counter[str] = field(default_factory=Counter)
    returned: dict[str, Counter[str]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    paid_at: datetime | None = None
    inexact: int = 0
    """How many shares had to be rounded: the platform does not say which way, so a part may be off by a unit each."""

    def add(self, **amounts: Decimal) -> None:
        for name, amount in amounts.items():
            self.parts[name] += amount

    def give_back(self, day: str, **amounts: Decimal) -> None:
        self.returned.setdefault(day, Counter()).update(amounts)

    @property
    def total_sales(self) -> Decimal:
        added = sum(self.parts[name] for name in ("shipping", "duties", "additional_fees", "taxes"))
        return self.parts["gross_sales"] - self.parts["discounts"] - self.parts["returns"] + added


def unit_of(shop: Shop) -> Decimal:
    return Decimal(1).scaleb(-DIGITS.get(shop.currency, 2))


def sell(shop: Shop, count: int, seed: int) -> list[Book]:
    """Add *count* orders of the last 300 days to the shop, with all that follows."""
    chance = Random(seed)
    seller = _Shopify if shop.platform == "shopify" else _Tiendanube
    books = []
    for _ in range(count):
        at = (shop.now() - timedelta(seconds=chance.randrange(86_400, 300 * 86_400))).replace(microsecond=0)
        story = seller(shop, chance, at)
        story.live()
        books.append(story.book)
    return books


def read_all(home: Path, *, seed: int, orders: int) -> tuple[Program, dict[tuple[str, str, str], list[Book]]]:
    """Return a program that has read the shops, with so many *orders* each, and their books."""
    clock = FakeClock()
    program = Program(home, clock, Simulator(World(seed, clock.now)))
    program.world.limits = False
    books = {}
    for number, (platform, key, country) in enumerate(SHOPS):
        shop = program.world.add_shop(platform, key, orders=0, products=5, customers=5, country=country)
        books[platform, key, country] = sell(shop, orders, seed * 1000 + number)
        assert program.connect(platform, key).code == 0
    return program, books


class _Story:
    """One order: what is sold first, then what happens to it, an hour or days apart."""

    def __init__(self, shop: Shop, chance: Random, at: datetime) -> None:
        self.shop, self.chance, self.at, self.unit = shop, chance, at, unit_of(shop)
        customers = list(shop.resources["customers"].values())
        customer = chance.choice([*customers[:3], None])
        self.order = sales.add_order(shop, at, self.goods(), customer)
        self.order["is_test"] = False
        self.fees = NOTHING
        self.book = Book(self.order, self.unit)

    def goods(self) -> list[Record]:
        return []

    def later(self) -> datetime:
        self.at = min(self.shop.now(), self.at + timedelta(seconds=self.chance.randrange(600, 9 * 86_400)))
        self.at = self.at.replace(microsecond=0)
        return self.at

    def happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    def ship(self) -> None:
        """Send it in one parcel or two, or in part; then each arrives or does not yet."""
        orders.ship(self.shop, self.order, self.later(), partly=self.happens(0.4))
        if self.order["fulfillment_status"] == "partially_fulfilled" and self.happens(0.6):
            orders.ship(self.shop, self.order, self.later())
        parcels = self.order["fulfillments"]
        for parcel in parcels:
            if self.happens(0.6):
                parcel.update(delivered_at=self.later(), updated_at=self.at)
                if self.shop.platform == "tiendanube":
                    parcel["status"] = "delivered"
        arrived = [parcel["delivered_at"] for parcel in parcels]
        is_whole = self.order["fulfillment_status"] != "partially_fulfilled" and all(arrived)
        self.order["delivered_at"] = max(arrived) if is_whole else None


class _Tiendanube(_Story):
    """It tells what was sold, paid and paid back whole; of a part that was paid back, not how much."""

    def goods(self) -> list[Record]:
        return [one for one in self.shop.resources["products"].values() if one["variants"]]

    def live(self) -> None:
        order, parts = self.order, self.book.parts
        self.book.told = {"gross_sales", "discounts", "returns", "shipping", "shipping_returned", "additional_fees"}
        self.book.add(
            gross_sales=order["subtotal"], discounts=order["discount_total"], shipping=order["shipping_total"]
        )
        fate = self.chance.choice(("waits", "authorized", "part", "paid", "paid", "refunded", "partly", "cancelled"))
        if fate == "authorized":
            orders.authorize(self.shop, order, self.later())
        elif fate == "part":
            orders.pay(self.shop, order, self.later(), part=Decimal("0.5"))
        elif fate != "waits" and self.happens(0.9):
            orders.pay(self.shop, order, self.later())
            self.book.paid_at = self.at
        if order["paid_at"] and self.happens(0.7):
            self.ship()
        if order["paid_at"] and fate in {"refunded", "partly"}:
            orders.refund(self.shop, order, self.later(), partly=fate == "partly")
        if fate == "cancelled":
            orders.cancel(self.shop, order, self.later())
        if order["payment_status"] == "refunded" or order["status"] == "cancelled":
            net = parts["gross_sales"] - parts["discounts"]
            self.book.give_back(order["placed_on"], returns=net, shipping_returned=parts["shipping"])
            self.book.add(returns=net, shipping=-parts["shipping"], shipping_returned=parts["shipping"])


class _Shopify(_Story):
    """It has edits, returns, exchanges, cards, tips, duties, fees, rounding, and taxes of both kinds."""

    def live(self) -> None:
        self.book.told = set(PARTS)
        self.order["taxes_included"] = self.shop.taxes_included
        self.sell()
        if self.happens(0.8):
            self.pay()
        turns = (self.edit, self.take_out, self.come_back, self.exchange, self.please, self.owe, self.ship, self.round)
        for turn in self.chance.sample(turns, self.chance.randrange(4)):
            turn()
        if self.happens(0.3) and self.owed > 0:
            self.pay()
        if self.happens(0.05):
            self.cancel()
        self.conclude()

    @property
    def adjusted(self) -> bool:
        return any(one["adjustment"] for one in self.order["refunds"])

    @property
    def owed(self) -> Decimal:
        owed: Decimal = self.order["current_total"] - self.order["paid_total"] + self.order["refunded_total"]
        return owed

    def amount(self, most: int) -> Decimal:
        return self.chance.randrange(1, most) * self.unit

    def sell(self) -> None:
        order = self.order
        order.update(lines=[], discounts=[], tip_total=NOTHING, duties_total=NOTHING)
        order.update(taxes_by_line=self.happens(0.85), duties_included=self.happens(0.3))
        lines = [self.line() for _ in range(self.chance.randrange(1, 4))]
        if self.happens(0.15):
            lines.append(self.card())
        if self.happens(0.15):
            lines.append(self.tip())
        for position, line in enumerate(lines, 1):
            order["lines"].append(line | {"order_id": order["id"], "position": position})
            self.enter(line)
        shipping = self.shipping()
        duties, fees = (self.amount(2000) if self.happens(0.15) else NOTHING for _ in range(2))
        inside = duties if order["duties_included"] else NOTHING
        self.book.add(duties=duties, additional_fees=fees, gross_sales=-inside)
        discount = sum((line["discount_total"] for line in lines), NOTHING)
        off = shipping["price"] - shipping["discounted_price"]
        order["discounts"] = [self.discount(name, amount) for name, amount in (("code", discount), ("automatic", off))]
        taxes = sum((line["tax_total"] for line in lines), shipping["tax_total"])
        total = sum((line["total"] for line in lines), shipping["discounted_price"] + duties - inside + fees)
        total += NOTHING if order["taxes_included"] else taxes
        order.update(
            subtotal=sum((line["price"] * line["quantity"] for line in lines), NOTHING),
            discount_total=discount + off,
            shipping_total=shipping["price"],
            shipping_lines=[shipping],
            tax_total=taxes,
            duties_total=duties,
            fees_total=fees,
            total=total,
            current_total=total,
            presentment_total=total,
            presentment_currency=self.shop.currency,
            item_quantity=sum(line["quantity"] for line in lines if edits.counts(line)),
            lines_count=len(lines),
        )

    def line(self) -> Record:
        """Return goods, with a discount that divides by the pieces or does not, and the taxes of what is left."""
        product = self.chance.choice(list(self.shop.resources["products"].values()))
        quantity, price = self.chance.randrange(1, 5), self.amount(40_000)
        line = sales.line_of(product, self.chance.choice(product["variants"]), quantity)
        off = NOTHING
        if self.happens(0.4):
            off = (price * quantity * self.chance.randrange(1, 90) / 100).quantize(self.unit)
        value = price * quantity - off
        rate = Decimal("0.21")
        share = rate / (1 + rate) if self.order["taxes_included"] else rate
        tax = (value * share).quantize(self.unit) if self.happens(0.8) or not self.order["taxes_by_line"] else NOTHING
        own = {"id": self.shop.next_id("order_lines"), "price": price, "discount_total": off}
        return line | own | {"total": value, "tax_total": tax, "currency": self.shop.currency}

    def card(self) -> Record:
        amount = self.amount(10_000)
        plain = {"discount_total": NOTHING, "tax_total": NOTHING, "price": amount, "quantity": 1, "current_quantity": 1}
        return self.line() | plain | {"total": amount, "is_gift_card": True, "name": "Gift card"}

    def tip(self) -> Record:
        line = self.card() | {"is_gift_card": False, "requires_shipping": False, "variant_name": None, "sku": None}
        name = self.chance.choice(("Tip", "Propina"))
        self.order["tip_total"] = line["total"]
        return line | {"name": name, "product_id": None, "variant_id": None}

    def shipping(self) -> Record:
        price = self.amount(3000) if self.happens(0.6) else NOTHING
        off = self.chance.choice((NOTHING, NOTHING, price, (price / 2).quantize(self.unit)))
        left = price - off
        inside = self.order["taxes_included"]
        rate = Decimal("0.1") if self.order["taxes_by_line"] else NOTHING
        tax = (left * (rate / (1 + rate if inside else 1))).quantize(self.unit)
        self.book.add(shipping=left - tax if inside else left, taxes=tax)
        return {
            **self.order["shipping_lines"][0],
            "price": price,
            "discounted_price": left,
            "tax_total": tax,
            "currency": self.shop.currency,
        }

    def discount(self, kind: str, amount: Decimal) -> Record:
        return {
            "order_id": self.order["id"],
            "kind": kind,
            "code": "CODE" if kind == "code" else None,
            "title": None if kind == "code" else "Less",
            "value": amount,
            "value_type": "amount",
            "amount": amount,
            "currency": self.shop.currency,
        }

    def enter(self, line: Record) -> None:
        """Enter a line that is sold into the book."""
        value, tax = line["total"], line["tax_total"]
        if not self.order["taxes_by_line"]:
            # A unit more or less of its taxes is as many units before discounts as what it costs has in it.
            self.book.inexact += 1 + (int(line["price"] * line["quantity"] / value) if value else 0)
        if line["is_gift_card"]:
            self.book.add(gift_cards_sold=value)
        elif line["product_id"] is None:
            self.book.add(tips=value)
        elif self.order["taxes_included"]:
            # What the price is without the taxes in it, at the rate of what was paid.
            original = Fraction(line["price"] * line["quantity"])
            gross = original * Fraction(value - tax) / Fraction(value) if value else original
            near = (Decimal(gross.numerator) / Decimal(gross.denominator)).quantize(self.unit)
            self.book.inexact += near != gross
            self.book.add(gross_sales=near, discounts=near - (value - tax), taxes=tax)
        else:
            self.book.add(gross_sales=value + line["discount_total"], discounts=line["discount_total"], taxes=tax)

    def pay(self) -> None:
        orders.pay(self.shop, self.order, self.later())

    def edit(self) -> None:
        """Add a line after the order was placed."""
        line = self.line()
        purse = self.order["discounts"][0]
        purse["amount"] += line["discount_total"]
        edits.add_line(self.order, line, self.later())
        self.enter(line)

    def pieces(self) -> tuple[Record, int] | None:
        lines = [line for line in self.order["lines"] if line["current_quantity"]]
        if not lines:
            return None
        line = self.chance.choice(lines)
        return line, self.chance.randrange(1, line["current_quantity"] + 1)

    def leave(self, line: Record, count: int, day: str) -> None:
        """Enter pieces that come back into the book: call it while they are still there."""
        value, tax = edits.share(line, count, self.unit)
        self.book.inexact += count != line["current_quantity"] or not self.order["taxes_by_line"]
        if line["is_gift_card"]:
            self.book.add(gift_cards_sold=-value)
        elif line["product_id"] is None:
            self.book.add(tips=-value)
        else:
            net = value - tax if self.order["taxes_included"] else value
            self.book.add(returns=net, taxes=-tax, taxes_returned=tax)
            self.book.give_back(day, returns=net, taxes_returned=tax)

    def take_out(self) -> None:
        """Take pieces out by an edit; nothing dates it."""
        if chosen := self.pieces():
            self.leave(*chosen, self.order["placed_on"])
            edits.take_out(self.order, *chosen, self.unit, self.later())

    def today(self) -> str:
        return local_day(self.later(), self.shop.time_zone)

    def come_back(self) -> None:
        """Let pieces come back: paid back at once, not paid back yet, less a fee, or with shipping or duties."""
        chosen = self.pieces()
        if chosen is None:
            return
        day = self.today()
        self.leave(*chosen, day)
        line, count = chosen
        value, tax = edits.share(line, count, self.unit)
        back = value if self.order["taxes_included"] else value + tax
        way = self.chance.choice(("paid", "pending", "fee", "silent fee", "shipping", "duties"))
        extra: dict[str, Any] = {}
        if way == "pending":
            extra = {"money": NOTHING, "reason": self.chance.choice((None, edits.PENDING))}
        elif way == "silent fee" and edits.counts(line) and not self.adjusted:
            fee = (back / 10).quantize(self.unit)
            self.fees += fee
            extra = {"fee": fee}
            self.book.add(returns=-fee)
        elif way == "fee" and edits.counts(line) and not self.fees:
            fee = (back / 10).quantize(self.unit)
            extra = {"money": back - fee, "reason": edits.GOODWILL}
            self.book.add(returns=-fee)
            self.book.give_back(day, returns=-fee)
        elif way == "shipping":
            extra = {"shipping": self.shipping_back(day)}
        elif way == "duties":
            left = self.order["duties_total"] - self.order["duties_returned"]
            self.book.add(duties=-left)
            if self.order["duties_included"]:
                self.order["duties_returned"] += left
                self.book.add(gross_sales=left)
            else:
                extra = {"duties": left}
        edits.give_back(self.shop, self.order, self.at, [chosen], unit=self.unit, **extra)

    def shipping_back(self, day: str) -> tuple[Decimal, Decimal] | None:
        """Pay all of the shipping back, once."""
        [paid] = self.order["shipping_lines"]
        if not paid["discounted_price"] or any(one["shipping"] for one in self.order["refunds"]):
            return None
        price, tax = paid["discounted_price"], paid["tax_total"]
        net = price - tax if self.order["taxes_included"] else price
        self.book.add(shipping=-net, shipping_returned=net, taxes=-tax, taxes_returned=tax)
        self.book.give_back(day, shipping_returned=net, taxes_returned=tax)
        return price, tax

    def exchange(self) -> None:
        """Let pieces come back for others; the difference is paid either way, or owed."""
        chosen = self.pieces()
        if chosen is None:
            return
        self.leave(*chosen, self.today())
        edits.give_back(self.shop, self.order, self.at, [chosen], unit=self.unit, money=NOTHING)
        self.edit()
        if self.owed > 0 and self.happens(0.7):
            self.pay()
        self.owe()

    def please(self) -> None:
        """Pay something back for nothing, as goodwill, with taxes of it or without."""
        if self.fees:
            return
        net = self.order["paid_total"] - self.order["refunded_total"]
        money = (net * self.chance.randrange(1, 30) / 100).quantize(self.unit)
        if money > 0:
            day = self.today()
            tax = self.chance.choice((NOTHING, (money / 11).quantize(self.unit)))
            told = {"reason": edits.GOODWILL, "adjusted_tax": tax}
            edits.give_back(self.shop, self.order, self.at, money=money, unit=self.unit, **told)
            self.book.add(returns=money - tax, taxes=-tax, taxes_returned=tax)
            self.book.give_back(day, returns=money - tax, taxes_returned=tax)

    def owe(self) -> None:
        """Pay back what is still owed, later than the goods came back."""
        if self.owed < 0 and self.happens(0.7):
            edits.give_back(self.shop, self.order, self.later(), money=-self.owed, unit=self.unit)

    def round(self) -> None:
        """Pay in cash, rounded."""
        paid, back = (self.chance.randrange(-2, 3) * self.unit for _ in range(2))
        self.order.update(cash_rounding=paid, cash_rounding_back=back)
        self.book.add(cash_rounding=paid - back)

    def cancel(self) -> None:
        """Cancel it: all that is left comes back."""
        orders.cancel(self.shop, self.order, self.later())
        parts = self.book.parts
        if self.order["duties_included"]:
            parts["gross_sales"] += parts["duties"]
        taxes, shipping = parts["taxes"], parts["shipping"]
        self.book.add(taxes_returned=taxes, shipping_returned=shipping)
        parts.update(returns=parts["gross_sales"] - parts["discounts"] - parts["returns"])
        for name in ("taxes", "shipping", "duties", "additional_fees", "tips", "gift_cards_sold"):
            parts[name] = NOTHING

    def conclude(self) -> None:
        """Set the status that follows from the money, and note when the last payment came in."""
        order = self.order
        if self.fees:
            last = local_day(order["refunds"][-1]["processed_at"], self.shop.time_zone)
            self.book.give_back(last, returns=-self.fees)
        paid, back = order["paid_total"], order["refunded_total"]
        if order["status"] != "cancelled":
            if back > 0:
                status = "refunded" if back >= paid else "partially_refunded"
            elif paid > 0:
                status = "paid" if paid >= order["current_total"] else "partially_paid"
            else:
                status = "pending"
            order.update(payment_status=status, updated_at=self.at)
        took = [one["processed_at"] for one in order["payments"] if one["kind"] in {"sale", "capture"}]
        if order["payment_status"] in {"paid", "refunded", "partially_refunded"}:
            self.book.paid_at = max(took, default=None)


def books_against(program: Program, shop: Shop, books: Sequence[Book]) -> list[str]:
    """Return where the orders and views in the database differ from *books*, and which identity does not hold."""
    connection = sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        held = connection.execute(
            "SELECT orders.* FROM orders JOIN stores ON stores.id = store_id WHERE key = ?",
            [f"{shop.platform}:{shop.key}"],
        )
        rows = {row["id"]: row for row in held}
        found = [fault for book in books for fault in _faults(shop, rows[book.order["id"]], book)]
        return found + _faults_of_days(connection, shop, books) + _faults_of_returns(connection, shop, books)
    finally:
        connection.close()


def number(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _faults(shop: Shop, row: sqlite3.Row, book: Book) -> Iterator[str]:
    told = {name: number(row[name]) for name in PARTS}
    for name in PARTS:
        if (row[name] is None) == (name in book.told):
            yield f"{book.order['id']}: {name} is {row[name]}"
        elif abs(told[name] - book.parts[name]) > book.unit * book.inexact:
            yield f"{book.order['id']}: {name} is {row[name]}, not {book.parts[name]}"
    added = sum(told[name] for name in ("shipping", "duties", "additional_fees", "taxes"))
    total = told["gross_sales"] - told["discounts"] - told["returns"] + added
    yield from _money(row, book, total + told["tips"] + told["gift_cards_sold"])
    expected = definitions(shop, book)
    yield from (
        f"{book.order['id']}: {name} is {row[name]}, not {one}" for name, one in expected.items() if row[name] != one
    )


def _money(row: sqlite3.Row, book: Book, worth: Decimal) -> Iterator[str]:
    """Yield where what was sold is not what was paid, and what is still owed; money in the till is rounded."""
    if row["outstanding_total"] is None:
        if book.order["payment_status"] not in {"partially_paid", "partially_refunded"}:
            yield f"{book.order['id']}: nothing tells what is owed"
        return
    paid = book.order["paid_total"] + book.order["cash_rounding"]
    back = book.order["refunded_total"] + book.order["cash_rounding_back"]
    settled = paid - back + number(row["outstanding_total"])
    if worth + number(row["cash_rounding"]) != settled:
        yield f"{book.order['id']}: {worth} and {row['cash_rounding']} of rounding is not {settled}"
    owed = book.order["current_total"] if "tips" in book.told else book.total_sales
    if number(row["outstanding_total"]) != owed - book.order["paid_total"] + book.order["refunded_total"]:
        yield f"{book.order['id']}: {row['outstanding_total']} is owed"


def definitions(shop: Shop, book: Book) -> dict[str, Any]:
    """Return the derived columns of an order by the definitions of the manual, from what happened to it."""
    order = book.order
    sent = [one for one in order["fulfillments"] if one["shipped_at"]]
    shopify = shop.platform == "shopify"
    parcels = sent if shopify else order["fulfillments"]
    arrived = [one["delivered_at"] for one in parcels]
    is_whole = order["fulfillment_status"] != "partially_fulfilled" and all(arrived)
    left = [one["created_at"] if shopify else one["shipped_at"] for one in sent]
    status = "cancelled" if order["cancelled_at"] else "closed" if order["closed_at"] else "open"
    return {
        "status": status,
        "payment_status": order["payment_status"],
        "placed_at": sql_value(order["placed_at"]),
        "placed_on": local_day(order["placed_at"], shop.time_zone),
        "paid_at": sql_value(book.paid_at),
        "shipped_at": sql_value(min(left, default=None)),
        "delivered_at": sql_value(max(arrived) if arrived and is_whole else None),
        "cancelled_at": sql_value(order["cancelled_at"]),
        "subtotal": sql_value(order["subtotal"]),
        "total": sql_value(order["total"]),
        "current_total": sql_value(order["current_total"] if shopify else order["total"]),
        "item_quantity": order["item_quantity"],
    }


def _faults_of_days(connection: sqlite3.Connection, shop: Shop, books: Sequence[Book]) -> list[str]:
    """Compare `sales_daily` with the books, and hold its own identity."""
    days: dict[str, Counter[str]] = {}
    for book in books:
        day = days.setdefault(book.order["placed_on"], Counter())
        if book.order["status"] != "cancelled":
            day.update(book.parts)
            day["inexact"] += book.inexact
    found = []
    for row in _view(connection, "sales_daily", shop):
        day = days.pop(row["day"], Counter())
        added = sum(number(row[name]) for name in ("shipping", "duties", "additional_fees", "taxes"))
        if number(row["net_sales"]) + added != number(row["total_sales"]):
            found.append(f"{row['day']}: the total is not the sum of its parts")
        if number(row["gross_sales"]) - number(row["discounts"]) - number(row["returns"]) != number(row["net_sales"]):
            found.append(f"{row['day']}: net sales are not the sum of their parts")
        off = [
            name
            for name in set(PARTS) & set(row.keys())
            if abs(number(row[name]) - day[name]) > unit_of(shop) * day["inexact"]
        ]
        found += [f"{row['day']}: {name} is {row[name]}, not {day[name]}" for name in off]
    return found + [f"{day} is not there" for day in days]


def _faults_of_returns(connection: sqlite3.Connection, shop: Shop, books: Sequence[Book]) -> list[str]:
    """Compare `returns_daily` with the books, and its sums with those of `sales_daily`."""
    days: dict[str, Counter[str]] = {}
    for book in books:
        for day, back in book.returned.items() if book.order["status"] != "cancelled" else ():
            days.setdefault(day, Counter()).update({**back, "inexact": book.inexact})
    rows, found = {row["day"]: row for row in _view(connection, "returns_daily", shop)}, []
    for day in days.keys() | rows.keys():
        for name in ("returns", "shipping_returned", "taxes_returned"):
            told, expected = number(rows[day][name]) if day in rows else NOTHING, days.get(day, Counter())
            if abs(told - expected[name]) > unit_of(shop) * max(1, expected["inexact"]):
                found.append(f"{day}: {name} came back {told}, not {expected[name]}")
    sales = sum(number(row["returns"]) for row in _view(connection, "sales_daily", shop))
    if sum(number(row["returns"]) for row in rows.values()) != sales:
        found.append(f"{sales} came back by the day of the order, something else by its own day")
    return found


def _view(connection: sqlite3.Connection, name: str, shop: Shop) -> list[sqlite3.Row]:
    return connection.execute(f"SELECT * FROM {name} WHERE store = ?", [f"{shop.platform}:{shop.key}"]).fetchall()
