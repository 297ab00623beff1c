"""What the schedule promises, in books of their own, held against all that happens to a town of stores.

Nothing here asks storesync when a store is due or how long it waits: the books know the times by
what the platforms answered and by the rules as the documentation words them.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from storesync.model import Store
from storesync.simulator.shop import Shop

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIERS = {"high": 5 * MINUTE, "medium": 30 * MINUTE, "low": 6 * HOUR}
BACKOFF = (5 * MINUTE, 15 * MINUTE, 45 * MINUTE)
PROBE, GRACE, BUDGET = 6 * HOUR, 3 * MINUTE, timedelta(seconds=50)
PLACES = 3
PLATFORMS = ("tiendanube", "shopify")
REFUSALS = 3
SPENDINGS = 4
TOGETHER = 3
ALIKE = dict.fromkeys(("platform_down", "network", "timeout", "bad_response"), "no answer")
HELD = "FROM leases JOIN stores ON id = store_id"
OUTAGES_TOLD = "SELECT topic, kind FROM incidents WHERE kind LIKE 'platform: %'"
ENDS = re.compile(r"answers again|no longer|has all its records again|holds no deletions|can be compared")
ATTEMPTS_A_DAY, REQUESTS_A_DAY = 40, 120
NO_ANSWERS, SILENCE = {"bad_response", "not_found"}, {"network", "timeout"}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FRESH = ("products", "customers", "orders")
AWAY = {"needs_reauth", "suspended"}

NOT_YET: dict[str, str] = {}
"""Promises that are not kept yet: breaches of them are counted. Each must be seen to break, or leave this list."""


def minute_of(at: datetime) -> datetime:
    """Return the minute that *at* lies in."""
    return at.replace(second=0, microsecond=0)


def instant(text: str) -> datetime:
    """Return the instant that a column holds."""
    return datetime.fromisoformat(text)


@dataclass
class Attempt:
    """A store being read by *worker*, whose tick began in *minute*; None for an operator's own sync."""

    worker: str
    began: datetime
    minute: datetime | None
    requests: int = 0
    well_answered: int = 0
    is_refused: bool = False
    struck: int = 0
    is_early: str | None = None


@dataclass
class Account:
    """What the books say of one store. *due* is when it is to be tried again; *failures* are in a row."""

    shop: Shop
    due: datetime
    failures: int = 0
    refusals: int = 0
    not_before: datetime | None = None
    phases: dict[timedelta, int] = field(default_factory=dict)
    state: str = "new"
    told: str = "well"
    told_at: datetime | None = None
    begun_at: datetime | None = None
    attempt: Attempt | None = None
    paused: bool = False
    tier: str = "high"
    changed: bool = True
    trouble: deque[tuple[datetime, int]] = field(default_factory=deque)
    steady: bool = False
    changed_at: datetime = LONG_AGO
    extra: deque[tuple[datetime, int]] = field(default_factory=deque)


@dataclass
class Tick:
    """One tick as the books see it: who had to be served, how all stood before it, who was begun, who failed."""

    minute: datetime
    began: datetime
    expected: list[str]
    lateness: dict[str, tuple[int, float, int, str]]
    nested: bool
    states: dict[str, str]
    counted: dict[str, int]
    outages: dict[str, str]
    begun: list[str] = field(default_factory=list)
    failed: dict[str, tuple[str, int]] = field(default_factory=dict)
    claims: dict[str, datetime] = field(default_factory=dict)


class Books:
    """The accounts of all stores. *rows* asks the database, *now* is the machine's clock."""

    def __init__(self, now: Callable[[], datetime], rows: Callable[..., list[tuple]]) -> None:
        self.now = now
        self.rows = rows
        self.accounts: dict[str, Account] = {}
        self.ticks: dict[str, Tick] = {}
        self.dead: set[str] = set()
        self.breaches: list[str] = []
        self.not_yet: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.troubled: set[str] = set()
        self.unsure: set[str] = set()
        self.general: dict[str, datetime | None] = {}
        self.offline = False

    def breach(self, name: str, key: str, told: str) -> None:
        """Note that a promise was broken."""
        if name in NOT_YET:
            self.not_yet[name] += 1
        else:
            self.breaches.append(f"{self.now():%Y-%m-%d %H:%M:%S} {key}: {name}: {told}")

    # What happens to stores.

    def connected(self, shop: Shop) -> None:
        """A store was connected and waits to be started; whatever let it in may have mended others."""
        for account in self.accounts.values():
            if account.shop.platform == shop.platform and account.state in AWAY:
                account.due = self.now().replace(microsecond=0)
        self.accounts[f"{shop.platform}:{shop.key}"] = Account(shop, self.now().replace(microsecond=0) + GRACE)

    def changed(self, key: str) -> None:
        """Something happened in a shop."""
        if key in self.accounts:
            self.accounts[key].changed, self.accounts[key].changed_at = True, self.now()

    def paused(self, key: str, *, paused: bool) -> None:
        """The operator paused or resumed a store."""
        self.accounts[key].paused = paused
        # What was wrong with data that nobody wants meanwhile is no news, and later is news again.
        self.unsure |= {f"data of {key}", f"ids of {key}"}

    # What a tick does.

    def tick_began(self, worker: str, *, nested: bool) -> None:
        """A worker calls sync-due."""
        now = self.now()
        minute = minute_of(now)
        due = {key: one for key, one in self.accounts.items() if not one.paused and one.due <= minute}
        # A load that has begun takes what the others leave.
        ranked = {key: self._rank(one, minute) for key, one in due.items() if one.state != "new" or not one.begun_at}
        counted = dict(self.rows("SELECT key, consecutive_failures FROM stores"))
        states, outages = self._states(), dict(self.rows(OUTAGES_TOLD))
        self.ticks[worker] = Tick(minute, now, list(due), ranked, nested, states, counted, outages)

    def _rank(self, account: Account, minute: datetime) -> tuple[int, float, int, str]:
        """Return where a store stands among the due: new ones first, then by lateness in parts of the tier."""
        key = f"{account.shop.platform}:{account.shop.key}"
        if account.state == "new":
            return (0, account.due.timestamp(), 0, key)
        return (1, -((minute - account.due) / TIERS[account.tier]), list(TIERS).index(account.tier), key)

    def claimed(self, worker: str) -> None:
        """A worker took a store: never more than three are worked on by ticks."""
        alive = [
            row
            for row in self.rows(f"SELECT leases.owner, trigger, key {HELD} WHERE leases.owner > ''")
            if row[0] not in self.dead
        ]
        for owner, _, key in alive:
            if owner == worker:
                self.ticks[worker].claims.setdefault(key, minute_of(self.now()))
        by_ticks = sum(trigger == "cron" for _, trigger, _ in alive)
        self.seen["most in flight"] = max(self.seen["most in flight"], by_ticks)
        if by_ticks > PLACES:
            self.breach("in flight", worker, f"{by_ticks} stores at once")

    def asked(self, worker: str, key: str) -> None:
        """A worker sends a request about a store."""
        account, now = self.accounts[key], self.now()
        attempt = account.attempt
        if attempt is None:
            attempt = account.attempt = self._begun(worker, key, account, now)
        attempt.requests += 1
        owner = self.rows(f"SELECT leases.owner {HELD} WHERE key = ?", key)
        if attempt.worker != worker or owner != [(worker,)]:
            self.breach("exclusive", key, f"asked by {worker}, held by {owner}, begun by {attempt.worker}")
        if account.not_before and now < account.not_before - SECOND:
            self.breach("retry-after", key, f"asked {account.not_before - now} before the platform wanted us back")

    def _begun(self, worker: str, key: str, account: Account, now: datetime) -> Attempt:
        tick = self.ticks.get(worker)
        account.begun_at = now
        self.seen["attempt"] += 1
        if tick is None:
            # The operator may ask whenever he likes.
            account.not_before = None
            return Attempt(worker, now, None)
        tick.begun.append(key)
        if account.paused:
            self.breach("paused", key, "tried while paused")
        attempt = Attempt(worker, now, tick.minute)
        if account.due > tick.minute:
            attempt.is_early = f"tried {account.due - tick.minute} before its time"
        return attempt

    def answered(self, key: str, status: int, retry_after: str | None, *, is_struck: bool) -> None:
        """A platform answered; status 0 is a connection that broke. *is_struck*: by a fault, whatever it looks like."""
        account = self.accounts[key]
        if account.attempt is not None:
            account.attempt.is_refused = status == 401
            account.attempt.struck += is_struck or status not in {200, 404}
            account.attempt.well_answered += status == 200 and not is_struck
        if retry_after is not None:
            account.not_before = self.now() + timedelta(seconds=float(retry_after))

    def abandoned(self, worker: str) -> None:
        """A worker gave a store back without an outcome: it stays due."""
        for account in self.accounts.values():
            if account.attempt is not None and account.attempt.worker == worker:
                account.attempt = None

    def died(self, worker: str) -> list[str]:
        """A worker was killed: what it held is due at once. Return the stores whose outcome it had saved already."""
        self.dead.add(worker)
        tick = self.ticks[worker]
        held = self.rows(f"SELECT key {HELD} WHERE leases.owner = ?", worker)
        for (key,) in held:
            account = self.accounts[key]
            account.attempt, account.not_before, account.steady = None, None, False
            account.begun_at = account.begun_at or self.now()
            # What was no store's turn was a comparison of ids, and takes no turn.
            account.due = tick.claims.get(key, minute_of(self.now())) if account.due <= tick.minute else account.due
        # What it remembered to have told it may never have said.
        self.unsure = {
            *self.accounts,
            *(f"{what} of {key}" for key in self.accounts for what in ("data", "ids")),
            *PLATFORMS,
            "machine",
        }
        self.seen["kill"] += 1
        self.seen["takeover"] += len(held)
        return [key for key, one in self.accounts.items() if one.attempt and one.attempt.worker == worker]

    def ended(self, worker: str, store: Store, *, reads: bool = True) -> None:
        """An attempt ended and was saved: hold what the store says now against what must follow.

        One that only compared ids (*reads* is False) has no turn and takes nobody's, but hears when
        the platform wants us back.
        """
        account = self.accounts[store.key]
        attempt, account.attempt = account.attempt, None
        if worker in self.ticks:
            self.ticks[worker].claims.pop(store.key, None)
        if attempt is None:
            # What there was to compare may have been compared meanwhile.
            if reads:
                self.breach("honest", store.key, "an attempt ended that asked the platform nothing")
            return
        if not reads:
            self.seen["comparison"] += 1
            self._check_turn_kept(account, store)
            return
        if attempt.is_early:
            self.breach("early", store.key, attempt.is_early)
        before = account.state
        if store.sync_status != "completed":
            account.steady = False
        if store.sync_status == "in_progress":
            self._check_slice(account, attempt, store)
        elif store.sync_status == "completed":
            self._succeeded(account, attempt, store)
        else:
            self._failed(account, attempt, store)
        if before not in {account.state, "new"}:
            self.seen[f"{before} to {account.state}"] += 1
        account.tier = store.tier

    def _check_slice(self, account: Account, attempt: Attempt, store: Store) -> None:
        """A slice that goes on later forgets the failures before it only where the shop was read."""
        self.seen["slice"] += 1
        minute, turn, asked_for = minute_of(self.now()), store.next_sync_at, account.not_before
        is_asked_to_wait = turn is not None and asked_for is not None and abs(turn - asked_for) <= SECOND
        if turn != minute and not (is_asked_to_wait and attempt.well_answered):
            self.breach("slice", store.key, f"goes on at {turn}, wanted back at {asked_for}")
        account.due = turn if turn and is_asked_to_wait else minute
        left = store.consecutive_failures + store.excused
        if left not in {0, account.failures} or (left < account.failures and not attempt.well_answered):
            self.breach("counts", store.key, f"{left} failures after a slice, not {account.failures}")
        account.failures = left
        account.refusals = account.refusals if left else 0
        if account.state in AWAY and store.connection == "connected":
            account.state = "well"

    def _succeeded(self, account: Account, attempt: Attempt, store: Store) -> None:
        if account.failures:
            self.seen["recovery"] += 1
        account.failures = account.refusals = 0
        account.trouble.clear()
        account.state, account.not_before = "well", None
        if store.consecutive_failures or (store.connection != "connected" and not account.paused):
            self.breach(
                "healed", store.key, f"read well, yet {store.connection}, {store.consecutive_failures} failures"
            )
        self._check_next_turn(account, store)
        self._check_content(account, store)
        if account.steady and attempt.minute and not attempt.struck:
            self._check_cost(account, attempt, store)
        account.steady = not attempt.struck

    def _check_turn_kept(self, account: Account, store: Store) -> None:
        """Comparing ids moves no turn, but for one that comes before the platform wants us back."""
        turn, asked_for = store.next_sync_at, account.not_before
        if turn == account.due or account.paused:
            return
        if turn is None or asked_for is None or turn < account.due or abs(turn - asked_for) > SECOND:
            self.breach("interval", store.key, f"comparing moved its turn from {account.due} to {turn}")
        account.due = turn or account.due

    def _check_next_turn(self, account: Account, store: Store) -> None:
        """The next turn lies at most one interval ahead, at the same minute of every interval."""
        interval, minute, turn = TIERS[store.tier], minute_of(self.now()), store.next_sync_at
        if turn is None or not minute < turn <= minute + interval or turn != minute_of(turn):
            self.breach("interval", store.key, f"next turn {turn} at tier {store.tier}")
            account.due = turn or minute + interval
            return
        phase = int(turn.timestamp()) % int(interval.total_seconds())
        if account.phases.setdefault(interval, phase) != phase:
            self.breach("phase", store.key, f"next turn {turn}: its {store.tier} turns drift")
        account.due = turn

    def _check_content(self, account: Account, store: Store) -> None:
        """A store that was read well has every change that was to be seen upstream."""
        if not account.changed:
            return
        account.changed = False
        for resource in FRESH:
            if self.rows(
                "SELECT 1 FROM checkpoints WHERE store_id = ? AND resource = ? AND denied_scope > ''",
                store.id,
                resource,
            ):
                account.changed = True
                continue
            held = dict(
                self.rows(f"SELECT id, updated_at FROM {resource} WHERE store_id = ? AND deleted_at IS NULL", store.id)
            )
            for one, record in account.shop.resources[resource].items():
                upstream = f"{record['updated_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                if (held.get(one) or "") < upstream:
                    self.breach("content", store.key, f"{resource} {one} is of {held.get(one)}, upstream {upstream}")

    def _check_cost(self, account: Account, attempt: Attempt, store: Store) -> None:
        """An idle store costs one request on Shopify and three on Tiendanube, but for its hour and its look-back."""
        now, usual = self.now(), 1 if store.platform == "shopify" else 3
        self.seen[f"idle {store.platform}"] += attempt.requests == usual
        if self._compared(store, since=attempt.began) or now - account.changed_at < HOUR:
            return
        while account.extra and now - account.extra[0][0] >= HOUR:
            account.extra.popleft()
        if attempt.requests > usual:
            account.extra.append((now, attempt.requests - usual))
        # Five resources an hour and their counts; stock by location; what is read anew each day.
        limit = 20 if store.platform == "shopify" else 2 * 12 + 4 + 8 * len(account.shop.resources["locations"]) + 12
        if len(account.extra) > SPENDINGS or sum(extra for _, extra in account.extra) > limit:
            self.breach("cost", store.key, f"{[extra for _, extra in account.extra]} requests more in an hour")

    def _compared(self, store: Store, *, since: datetime) -> bool:
        """Ids are compared once a week and after a difference, at a cost that depends on what is found."""
        found = "SELECT 1 FROM checkpoints WHERE store_id = ? AND (comparison_cursor > '' OR compared_at >= ?)"
        return bool(self.rows(found, store.id, f"{since:%Y-%m-%dT%H:%M:%SZ}"))

    def _failed(self, account: Account, attempt: Attempt, store: Store) -> None:
        now, code = self.now(), store.last_error_code
        account.failures += 1
        account.refusals += attempt.is_refused
        account.trouble.append((now, attempt.struck - self._spared(store)))
        self.seen[f"failed {code}"] += 1
        if store.sync_status != "failed" or code is None:
            self.breach("honest", store.key, f"ended as {store.sync_status} with {code}")
        away = store.connection in AWAY
        account.state = store.connection if away else "failing"
        self._check_wait(account, attempt, store, away=away)
        self._check_connection(account, attempt, store)
        self._check_trouble(account, store)
        if self.offline:
            self.breach("offline", store.key, "the store was blamed")
        tick = self.ticks.get(attempt.worker)
        if tick is not None:
            tick.failed[store.key] = (ALIKE.get(code or "", code or ""), account.failures)
        account.due = store.next_sync_at or now

    def _check_wait(self, account: Account, attempt: Attempt, store: Store, *, away: bool) -> None:
        """A failure is tried again after 5, 15, then every 45 minutes, or when the platform said."""
        turn = store.next_sync_at
        wait = max(BACKOFF[min(account.failures, 3) - 1], PROBE if away else timedelta())
        if store.last_error_code == "internal":
            self.breach("bug", store.key, "an unexpected error")
        earliest = max(minute_of(attempt.began) + wait, account.not_before or attempt.began)
        latest = max(minute_of(self.now()) + wait, account.not_before or attempt.began)
        if turn is None or not earliest - SECOND <= turn <= latest:
            self.breach("backoff", store.key, f"failure {account.failures}: {turn}, not {earliest} to {latest}")

    def _check_connection(self, account: Account, attempt: Attempt, store: Store) -> None:
        """Only refused tokens ask for a person."""
        if store.connection == "needs_reauth" and (
            account.refusals < REFUSALS or store.connection_reason != "token_rejected"
        ):
            self.breach("needs_reauth", store.key, f"{account.refusals} refusals, {store.connection_reason}")
        in_a_row = account.refusals == account.failures >= REFUSALS and not store.excused
        if in_a_row and store.connection != "needs_reauth" and not account.paused:
            self.breach("asks for a person", store.key, f"{account.refusals} refusals in a row")

    def _spared(self, store: Store) -> int:
        """Return how many requests of a failed attempt are not held against it.

        Three where the shop was to say its name, once a day: that it cannot alone fails nothing, unless there is
        silence. And six where answers were none (HTML, a body cut short, 404): the second resource that fails
        alike ends the run.
        """
        code, is_described = store.last_error_code, store.described_at and self.now() - store.described_at < DAY
        return 3 * (not is_described and code not in SILENCE) + 6 * (code in NO_ANSWERS)

    def _check_trouble(self, account: Account, store: Store) -> None:
        """Through a day of failures a store is tried at most 40 times with 120 requests that bring nothing."""
        while account.trouble and self.now() - account.trouble[0][0] > DAY:
            account.trouble.popleft()
        hours = (self.now() - account.trouble[0][0]) / HOUR
        attempts, requests = len(account.trouble), sum(count for _, count in account.trouble)
        # The waits of 5, 15 and then 45 minutes, and a few by hand.
        limit = min(ATTEMPTS_A_DAY, 6 + hours * 60 / 45)
        # The third failure has its token looked at.
        if attempts > limit:
            self.breach("attempts", store.key, f"{attempts} in {hours:.1f} hours of trouble")
        if requests > min(REQUESTS_A_DAY, 3 * limit + 1):
            self.breach("requests", store.key, f"{requests} in {hours:.1f} hours of trouble, {store.last_error_code}")

    def _check_incidents(self, tick: Tick) -> None:
        """Where three stores of a platform that were well fail alike, nobody is blamed, nor while that lasts."""
        found = self.rows("SELECT key, consecutive_failures, excused, next_sync_at FROM stores")
        stores = {key: (counted, excused) for key, counted, excused, _ in found}
        for key, _, excused, turn in found:
            account = self.accounts[key]
            if key in tick.failed and excused and account.attempt is None and instant(turn) > account.due:
                self.breach("excuse", key, f"next turn moved from {account.due} to {turn}")
                account.due = instant(turn)
        open_now = dict(self.rows(OUTAGES_TOLD))
        # Where the operator synced a store by hand meanwhile, what the tick saw of it is no news.
        failed = {key: seen for key, seen in tick.failed.items() if self.accounts[key].failures == seen[1]}
        for key, (reason, _) in failed.items():
            platform = key.partition(":")[0]
            kind = f"platform: {reason}"
            alike = [
                one
                for one, (why, count) in failed.items()
                if count == 1 and why == reason and one.startswith(platform) and tick.states[one] == "well"
            ]
            begins, lasts = len(alike) >= TOGETHER, tick.outages.get(platform) == kind == open_now.get(platform)
            self.seen["incident"] += begins and key == alike[0]
            if begins and open_now.get(platform) is None:
                self.breach("incident", key, f"{len(alike)} stores failed alike, and none was told of")
            if (lasts or (begins and key in alike)) and stores[key][0] != tick.counted.get(key, 0):
                self.breach("incident", key, f"blamed for {reason}: {stores[key][0]} failures")
            if stores[key][1] and platform not in self.troubled | open_now.keys():
                self.breach("incident", key, "excused, though its platform was well")
        self.troubled |= open_now.keys()
        for key, (counted, excused) in stores.items():
            account = self.accounts[key]
            if counted + excused != account.failures and account.attempt is None:
                self.breach("counts", key, f"{counted} failures and {excused} excused, not {account.failures}")

    def tick_ended(self, worker: str, code: int, lines: Sequence[str]) -> None:
        """A tick ended by itself: everybody due was served, in order, and only changes were told."""
        tick, now = self.ticks.pop(worker), self.now()
        if code not in ({0, 5} if self.offline else {0}):
            self.breach("exit code", worker, f"{code}: {lines}")
        if self.offline and tick.begun and code != 5:
            self.breach("offline", worker, f"exit code {code}")
        self._check_incidents(tick)
        self._check_lines(tick, lines)
        if tick.nested or self.offline or now - tick.began >= BUDGET:
            return
        for key in tick.expected:
            account = self.accounts[key]
            if account.begun_at is None or account.begun_at < tick.began:
                self.breach("late", key, f"due {account.due} and not tried")
        served = [key for key in dict.fromkeys(tick.begun) if key in tick.lateness]
        if served != sorted(served, key=lambda key: tick.lateness[key]):
            self.breach("order", worker, f"served {[tick.lateness[key] for key in served]}")

    def _check_lines(self, tick: Tick, lines: Sequence[str]) -> None:
        """A tick tells of what changed since the last one told, and once a day of what is still wrong."""
        now, told = self.now(), Counter(self._subject(line) for line in lines)
        for line in lines:
            subject, is_end = self._subject(line), bool(ENDS.search(line))
            if subject not in self.accounts:
                last = self.general.get(subject)
                if subject not in self.unsure and is_end == (last is None) and not (last and now - last >= DAY):
                    self.breach("silent", subject, line)
                self.general[subject] = None if is_end else now
                self.unsure.discard(subject)
        for key, state in self._states().items():
            account = self.accounts[key]
            changed = state != account.told
            reminds = state != "well" and account.told_at is not None and now - account.told_at >= DAY
            first = any(line.endswith(f"{key} completed its first sync") for line in lines)
            if account.paused:
                # What the operator gave up is no news.
                account.told = "well"
            elif key not in self.unsure and told[key] - first != (changed or reminds):
                self.breach("told" if told[key] - first < 1 else "silent", key, f"{account.told} to {state}: {lines}")
            if told[key] - first > 0 or account.told == "well":
                account.told_at = now
            account.told = "well" if account.paused else state
        self.unsure -= self.accounts.keys()

    def _subject(self, line: str) -> str:
        """Return whom a line is about: a store, its data or ids, a platform, or this machine."""
        data = re.search(r"the data of (\S+?):? ", line)
        if data:
            return f"data of {data[1]}"
        ids = re.search(r"(\w+:\S+): the ids of |the ids of (\S+) can be compared", line)
        if ids:
            return f"ids of {ids[1] or ids[2]}"
        named = next((key for key in self.accounts if re.search(rf"{re.escape(key)}\b", line)), None)
        return named or next((one for one in PLATFORMS if f" {one} " in line), "machine")

    def _states(self) -> dict[str, str]:
        """Return what an operator would call each store."""
        found = self.rows("SELECT key, connection, consecutive_failures FROM stores")
        return {key: away if away in AWAY else "failing" if failures else "well" for key, away, failures in found}

    def check_all(self) -> None:
        """Every store is fresh, waits for a known time, or is away."""
        now = self.now()
        for key, sync_status, connection, turn in self.rows(
            "SELECT key, sync_status, connection, next_sync_at FROM stores"
        ):
            account = self.accounts[key]
            waits = turn is not None and instant(turn) <= now + max(*TIERS.values(), PROBE)
            if not waits and not (account.not_before and account.not_before > now):
                self.breach("known time", key, f"{sync_status}, {connection}, next turn {turn}")
            if connection == "needs_reauth" and account.refusals < REFUSALS:
                self.breach("needs_reauth", key, f"after {account.refusals} refusals")

    def check_well(self, keys: Collection[str]) -> None:
        """When all troubles are over, every store is well again."""
        for key in keys:
            if self.accounts[key].state != "well":
                self.breach("heals", key, f"still {self.accounts[key].state}")
