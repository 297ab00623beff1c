"""What shops and operators call things: six hundred texts made to do harm, through every face, do none."""

import csv
import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from prometheus_client.parser import text_string_to_metric_families

from storesync.runtime.text import clean
from storesync.storage.engine import sqlite3
from tests.kits.samples import corpus
from tests.kits.terminals import OURS, Terminal

HOSTILE = corpus("hostile_names.txt")
BREAKS = {"\t", "\r", "\n"}
SHOWN = ("name", "alias", "owner", "domain", "url", "last_error", "hint", "connection_reason", "plan", "time_zone")


@pytest.fixture
def hostile(program):
    """A store for each text, which stands wherever a text of theirs can; and one that bears all at once."""
    program.world.add_shop("shopify", "alpha", orders=3)
    program.connect("shopify", "alpha")
    called(program, HOSTILE)
    return program


def called(program, texts):
    """Let there be a store for each of *texts*, with runs, events and products that say it too."""
    with sqlite3.connect(program.database) as connection:
        columns = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info('stores')")]
        others = [name for name in columns if name not in {"id", "key", "platform_id", *SHOWN}]
        values = ", ".join([":id", "'shopify:s' || :id", ":id", *[":text"] * len(SHOWN), *others])
        names = ", ".join(("id", "key", "platform_id", *SHOWN, *others))
        copy = f"INSERT INTO stores ({names}) SELECT {values} FROM stores WHERE id = 1"
        numbered = [{"id": number, "text": text} for number, text in enumerate(texts, 100)]
        connection.executemany(copy, numbered)
        connection.executemany(
            """INSERT INTO runs (store_id, trigger, kind, status, started_at, ended_at, error_code, error)
                VALUES (:id, 'cron', 'full', 'failed', '2026-11-22T12:00:00Z', '2026-11-22T12:00:01Z', 'x', :text)""",
            numbered,
        )
        connection.executemany(
            "INSERT INTO events (store_id, at, kind, message) VALUES (:id, '2026-11-22T12:00:00Z', 'failed', :text)",
            numbered,
        )
        connection.executemany(
            """INSERT INTO products (store_id, id, name, vendor, tags, synced_at)
                VALUES (:id, 'p', :text, :text, json_array(:text), '2026-11-22T12:00:00Z')""",
            numbered,
        )
        everything = " ".join(texts)
        shown = ", ".join(f"{column} = :text" for column in SHOWN)
        connection.execute(
            f"UPDATE stores SET {shown}, sync_status = 'failed', consecutive_failures = 1 WHERE id = 1",
            {"text": everything},
        )
        connection.execute(
            "UPDATE checkpoints SET comparison_error = :text, comparison_failures = 3", {"text": everything}
        )
    connection.close()


def assert_harmless(shown):
    """No sign that a terminal obeys, or that changes how others are read."""
    odd = {sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"}

    assert odd == set()


def assert_all_told(shown, texts=HOSTILE):
    """Each text can still be read, broken over lines or not."""
    whole = re.sub(r"\s", "", shown)

    assert [text for text in texts if re.sub(r"\s", "", clean(text)) not in whole] == []


@pytest.mark.parametrize("words", [("status",), ("status", "shopify:alpha"), ("history", "--limit", "2000")])
def test_a_pipe_gets_only_signs_that_can_be_read(hostile, words):
    """The table of all stores, the screen of one, and what happened."""
    shown = hostile(*words).stdout

    assert_harmless(shown)
    assert_all_told(shown)


@pytest.mark.parametrize("words", [("status",), ("status", "shopify:alpha"), ("history", "--limit", "2000")])
def test_a_terminal_is_sent_our_own_colours_alone(hostile, monkeypatch, words):
    """Theirs, their titles, links and questions are shown as signs."""
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("rich.console.Console.file", property(lambda _: screen, lambda _, __: None))
    monkeypatch.setenv("TERM", "xterm-256color")

    hostile(*words)

    assert "\x1b[" in screen.getvalue()
    assert_harmless(OURS.sub("", screen.getvalue()))


def test_errors_name_no_text_raw(hostile):
    """A name on the command line that means no store is repeated as signs."""
    answer = hostile("status", " ".join(HOSTILE).replace("\0", ""))

    assert answer.code == 2
    assert_harmless(answer.stderr)


def test_json_holds_each_text_as_it_is(hostile):
    """Programs get the very text, and no control character is in the JSON."""
    for words in (
        ("status",),
        ("status", "shopify:alpha"),
        ("history", "--limit", "2000"),
        ("doctor", "--only", "sync"),
    ):
        answer = hostile(*words, "--json")

        assert isinstance(json.loads(answer.stdout), dict)
        assert re.search("[\x00-\x09\x0b-\x1f]", answer.stdout) is None
    stores = {store["alias"] for store in hostile("status", "--json").json["stores"]}
    errors = {run["error"] for run in hostile("history", "--limit", "2000", "--json").json["runs"]}

    assert set(HOSTILE) <= stores
    assert set(HOSTILE) <= errors


def test_doctor_shows_no_text_raw(hostile):
    """Neither the errors of stores nor the reasons of verdicts."""
    assert_harmless(hostile("doctor", "--only", "sync", "--only", "config").stdout)


class Skeleton(HTMLParser):
    """A page without its text: which elements, with which attributes, in which order."""

    def __init__(self, page):
        super().__init__()
        self.parts, self.texts = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.parts.append((tag, *attributes))

    def handle_endtag(self, tag):
        self.parts.append(tag)

    def handle_comment(self, data):
        self.parts.append(("comment", data))

    def handle_decl(self, declared):
        self.parts.append(("declaration", declared))

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_is_inert(hostile, program):
    """It has the elements and attributes that it has with harmless names, and no other."""
    page = hostile("status", "--format", "html").stdout
    skeleton = Skeleton(page)
    with sqlite3.connect(program.database) as connection:
        for column in SHOWN:
            connection.execute(f"UPDATE stores SET {column} = 'harmless' || id")
        connection.execute("UPDATE checkpoints SET comparison_error = 'harmless'")
    connection.close()

    assert skeleton.parts == Skeleton(program("status", "--format", "html").stdout).parts
    assert_harmless(page)
    assert_all_told("".join(skeleton.texts))


def test_metrics_can_be_parsed(hostile):
    """Each store is one sample, and its owner is the text that the operator sees."""
    families = {
        one.name: one for one in text_string_to_metric_families(hostile("status", "--format", "prometheus").stdout)
    }
    owners = [sample.labels["owner"] for sample in families["storesync_store_info"].samples]

    assert [clean(text) for text in HOSTILE] == owners[-len(HOSTILE) :]
    assert len(owners) == len(HOSTILE) + 1
    assert all(name.startswith("storesync_") for name in families)


def test_csv_holds_no_formula(hostile):
    """Every text is there, an apostrophe before those that a spreadsheet would obey."""
    file = hostile.home / "products.csv"
    hostile("export", "products", "--output", str(file))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = {row["name"] for row in rows}

    assert {text.removeprefix("'") for text in HOSTILE} <= {name.removeprefix("'") for name in names}
    assert [
        cell
        for row in rows
        for cell in row.values()
        if cell.strip().startswith(("=", "@", "\uff1d")) or cell[:1] in BREAKS
    ] == []
