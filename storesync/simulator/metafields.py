"""Creates and changes the metafields of a simulated Shopify shop.

Each has the columns that a correct copy of it has: its value, and the same value by its type.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

OWNERS = {
    "product": "products",
    "collection": "categories",
    "order": "orders",
    "customer": "customers",
    "draft_order": "draft_orders",
    "location": "locations",
}
"""The kinds of owners that are records of their own, by our name for them, each with its resource."""

FIRST_ID = 30_000_000_000_000
TYPED = ("value_number", "value_boolean", "value_date", "value_json", "reference_ids")


def owners(shop: Shop) -> Iterator[tuple[str, str]]:
    """Yield the kind and the id of everything that may have metafields."""
    for kind, resource in OWNERS.items():
        yield from ((kind, one) for one in shop.resources[resource])
    products = shop.resources["products"].values()
    yield from (("variant", variant["id"]) for product in products for variant in product["variants"])
    yield "shop", shop.id


def fill_metafields(shop: Shop, count: int, until: datetime) -> None:
    """Give every owner *count* metafields of the last 300 days, of all types in turn."""
    chance = shop.chance("metafields")
    for number, (kind, owner_id) in enumerate(owners(shop) if count else ()):
        for place in range(count):
            at = until - timedelta(days=chance.randrange(300), seconds=chance.randrange(86_400))
            add_metafield(shop, kind, owner_id, number * count + place, max(shop.created_at, at))
    for kind in (*OWNERS, "variant", "shop") if count else ():
        for place in range(0, len(KINDS), 2):
            define(shop, kind, place)


def define(shop: Shop, kind: str, place: int) -> Record:
    """Define the metafields of a *kind* of owner that the *place* in `KINDS` chooses; values need no definition."""
    shop.counters["metafields"] += 1
    namespace, key, type_name, _ = KINDS[place]
    record: Record = {
        "id": str(FIRST_ID + shop.counters["metafields"]),
        "owner_kind": kind,
        "namespace": namespace,
        "key": key,
        "name": key.replace("_", " ").title(),
        "description": None if place % 3 else f"Qué {key} ✨",
        "type": type_name,
        "validations": [{"name": "max", "type": type_name, "value": str(place)}] if place % 2 else [],
    }
    shop.resources["metafield_definitions"][record["id"]] = record
    return record


def add_metafield(shop: Shop, kind: str, owner_id: str, number: int, at: datetime) -> Record:
    """Give an owner the metafield that the *number* chooses."""
    chance = shop.chance("metafields")
    shop.counters["metafields"] += 1 + chance.randrange(3)
    series, place = divmod(number, len(KINDS))
    namespace, key, type_name, make = KINDS[place]
    record: Record = {
        "id": str(FIRST_ID + shop.counters["metafields"]),
        "owner_kind": kind,
        "owner_id": owner_id,
        "namespace": namespace,
        "key": f"{key}_{series}" if series else key,
        "type": type_name,
        **_made(make, shop, chance),
        "created_at": at,
        "updated_at": at,
    }
    shop.resources["metafields"][record["id"]] = record
    return record


def rewrite(shop: Shop, record_id: str) -> Record:
    """Give a metafield another value of its type now. Whether its owner is touched differs from kind to kind.

    Changes of products' metafields once moved their products, and do so no longer; of the other kinds nothing is
    documented: https://github.com/Shopify/shopify-api-js/issues/952
    """
    record = shop.resources["metafields"][record_id]
    make = next(each[3] for each in KINDS if each[:2] == (record["namespace"], _base(record["key"])))
    _touch_owner(shop, record)
    return shop.touch("metafields", record_id, **_made(make, shop, shop.chance("metafields")))


def change(shop: Shop) -> None:
    """Add, rewrite or delete one metafield now."""
    chance = shop.chance("metafields")
    record = shop.resources["metafields"][chance.choice(list(shop.resources["metafields"]))]
    act = chance.random()
    if act < 0.6:  # noqa: PLR2004 - most are only rewritten
        rewrite(shop, record["id"])
    elif act < 0.8 or len(shop.resources["metafields"]) == 1:  # noqa: PLR2004
        kind, owner_id = chance.choice(list(owners(shop)))
        added = add_metafield(shop, kind, owner_id, 10_000 + shop.counters["metafields"], shop.now())
        _touch_owner(shop, added)
    else:
        _touch_owner(shop, record)
        shop.remove("metafields", record["id"])


def _touch_owner(shop: Shop, record: Record) -> None:
    kind = record["owner_kind"]
    if kind in OWNERS and shop.quirk(f"a metafield's change touches its {kind}"):
        shop.touch(OWNERS[kind], record["owner_id"])


def _base(key: str) -> str:
    name, _, number = key.rpartition("_")
    return name if number.isdecimal() else key


def _made(make: Any, shop: Shop, chance: Random) -> Record:
    value, typed = make(shop, chance)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {**dict.fromkeys(TYPED), **typed, "value": text}


def _word(_: Shop, chance: Random) -> Any:
    return chance.choice(("Algodão ☕", "cuero", "Silk, 100 %", "<b>bold</b>", "=1+1")) + f" {chance.randrange(99)}", {}


def _lines(_: Shop, chance: Random) -> Any:
    return f"Lavar a {chance.randrange(30, 90)} °C\nNo planchar", {}


def _color(_: Shop, chance: Random) -> Any:
    return f"#{chance.randrange(2**24):06x}", {}


def _whole(_: Shop, chance: Random) -> Any:
    number = chance.randrange(-9_999_999_999_999, 9_999_999_999_999)
    return str(number), {"value_number": number}


def _decimal(_: Shop, chance: Random) -> Any:
    number = chance.randrange(1, 10_000) / 4
    return str(number), {"value_number": int(number) if number.is_integer() else number}


def _left_over(_: Shop, chance: Random) -> Any:
    """Make a value that is none of its type, as they stay when a merchant changes the type."""
    return f"ask us {chance.randrange(99)}", {}


def _flag(_: Shop, chance: Random) -> Any:
    flag = chance.random() < 0.5  # noqa: PLR2004 - a coin
    return ("true" if flag else "false"), {"value_boolean": flag}


def _day(shop: Shop, chance: Random) -> Any:
    day = (shop.created_at + timedelta(days=chance.randrange(900))).date().isoformat()
    return day, {"value_date": day}


def _instant(shop: Shop, chance: Random) -> Any:
    at = f"{(shop.created_at + timedelta(minutes=chance.randrange(9**6))).isoformat()[:19]}"
    return at + chance.choice(("", "Z", "+00:00")), {"value_date": f"{at}Z"}


def _measure(name: str, *others: str) -> Any:
    def made(_: Shop, chance: Random) -> Any:
        number = chance.randrange(1, 100) / 2
        value = {name: number, **dict.fromkeys(others, "kg")}
        return value, {"value_number": int(number) if number.is_integer() else number, "value_json": _json(value)}

    return made


def _money(shop: Shop, chance: Random) -> Any:
    cents = chance.randrange(1, 10**6) * 100 + 25
    value = {"amount": f"{cents // 100}.{cents % 100:02}", "currency_code": shop.currency}
    return value, {"value_number": cents / 100, "value_json": _json(value)}


def _rating(_: Shop, chance: Random) -> Any:
    value = {"value": f"{chance.randrange(1, 5)}.5", "scale_min": "1.0", "scale_max": "5.0"}
    return value, {"value_number": float(value["value"]), "value_json": _json(value)}


def _texts(_: Shop, chance: Random) -> Any:
    value = [f"talla {chance.randrange(50)}", "ñ"]
    return value, {"value_json": _json(value)}


def _tree(_: Shop, chance: Random) -> Any:
    value = {"type": "root", "children": [{"type": "text", "value": f"Olá {chance.randrange(99)}"}]}
    return value, {"value_json": _json(value)}


def _anything(_: Shop, chance: Random) -> Any:
    value: Any = chance.choice(({"amount": 3, "ok": True}, [1, 2.5, None], "text", 7))
    return _json(value), {"value_json": _json(value)}


def _reference(type_name: str, word: str) -> Any:
    def made(_: Shop, chance: Random) -> Any:
        number = chance.randrange(10**12)
        return f"gid://shopify/{type_name}/{number}", {"reference_ids": [f"{word}:{number}"]}

    return made


def _references(_: Shop, chance: Random) -> Any:
    numbers = [chance.randrange(10**12) for _ in range(3)]
    value = [f"gid://shopify/ProductVariant/{number}" for number in numbers]
    return value, {"reference_ids": [f"variant:{number}" for number in numbers], "value_json": _json(value)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# https://shopify.dev/docs/apps/build/metafields/list-of-data-types
KINDS: tuple[tuple[str, str, str, Any], ...] = (
    ("custom", "material", "single_line_text_field", _word),
    ("custom", "pieces", "number_integer", _whole),
    ("custom", "is_fragile", "boolean", _flag),
    ("custom", "care", "multi_line_text_field", _lines),
    ("specs", "density", "number_decimal", _decimal),
    ("specs", "weight", "weight", _measure("value", "unit")),
    ("custom", "related", "list.variant_reference", _references),
    ("custom", "available_on", "date", _day),
    ("custom", "checked_at", "date_time", _instant),
    ("reviews", "rating", "rating", _rating),
    ("custom", "floor", "money", _money),
    ("custom", "twin", "product_reference", _reference("Product", "product")),
    ("custom", "sheet", "file_reference", _reference("MediaImage", "media_image")),
    ("custom", "designer", "metaobject_reference", _reference("Metaobject", "metaobject")),
    ("custom", "sizes", "list.single_line_text_field", _texts),
    ("app--4321--loyalty", "settings", "json", _anything),
    ("custom", "story", "rich_text_field", _tree),
    ("custom", "shade", "color", _color),
    ("custom", "once-a-text", "number_integer", _left_over),
)
"""Namespace, key, type, and what makes a value and its columns."""
