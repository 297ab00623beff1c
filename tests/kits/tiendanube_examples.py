"""The records that Tiendanube's documentation prints, and some made from what else it says.

Those in ``examples`` are always read, all of the reference only where it is.
"""

import json
import os
from pathlib import Path

import pytest

from storesync.model import Shop
from tests.kits.samples import ROOT, TESTS

OURS = TESTS / "examples" / "tiendanube"
REFERENCE = Path(os.environ.get("STORESYNC_REFERENCE", ROOT.parent / "shared" / "reference"))
THEIRS = REFERENCE / "tiendanube_examples"
SHOP = Shop(
    "817495",
    "817495",
    "Tienda",
    "tienda.example",
    language="pt",
    currency="ARS",
    time_zone="America/Argentina/Buenos_Aires",
)
COVERED = {
    "products": {"products", "variants", "variant_barcodes", "product_images", "product_categories"},
    "categories": {"categories"},
    "customers": {"customers", "customer_addresses"},
    "orders": {
        "orders",
        "order_lines",
        "order_discounts",
        "order_shipping_lines",
        "order_payments",
        "order_refunds",
        "order_refund_lines",
        "order_fulfillments",
        "order_fulfillment_lines",
    },
    "checkouts": {"checkouts", "checkout_lines"},
    "draft_orders": {"draft_orders", "draft_order_lines"},
    "coupons": {"coupons"},
    "locations": {"locations"},
    "inventory_levels": {"inventory_levels"},
    "pages": {"pages"},
}
"""The tables that a record of each resource fills."""


STAMPS = {"created_at": "2026-11-20T10:00:00-03:00", "updated_at": "2026-11-21T10:00:00.742Z"}
NOBODY = {"name": "No informado No informado", "number": "No informado", "city": "NO INFORMADO ", "zipcode": "0000"}
ADDRESS = {"id": 8, "name": "Ana", "city": "Lima", "country": "pe", "zipcode": "15001", "default": True, **STAMPS}
ITEM = {"id": 12, "sku": "R-1", "barcode": "779", "variant_values": ["P", "Rojo"], "price": 19.5, "quantity": "2"}
PARCEL = {
    "id": "01A",
    "status": "DELIVERED",
    "shipping": {"type": "ship", "option": {"name": "Moto", "code": "m"}, "consumer_cost": {"value": 5}},
    "status_history": [{"to_status": "DISPATCHED", "happened_at": "2026-11-21T10:00:00+00:00"}],
    "tracking_events": [{"status": "delivered", "happened_at": "2026-11-22T10:00:00+00:00"}],
    "line_items": [{"quantity": "2", "order_line_item_id": 12}],
}
BASKET = {
    "customer": {"id": 4, "name": "Ana", "email": "a@example.com", "phone": "555", "identification": "1"},
    "contact_name": "Não informado",
    "contact_email": "email@naoinformado.com",
    "contact_phone": "no informado",
    "contact_identification": "No informado",
    "shipping_address": {**ADDRESS, **NOBODY, "id": 0, "address": "No informado", "locality": "", "province": "SP"},
    "completed_at": {"date": "2026-11-20 23:30:00.000000", "timezone_type": 3, "timezone": "UTC"},
    "total": "44.00",
    "subtotal": "39.00",
    "discount": "0.00",
    "products": [ITEM, {**ITEM, "id": 0, "name_without_variants": "Remera"}],
    **STAMPS,
}
ORDER = {
    **BASKET,
    "id": 20,
    "number": "7",
    "note": "Gracias",
    "payment_status": "authorized",
    "shipping_status": "shipped",
    "coupon": [{"code": "VERANO", "type": "absolute", "value": "5.00"}],
    "discount_coupon": "5.00",
    "discount_gateway": "2.00",
    "gateway_name": "Transferencia",
    "promotional_discount": {"total_discount_amount": "3.00", "promotions_applied": [{"discount_script_type": "NxM"}]},
    "products": [{**ITEM, "cost": "9.00", "properties": [{"name": "Texto", "value": "Feliz"}]}],
    "fulfillments": ["01A"],
    "fulfillment_orders": [
        PARCEL,
        {**PARCEL, "id": "01B", "fulfilled_at": "2026-11-20T09:00:00.742Z", "line_items": []},
    ],
}
MADE = [
    (
        "products",
        {
            "id": "5",
            "name": {"pt": "", "en": "Shirt"},
            "description": "<p>Uno &amp; dos</p>",
            "seo_title": {"es": "Remera"},
            "brand": "Marca",
            "canonical_url": "https://tienda.example/remera",
            "published": False,
            "requires_shipping": True,
            "images": [
                {"id": 0, "src": "//cdn.example/no-photo.png"},
                {
                    "id": 6,
                    "src": "//cdn.example/a.jpg",
                    "alt": {"es": "Foto"},
                    "position": 4,
                    "width": 9,
                    "height": "8",
                    **STAMPS,
                },
            ],
            "variants": [
                {
                    "id": 7,
                    "image_id": 6,
                    "barcode": "779",
                    "values": [{"pt": "P"}, {"es": "Rojo"}, {"en": "Cotton"}],
                    "price": "19.90",
                    "promotional_price": "19.90",
                    "stock_management": True,
                    "stock": "3",
                },
                {"id": 8, "values": [], "price": None, "stock_management": False, "stock": None},
            ],
        },
    ),
    ("categories", {"id": 3, "parent": 2, "description": {"pt": "<b>Tenis</b>"}, "visibility": "soft-hidden"}),
    (
        "customers",
        {
            "id": 4,
            "name": "Não informado",
            "email": "email@naoinformado.com",
            "note": "VIP",
            "accepts_marketing": True,
            "accepts_marketing_updated_at": "2026-11-20 10:00:00",
            "default_address": ADDRESS,
            "addresses": [ADDRESS, {**ADDRESS, **NOBODY, "id": 0, "default": False}],
        },
    ),
    ("orders", ORDER),
    ("orders", {**ORDER, "payment_status": "refunded", "total_paid_by_customer": "44.00", "fulfillment_orders": []}),
    ("orders", {**ORDER, "payment_status": "partially_refunded", "customer": None}),
    (
        "orders",
        {
            "id": 23,
            "name": "#1001",
            "coupon": [{"code": "DIEZ", "type": "percentage", "value": 10}],
            "contact_identification": "30",
            "customer": {"id": 4, "identification": "1"},
            "shipping": "api_1",
            "shipping_carrier_name": "Correo",
            "shipping_cost_customer": "3.00",
            "subtotal": "10.00",
            "discount": "0.00",
            "total": "12.00",
            "payment_status": "partially_refunded",
            "total_paid_by_customer": "11.00",
        },
    ),
    ("checkouts", {**BASKET, "id": 21}),
    ("draft_orders", {**BASKET, "id": 22, "number": 8, "status": "open", "payment_status": "pending_confirmation"}),
    ("coupons", {"id": 30, "type": "shipping", "valid": True, "used": 3, "max_uses": 3, "products": [{}], **STAMPS}),
    ("coupons", {"id": 31, "type": "gift", "valid": False, "end_date": "2026-11-20", "min_price": "9.90"}),
    ("coupons", {"id": 32, "type": "absolute", "valid": True, "deleted_at": "2026-11-20T10:00:00+0000"}),
    ("inventory_levels", {"variant_id": 7, "location_id": "01L", "stock": None}),
]
"""What the property tables name and no example shows, in the odder of its spellings."""


def made() -> list:
    """Return each record made here, as a case (resource, record)."""
    return [pytest.param(*case, id=f"made-{number}") for number, case in enumerate(MADE)]


def documented() -> list:
    """Return each documented record once, as a case (resource, record)."""
    cases, seen = [], set()
    for file, resource, records in (*_ours(), *_theirs()):
        for number, record in enumerate(records):
            known = (resource, json.dumps(record, sort_keys=True))
            if resource in COVERED and known not in seen:
                cases.append(pytest.param(resource, record, id=f"{file}-{number}"))
            seen.add(known)
    if not THEIRS.is_dir():
        missing = pytest.mark.skip(reason=f"no further examples: {THEIRS} is missing")
        cases.append(pytest.param(None, None, id="reference", marks=missing))
    return cases


def stores() -> list:
    """Return what ``GET /store`` is documented to answer."""
    return [record for _, resource, records in _ours() if resource == "store" for record in records]


def _ours():
    for path in sorted(OURS.glob("*.json")):
        yield path.stem, path.stem.partition("_")[2], json.loads(path.read_text(encoding="utf-8"))


def _theirs():
    index = json.loads((THEIRS / "INDEX.json").read_text(encoding="utf-8"))["files"] if THEIRS.is_dir() else []
    for entry in index:
        path = str(entry["endpoint"]).partition(" /")[2].split("?")[0].split(" ")[0].split("/")
        is_answer = str(entry["status"]) in {"200", "201"} and len(path) <= 2
        is_action = path[-1] in {"cancel", "confirm"}
        if not (is_answer or is_action or path[-1] == "inventory-levels") or str(entry["status"])[0] != "2":
            continue
        body = json.loads((THEIRS / entry["file"]).read_text(encoding="utf-8"))
        resource = "inventory_levels" if path[-1] == "inventory-levels" else path[0]
        records = body.get("results", [body]) if isinstance(body, dict) else body
        yield f"reference-{entry['file'].removesuffix('.json')}", resource, records
