"""Rows of metafields, whose values are texts of many types.

Types: https://shopify.dev/docs/apps/build/metafields/list-of-data-types
"""

import json
import re
from collections.abc import Callable
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.lossless_json import dumps, loads
from storesync.platforms.shapes import Instant, Text
from storesync.platforms.shopify.objects import Object, Ref, linked, lower
from storesync.platforms.values import Unreadable, identifier, instant, number

OWNERS = {
    "Product": "product",
    "ProductVariant": "variant",
    "Collection": "collection",
    "Order": "order",
    "Customer": "customer",
    "DraftOrder": "draft_order",
    "Location": "location",
    "Shop": "shop",
}
"""The kinds of owners by GraphQL type, as references name them, too."""

OWNER_TYPES = {"PRODUCTVARIANT": "variant", "DRAFTORDER": "draft_order"}
"""The kinds of owners by ``MetafieldOwnerType``, where they are called otherwise there."""

PLAIN = frozenset({"single_line_text_field", "multi_line_text_field", "string", "color", "url", "id", "language"})
"""Types whose value is only a text."""

NUMBERS = frozenset({"number_integer", "number_decimal", "integer"})
AMOUNTS = ("amount", "value")
"""Where money, a rating or a measure has its number."""

REFERENCE = "_reference"
LIST = "list."
_GLOBAL_ID = re.compile(r"gid://[\w-]+/(\w+)/([^/?\s]+)")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Owner(Ref):
    """What has the metafield; an order or a draft order with its buyer."""

    email: Text = None
    customer: Ref | None = None


class Metafield(Ref):
    """A metafield as it is stored."""

    namespace: Text = None
    key: Text = None
    type: Text = None
    value: Text = None
    created_at: Instant = None
    updated_at: Instant = None
    owner: Owner | None = None


class Kind(Object):
    """The type of the values."""

    name: Text = None


class Validation(Object):
    """What a value must be like."""

    name: Text = None
    type: Text = None
    value: Text = None


class Definition(Ref):
    """A definition of metafields as it is stored."""

    name: Text = None
    description: Text = None
    namespace: Text = None
    key: Text = None
    owner_type: Text = None
    type: Kind | None = None
    validations: list[Validation] | None = None


def metafield_rows(metafield: Metafield, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a metafield. Its owner's buyer is who it belongs to; a customer's is the customer."""
    owner = metafield.owner or Owner()
    kind = _kind_of(owner)
    row = {
        "id": identifier(metafield.id),
        "owner_kind": kind,
        "owner_id": identifier(owner.id),
        "customer_id": identifier(owner.id) if kind == "customer" else linked(owner.customer),
        "email": owner.email or None,
        "namespace": metafield.namespace,
        "key": metafield.key,
        "type": metafield.type,
        "value": metafield.value,
        **typed(metafield.type or "", metafield.value),
        "created_at": instant(metafield.created_at),
        "updated_at": instant(metafield.updated_at),
    }
    return {"metafields": [row]}


def definition_rows(definition: Definition, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a definition, for one kind of owner."""
    told = definition.validations
    rules = None if told is None else [{"name": one.name, "type": one.type, "value": one.value} for one in told]
    row = {
        "id": identifier(definition.id),
        "owner_kind": OWNER_TYPES.get(definition.owner_type or "", lower(definition.owner_type)),
        "namespace": definition.namespace,
        "key": definition.key,
        "name": definition.name,
        "description": definition.description or None,
        "type": definition.type.name if definition.type else None,
        "validations": None if rules is None else dumps(rules).decode(),
        "created_at": None,
        "updated_at": None,
    }
    return {"metafield_definitions": [row]}


def typed(kind: str, value: str | None) -> Row:
    """Return the columns with the *value* of a metafield of the type *kind*, as far as it is one of that type.

    Shopify keeps values that are none once a merchant has changed the type.
    """
    if value is None or kind in PLAIN:
        return {}
    if kind in NUMBERS:
        return {"value_number": _read(number, value)}
    if kind == "boolean":
        return {"value_boolean": {"true": 1, "false": 0}.get(value)}
    if kind == "date":
        return {"value_date": value if _read(instant, value) else None}
    if kind == "date_time":
        return {"value_date": _read(instant, value)}
    if kind.endswith(REFERENCE) and not kind.startswith(LIST):
        return {"reference_ids": _references([value])}
    return _of_json(kind, _read(loads, value))


def _of_json(kind: str, found: Any) -> Row:
    if not isinstance(found, dict | list) and kind not in {"json", "json_string"}:
        return {}
    row: Row = {"value_json": _read(_text, found)}
    if kind.endswith(REFERENCE):
        row["reference_ids"] = _references(found)
    elif isinstance(found, dict) and kind != "json":
        row["value_number"] = _read(number, next((found[name] for name in AMOUNTS if name in found), None))
    return row


def _text(found: Any) -> str | None:
    return None if found is None else dumps(found).decode()


def _references(values: Any) -> str:
    """Return what the global ids *values* refer to, ``kind:id`` each, as the text of a JSON array."""
    found = (_GLOBAL_ID.fullmatch(one) for one in values if isinstance(one, str))
    return json.dumps([f"{_word(one[1])}:{one[2]}" for one in found if one])


def _kind_of(owner: Owner) -> str:
    found = _GLOBAL_ID.fullmatch(str(owner.id))
    if found is None:
        raise Unreadable("a metafield does not say whose it is")
    return _word(found[1])


def _word(type_name: str) -> str:
    """Return our word for a GraphQL type: ``product``, ``media_image``."""
    return OWNERS.get(type_name) or _WORD_START.sub("_", type_name).lower()


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except (ValueError, TypeError, RecursionError):
        return None
