"""Eight processes on one database, killed and stopped at random; claims, requests and writes are held against leases.

Each command is a worker with a name of its own: its lease says it, its requests say it, and so does its
connection, so that triggers of the test know who writes.
"""

import itertools
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from storesync.cli.app import app
from storesync.runtime.clock import system_clock
from storesync.runtime.world import OutsideWorld
from storesync.simulator.faults import Faults, Rule
from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import leases
from storesync.storage.engine import sqlite3
from storesync.tables import TABLES
from tests.kits.processes import LIMIT_S, Home

PROCESSES, PLACES = 8, 3
SHOPS = [(platform, key) for n in range(2) for platform, key in (("tiendanube", f"{1000 + n}"), ("shopify", f"s{n}"))]
LEASE_S, SLOW_S, NAP_S = 0.5, 0.8, 0.02
SLOW, CHANGES, KILLS = 0.05, 0.05, 0.5
"""How many requests are answered after the lease of whoever asks, or find a changed shop; how many disturbed die."""

LOADED = (
    "typer.testing",
    "storesync.app.wiring",
    "storesync.scheduler.sync_due",
    "storesync.simulator.transport",
    "storesync.cli.app",
    "storesync.platforms.shopify.platform",
    "storesync.platforms.tiendanube.platform",
)
"""What every process would load by itself: they are born with it."""

boottime = system_clock().boottime

ALLOWED = {"sync-due": {0}, "sync": {0, 3, 5}, "reconcile": {0, 3, 5}, "status": {0}}
"""What each command may exit with: 3 for a pass that could not be finished, 5 where somebody else is at work."""

UNFINISHED = re.compile(
    r"storesync: \w+:\w+ (is in sync again|failed: the (listing ended after|platform gave the same page twice))"
    r"|storesync: the data of \w+:\w+(: \d+ deletions? (is|are) held; | holds no deletions any more)"
)
"""What may be told: a shop that changed too much while it was read is read again later; and one that lists
nothing any more of a kind it had, as when its last draft becomes an order, is not believed without a person."""

GUARDED = (*TABLES, "checkpoints", "payloads", "listed", "held_deletions", "quarantine", "unfinished", "runs")
UPKEEP = """AND NOT (NEW.status = 'interrupted'
    AND (SELECT owner FROM leases WHERE store_id = NEW.store_id) IS NULL)"""
"""The health pass ends runs that nobody works on."""

LEDGER = f"""
CREATE TABLE hammer_holders (store_id INTEGER PRIMARY KEY, worker TEXT);
INSERT INTO hammer_holders SELECT store_id, NULL FROM leases;
CREATE TABLE hammer_takeovers (store_id INTEGER, loser TEXT, heir TEXT, at REAL, is_expired INTEGER);
CREATE INDEX hammer_takeovers_loser ON hammer_takeovers (store_id, loser);
CREATE TABLE hammer_crowds (at REAL, workers TEXT);
CREATE TABLE hammer_strangers (what TEXT);
CREATE TRIGGER hammer_taken AFTER UPDATE ON leases WHEN NEW.generation <> OLD.generation BEGIN
    UPDATE hammer_holders SET worker = NEW.owner WHERE store_id = NEW.store_id;
    INSERT INTO hammer_takeovers SELECT NEW.store_id, OLD.owner, NEW.owner, boottime(), OLD.expires_at <= boottime()
        WHERE OLD.owner IS NOT NULL;
    INSERT INTO hammer_crowds SELECT boottime(), group_concat(owner) FROM leases
        WHERE NEW.trigger = 'cron' AND trigger = 'cron' AND owner IS NOT NULL AND expires_at > boottime()
        HAVING count(*) > {PLACES};
END;
CREATE TRIGGER hammer_ended AFTER UPDATE ON runs WHEN OLD.ended_at IS NOT NULL BEGIN
    INSERT INTO hammer_strangers VALUES ('run ' || OLD.id || ' had ended, changed by ' || worker());
END;
""" + "".join(
    f"""CREATE TRIGGER hammer_{table}_{word} AFTER {word} ON {table}
    WHEN (SELECT worker FROM hammer_holders WHERE store_id = {row}.store_id) IS NOT worker()
        {UPKEEP if (table, word) == ("runs", "UPDATE") else ""} BEGIN
        INSERT INTO hammer_strangers VALUES ('{word} {table} of ' || {row}.store_id || ' by ' || worker()); END;"""
    for table in GUARDED
    for word, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    if (table, word) != ("runs", "DELETE")
)
"""Who held each store last, who was taken over by whom, when ticks held too many, and who wrote without a lease."""


@dataclass
class Worker:
    """One of the processes, and until when it lived."""

    process: multiprocessing.Process
    killed_at: float = float("inf")


@dataclass
class Found:
    """What a campaign saw. *wrong* is empty where all is well."""

    wrong: list[str] = field(default_factory=list)
    commands: int = 0
    slices: int = 0
    killed: int = 0
    stopped: int = 0
    from_living: int = 0
    from_dead: int = 0
    late: int = 0
    turned_away: int = 0
    unfinished: int = 0

    def __str__(self) -> str:
        return (
            f"{PROCESSES} processes, {self.commands} commands, {self.slices} slices, {self.killed} killed, "
            f"{self.stopped} stopped for a while, {self.from_living} stores taken from the living, "
            f"{self.from_dead} from the dead before their time, {self.late} requests of those taken over, "
            f"{self.turned_away} of their slices turned away, "
            f"{self.unfinished} passes unfinished since the shop changed, {len(self.wrong)} differences"
        )


class Sluggish(Faults):
    """Now and then an answer takes longer than a lease lasts."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance

    def strike(self, platform, shop, request):
        return Rule(delay=SLOW_S) if self.chance.random() < SLOW else None


class Crew:
    """The processes at work on one home, each dead one followed by another."""

    def __init__(self, home: Home, chance: random.Random) -> None:
        self.home, self.chance = home, chance
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["__main__", *LOADED])
        self.everyone: list[Worker] = []
        self.killed = self.stopped = 0
        for _ in range(PROCESSES):
            self.begin()
        home.wait_for("SELECT count(*) FROM leases WHERE owner IS NOT NULL", 1)

    def begin(self) -> None:
        words = (len(self.everyone), self.home.folder, self.home.environment, self.chance.random())
        process = self.context.Process(target=_work, args=words, daemon=True)
        process.start()
        self.everyone.append(Worker(process))

    def kill(self, worker: Worker) -> None:
        worker.killed_at = boottime()
        worker.process.kill()
        self.killed += 1

    def stop_for_a_while(self, worker: Worker) -> None:
        os.kill(worker.process.pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.2, 2 * LEASE_S))
        os.kill(worker.process.pid, signal.SIGCONT)
        self.stopped += 1

    def disturb(self) -> None:
        """Kill and replace somebody who holds a lease, or stop him for a while."""
        owners = self.home.sql("SELECT owner FROM leases WHERE owner IS NOT NULL ORDER BY owner")
        at_work = [worker for (owner,) in owners if self.lived(owner, boottime()) and (worker := self.named(owner))]
        if not at_work:
            return
        if self.chance.random() < KILLS:
            self.kill(self.chance.choice(at_work))
            self.begin()
        else:
            self.stop_for_a_while(self.chance.choice(at_work))

    def end(self) -> list[str]:
        """Kill everybody; return who had ended of himself."""
        early = [f"process {number} ended" for number, one in enumerate(self.everyone) if self._ended_early(one)]
        for worker in self.everyone:
            # From here on others may take what it holds.
            worker.killed_at = min(worker.killed_at, boottime())
            worker.process.kill()
            worker.process.join()
        return early

    def named(self, owner: str) -> Worker:
        return self.everyone[int(owner.partition("-")[0])]

    def lived(self, owner: str, at: float) -> bool:
        return at < self.named(owner).killed_at

    def _ended_early(self, worker: Worker) -> bool:
        return worker.killed_at == float("inf") and not worker.process.is_alive()


def run(*, rounds: int, seed: int) -> str:
    """Hammer for *rounds* seconds; return what was found."""
    found = hammered(rounds, seed)
    for one in found.wrong[:20]:
        sys.stderr.write(f"{one}\n")
    return str(found)


def hammered(seconds: float, seed: int) -> Found:
    """Hammer for so many seconds, then hold the database against the shops."""
    chance, found = random.Random(seed), Found()
    simulator = Simulator(World(seed, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    shops = [simulator.world.add_shop(*name, orders=8, products=6, customers=5) for name in SHOPS]
    with serve(simulator) as url, tempfile.TemporaryDirectory(prefix="storesync-hammer-") as folder:
        home = _home(Path(folder), url, simulator, shops)
        with _witnessed(home, found, chance):
            _press(home, found, chance, seconds)
        for command in (("sync", "--all"), ("reconcile", "--all", "--confirm")):
            done = _done(home, *command)
            found.wrong += [f"{' '.join(command)}: {done.output}"] if done.exit_code or done.stderr else []
        found.wrong += [one for shop in shops for one in home.differences(shop)]
        found.wrong += [] if home.sql("PRAGMA integrity_check") == [("ok",)] else ["the database is damaged"]
    return found


def _home(folder: Path, url: str, simulator: Simulator, shops: list) -> Home:
    """Return a home whose stores are read once, and due for ever."""
    home = Home(folder / "home", url, simulator)
    home.environment |= {f"STORESYNC_TIER_{tier}": "0s" for tier in ("HIGH", "MEDIUM", "LOW")}
    home.environment |= {"STORESYNC_BATCH_PAUSE": "0s", "STORESYNC_MAX_PARALLEL": str(PLACES)}
    # So many deletions in so small a shop would wait for a person's word.
    home.environment |= {"STORESYNC_TICK_BUDGET": "2s", "STORESYNC_MAX_DELETE": "100%"}
    for shop in shops:
        named = ("--store-id", shop.key) if shop.platform == "tiendanube" else (shop.key,)
        done = _done(home, "connect", shop.platform, *named, "--token-stdin", stdin=shop.issue_token() + "\n")
        assert done.exit_code == 0, done.stderr
    return home


def _done(home: Home, *words: str, stdin: str | None = None):
    """Run a command in this process, when nobody else is at work."""
    return CliRunner().invoke(app, list(words), obj=OutsideWorld(home.environment), input=stdin)


def _press(home: Home, found: Found, chance: random.Random, seconds: float) -> None:
    """Let the processes work for so many seconds, and until the living and the dead were taken over."""
    crew = Crew(home, chance)
    began = time.monotonic()
    try:
        while time.monotonic() < began + seconds or not {"living", "dead"} <= _takeovers(home, crew).keys():
            assert time.monotonic() < began + seconds + LIMIT_S, "nobody was ever taken over: this proves nothing"
            time.sleep(chance.uniform(0.05, 0.3))
            crew.disturb()
    finally:
        found.wrong += crew.end()
    found.killed, found.stopped = crew.killed, crew.stopped
    _judge(home, found, crew)


@contextmanager
def _witnessed(home: Home, found: Found, chance: random.Random):
    """Have triggers watch the database, and each request held against the lease, while the block runs."""
    path, simulator = home.folder / "storesync.db", home.simulator
    _change(path, LEDGER)
    ids = dict(home.sql("SELECT key, id FROM stores"))
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def see(request) -> None:
        platform = "shopify" if request.shop else "tiendanube"
        key = request.shop or request.path.split("/")[2]
        store_id, who = ids[f"{platform}:{key}"], request.headers["user-agent"].partition("(")[2].removesuffix(")")
        [(holder,)] = reader.execute("SELECT owner FROM leases WHERE store_id = ?", (store_id,)).fetchall()
        lost = "SELECT 1 FROM hammer_takeovers WHERE store_id = ? AND loser = ?"
        if holder != who and reader.execute(lost, (store_id, who)).fetchone():
            # Whoever was taken over learns it when he saves: until then he may ask.
            found.late += 1
        elif holder != who:
            found.wrong.append(f"{who} asks {key} for {request.target}, which {holder} holds")
        if chance.random() < CHANGES:
            simulator.world.advance(simulator.world.shop(platform, key), 1)

    simulator.before, simulator.faults = see, Sluggish(chance)
    try:
        yield
    finally:
        simulator.before, simulator.faults = None, Faults()
        reader.close()
    planted = home.sql("SELECT type, name FROM sqlite_master WHERE name LIKE 'hammer_%' ORDER BY type DESC")
    _change(path, "".join(f"DROP {kind} {name};" for kind, name in planted if kind != "index"))


def _change(path: Path, statements: str) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.executescript(statements)
    finally:
        connection.close()


def _takeovers(home: Home, crew: Crew) -> Counter[str]:
    """Count the leases taken from somebody: "dead", "living" but expired, both, or neither."""
    kinds = {(True, True): "living", (True, False): "both", (False, True): "neither", (False, False): "dead"}
    taken = home.sql("SELECT loser, at, is_expired FROM hammer_takeovers")
    return Counter(kinds[bool(is_expired), crew.lived(loser, at)] for loser, at, is_expired in taken)


def _judge(home: Home, found: Found, crew: Crew) -> None:
    """Read what the triggers and the processes have written down."""
    takeovers = _takeovers(home, crew)
    found.from_living, found.from_dead = takeovers["living"], takeovers["dead"]
    found.wrong += ["a lease was taken from its living holder before its time"] * takeovers["neither"]
    for at, owners in home.sql("SELECT * FROM hammer_crowds"):
        alive = [owner for owner in owners.split(",") if crew.lived(owner, at)]
        found.wrong += [f"ticks hold {len(alive)} stores at once"] if len(alive) > PLACES else []
    found.wrong += [what for (what,) in home.sql("SELECT what FROM hammer_strangers")]
    said = [line for path in home.folder.glob("*.said") for line in path.read_text(encoding="utf-8").splitlines()]
    found.wrong += [line for line in said if not UNFINISHED.match(line)]
    found.unfinished = sum(" failed: " in line for line in said)
    codes = Counter(line for path in home.folder.glob("*.codes") for line in path.read_text("utf-8").splitlines())
    found.commands = codes.total()
    for line, count in codes.items():
        command, code = line.split()
        found.wrong += [] if int(code) in ALLOWED[command] else [f"{command} exits with {code}, {count} times"]
    log = "".join(path.read_text(encoding="utf-8") for path in home.folder.glob("storesync.log*"))
    found.slices, found.turned_away = log.count("store.synced"), log.count("result=skipped")
    found.wrong += [line for line in log.splitlines() if '"traceback"' in line]


def _work(name: int, folder: Path, environment: dict[str, str], seed: float) -> None:
    """Run commands, one after the other, until killed. In a process of its own."""
    chance = random.Random(seed)
    clock = replace(system_clock(), sleep=lambda seconds: time.sleep(min(seconds, NAP_S)))
    _redirect(os.devnull, 1)
    _redirect(folder / f"{name}.said", 2)
    leases.LEASE_S = LEASE_S
    now_as = [""]
    _introduce(now_as)
    for number in itertools.count():
        now_as[0] = f"{name}-{number}"
        command = _any_command(chance)
        outside = OutsideWorld({**environment, "STORESYNC_CONTACT": now_as[0]}, clock, name=lambda: now_as[0])
        try:
            app(command, obj=outside)
        except SystemExit as left:
            code = left.code or 0
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            traceback.print_exc()
            code = 1
        with (folder / f"{name}.codes").open("a", encoding="utf-8") as codes:
            codes.write(f"{command[0]} {code}\n")


def _any_command(chance: random.Random) -> list[str]:
    platform, key = chance.choice(SHOPS)
    store = f"{platform}:{key}"
    ways = (["sync-due"], ["sync", store], ["reconcile", store, "--dry-run"], ["status", "--json"])
    return chance.choices(ways, weights=(12, 3, 1, 1))[0]


def _introduce(now_as: list[str]) -> None:
    """Let the triggers know which worker they run in."""
    opened = sqlite3.connect

    def connect(*words, **how):
        connection = opened(*words, **how)
        connection.create_function("worker", 0, lambda: now_as[0])
        connection.create_function("boottime", 0, boottime)
        return connection

    sqlite3.connect = connect


def _redirect(path: str | Path, descriptor: int) -> None:
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(file, descriptor)
    os.close(file)
