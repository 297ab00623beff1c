"""`search` finds pages and articles of the online store by their words; products stay the first among equals."""

import json
from contextlib import closing

import pytest

from storesync.agents.reader import Reader
from storesync.agents.tools import Tools
from storesync.model import Record
from storesync.storage.documents import NUMBERED, RESOURCE_BIT
from storesync.storage.search import search
from tests.kits.storage import opened

SHARED = {"updated_at": "2026-11-22T10:00:00Z", "created_at": None}


@pytest.fixture
def shop(program):
    """A shop with a page and an article like no other, loaded with all that can be searched."""
    shop = program.world.add_shop("shopify", "alpha", orders=3, pages=3, articles=3)
    page, article = first(shop, "pages"), first(shop, "articles")
    page |= {"title": "Envíos a Neuquén", "body_html": "<p class='oculta'>Llegan en <b>tres</b> días</p>"}
    article |= {"title": "Cebar mate", "author": "Ada Canario", "tags": ["yerba"], "summary_html": "<p>Con termo</p>"}
    assert program.connect_for(shop, "products", "orders", "pages", "articles").code == 0
    program.clock.advance(minutes=1)
    return shop


def first(shop, resource):
    return next(iter(shop.resources[resource].values()))


def found(program, *words):
    """Return resource and id of what a search finds."""
    return [(hit["resource"], hit["id"]) for hit in program("search", "--json", *words).json["hits"]]


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("pages", "envios neuquen"),
        ("pages", "tres dias"),
        ("articles", "cebar mate"),
        ("articles", "yerba"),
        ("articles", "con termo"),
    ],
)
def test_it_is_found_by_its_words(program, shop, resource, words):
    """By title, tags, summary and text; alone, among all, and as an agent finds it."""
    hit = (resource, first(shop, resource)["id"])
    assert hit in found(program, words)
    assert found(program, words, "--resource", resource) == [hit]

    with closing(Reader(program.database)) as reader:
        told = Tools(program.database, program.clock.clock(), reader).search(words, resources=[resource])
    assert [(one["resource"], one["id"]) for one in told["hits"]] == [hit]


def test_markup_is_no_text(program, shop):
    assert found(program, "oculta") == []


def test_an_author_is_found_only_with_people(program, shop):
    """As everybody else."""
    assert found(program, "canario") == []
    assert found(program, "canario", "--people") == [("articles", first(shop, "articles")["id"])]
    assert "Ada" not in json.dumps(program("search", "--json", "yerba").json)


def test_it_is_found_by_what_it_says_now_and_not_once_it_is_deleted(program, shop):
    """In step with its row."""
    page = first(shop, "pages")["id"]
    shop.touch("pages", page, title="Cambios en Bariloche")
    program.clock.advance(minutes=65)
    program("sync", shop.key)
    assert (found(program, "neuquen"), found(program, "bariloche")) == ([], [("pages", page)])

    shop.remove("pages", page)
    program.clock.advance(minutes=1)
    program("reconcile", shop.key)
    assert found(program, "bariloche") == []


def test_products_come_first_among_equals_and_articles_last(tmp_path, clock):
    """Whenever each of them was saved."""
    with opened(tmp_path / "home", clock) as stock:
        lease = stock.take(stock.connect())
        for resource, title in (
            ("products", "name"),
            ("articles", "title"),
            ("pages", "title"),
            ("categories", "name"),
        ):
            row = {"id": "7", title: "Trébol", **SHARED}
            stock.save(
                lease, Record("7", SHARED["updated_at"], {resource: [row]}, {"record": b"{}"}), resource=resource
            )
        hits = search(stock.database, "trebol")

    assert len({hit.score for hit in hits}) == 1
    assert [hit.resource for hit in hits] == ["products", "categories", "articles", "pages"]


def test_the_numbers_of_documents_that_are_there_mean_what_they_meant(program, shop):
    """An index of an older version is read on, and none of its documents becomes another's."""
    assert NUMBERED[:4] == ("orders", "customers", "categories", "products")
    kinds = dict(program.sql(f"SELECT DISTINCT resource, number >> {RESOURCE_BIT} FROM documents"))
    assert kinds == {"orders": 0, "products": 3, "pages": 4, "articles": 5}
