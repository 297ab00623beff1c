"""What a database must hold, and by when: the ledger of what changes in simulated shops.

Nothing here asks storesync what it read or when: the ledger knows what the shops hold, when that
came to be, when readers could first see it, and by which reading the documentation promises it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from storesync.simulator import audit
from storesync.simulator.shop import Shop
from storesync.tables import RESOURCES

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

RESTS = {
    **dict.fromkeys(("categories", "coupons", "draft_orders", "checkouts", "locations"), HOUR),
    ("tiendanube", "inventory_levels"): 6 * HOUR,
}
"""How long a resource rests between two readings; those that are not named do not rest."""

READ_WHOLE = {
    *(("tiendanube", name) for name in ("checkouts", "draft_orders", "locations", "inventory_levels")),
    ("shopify", "locations"),
}
"""Their lists take no filter: each reading brings all of them."""

SWEPT = {
    *(("tiendanube", name) for name in ("products", "coupons")),
    *(("shopify", name) for name in ("categories", "coupons", "inventory_levels")),
}
"""Read anew each day for the changes that their update time hides."""

UNCOUNTED = {("shopify", "inventory_levels"): DAY}
"""The platform counts none of these: their sweep does. All others are counted once an hour."""

TELLS_NO_TRUE_TOTAL = {("tiendanube", "inventory_levels")}
"""Where a record goes while they are read, nothing tells that the later ones moved up: one may be passed over."""

OVERLAP, LOOKBACK, WEEK = 10 * MINUTE, 6 * HOUR, 7 * DAY
SLOW = 15 * MINUTE
"""So long a reading may take that what changed during it counts as not read."""
COMPARING = 3 * HOUR
"""So old a listing of ids may be when it has been compared: one that fails goes on an hour later."""
GRACE = 12 * HOUR
"""A comparison of ids comes after all that is due, and is tried again an hour after a failure."""
NEVER = timedelta(days=10_000)
FEW, SHARE = 10, 0.05
TOMBSTONES = (*RESOURCES, "variants", "product_images")


class Entry(NamedTuple):
    """A row of the truth, None where it is gone: *since* when, and *ripe* for a turn that begins from then on."""

    record_id: str
    row: dict[str, Any] | None
    since: datetime
    ripe: datetime


class MassDeletion(NamedTuple):
    """So many records of a resource, and how many there were, that were taken away at once."""

    at: datetime
    resource: str
    count: int


@dataclass
class Account:
    """The ledger of one shop. *suspended*: until then nothing is promised, since a scope is missing."""

    shop: Shop
    began: datetime
    entries: dict[str, dict[str, dict[str, Entry]]] = field(default_factory=dict)
    moved_at: dict[str, datetime] = field(default_factory=dict)
    refreshed: datetime | None = None
    suspended: datetime | None = None
    denied: dict[str, datetime] = field(default_factory=dict)
    mass_deletions: list[MassDeletion] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    tombstones: dict[tuple[str, str], str] = field(default_factory=dict)
    report: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the store."""
        return f"{self.shop.platform}:{self.shop.key}"


class Ledger:
    """The accounts of all shops. *rows* asks the database, *now* is the clock."""

    def __init__(self, now: Callable[[], datetime], rows: Callable[..., list[tuple]], connection: Any) -> None:
        self.now, self.rows, self.connection = now, rows, connection
        self.accounts: dict[str, Account] = {}
        self.breaches: list[str] = []
        self.seen: Counter[str] = Counter()

    def breach(self, account: Account, told: str) -> None:
        """Note that a promise was broken."""
        self.breaches.append(f"{self.now():%Y-%m-%d %H:%M:%S} {account.key}: {told}")

    # What happens in shops.

    def open(self, shop: Shop) -> None:
        """Begin the account of a shop that was read whole."""
        account = Account(shop, self.now())
        for resource in audit.offers(shop):
            account.moved_at[resource] = account.began
            account.entries[resource] = {
                table: {
                    one: Entry(_record_of(resource, table, one, row), row, account.began, account.began)
                    for one, row in rows.items()
                }
                for table, rows in audit.truth(shop, resource).items()
            }
        self.accounts[account.key] = account

    def refresh(self, shop: Shop) -> None:
        """Note what changed in *shop* since the last time, as of now; ask before it is read, and meanwhile."""
        account = self.accounts[f"{shop.platform}:{shop.key}"]
        for resource in audit.offers(shop):
            for table, rows in audit.truth(shop, resource).items():
                self._refresh_table(account, resource, table, rows)
        account.refreshed = self.now()

    def _refresh_table(self, account: Account, resource: str, table: str, rows: dict[str, Any]) -> None:
        now = self.now()
        entries = account.entries[resource].setdefault(table, {})
        for one, row in rows.items():
            before = entries.get(one)
            if before is not None and before.row == row:
                continue
            parent = _record_of(resource, table, one, row)
            since = before.since if before is not None and before.row is not None else now
            ripe = self._ripe(account, resource, parent, is_new=before is None or before.row is None)
            entries[one] = Entry(parent, row, since, ripe)
            if table == resource and (before is None or before.row is None):
                self._moves(account, resource, one)
        gone = {one: entry.record_id for one, entry in entries.items() if entry.row is not None and one not in rows}
        for one, parent in gone.items():
            ripe = self._ripe_without(account, resource, table, parent)
            entries[one] = Entry(parent, None, now, ripe)
            if table == resource:
                self._moves(account, resource, one)
                self._put_off(account, resource, one, ripe)
                if (account.shop.platform, resource) in TELLS_NO_TRUE_TOTAL:
                    self._put_off_all(account, resource)

    def _moves(self, account: Account, resource: str, record_id: str) -> None:
        """The set of records that readers see changes, once that of this one is seen."""
        account.moved_at[resource] = max(account.moved_at[resource], self._seen_at(account, resource, record_id))

    def _seen_at(self, account: Account, resource: str, record_id: str) -> datetime:
        """Return from when on readers see what a record has become now."""
        veil = account.shop.veils.get((resource, record_id))
        return max(self.now(), veil.until if veil else self.now())

    def _ripe(self, account: Account, resource: str, record_id: str, *, is_new: bool) -> datetime:
        """Return from when on a turn must bring what a record has become."""
        shop, now = account.shop, self.now()
        kind = (shop.platform, resource)
        rest = RESTS.get(kind, RESTS.get(resource, timedelta()))
        rest += SLOW if rest else timedelta()
        record = shop.resources[resource].get(record_id)
        visible = self._seen_at(account, resource, record_id)
        if record is None or kind in READ_WHOLE:
            return visible + rest
        if record["updated_at"] >= (account.refreshed or account.began).replace(microsecond=0):
            is_late = visible - record["updated_at"] > OVERLAP
            return visible + rest + (LOOKBACK + SLOW if is_late and visible > now else timedelta())
        waits = [DAY + SLOW + rest] if kind in SWEPT else []
        if kind == ("tiendanube", "orders"):
            age = visible - record["created_at"]
            waits += [DAY + SLOW] if age < WEEK - 2 * DAY else [WEEK + SLOW] if age < 50 * DAY else []
        if is_new:
            waits.append(WEEK + GRACE)
        return visible + min(waits, default=NEVER)

    def _ripe_without(self, account: Account, resource: str, table: str, record_id: str) -> datetime:
        """Return from when on a turn must have noticed that a row is gone: with its record, or from within it."""
        parent = account.entries[resource][resource].get(record_id)
        if table != resource and parent is not None and parent.row is not None:
            return self._ripe(account, resource, record_id, is_new=False)
        return self._seen_at(account, resource, record_id) + WEEK + GRACE

    def veiled(self, shop: Shop, resource: str, record_id: str) -> None:
        """What readers see of a record changes now, and again when its veil falls: what was new of it is late then.

        What had changed in silence waits for the next reading of everything that may have.
        """
        account = self.accounts[f"{shop.platform}:{shop.key}"]
        self._moves(account, resource, record_id)
        rest = RESTS.get((shop.platform, resource), RESTS.get(resource, timedelta()))
        silence = WEEK if (shop.platform, resource) == ("tiendanube", "orders") else DAY
        ripe = self._seen_at(account, resource, record_id) + LOOKBACK + silence + SLOW + rest
        self._put_off(account, resource, record_id, ripe)

    def _put_off(self, account: Account, resource: str, record_id: str, ripe: datetime) -> None:
        """What was new of a record, and of what it lost, comes with the record itself."""
        for entries in account.entries[resource].values():
            for one, entry in entries.items():
                if entry.record_id == record_id:
                    entries[one] = entry._replace(ripe=max(entry.ripe, ripe))

    def _put_off_all(self, account: Account, resource: str) -> None:
        """What is passed over comes with the next reading."""
        next_reading = self.now() + RESTS[account.shop.platform, resource] + SLOW
        for entries in account.entries[resource].values():
            for one, entry in entries.items():
                entries[one] = entry._replace(ripe=max(entry.ripe, next_reading))

    # What is held against it.

    def check_tombstones(self, account: Account) -> None:
        """No row is tombstoned whose record is there; and never many at once without a second look."""
        fresh: Counter[str] = Counter()
        known, live = account.tombstones, {}
        account.tombstones = {}
        for table in TOMBSTONES:
            tombstoned = self.rows(
                f"SELECT data.id, data.deleted_at FROM {table} AS data JOIN stores ON stores.id = store_id"
                " WHERE stores.key = ? AND data.deleted_at IS NOT NULL",
                account.key,
            )
            for one, at in tombstoned:
                account.tombstones[table, one] = at
                if known.get((table, one)) == at:
                    continue
                fresh[table] += 1
                entry = account.entries[_resource_of(table)][table].get(one)
                if entry is not None and entry.row is not None and entry.since < datetime.fromisoformat(at):
                    self.breach(account, f"wrong tombstone: {table} {one}, there since {entry.since}, tombstoned {at}")
        for table, count in fresh.items():
            self.seen["tombstoned"] += count
            if table in RESOURCES and count - account.held[table] > FEW:
                live = self._count(account, table)
                if count - account.held[table] > SHARE * (live + count):
                    self.breach(
                        account, f"no delete guard: {count} {table} tombstoned at once, {account.held[table]} were held"
                    )

    def _count(self, account: Account, table: str) -> int:
        return len(self._live(account, table))

    def _live(self, account: Account, table: str) -> set[str]:
        lapses = RESOURCES[table].lapses
        unlapsed = f" AND data.{lapses} IS NULL" if lapses else ""
        return {
            row[0]
            for row in self.rows(
                f"SELECT data.id FROM {table} AS data JOIN stores ON stores.id = store_id"
                f" WHERE stores.key = ? AND data.deleted_at IS NULL{unlapsed}",
                account.key,
            )
        }

    def check_turn(self, account: Account, began: datetime) -> None:
        """After a turn that began at *began* and succeeded, all that was ripe by then is here."""
        self.seen["turn"] += 1
        if account.suspended is not None and began < account.suspended:
            return
        for resource, tables in account.entries.items():
            truth = {table: _there(entries) for table, entries in tables.items()}
            for line in audit.compare(self.connection, account.shop, resource, truth):
                table, one = line.split(" ", 2)[:2]
                entry = self._entry_of(account, resource, table, one.removesuffix(":"))
                ripe = max(entry.ripe if entry else account.began, account.suspended or account.began)
                if entry is not None and entry.row is None and account.held[resource]:
                    # Held deletions are shown, and believed after a second listing, a week later.
                    ripe += WEEK + GRACE
                if began >= ripe:
                    self.breach(account, f"not here by a turn that began {began:%H:%M:%S}, ripe {ripe}: {line}")

    def _entry_of(self, account: Account, resource: str, table: str, one: str) -> Entry | None:
        """Return what is known of a row; of one that came and went between two looks, of the record that it hung on."""
        known = account.entries[resource]
        found = known.get(table, {}).get(one)
        if found is not None or table == resource:
            return found
        owners = self.rows(
            f"SELECT {RESOURCES[resource].key} FROM {table} AS data JOIN stores ON stores.id = store_id"
            " WHERE stores.key = ? AND data.id = ?",
            *(account.key, one),
        )
        return next((known[resource].get(owner) for (owner,) in owners), None)

    def check_report(self, account: Account, report: dict[str, dict[str, Any]]) -> None:
        """A verdict says no more than holds: *report* is what status tells of each resource."""
        now = self.now()
        account.report = report
        for resource, told in report.items():
            account.held[resource] = told["held_deletions"]
            self.seen["held"] += told["held_deletions"] > 0
            verdict = told["verdict"]
            self.seen[verdict] += 1
            if verdict == "denied":
                self.seen[f"denied {resource}"] += 1
                if account.suspended is None or now > account.suspended:
                    self.breach(account, f"{resource}: denied, though no scope is missing")
            elif resource in account.denied and now > account.denied[resource] + LOOKBACK + GRACE:
                self.breach(account, f"{resource}: {verdict} with its scope missing since {account.denied[resource]}")
            if verdict == "verified":
                self._check_verified(account, resource, told)
            elif verdict in {"surplus", "short", "unverified", "limited"} and told["reason"] is None:
                self.breach(account, f"{resource}: {verdict} without a reason")

    def _check_verified(self, account: Account, resource: str, told: dict[str, Any]) -> None:
        """Counts agree with the last complete pass, ids with the last comparison, where nothing moved since."""
        moved = max(account.moved_at[resource], account.suspended or account.began)
        read, compared = (datetime.fromisoformat(told[name]) for name in ("last_pass_at", "checked_at"))
        ours, theirs = self._live(account, resource), set(_there(account.entries[resource][resource]))
        counts_after = UNCOUNTED.get((account.shop.platform, resource), HOUR)
        if moved + counts_after + SLOW < read and len(ours) != len(theirs):
            self.breach(account, f"{resource}: verified with {len(ours)} of {len(theirs)}")
        if moved + COMPARING < compared and ours != theirs:
            self.breach(account, f"{resource}: verified, though ids differ: {sorted(ours ^ theirs)[:3]}")

    def removed(self, shop: Shop, resource: str, count: int) -> None:
        """Many records were taken away at once: that is to be told before it is believed."""
        account = self.accounts[f"{shop.platform}:{shop.key}"]
        account.mass_deletions.append(MassDeletion(self.now(), resource, count))

    def check_mass_deletions(self, account: Account) -> None:
        """What was taken away at once was held and told in time."""
        for one in list(account.mass_deletions):
            if account.held[one.resource]:
                account.mass_deletions.remove(one)
                self.seen["mass deletion told"] += 1
            elif account.suspended is not None and account.suspended > one.at:
                account.mass_deletions.remove(one)
            elif self.now() > one.at + WEEK + GRACE:
                account.mass_deletions.remove(one)
                self.breach(account, f"{one.count} {one.resource} gone since {one.at}, and never told as held")


def _record_of(resource: str, table: str, one: str, row: dict[str, Any]) -> str:
    """Return the id of the record that a row belongs to."""
    return one if table == resource else row[RESOURCES[resource].key]


def _there(entries: dict[str, Entry]) -> dict[str, dict[str, Any]]:
    return {one: entry.row for one, entry in entries.items() if entry.row is not None}


def _resource_of(table: str) -> str:
    return next(name for name, kind in RESOURCES.items() if table == name or table in kind.children)
