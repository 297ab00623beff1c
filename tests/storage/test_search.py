"""`search`: what is found and what is not, in step with every row, and nobody by accident."""

import json
import sys
from contextlib import closing

import pytest

from storesync.errors import UsageError
from storesync.reports.terminal import console, hits_list
from storesync.rules.documents import SOURCES
from storesync.simulator.catalogue import barcodes
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import documents, erasure, listings
from storesync.storage.opening import open_database
from storesync.storage.search import LONGEST, MOST_WORDS, search
from tests.kits.canary import EMAIL, plant, sightings, zoe_of
from tests.kits.program import FakeClock, Program
from tests.kits.samples import corpus, golden
from tests.kits.storage import opened, order, product
from tests.kits.terminals import CONTROL, Terminal

SEARCHES = corpus("searches.txt")


@pytest.fixture(params=["tiendanube", "shopify"])
def shop(request, program):
    """A shop with one product, one of its orders and one category like no other, loaded."""
    shop = request.getfixturevalue(request.param)
    dress(shop)
    assert program.connect(shop.platform, shop.key).code == 0
    return shop


def dress(shop) -> None:
    goods = first(shop, "products")
    goods |= {"name": "Zapatilla Ñandú trébol", "description": "Suela de caucho", "tags": ["liviana"]}
    goods["description_html"] = "<p class='oculta'>Suela de <b>caucho</b></p>"
    goods["variants"][0]["sku"] = "ZAP-0042-X"
    first(shop, "categories")["name"] = "Calzado trébol"
    line = first(shop, "orders")["lines"][0]
    line |= {"name": "Zapatilla Ñandú trébol", "sku": "ZAP-0042-X"}


def first(shop, resource: str) -> dict:
    return next(iter(shop.resources[resource].values()))


def found(program: Program, *words: str) -> list[tuple[str, str]]:
    """Return resource and id of what a search finds."""
    answer = program("search", "--json", "--limit", "1000", *words)
    assert answer.code == 0, answer
    return [(hit["resource"], hit["id"]) for hit in answer.json["hits"]]


def later(program: Program, shop, *words: str) -> None:
    """Let the shop be read again a while later."""
    program.clock.advance(minutes=20)
    assert program(*(words or ("sync", shop.key))).code == 0


class TestWhatIsFound:
    """Words, not letters; wherever they stand."""

    @pytest.mark.parametrize(
        "words",
        [
            "zapatilla nandu trebol",
            "ÑANDÚ trébol zapa",
            "liviana caucho nandu",
            "suela caucho",
            "liviana",
            "zap-0042-x",
            "trebol zap",
        ],
    )
    def test_a_product_by_its_name_text_tag_or_sku(self, program, shop, words):
        """Whatever the case, the accents and the order; the last word may be a beginning."""
        assert ("products", first(shop, "products")["id"]) in found(program, words)

    def test_a_product_by_any_barcode_of_its_variants(self, program, shopify):
        """Not only by the first."""
        assert program.connect("shopify", "alpha", "--only", "products").code == 0
        product, code = next(
            (variant["product_id"], barcodes(variant)[-1][0])
            for one in shopify.resources["products"].values()
            for variant in one["variants"]
            if len(barcodes(variant)) > 1
        )

        assert found(program, code) == [("products", product)]

    def test_only_the_last_word_is_a_beginning(self, program, shop):
        """And each of the words must be there."""
        assert found(program, "zapati", "trébol") == []
        assert found(program, "zapatilla", "inexistente") == []

    def test_markup_is_no_text(self, program, shop):
        """Neither tags nor their attributes."""
        assert found(program, "oculta") == []

    def test_an_order_by_its_number_and_what_was_bought(self, program, shop):
        """Title of a line and SKU."""
        bought = first(shop, "orders")

        assert ("orders", bought["id"]) in found(program, bought["name"])
        assert ("orders", bought["id"]) in found(program, "zapatilla", "trebol")
        assert ("orders", bought["id"]) in found(program, "ZAP-0042-X", "--resource", "orders")

    def test_a_title_counts_for_more_than_a_text(self, program, shop):
        """The product and the category before the order in which the words occur as well."""
        kinds = [resource for resource, _ in found(program, "trebol")]

        assert set(kinds) == {"products", "categories", "orders"}
        assert kinds[-1] == "orders"

    def test_only_what_is_asked_for(self, program, shop):
        """By resource, by store, and so many."""
        other = program.world.add_shop(
            *{"tiendanube": ("shopify", "beta"), "shopify": ("tiendanube", "77")}[shop.platform]
        )
        dress(other)
        assert program.connect(other.platform, other.key).code == 0
        both = found(program, "trebol")

        one = found(program, "trebol", "--store", shop.key)
        assert sorted(one + found(program, "trebol", "--store", other.key)) == sorted(both)
        assert found(program, "trebol", "--store", shop.key, "--store", other.key) == both
        assert {kind for kind, _ in found(program, "trebol", "--resource", "products")} == {"products"}
        assert len(program("search", "--json", "trebol", "--limit", "2").json["hits"]) == 2

    def test_a_hit_says_how_fresh_and_complete_it_is(self, program, shop):
        """As of the last reading, until when all changes are here, and the verdict of now."""
        [hit] = program("search", "--json", "trebol", "--resource", "products").json["hits"]
        [told] = program("status", shop.key, "--json").json["stores"]
        state = told["resources"]["products"]

        assert (hit["as_of"], hit["complete_until"], hit["verdict"]) == (
            state["last_pass_at"],
            state["complete_until"],
            "verified",
        )
        program.clock.advance(days=2)
        assert program("search", "--json", "trebol").json["hits"][0]["verdict"] == "stale"


class TestInStep:
    """A record that is changed, deleted or restored is so in the search as well, at once."""

    def test_a_changed_record_is_found_by_what_it_says_now(self, program, shop):
        """And no longer by what it said."""
        goods = shop.touch("products", first(shop, "products")["id"], name="Sandalia violeta")
        later(program, shop)

        assert ("products", goods["id"]) in found(program, "sandalia", "violeta")
        assert ("products", goods["id"]) not in found(program, "trebol")

    def test_a_variant_that_is_gone_is_not_found(self, program, shop):
        """The product stays."""
        goods = first(shop, "products")
        dropped = next(one for one in goods["variants"] if one["sku"] == "ZAP-0042-X")
        shop.remove("variants", dropped["id"])
        shop.touch("products", goods["id"])
        later(program, shop)

        assert ("products", goods["id"]) in found(program, "caucho")
        assert ("products", goods["id"]) not in found(program, "ZAP-0042-X")

    def test_what_was_deleted_is_not_found_until_it_is_back(self, program, shop):
        """Deleted in the shop, taken back by the operator, and deleted again."""
        goods = first(shop, "products")["id"]
        shop.remove("products", goods)
        later(program, shop, "reconcile", shop.key)
        assert ("products", goods) not in found(program, "caucho")

        later(program, shop, "reconcile", shop.key, "--undelete", goods)
        assert ("products", goods) in found(program, "caucho")
        assert ("products", goods) in found(program, "ZAP-0042-X")

        later(program, shop, "reconcile", shop.key)
        assert ("products", goods) not in found(program, "caucho")

    def test_what_the_shop_brings_back_is_found_again(self, program, shop):
        """A record that the platform hid for a while."""
        goods = dict(first(shop, "products"))
        shop.remove("products", goods["id"])
        later(program, shop, "reconcile", shop.key)
        shop.resources["products"][goods["id"]] = goods
        shop.touch("products", goods["id"])
        later(program, shop)

        assert ("products", goods["id"]) in found(program, "caucho")

    def test_every_live_record_has_one_document(self, program, shop):
        """After a busy day, with changes, deletions and comparisons."""
        for _ in range(4):
            program.world.advance(shop, 30)
            later(program, shop)
        assert program("reconcile", shop.key).code in {0, 3}

        for resource in SOURCES:
            live = program.sql(f"SELECT id FROM {resource} WHERE deleted_at IS NULL ORDER BY id")
            assert live == program.sql("SELECT id FROM documents WHERE resource = ? ORDER BY id", resource)
        with closing(open_database(program.database)) as database:
            before = database.rows("SELECT * FROM documents ORDER BY number")
            for resource in SOURCES:
                ids = [row[0] for row in database.rows(f"SELECT id FROM {resource}")]
                assert documents.renew_documents(database, 1, resource, ids, now="later") == 0
            assert database.rows("SELECT * FROM documents ORDER BY number") == before

    def test_no_document_is_written_anew_where_it_says_the_same(self, program, shop):
        """Not by a full sync, and not when an order is paid."""
        before = program.sql("SELECT * FROM documents ORDER BY number")
        shop.touch("orders", first(shop, "orders")["id"], payment_status="refunded")
        later(program, shop)
        later(program, shop, "sync", shop.key, "--full")

        assert program.sql("SELECT * FROM documents ORDER BY number") == before

    def test_a_page_that_fails_changes_nothing_of_the_index(self, tmp_path, clock):
        """Rows and documents are one transaction, also where the very last statement fails."""
        with opened(tmp_path / "home", clock) as stock:
            lease = stock.take(stock.connect())
            stock.save(lease, order("1", name="#1001"))
            before = stock.everything()

            with pytest.raises(UnicodeEncodeError):
                stock.save(lease, order("1", "2026-11-22T11:00:00Z", name="#2002"), order("3"), cursor="\ud800")

            assert stock.everything() == before
            assert search(stock.database, "2002") == []
            assert [hit.id for hit in search(stock.database, "1001")] == ["1"]

    def test_deleted_and_taken_back_by_the_same_transaction(self, tmp_path, clock):
        """Nobody who reads meanwhile finds a deleted record."""
        with opened(tmp_path / "home", clock) as stock:
            lease = stock.take(stock.connect())
            stock.save(lease, product("7"), resource="products")
            with closing(stock.database.again()) as reader, stock.database.transaction():
                listings.tombstone(stock.database, lease.store_id, "products", ["7"], now=clock.now())
                assert search(stock.database, "product") == []
                assert [hit.id for hit in search(reader, "product")] == ["7"]

            assert search(stock.database, "product") == []


class TestPeople:
    """Nobody is found, or shown, but with `--people`."""

    @pytest.fixture(params=["tiendanube", "shopify"])
    def shop(self, request, program):
        shop = request.getfixturevalue(request.param)
        plant(shop)
        assert program.connect(shop.platform, shop.key).code == 0
        return shop

    def test_she_is_found_only_with_people(self, program, shop):
        """Her record and her orders: by name, e-mail, phone, address and note."""
        for words in ("zoe", EMAIL, "zzqcanary", "calle zzqcanary", "tocar zzqcanary"):
            assert found(program, words) == []
            kinds = {kind for kind, _ in found(program, "--people", words)}
            assert "orders" in kinds
        assert ("customers", zoe_of(shop)) in found(program, "--people", EMAIL)

    def test_nobody_is_shown_without_people(self, program, shop):
        """Neither in a title nor in a snippet, of whatever is found."""
        titles = {row[0] for row in program.sql("SELECT name FROM orders")}
        told = "".join(program("search", one, "--json").stdout for one in titles)
        known = {
            value
            for row in program.sql(
                "SELECT name, email, phone FROM customers UNION SELECT customer_name, email, phone FROM orders"
            )
            for value in row
            if value
        }

        assert '"orders"' in told
        assert [one for one in known if json.dumps(one, ensure_ascii=False)[1:-1] in told] == []

    def test_an_order_without_a_name_is_not_called_after_its_buyer(self, tmp_path, clock):
        """Somebody's name is a title only for who asks for people."""
        with opened(tmp_path / "another", clock) as stock:
            lease = stock.take(stock.connect())
            stock.save(lease, order("1", customer_name="Zoe Zzqcanary", discount_codes='["HOTSALE"]'))

            assert [hit.title for hit in search(stock.database, "hotsale")] == [""]
            assert [hit.title for hit in search(stock.database, "hotsale", people=True)] == ["Zoe Zzqcanary"]

    def test_no_document_says_who_bought(self, program, shop):
        """But in the column of people."""
        [(texts,)] = program.sql("SELECT group_concat(lower(title || keywords || body)) FROM documents")

        assert "zzqcanary" not in texts
        assert "@" not in texts

    def test_a_forgotten_person_is_found_by_nobody(self, program, shop):
        """Not by what they are called now, nor by what they were called before; and no byte of it is in the index."""
        zoe = zoe_of(shop)
        shop.touch("customers", zoe, email="zzqcanary.antes@example.com")
        later(program, shop)
        shop.touch("customers", zoe, email=EMAIL)
        later(program, shop)

        answer = program("forget", shop.key, "--id", zoe, "--email-stdin", "--yes", "--json", stdin=EMAIL + "\n")

        assert (answer.code, answer.json["receipt"]["verified"]) == (0, True)
        assert answer.json["receipt"]["tables"]["documents"] > 1
        assert found(program, "--people", "zzqcanary") == []
        assert ("customers", zoe) not in found(program, "--people", "zoe")
        assert sightings(program.home) == []
        # The index leaves out what a word has in common with the one before it.
        assert b"qcanary" not in program.database.read_bytes().lower()
        assert program("doctor", "--only", "search").code == 0

    def test_a_forgotten_order_is_still_found_by_what_was_bought(self, program, shop):
        """The figures stay, and so does what can be searched of them."""
        theirs = next(one for one in shop.resources["orders"].values() if one["customer_id"] == zoe_of(shop))

        assert program("forget", shop.key, "--id", zoe_of(shop), "--yes").code == 0

        assert ("orders", theirs["id"]) in found(program, theirs["name"])

    def test_whoever_comes_back_is_not_found(self, program, shop):
        """A new order of theirs is, without them."""
        zoe = zoe_of(shop)
        program("forget", shop.key, "--id", zoe, "--yes")
        theirs = next(one for one in shop.resources["orders"].values() if one["customer_id"] == zoe)
        shop.touch("orders", theirs["id"], note="zzqcanary de nuevo")
        later(program, shop)

        assert found(program, "--people", "zzqcanary") == []
        assert ("orders", theirs["id"]) in found(program, theirs["name"])

    def test_a_purged_store_leaves_nothing(self, program, shop):
        """No document, and no word of it in the index."""
        other = program.world.add_shop("shopify", "gamma")
        program.connect("shopify", "gamma")
        assert program("disconnect", shop.key, "--purge", "--yes").code == 0

        assert program.sql("SELECT count(*) FROM documents WHERE store_id = 1") == [(0,)]
        with closing(open_database(program.database)) as database:
            database.write("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, row)")
            [(terms,)] = database.rows("SELECT group_concat(term) FROM temp.terms")
        assert "zzqcanary" not in terms
        assert found(program, "--people", first(other, "products")["name"])


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A shop that all of them search: none may change it."""
    clock = FakeClock()
    program = Program(tmp_path_factory.mktemp("searched") / "home", clock, Simulator(World(7, clock.now)))
    plant(program.world.add_shop("shopify", "alpha", orders=60))
    assert program.connect("shopify", "alpha").code == 0
    return program


class TestWhateverIsTyped:
    """Any string is a search; none is an instruction."""

    @pytest.fixture
    def loaded(self, searched):
        return searched

    @pytest.mark.parametrize("text", SEARCHES)
    def test_it_is_answered_or_refused_in_one_line(self, loaded, text):
        """Nothing is changed, nobody is found by it, and there is no traceback."""
        before = loaded.sql("SELECT count(*), sum(length(title || people)) FROM documents")

        answer = loaded("search", "--json", "--", text)

        assert answer.code in {0, 2}
        assert answer.stderr == ""
        shown = [hit["title"] + hit["snippet"] for hit in answer.json.get("hits", ())]
        assert "zzqcanary" not in "".join(shown).lower()
        if answer.code == 2:
            assert answer.json["error"]["message"] == "there is no word to look for"
        assert loaded.sql("SELECT count(*), sum(length(title || people)) FROM documents") == before

    @pytest.mark.parametrize(
        "text", ["remera AND", 'remera "', "remera *", "(remera)", "remera!!!", "\U0001f600 remera"]
    )
    def test_signs_between_words_are_only_that(self, loaded, text):
        """Operators are words like others; what is no word is left out."""
        wanted = ("remera", "and") if "AND" in text else ("remera",)

        assert found(loaded, "--", text) == found(loaded, *wanted)
        assert found(loaded, "remera")

    def test_nobody_types_ten_thousand_characters(self, loaded):
        """That is said at once, without them."""
        answer = loaded("search", "a" * 10_000)

        assert (answer.code, answer.stdout) == (2, "")
        assert answer.stderr.splitlines()[0] == f"storesync: a search has at most {LONGEST:,} characters"

    def test_as_many_words_as_there_is_room_for(self, loaded):
        """Hundreds of them are no trouble."""
        assert found(loaded, " ".join(["remera"] * (LONGEST // 7))) == found(loaded, "remera")

    def test_a_search_of_very_many_words_is_refused(self, loaded):
        """Each of them costs time."""
        answer = loaded("search", *(f"w{number}" for number in range(MOST_WORDS + 1)))

        assert (answer.code, answer.stderr.splitlines()[0]) == (
            2,
            f"storesync: a search has at most {MOST_WORDS} words",
        )

    def test_what_cannot_be_searched_says_so(self, loaded):
        """With what can."""
        answer = loaded("search", "x", "--resource", "coupons")

        assert answer.code == 2
        assert "choose from products, categories, customers, orders" in answer.stderr

    @pytest.mark.parametrize("words", [("--store", "nobody"), ("--resource", "weather"), ("--limit", "0")])
    def test_a_wrong_option_is_a_usage_error(self, loaded, words):
        """Exit code 2."""
        assert loaded("search", "remera", *words).code == 2

    def test_it_is_refused_where_there_is_no_word(self, tmp_path, clock):
        """Whoever calls the function is told as well."""
        with opened(tmp_path / "home", clock) as stock, pytest.raises(UsageError):
            search(stock.database, "…")


TRAPS = corpus("hostile_names.txt")[:33]


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """A shop with a product for each hostile name, told from the others by a word before it: none may change it."""
    clock = FakeClock()
    program = Program(tmp_path_factory.mktemp("trapped") / "home", clock, Simulator(World(7, clock.now)))
    shop = program.world.add_shop("shopify", "alpha", orders=3, products=len(TRAPS))
    for number, (goods, name) in enumerate(zip(shop.resources["products"].values(), TRAPS, strict=True)):
        goods["name"] = f"Trampa t{number}t {name}"
    assert program.connect("shopify", "alpha").code == 0
    return program


class TestHowItIsShown:
    """For people in lines, for programs in JSON; a store's text is only text."""

    @pytest.fixture
    def loaded(self, program, shopify):
        dress(shopify)
        assert program.connect("shopify", "alpha").code == 0
        return program

    def test_json_is_the_golden_one(self, loaded):
        """Every field that was promised."""
        answer = loaded("search", "--json", "zapatilla", "treb")

        assert answer.stdout == golden("search.json", answer.stdout)

    def test_the_list_is_the_golden_one(self, loaded):
        """A few lines a hit, no control codes where no terminal is."""
        answer = loaded("search", "zapatilla", "treb")

        assert answer.stdout == golden("search.txt", answer.stdout)
        assert CONTROL.search(answer.stdout) is None

    def test_a_terminal_shows_the_words_in_bold(self, loaded, monkeypatch):
        """Where they stand, also as beginnings and with other accents."""
        with closing(open_database(loaded.database)) as database:
            hits = search(database, "caucho sue", resources=["products"])
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys, "stdout", Terminal())
        console().print(hits_list(hits, ["verified"]))

        assert "\x1b[1mSuela\x1b[0m de \x1b[1mcaucho\x1b[0m" in sys.stdout.getvalue()

    @pytest.mark.parametrize("name", TRAPS)
    def test_a_hostile_text_stays_a_text(self, trapped, name, monkeypatch):
        """No terminal obeys it; JSON has it as it is."""
        words = f"trampa t{TRAPS.index(name)}t"
        monkeypatch.setenv("TERM", "xterm-256color")

        assert CONTROL.search(trapped("search", words).stdout) is None
        [hit] = trapped("search", "--json", words, "--resource", "products").json["hits"]
        assert hit["title"].startswith("Trampa")

    def test_nothing_found_is_an_answer(self, loaded):
        """Exit code 0, and how people are found."""
        answer = loaded("search", "inexistente")

        assert (answer.code, answer.stderr) == (0, "")
        assert answer.stdout == "Nothing has all of these words. People are searched with --people.\n"
        assert loaded("search", "inexistente", "--json").json["hits"] == []

    def test_nothing_found_where_not_all_was_searched_says_so(self, loaded):
        """What is not here can not be found; the reason ends in what to type."""
        loaded("set", "alpha", "--skip", "orders")
        told = "Not all is here: orders of shopify:alpha limited: left out; read it too: storesync set shopify:alpha"

        assert told in loaded("search", "inexistente").stdout
        assert "Not all" not in loaded("search", "inexistente", "--resource", "products").stdout
        assert loaded("search", "inexistente", "--json").json["verdict"] == "limited"


class TestMended:
    """The index can always be made from the rows."""

    @pytest.mark.parametrize(
        "fault", ["DELETE FROM documents WHERE resource <> 'orders'", "UPDATE documents SET title = 'spoilt'"]
    )
    def test_a_rebuild_makes_what_is_missing_or_wrong(self, program, shop, fault):
        """Every document is as it was, and found as it was."""
        told = "SELECT resource, id, title, keywords, body, people FROM documents ORDER BY 1, 2"
        before, hits = program.sql(told), found(program, "trebol")
        program.write(fault)
        assert found(program, "trebol") != hits

        assert program("db", "rebuild").code == 0

        assert program.sql(told) == before
        assert sorted(found(program, "trebol")) == sorted(hits)

    def test_a_rebuild_takes_away_what_is_of_no_record(self, program, shop):
        """Such as a document whose row was erased behind our back."""
        for table in ("products", "payloads"):
            program.write(f"DELETE FROM {table} WHERE id = ?", first(shop, "products")["id"])
        assert program("db", "rebuild", "--resource", "products").code == 0

        before = program.sql("SELECT count(*) FROM products WHERE deleted_at IS NULL")
        assert program.sql("SELECT count(*) FROM documents WHERE resource = 'products'") == before

    def test_an_older_database_gets_the_index(self, program, shop):
        """With all that is in it; what is deleted stays out."""
        before, hits = (
            program.sql("SELECT resource, id, title, people FROM documents ORDER BY 1, 2"),
            found(program, "trebol"),
        )
        for statement in (
            "DROP TABLE search",
            "DROP TABLE documents",
            "DELETE FROM _sqlite_migrations WHERE name LIKE 'm009%'",
            "PRAGMA user_version = 8",
        ):
            program.write(statement)

        assert sorted(found(program, "trebol")) == sorted(hits)
        assert program.sql("SELECT resource, id, title, people FROM documents ORDER BY 1, 2") == before

    def test_a_proof_does_not_take_the_index_for_somebody_else(self, program, shop):
        """A word that only the index still has belongs to nobody, and would be told."""
        with closing(open_database(program.database)) as database:
            values = [value for value in erasure.all_values(database) if isinstance(value, bytes)]
            blocks = {row[0] for row in database.rows("SELECT block FROM search_data")}

        assert blocks
        assert blocks.isdisjoint(values)
