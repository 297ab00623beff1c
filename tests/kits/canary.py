"""A customer whose every word can be told from all others, and where it still stands."""

from storesync.simulator.baskets import is_waiting

WORD = b"zzqcanary"
EMAIL = "Zoe.Zzqcanary@Example.com"
NAMESAKE = "Zoe Namesake"

_OF_A_BUYER = {
    "phone": "+54 9 zzqcanary",
    "tax_id": "zzqcanary-77",
    "note": "Tocar a zzqcanary",
    "staff_note": "llamó zzqcanary",
    "shipping_name": "Zoe Zzqcanary",
    "shipping_address1": "Calle Zzqcanary",
    "shipping_number": "zzqcanary 9",
    "shipping_zip": "zzqcanary",
    "billing_name": "Zzqcanary SA",
    "address1": "Calle Zzqcanary",
    "number": "zzqcanary 9",
    "zip": "zzqcanary",
    "recovery_url": "https://example.com/zzqcanary",
    "checkout_url": "https://example.com/zzqcanary",
}


def zoe_of(shop) -> str:
    """Return the id of the customer who was planted in *shop*."""
    return next(one["id"] for one in shop.resources["customers"].values() if one["email"] == EMAIL)


def plant(shop) -> str:
    """Let one customer of *shop*, with orders, a checkout and a draft order, be Zoe; return the customer's id.

    One order, checkout and draft are a guest's, who gave the same address in other letters.
    """
    buyers = [order["customer_id"] for order in shop.resources["orders"].values() if order["customer_id"]]
    zoe = max(buyers, key=lambda one: (buyers.count(one), one))
    customer = shop.resources["customers"][zoe]
    customer |= {"name": NAMESAKE, "first_name": "Zoe", "last_name": "Namesake", "email": EMAIL}
    customer |= {name: _OF_A_BUYER[name] for name in ("phone", "tax_id", "note", "zip")}
    place = {name: _OF_A_BUYER[name] for name in ("phone", "address1", "number", "zip")}
    home = {"is_default": True, "city": "Mérida", "province": "Yucatán", "country": "MX", "locality": None}
    shape = next(one for each in shop.resources["customers"].values() for one in each["addresses"])
    customer["addresses"] = [{**shape, "id": "90001", "name": "Zoe Zzqcanary", **home, **place}]
    for resource in ("orders", "checkouts", "draft_orders"):
        shown = [one for one in shop.resources[resource].values() if resource == "orders" or is_waiting(one)]
        records = sorted(shown, key=lambda one: one["created_at"], reverse=True)
        theirs = [one for one in records if one["customer_id"] == zoe] or records[:1]
        _sign(theirs, zoe, EMAIL)
        guests = [one for one in records if one["customer_id"] is None or one not in theirs]
        _sign([one for one in guests if _tells_email(shop, resource, one)][:1], None, EMAIL.upper())
    namesake = next(one for one in shop.resources["customers"].values() if one["id"] != zoe)
    namesake |= {"name": NAMESAKE, "first_name": "Zoe", "last_name": "Namesake"}
    return zoe


def _tells_email(shop, resource, record) -> bool:
    """True where the platform shows a guest's address: Shopify's checkouts and what apps of Tiendanube make do not."""
    return resource != "checkouts" if shop.platform == "shopify" else record["channel"] != "api"


def _sign(records, customer_id, email) -> None:
    for record in records:
        signed = {"customer_id": customer_id, "customer_name": NAMESAKE, "email": email, **_OF_A_BUYER}
        # An order's number is its own, a basket's that of the house.
        own = {"number"} if "shipping_number" in record else set()
        record |= {name: value for name, value in signed.items() if name in record.keys() - own}


def sightings(folder) -> list[str]:
    """Return the names of the files below *folder* in which the word still stands, in any case."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if WORD in path.read_bytes().lower()]


def figures(program) -> list[tuple]:
    """Return what was sold, by store: what forgetting a person must not change."""
    return program.sql(
        """SELECT store_id, count(*), round(sum(total), 2), sum(item_quantity), count(DISTINCT placed_on),
            count(customer_id), group_concat(shipping_city)
            FROM (SELECT * FROM orders ORDER BY store_id, id) GROUP BY store_id
        UNION ALL SELECT store_id, count(*), round(sum(total), 2), sum(quantity), 0, 0, '' FROM order_lines GROUP BY 1
        UNION ALL SELECT store_id, count(*), round(sum(total), 2), sum(item_quantity), 0, 0, '' FROM checkouts
            GROUP BY 1
        UNION ALL SELECT store_id, count(*), round(sum(total), 2), sum(item_quantity), 0, 0, '' FROM draft_orders
            GROUP BY 1"""
    )


def verdicts(program, store) -> set[str]:
    """Return the verdicts of all resources of a store."""
    [found] = program("status", store, "--json").json["stores"]
    return {one["verdict"] for one in found["resources"].values()}
