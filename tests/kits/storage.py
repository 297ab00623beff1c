"""A database with connected stores, leases and records, made by hand: for the tests of storage."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storesync.model import Checkpoint, Health, Lease, Record, RunCounters, Shop, Store
from storesync.rules.personal import Forgotten
from storesync.storage import leases, runs, stores
from storesync.storage.connections import save_connected
from storesync.storage.database import Database
from storesync.storage.leases import Worker
from storesync.storage.opening import create_database
from storesync.storage.pages import Written, save_page
from tests.kits.program import FakeClock


@dataclass
class Stock:
    """A database under test, with a worker that holds its lock."""

    database: Database
    worker: Worker
    clock: FakeClock

    def connect(self, key: str = "shopify:alpha", **labels) -> Store:
        """Connect a store."""
        platform, _, name = key.partition(":")
        shop = Shop(id=f"id-{name}", key=name, name=name.title(), domain=f"{name}.example", currency="ARS")
        now = self.clock.now()
        return save_connected(self.database, platform, shop, now=now, grace_until=now, **labels).store

    def claim(self, *stores: Store, worker: Worker | None = None, **how) -> leases.Claims:
        """Claim these stores."""
        usual = {"clock": self.clock.clock(), "trigger": "cron", "kind": "full", "limit": len(stores)}
        return leases.claim(self.database, worker or self.worker, [store.id for store in stores], **usual | how)

    def take(self, store: Store, **how) -> Lease:
        """Claim one store, which must be free."""
        (lease,) = self.claim(store, **how).leases
        return lease

    def save(
        self, lease: Lease, *records: Record, rejects=(), resource="orders", forgotten=None, **checkpoint
    ) -> Written:
        """Save a page."""
        return save_page(
            self.database,
            lease,
            resource,
            records=records,
            rejects=rejects,
            checkpoint=Checkpoint(resource, **checkpoint),
            api_version="2026-10",
            counters=RunCounters(requests=1, bytes=100),
            clock=self.clock.clock(),
            forgotten=forgotten or Forgotten(lease.store_id),
        )

    def end(self, lease: Lease, status: str = "succeeded", **content) -> None:
        """End the slice."""
        store = stores.load_store(self.database, lease.store_id)
        health = Health("completed", store.connection, None, "high", 0, 0, self.clock.now())
        usual = {
            "kind": "full",
            "error_code": None,
            "error": None,
            "health": health,
            "checkpoints": (),
            "receipts": (),
            "counters": RunCounters(),
            "events": (),
            "loaded": status == "succeeded",
            "read": True,
            "compared": False,
            "compare_at": None,
            "not_before": None,
            "at_last": lambda: None,
        }
        runs.end_slice(self.database, lease, status=status, now=self.clock.now(), **{**usual, **content})

    def rows(self, sql: str, *parameters) -> list[tuple]:
        """Ask the database."""
        return [tuple(row) for row in self.database.rows(sql, parameters)]

    def everything(self) -> dict[str, list[tuple]]:
        """Return all rows of all tables: to show that nothing changed."""
        tables = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name: self.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for (name,) in tables}


@contextmanager
def opened(folder: Path, clock: FakeClock) -> Iterator[Stock]:
    """Yield a new database in *folder*, with a living worker."""
    database = create_database(folder / "storesync.db")
    try:
        with leases.working(folder / "workers", "ours") as worker:
            yield Stock(database, worker, clock)
    finally:
        database.close()


def order(order_id: str, updated_at: str | None = "2026-11-22T10:00:00Z", *, lines=(), parts=None, **columns) -> Record:
    """Return an order; *lines* are the ids of its lines."""
    row = {"id": order_id, "updated_at": updated_at, "created_at": updated_at, **columns}
    below = [{"id": one, "order_id": order_id, "quantity": 1} for one in lines]
    sent = parts or {"record": repr([updated_at, lines, columns]).encode()}
    return Record(order_id, updated_at, {"orders": [row], "order_lines": below}, sent)


def product(product_id: str, updated_at: str = "2026-11-22T10:00:00Z", *, variants=(), images=(), shelves=()) -> Record:
    """Return a product with its children."""
    rows = {
        "products": [{"id": product_id, "updated_at": updated_at, "name": f"Product {product_id}"}],
        "variants": [{"id": one, "product_id": product_id} for one in variants],
        "variant_barcodes": [],
        "product_images": [{"id": one, "product_id": product_id} for one in images],
        "product_categories": [
            {"id": f"{product_id}:{one}", "product_id": product_id, "category_id": one} for one in shelves
        ],
    }
    sent = repr([updated_at, variants, images, shelves]).encode()
    return Record(product_id, updated_at, rows, {"record": sent})
