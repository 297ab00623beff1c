"""Listings that lie, one form a line in `corpora/bad_listings.txt`: none is believed, and all heal.

A line says which platform lies, of which listing of which resource, how, and what then is to be said: the exit
code, the error and the verdict of ``reconcile`` for ids and of ``sync`` for records. What the same lie brings an
hour later, when deletions that were held are looked at again, stands after ``then`` where it is something else.
"""

import pickle
import shutil
from dataclasses import dataclass

import pytest

from storesync.platforms.shopify import session
from storesync.simulator import audit
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3
from tests.kits.liar import Liar
from tests.kits.program import FakeClock, Program
from tests.kits.samples import corpus

KEYS = {"tiendanube": "123456", "shopify": "alpha"}
HOURS = (1, 1, 5, 20)
"""When cron comes again after the platform has come to its senses: within about a day all is well."""


@dataclass(frozen=True)
class Form:
    """One form of a bad listing."""

    platform: str
    reading: str
    resource: str
    lies: str
    says: tuple[str, ...]

    def __str__(self):
        return f"{self.platform} {self.reading} {self.resource}: {self.lies}"


def forms():
    """Return the forms of the corpus; both platforms tell some of them."""
    for line in corpus("bad_listings.txt"):
        if not line or line.startswith("#"):
            continue
        where, lies, says = (part.strip() for part in line.split("|"))
        platforms, reading, resource = where.split()
        for platform in KEYS if platforms == "both" else [platforms]:
            yield Form(platform, reading, resource, lies, tuple(says.split(" then ")))


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """A home, and the world and clock it lives in, for each platform, resource and *loaded* or only connected."""
    made = {}

    def home(platform, resource, *, loaded):
        if (platform, resource, loaded) not in made:
            clock = FakeClock()
            program = Program(tmp_path_factory.mktemp("prepared") / "home", clock, Liar(World(7, clock.now)))
            program.world.add_shop(platform, KEYS[platform], orders=90)
            options = ("--only", resource, *(() if loaded else ("--no-sync",)))
            assert program.connect(platform, KEYS[platform], *options).code == 0
            clock.advance(minutes=1)
            made[platform, resource, loaded] = program.home, pickle.dumps((program.world, clock))
        return made[platform, resource, loaded]

    return home


@pytest.fixture
def prepare(homes, tmp_path):
    """Return a program with a store as it stands before a lie: a copy of a home that is made once."""

    def prepared(platform, resource, *, loaded):
        home, outside = homes(platform, resource, loaded=loaded)
        shutil.copytree(home, tmp_path / "home")
        world, clock = pickle.loads(outside)  # noqa: S301 - our own
        return Program(tmp_path / "home", clock, Liar(world))

    return prepared


def look(program, form):
    """Read what the lies are about; return the exit code, the error and the verdict."""
    words = ("reconcile",) if "ids" in form.reading else ("sync",)
    answer = program(*words, KEYS[form.platform], "--resource", form.resource, "--json")
    [store] = answer.json["stores"]
    return f"{answer.code} {store['error_code'] or '-'} {verdict(program, form)}"


def verdict(program, form):
    """Return what the status says of the resource."""
    [store] = program("status", "--json").json["stores"]
    return store["resources"][form.resource]["verdict"]


def tombstones(program, form):
    return program.sql(f"SELECT id FROM {form.resource} WHERE deleted_at IS NOT NULL")


def differing(program, form, shop):
    """Return where the rows of the resource differ from the shop's truth."""
    connection = sqlite3.connect(program.database)
    try:
        return audit.compare(connection, shop, form.resource, audit.truth(shop, form.resource))
    finally:
        connection.close()


def edit(program, form, shop):
    """Let fifty records change upstream."""
    program.clock.advance(minutes=20)
    for one in list(shop.resources[form.resource])[:50]:
        shop.touch(form.resource, one, note="edited")
    program.clock.advance(minutes=2)


def says_while_lied_to(program, form):
    """Look while the platform lies, and again an hour later, cron in between, at what was not refused."""
    first, *later = form.lies.split(" then ")
    program.simulator.tell(first)
    said = [look(program, form)]
    program.clock.advance(minutes=61)
    program.simulator.tell(*later or [first])
    program("sync-due")
    if "ids" in form.reading and (later or " - " in said[0]):
        said.append(look(program, form))
    return said


@pytest.mark.parametrize("lies", ["rows none, next none, total 0", "status 404 last"])
def test_changes_that_were_hidden_come_with_the_next_truthful_answer(prepare, lies):
    """That nothing has changed, and the count of it, look the same where they are a lie: nothing is passed over."""
    form = Form("tiendanube", "update", "orders", lies, ())
    program = prepare("tiendanube", "orders", loaded=True)
    shop = program.world.shop("tiendanube", KEYS["tiendanube"])
    program.simulator.resource, program.simulator.reading = "orders", "update"
    edit(program, form, shop)
    program.simulator.tell(lies)
    for _ in range(6):
        program("sync-due")
        program.clock.advance(minutes=5)
    hidden = differing(program, form, shop)
    program.simulator.tell("")
    program("sync-due")

    assert (len(hidden) >= 50, differing(program, form, shop)) == (True, [])


@pytest.mark.parametrize("form", list(forms()), ids=str)
def test_a_bad_listing_is_not_believed(prepare, monkeypatch, form):
    """No tombstone, nothing called verified that is not, the exit code says so; after the fault the store heals."""
    if form.reading.startswith("bulk"):
        monkeypatch.setattr(session, "LEAST_ROOTS", 50)
        monkeypatch.setattr(session, "LEAST_IDS", 50)
    program = prepare(form.platform, form.resource, loaded=not form.reading.endswith("load"))
    shop = program.world.shop(form.platform, KEYS[form.platform])
    program.simulator.resource, program.simulator.reading = form.resource, form.reading
    if form.reading == "update":
        edit(program, form, shop)

    assert says_while_lied_to(program, form) in (list(form.says), 2 * list(form.says))
    assert tombstones(program, form) == []

    program.simulator.tell("")
    for hours in HOURS:
        program.clock.advance(hours=hours)
        program("sync-due")
        found = verdict(program, form)
        if found == "verified":
            break
    assert (found, differing(program, form, shop), tombstones(program, form)) == ("verified", [], [])
