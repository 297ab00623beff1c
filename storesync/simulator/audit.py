"""Compares a database with the data of a simulated shop, row by row and column by column.

The expected rows (the truth) are derived from the world alone, by each platform's package, without the
code under test.
"""

from collections.abc import Collection, Mapping
from typing import Any

from storesync.simulator.shop import Shop
from storesync.simulator.shopify import truth as shopify
from storesync.simulator.tiendanube import truth as tiendanube
from storesync.simulator.truth import Rows
from storesync.tables import DEFAULT, RESOURCES, Resource

OFFERS = {"shopify": shopify.RESOURCES, "tiendanube": tiendanube.RESOURCES}
TRUTHS = {"shopify": shopify.truth, "tiendanube": tiendanube.truth}


def offers(shop: Shop) -> tuple[str, ...]:
    """Return the resources that the shop's platform offers and that are read of every store."""
    return tuple(name for name in OFFERS[shop.platform] if name in DEFAULT)


def truth(shop: Shop, resource: str) -> dict[str, Rows]:
    """Return the expected rows of *resource*: table name → id → columns."""
    return TRUTHS[shop.platform](shop, resource)


def differences(connection: Any, shop: Shop, resources: Collection[str] = ()) -> list[str]:
    """Return the differences between the live rows in the database of *connection* and the data of *shop*.

    Of all *resources* that are read of every store, where none are named. Lapsed rows, which the platform no longer
    lists, are not compared.
    """
    names = resources or offers(shop)
    return [found for name in names for found in compare(connection, shop, name, truth(shop, name))]


def compare(connection: Any, shop: Shop, resource: str, tables: Mapping[str, Rows]) -> list[str]:
    """Return the differences between the live rows of *resource* and *tables*, the expected rows by table name."""
    key = f"{shop.platform}:{shop.key}"
    return [
        found
        for table, rows in tables.items()
        for found in _table(connection, key, table, rows, _still_listed(RESOURCES[resource], table))
    ]


def count(shop: Shop) -> int:
    """Return how many rows are expected for the shop."""
    return sum(len(rows) for resource in offers(shop) for rows in truth(shop, resource).values())


def _still_listed(resource: Resource, table: str) -> str:
    """Return an SQL condition for the rows of records that the platform still lists."""
    if resource.lapses is None:
        return ""
    if table == resource.name:
        return f" AND data.{resource.lapses} IS NULL"
    return (
        f" AND data.{resource.key} IN (SELECT id FROM {resource.name} AS parent"
        f" WHERE parent.store_id = data.store_id AND parent.{resource.lapses} IS NULL)"
    )


def _table(connection: Any, key: str, table: str, rows: dict[str, dict[str, Any]], condition: str) -> list[str]:
    columns = sorted({column for row in rows.values() for column in row})
    names = ", ".join(["data.id", *(f"data.{column}" for column in columns)])
    held = {
        row[0]: dict(zip(columns, row[1:], strict=True))
        for row in connection.execute(
            f"SELECT {names} FROM {table} AS data JOIN stores ON stores.id = data.store_id"
            f" WHERE stores.key = ? AND data.deleted_at IS NULL{condition}",
            (key,),
        )
    }
    found = [f"{table} {one}: missing" for one in sorted(rows.keys() - held.keys())]
    found += [f"{table} {one}: not upstream" for one in sorted(held.keys() - rows.keys())]
    found += [
        f"{table} {one} {column}: {held[one][column]!r}, upstream {value!r}"
        for one in sorted(rows.keys() & held.keys())
        for column, value in rows[one].items()
        if held[one][column] != value
    ]
    return found
