"""`forget`: a person is gone from every byte and stays gone; what was sold stays."""

import errno
import json
import os
from contextlib import closing

import pytest

from storesync.storage import free_space, leases
from storesync.storage.connection import connect
from storesync.storage.opening import open_database
from tests.kits.canary import EMAIL, NAMESAKE, figures, plant, sightings, verdicts, zoe_of
from tests.kits.samples import golden


@pytest.fixture(params=["tiendanube", "shopify"])
def shop(request, program):
    """A shop with Zoe among its customers, loaded."""
    shop = request.getfixturevalue(request.param)
    plant(shop)
    assert program.connect(shop.platform, shop.key).code == 0
    assert sightings(program.home)
    return shop


def forget(program, shop, *options, by="id"):
    named = {"id": ("--id", zoe_of(shop)), "email": ("--email-stdin",)}
    words = named.get(by) or (*named["id"], *named["email"])
    return program("forget", shop.key, *words, "--yes", *options, stdin=EMAIL.lower() + "\n")


@pytest.mark.parametrize("by", ["id", "email"])
def test_no_byte_of_a_forgotten_person_is_left(program, shop, by, tmp_path):
    """Not in a row, a payload, the quarantine, the log of the database, its free pages, the log, the receipt."""
    aside = json.dumps(
        {"id": 1, "total": "a lot", "customer": {"id": zoe_of(shop), "name": "Zzqcanary"}, "mail": EMAIL}
    )
    columns = "(store_id, resource, id, reason, payload, first_seen_at)"
    program.write(
        f"INSERT INTO quarantine {columns} VALUES (1, 'orders', '1', 'odd', ?, '2026-11-22T12:00:00Z')", aside
    )
    receipt = tmp_path / "receipt.json"

    answer = forget(program, shop, "--receipt", str(receipt), by=by)

    assert (answer.code, answer.stderr) == (0, "")
    assert sightings(tmp_path) == []
    assert "zzqcanary" not in answer.stdout.lower()
    done = json.loads(receipt.read_text())["receipt"]
    assert done["verified"]
    assert receipt.stat().st_mode & 0o777 == 0o600
    wanted = {"customers", "customer_addresses", "orders", "checkouts", "draft_orders", "payloads", "quarantine"}
    assert wanted <= set(done["tables"])


@pytest.mark.parametrize("resource", ["customers", "orders"])
def test_tax_ids_are_erased_too(program, shop, resource):
    """Those of the customer and those given with orders, from the columns and from what the platform sent."""
    kept = "SELECT count(*) FROM payloads WHERE resource = ? AND body LIKE '%zzqcanary-77%'"
    shown = f"SELECT count(*) FROM {resource} WHERE tax_id = 'zzqcanary-77'"
    assert program.sql(kept, resource)[0] == program.sql(shown)[0] > (0,)

    forget(program, shop)

    assert (program.sql(kept, resource), program.sql(shown)) == ([(0,)], [(0,)])


def test_what_was_sold_stays(program, shop):
    """Sums, days, cities and lines of the forgotten person's orders are as before, and every verdict."""
    before = figures(program), verdicts(program, shop.key)

    forget(program, shop)

    assert (figures(program), verdicts(program, shop.key)) == before
    assert before[1] == {"verified"}


def test_nothing_brings_the_person_back(program, shop):
    """No full sync, look-back, reconcile or change in the shop; and nothing is written each time anew."""
    forget(program, shop)
    orders = [one for one in shop.resources["orders"].values() if one["customer_id"] == zoe_of(shop)]
    for record in (shop.resources["customers"][zoe_of(shop)], orders[0]):
        record |= {"note": "zzqcanary de nuevo", "updated_at": program.clock.now()}
    before = figures(program)

    assert program("sync", shop.key).code == 0
    assert program("sync", shop.key, "--full").code == 0
    program.clock.advance(hours=7)
    assert program("sync-due").code == 0
    assert program("reconcile", shop.key).code == 0
    program.clock.advance(days=8)
    assert program("sync-due").code == program("sync-due").code == 0

    assert sightings(program.home) == []
    assert figures(program) == before
    assert program.sql("SELECT count(*) FROM customers WHERE id = ? AND deleted_at IS NULL", zoe_of(shop)) == [(1,)]
    [done] = program("sync", shop.key, "--full", "--json").json["stores"]
    assert sum(done["resources"][name]["rows_written"] for name in ("customers", "orders")) == 0
    assert verdicts(program, shop.key) == {"verified"}


@pytest.mark.parametrize("change", ["the address", "an order of theirs"])
def test_a_new_address_brings_nobody_back(request, program, change):
    """Who was forgotten by e-mail before they were ever read is known by their id as soon as they are."""
    shop = request.getfixturevalue("shopify")
    zoe = plant(shop)
    program.connect(shop.platform, shop.key, "--no-sync")
    assert forget(program, shop, by="email").code == 0
    program("sync", shop.key)
    assert sightings(program.home) == []

    theirs = {
        "the address": shop.resources["customers"][zoe],
        "an order of theirs": next(one for one in shop.resources["orders"].values() if one["customer_id"] == zoe),
    }[change]
    program.clock.advance(minutes=20)
    theirs |= {"email": "zzqcanary.nueva@example.com", "updated_at": program.clock.now()}
    program("sync", shop.key)
    program("sync", shop.key, "--full")

    assert sightings(program.home) == []


def test_what_came_under_an_address_before_it_was_known_is_erased(program, shop):
    """A guest's order, of somebody unknown until the customer's own record names the address."""
    guest = next(one for one in shop.resources["orders"].values() if one["customer_id"] is None)
    sql = f"SELECT email FROM orders WHERE id = '{guest['id']}'"
    shop.touch("orders", guest["id"], email="zzqcanary.nueva@example.com")
    program.clock.advance(minutes=20)
    program("sync", shop.key)
    forget(program, shop)
    before = program.sql(sql)
    shop.touch("customers", zoe_of(shop), email="Zzqcanary.Nueva@example.com")
    program.clock.advance(minutes=20)
    program("sync", shop.key)

    assert (before, program.sql(sql)) == ([("zzqcanary.nueva@example.com",)], [(None,)])
    assert program("search", "nueva", "--people", "--json").json["hits"] == []


def test_no_byte_is_left_of_what_came_under_an_address_before_it_was_known(program, shop):
    """What SQLite copied goes with the next half hour's pass, unasked; until then no receipt says that it is gone."""
    orders = list(shop.resources["orders"].values())
    for guest in [one for one in orders if one["customer_id"] is None and one["channel"] != "api"]:
        shop.touch("orders", guest["id"], email="zzqcanary.nueva@example.com")
    program.clock.advance(minutes=20)
    program("sync", shop.key)
    forget(program, shop)
    shop.touch("customers", zoe_of(shop), email="Zzqcanary.Nueva@example.com")
    program.clock.advance(minutes=40)
    program("sync-due")

    assert program.sql("SELECT count(*) FROM erasures") == [(0,)]
    assert [name for name in sightings(program.home) if not name.endswith(".log")] == []


def test_an_old_address_leads_to_the_person(request, program):
    """Their order still carries it, and says whose it is; the customer's own record has another by now."""
    shop = request.getfixturevalue("shopify")
    zoe = plant(shop)
    shop.resources["customers"][zoe]["email"] = "zzqcanary.nueva@example.com"
    program.connect(shop.platform, shop.key)

    answer = program("forget", shop.key, "--email-stdin", "--yes", stdin=EMAIL + "\n")

    assert answer.code == 0
    assert sightings(program.home) == []


@pytest.mark.parametrize("when", ["before", "later"])
def test_an_address_on_an_order_of_somebody_else_is_blanked_alone(program, shop, when):
    """A shop types in orders of many under one account: its other orders and its record stay."""
    house = next(one for one in shop.resources["customers"] if one != zoe_of(shop))
    orders = [one for one in shop.resources["orders"].values() if one["customer_id"] != zoe_of(shop)][:3]
    for number, order in enumerate(orders):
        order |= {"customer_id": house, "email": f"somebody{number}@example.com", "updated_at": program.clock.now()}
    program("sync", shop.key, "--full")
    if when == "later":
        forget(program, shop, by="both")
    orders[0] |= {"email": EMAIL, "updated_at": program.clock.now()}
    program("sync", shop.key, "--full")
    if when == "before":
        forget(program, shop, by="both")
    program("sync", shop.key, "--full")

    named = program.sql("SELECT count(email) FROM orders WHERE id IN (?, ?)", orders[1]["id"], orders[2]["id"])
    assert named == [(2,)]
    assert program.sql("SELECT email FROM orders WHERE id = ?", orders[0]["id"]) == [(None,)]
    assert program.sql("SELECT count(name) FROM customers WHERE id = ?", house) == [(1,)]


def test_a_full_sync_right_after_it_writes_nothing(program, shop):
    """What is kept of a forgotten record still tells that it did not change."""
    forget(program, shop)

    [done] = program("sync", shop.key, "--full", "--json").json["stores"]

    assert sum(one["rows_written"] for one in done["resources"].values()) == 0


def test_somebody_else_of_that_name_stays(program, shop):
    """A namesake keeps name and orders, and does not spoil the proof."""
    named = "SELECT id, email, phone, city FROM customers WHERE name = ? ORDER BY id"
    before = [row for row in program.sql(named, NAMESAKE) if row[0] != zoe_of(shop)]

    answer = forget(program, shop, "--json")

    assert answer.json["receipt"]["verified"]
    assert program.sql(named, NAMESAKE) == before != []


@pytest.mark.parametrize("word", [EMAIL.lower(), "+54 9 zzqcanary"])
def test_who_quotes_the_person_is_named(program, shop, word):
    """What stands in somebody else's note is theirs still: exit 3 and where, until it is taken out in the shop."""
    other = next(one for one in shop.resources["customers"] if one != zoe_of(shop))
    shop.touch("customers", other, note=f"Prima de Zoe ({word}).")
    program.clock.advance(minutes=30)
    program("sync", shop.key, "--full")

    answer = forget(program, shop, "--json", by="both")
    shop.touch("customers", other, note="Prima.")
    program.clock.advance(minutes=30)
    program("sync", shop.key, "--full")
    again = forget(program, shop, "--json", by="both")

    receipt = answer.json["receipt"]
    assert (answer.code, receipt["verified"], receipt["quoted_in"][0]) == (3, False, f"customers {other}")
    assert f"storesync sync {shop.platform}:{shop.key}" in answer.stderr
    assert (again.code, again.json["receipt"]["verified"]) == (0, True)
    assert sightings(program.home) == []


@pytest.mark.parametrize("change", [{"email": "x" + EMAIL}, {"phone": "+54 9 zzqcanary"}, {"note": "Zoe Namesake"}])
def test_what_is_somebody_elses_too_is_no_quote(program, shop, change):
    """A longer address, the phone of a household, a common name: all theirs."""
    other = next(one for one in shop.resources["customers"] if one != zoe_of(shop))
    shop.touch("customers", other, **change)
    program.clock.advance(minutes=30)
    program("sync", shop.key, "--full")

    answer = forget(program, shop, "--json", by="both")

    assert (answer.code, answer.json["receipt"]["quoted_in"], answer.json["receipt"]["verified"]) == (0, [], True)


def test_other_customers_keep_every_value(program, shop):
    """Rows and payloads of all others are, byte for byte, what they were."""
    others = """SELECT * FROM orders WHERE customer_id <> ? AND lower(email) <> ? ORDER BY id"""
    texts = "SELECT id, body, digest FROM payloads WHERE resource IN ('products', 'coupons', 'locations') ORDER BY id"
    before = program.sql(others, zoe_of(shop), EMAIL.lower()), program.sql(texts)

    forget(program, shop)

    assert (program.sql(others, zoe_of(shop), EMAIL.lower()), program.sql(texts)) == before


def test_a_person_who_is_not_here_is_kept_out(program, shopify):
    """Whoever asked to be forgotten before the first sync never comes in: exit 0, and a receipt of no rows."""
    zoe = plant(shopify)
    program.connect("shopify", "alpha", "--no-sync")

    answer = program("forget", "alpha", "--id", zoe, "--email-stdin", "--yes", "--json", stdin=EMAIL + "\n")
    program("sync", "alpha")

    assert (answer.code, answer.json["receipt"]["tables"]) == (0, {})
    assert sightings(program.home) == []
    assert verdicts(program, "alpha") == {"verified"}


def test_forgetting_twice_changes_nothing(program, shop):
    """The second time there is nothing left to erase, and what is left is not even written."""
    forget(program, shop)
    records = "SELECT * FROM payloads ORDER BY rowid"
    before = program.sql(records), program.sql("SELECT * FROM orders ORDER BY rowid")

    answer = forget(program, shop, "--json")

    assert (answer.code, answer.json["receipt"]["tables"], answer.json["receipt"]["verified"]) == (0, {}, True)
    assert (program.sql(records), program.sql("SELECT * FROM orders ORDER BY rowid")) == before


def test_marks_and_digests_name_nobody(program, shop):
    """No mark is a hash that could be tried out with the database alone, nor is a digest of what came."""
    digests = "SELECT digest FROM payloads WHERE resource = 'customers' AND id = ?"
    before = program.sql(digests, zoe_of(shop))

    forget(program, shop)

    assert program.sql(digests, zoe_of(shop)) != before
    assert program.sql("SELECT count(*), min(length(mark)), max(length(mark)) FROM forgotten") == [(2, 16, 16)]
    [(sealed,)] = program.sql("SELECT sealed FROM secrets")
    assert sealed.startswith(b"gAAAA")


def test_a_copy_beside_the_database_is_named(program, shop):
    """A file that still holds the person makes the proof fail: exit 3 and its name, as often as it is asked."""
    (program.home / "customers.csv").write_text(f"1,{EMAIL}\n")

    answer = forget(program, shop, "--json")

    assert answer.code == 3
    assert (answer.json["receipt"]["verified"], answer.json["receipt"]["found_in"]) == (False, ["customers.csv"])
    assert "customers.csv" in answer.stderr


def test_copies_that_migrations_made_are_removed(program, shop):
    """They hold everybody, and nobody remembers them."""
    copy = program.home / "storesync.db.v1.backup"
    copy.write_text(EMAIL)

    assert forget(program, shop).code == 0
    assert not copy.exists()


def test_nobody_is_forgotten_by_mistake(program, shop, monkeypatch):
    """Without a terminal it takes --yes; on one it asks, and anything but yes changes nothing."""
    before = sightings(program.home)
    unasked = program("forget", shop.key, "--id", zoe_of(shop))
    monkeypatch.setattr("storesync.cli.receipts.is_terminal", lambda: True)
    declined = program("forget", shop.key, "--id", zoe_of(shop), stdin="no\n")

    assert (unasked.code, declined.code, sightings(program.home)) == (2, 2, before)
    assert "--yes" in unasked.stderr
    assert "records of this person" in declined.stderr
    assert program.sql("SELECT count(*) FROM forgotten") == [(0,)]
    assert program("forget", shop.key, "--id", zoe_of(shop), stdin="yes\n").code == 0
    assert sightings(program.home) == []


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        ((), None),
        (("--id", ""), None),
        (("--email-stdin",), "\n"),
        (("--email-stdin",), "Zoe\n"),
        (("--id", "1", "--receipt", "nowhere/receipt.json"), None),
    ],
)
def test_what_names_nobody_is_refused(program, shopify, words, stdin):
    """Exit 2 and how to say it; nothing is marked."""
    program.connect("shopify", "alpha")

    answer = program("forget", "alpha", *words, "--yes", stdin=stdin)

    assert (answer.code, program.sql("SELECT count(*) FROM forgotten")) == (2, [(0,)])
    assert len(answer.stderr.splitlines()) == 2


def test_a_receipt_is_never_written_over(program, shop, tmp_path):
    """The file may be the only proof of an earlier erasure."""
    receipt = tmp_path / "receipt.json"
    receipt.write_text("earlier")

    assert forget(program, shop, "--receipt", str(receipt)).code == 2
    assert receipt.read_text() == "earlier"
    assert sightings(program.home)


def test_a_receipt_that_nobody_can_keep_is_asked_for_before(program, shop, tmp_path):
    """Where the file cannot be made nothing is erased; where nothing is erased no file is left."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for place in ("nowhere/receipt.json", ".", "/dev/null", str(tmp_path / "link")):
        assert forget(program, shop, "--receipt", place).code == 2
    assert program.sql("SELECT count(*) FROM forgotten") == [(0,)]

    unasked = program("forget", shop.key, "--id", zoe_of(shop), "--receipt", str(tmp_path / "receipt.json"))

    assert (unasked.code, (tmp_path / "receipt.json").exists(), (tmp_path / "elsewhere").exists()) == (2, False, False)


def test_a_receipt_is_printed_where_its_file_is_full(program, shop, tmp_path, monkeypatch):
    """It is the only one there will be: on stdout, whole, with exit code 5, and no half of it in the file."""
    receipt, fsync = tmp_path / "receipt.json", os.fsync

    def full(descriptor):
        if os.fstat(descriptor).st_size and os.path.samestat(os.fstat(descriptor), receipt.stat()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    answer = forget(program, shop, "--receipt", str(receipt))

    assert (answer.code, receipt.exists()) == (5, False)
    assert answer.json["receipt"]["tables"]["customers"] == 1
    assert "No space left" in answer.stderr
    assert sightings(program.home) == []


def test_the_empty_receipt_of_a_killed_call_is_taken(program, shop, tmp_path):
    """The same command, typed again, ends what was begun: its file does not stand in the way."""
    receipt = tmp_path / "receipt.json"
    receipt.touch()

    assert forget(program, shop, "--receipt", str(receipt)).code == 0
    assert json.loads(receipt.read_text())["receipt"]["verified"]


def test_a_busy_store_is_left_alone(program, shop):
    """While somebody reads the store: exit 5, who it is, and what to type; nothing is marked."""
    with (
        closing(open_database(program.database)) as database,
        leases.working(program.home / "workers", "theirs") as worker,
        leases.held(database, worker, 1, clock=program.clock.clock(), trigger="cron"),
    ):
        answer = forget(program, shop)

    assert answer.code == 5
    assert "sync-due since 12:00:00 UTC" in answer.stderr
    assert "--wait" in answer.stderr
    assert program.sql("SELECT count(*) FROM forgotten") == [(0,)]


def test_a_reader_who_keeps_the_log_is_named(program, shop, monkeypatch):
    """All is erased, but not proven: exit 5; once the reader is gone, the same command ends it."""
    monkeypatch.setattr("storesync.storage.connection.BUSY_S", 0.1)
    reader = connect(str(program.database))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM orders").fetchone()
    answer = forget(program, shop)
    reader.close()

    again = forget(program, shop, "--json")

    assert answer.code == 5
    assert "close what reads it" in answer.stderr
    assert (again.code, again.json["receipt"]["verified"]) == (0, True)
    assert again.json["receipt"]["tables"]["customers"] == 1
    assert sightings(program.home) == []


def test_a_lost_key_lets_nobody_back_in(program, shop):
    """Without the key the marks cannot be read: the store waits for a person, whom the message tells what to do."""
    forget(program, shop)
    program.settings["STORESYNC_SECRET_KEY"] = "A" * 43 + "="
    program.connect(shop.platform, shop.key, "--no-sync")

    answer = program("sync", shop.key, "--full")

    assert answer.code == 4
    assert "storesync forget" in answer.stdout + answer.stderr
    assert sightings(program.home) == []
    assert forget(program, shop, "--lost-key", by="both").code == 0
    assert program("sync", shop.key, "--full").code == 0
    assert sightings(program.home) == []


def test_forgetting_another_gives_up_nobody(program, shop, monkeypatch):
    """Without the key it is refused; who says that the key is lost is asked, with the number of marks that go."""
    forget(program, shop)
    program.settings["STORESYNC_SECRET_KEY"] = "A" * 43 + "="
    program.connect(shop.platform, shop.key, "--no-sync")
    other = next(one for one in shop.resources["customers"] if one != zoe_of(shop))

    refused = program("forget", shop.key, "--id", other, "--yes")
    kept = program.sql("SELECT count(*) FROM forgotten")
    monkeypatch.setattr("storesync.cli.receipts.is_terminal", lambda: True)
    declined = program("forget", shop.key, "--id", other, "--lost-key", stdin="no\n")

    assert (refused.code, "--lost-key" in refused.stderr, kept) == (4, True, [(2,)])
    assert (declined.code, "2 marks" in declined.stderr, "comes back" in declined.stderr) == (2, True, True)
    assert program("sync", shop.key, "--full").code == 4
    assert sightings(program.home) == []


def test_a_lost_key_is_given_up_store_by_store(program, shop):
    """What one store gives up another still waits for: nobody comes back where nobody said so."""
    other = program.world.add_shop("shopify" if shop.platform == "tiendanube" else "tiendanube", "77", orders=40)
    theirs = plant(other)
    program.connect(other.platform, other.key)
    forget(program, shop)
    assert program("forget", other.key, "--id", theirs, "--yes").code == 0
    program.settings["STORESYNC_SECRET_KEY"] = "A" * 43 + "="
    for one in (shop, other):
        program.connect(one.platform, one.key, "--no-sync")

    assert forget(program, shop, "--lost-key", by="both").code == 0

    assert (program("sync", shop.key, "--full").code, program("sync", other.key, "--full").code) == (0, 4)
    assert sightings(program.home) == []


def test_a_secret_that_all_stores_share_still_serves(program, shop):
    """So it was before each store had its own."""
    forget(program, shop)
    program.write("UPDATE secrets SET name = 'forgotten'")

    assert program("sync", shop.key, "--full").code == 0
    assert sightings(program.home) == []
    assert forget(program, shop).code == 0
    assert program.sql("SELECT name FROM secrets") == [("forgotten",)]


def test_several_are_forgotten_at_once(program, shop):
    """Each --id and each line on stdin names one more."""
    known = program.sql("SELECT id, email FROM customers WHERE email > '' ORDER BY id LIMIT 4")
    ids, emails = [known[0][0], known[1][0]], [known[2][1], known[3][1]]
    words = [word for one in ids for word in ("--id", one)]

    answer = program("forget", shop.key, *words, "--email-stdin", "--yes", stdin="\n\n".join(emails))

    assert answer.code == 0
    left = dict(program.sql("SELECT id, coalesce(name, email) FROM customers"))
    assert [left[one] for one, _ in known] == [None] * 4


def test_a_wrong_key_forgets_nobody(program, shop):
    """It opens neither the marks nor a token: what is remembered of others stays, for when the right key is back."""
    forget(program, shop)
    marks = program.sql("SELECT * FROM forgotten ORDER BY mark")
    program.settings["STORESYNC_SECRET_KEY"] = "A" * 43 + "="

    answer = program("forget", shop.key, "--id", "999", "--yes")

    assert (answer.code, "the right key" in answer.stderr) == (4, True)
    assert program.sql("SELECT * FROM forgotten ORDER BY mark") == marks
    del program.settings["STORESYNC_SECRET_KEY"]
    assert program("sync", shop.key, "--full").code == 0
    assert sightings(program.home) == []


@pytest.mark.parametrize("text", ["Zoe <zoe@example.com>", "@", "a@b, c@d", "a@b\x00", "zoe"])
def test_what_is_no_address_is_refused(program, shop, text):
    """A mark that keeps nobody out would be a promise that is not kept."""
    program.connect(shop.platform, shop.key, "--no-sync")

    assert program("forget", shop.key, "--email-stdin", "--yes", stdin=f"{text}\n").code == 2
    assert program.sql("SELECT count(*) FROM forgotten") == [(0,)]


def test_the_answer_is_as_promised(program, clock):
    """`forget --json` is the receipt, field by field."""
    shop = program.world.add_shop("shopify", "alpha", orders=20)
    zoe = plant(shop)
    program.connect("shopify", "alpha")

    answer = program("forget", "alpha", "--id", zoe, "--yes", "--json")

    assert answer.stdout == golden("forget.json", answer.stdout)


def test_a_forgetting_that_did_not_end_is_told(program, shop, monkeypatch):
    """Nobody but the operator knows who it was: `status` and `doctor` ask for the id again, until it has ended."""
    monkeypatch.setattr("storesync.storage.erasure.blank_unreadable", interrupted)
    assert forget(program, shop).code == 130
    monkeypatch.undo()
    again = f"storesync forget {shop.platform}:{shop.key} --id ID --email-stdin"
    found, [told] = faults(program), program("status", shop.key, "--json").json["stores"]
    shown = program("status")

    assert [one["store"] for one in found] == [told["store"]]
    assert found[0]["command"].endswith(again.removeprefix("storesync"))
    assert told["unfinished"] == f"{told['explanation']['facts'][0]}: {again}"
    assert "nobody but you knows who" in told["unfinished"]
    assert "not forgotten to the end" in shown.stdout
    assert told["explanation"]["command"].endswith((again, " cron install"))
    assert forget(program, shop).code == 0
    assert faults(program) == []
    assert program("status", shop.key, "--json").json["stores"][0]["unfinished"] is None


def interrupted(*_words):
    raise KeyboardInterrupt


def faults(program):
    """Return what `doctor` finds wrong with the stores' data."""
    return [one for one in program("doctor", "--only", "sync", "--json").json["checks"] if one["status"] != "ok"]


def test_after_a_kill_nobody_needs_to_know_what_is_gone(program, shop, monkeypatch):
    """The killed process knew the texts; the next one overwrites all that no row uses, whatever it says."""
    seen = []

    def overwrite(_database, is_residue):
        seen.append(is_residue(b"whatever it may say, and more"))
        return 0

    monkeypatch.setattr(free_space, "overwrite", overwrite)
    program.write("INSERT INTO erasures (store_id, tables) VALUES (1, '{}')")
    forget(program, shop)
    forget(program, shop)

    assert seen == [True, False]


def test_a_changed_key_forgets_nobody(program, shop):
    """`db rekey` changes the key of the marks too."""
    forget(program, shop)

    assert program("db", "rekey").code == 0
    assert program("sync", shop.key, "--full").code == 0
    assert sightings(program.home) == []


def test_a_rebuild_brings_nobody_back(program, shop):
    """`db rebuild` has no more than the payloads, which know the person no longer; the figures are the same."""
    forget(program, shop)
    before = figures(program)

    assert program("db", "rebuild").code == 0
    assert (sightings(program.home), figures(program)) == ([], before)
