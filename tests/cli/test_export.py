"""`export`: tables and views for others, streamed, harmless to spreadsheets, and nothing that was not promised."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import tracemalloc

import pytest

from storesync.reports.formats import csv_lines, json_lines
from storesync.storage.exports import EXPORTS, read_rows
from storesync.storage.opening import open_database
from storesync.storage.views import VIEWS
from storesync.tables import BOOKKEEPING, TABLES
from tests.kits.terminals import CONTROL, on_a_terminal

ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def loaded(program, shopify, tiendanube):
    """Two shops, read."""
    program.connect("shopify", "alpha")
    program.connect("tiendanube", "123456")
    return program


def table_of(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_promised_table_and_view_can_be_exported_in_both_formats(loaded):
    """Each with the columns of the manual, and with all of its rows."""
    for name in EXPORTS:
        as_csv, as_json = loaded("export", name), loaded("export", name, "--format", "jsonl")
        [(count,)] = loaded.sql(f"SELECT count(*) FROM {name}")
        rows = [json.loads(line) for line in as_json.stdout.splitlines()]

        assert (as_csv.code, as_json.code) == (0, 0)
        assert len(table_of(as_csv.stdout)) == len(rows) == count
        if name in TABLES:
            assert as_csv.stdout.splitlines()[0].split(",") == list(TABLES[name].names)
    assert set(EXPORTS) == {*TABLES, *BOOKKEEPING, *VIEWS}


@pytest.mark.parametrize("words", [("export", "orders"), ("status", "--format", "html")], ids=" ".join)
@pytest.mark.parametrize(
    "name", ["storesync.db", "storesync.db-wal", "secret.key", ".env", "storesync.log.1", "workers", "workers/new"]
)
def test_what_storesync_lives_on_is_never_written_over(program, shopify, words, name):
    """A slip of the hand costs neither the database nor the key."""
    program.connect("shopify", "alpha", "--only", "orders")
    answer = program(*words, "--output", str(program.home / name))

    assert (answer.code, "storesync's own" in answer.stderr) == (2, True)
    assert program("sync", "alpha").code == 0


@pytest.mark.parametrize("words", [("export", "orders"), ("status", "--format", "html")], ids=" ".join)
class TestWhatStandsAlready:
    """At the place of `--output`."""

    @pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
    def test_what_is_no_plain_file_is_left_alone(self, loaded, words, kind, tmp_path):
        """Nobody waits for a reader, and nothing is replaced."""
        place = tmp_path / "out"
        {"pipe": lambda: os.mkfifo(place), "folder": place.mkdir, "device": lambda: place.symlink_to("/dev/full")}[
            kind
        ]()
        before = place.lstat()
        answer = loaded(*words, "--output", str(place))

        assert (answer.code, f"{place} is no plain file" in answer.stderr) == (2, True)
        assert (place.lstat().st_ino, place.lstat().st_mode) == (before.st_ino, before.st_mode)

    def test_a_link_goes_on_leading_to_the_file(self, loaded, words, tmp_path):
        """A web server's page may be linked from elsewhere."""
        (tmp_path / "link").symlink_to(tmp_path / "page")
        assert loaded(*words, "--output", str(tmp_path / "link")).code == 0

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "page").stat().st_size

    @pytest.mark.parametrize("place", ["x" * 300, "loop"])
    def test_what_cannot_be_a_file_is_told(self, loaded, words, place, tmp_path):
        """A name that is too long, links that lead in a circle: a line and what to look at."""
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        answer = loaded(*words, "--output", str(tmp_path / place))

        assert (answer.code, "cannot write" in answer.stderr, "ls -ld" in answer.stderr) == (2, True, True)

    def test_the_settings_file_is_kept_whatever_it_is_called(self, loaded, words, tmp_path):
        """Secrets stand in it; and the one at home, too, which the next call may read."""
        (tmp_path / "my.env").write_text("STORESYNC_CONTACT=you@example.com\n")
        for kept in (tmp_path / "my.env", loaded.home / ".env"):
            answer = loaded("--env-file", str(tmp_path / "my.env"), *words, "--output", str(kept))

            assert (answer.code, "storesync's own" in answer.stderr) == (2, True)

    @pytest.mark.parametrize("name", ["-", ""])
    def test_what_names_no_file_is_refused(self, loaded, words, name):
        """The answer comes where it is asked for without --output."""
        answer = loaded(*words, "--output", name)

        assert (answer.code, "leave it out" in answer.stderr) == (2, True)


def test_one_store_alone(loaded):
    """By key, part of a key or alias; also in views, and of what hangs below a run."""
    for name in ("orders", "sales_daily", "stores", "run_resources", "events"):
        both = loaded("export", name).stdout.splitlines()
        one = loaded("export", name, "--store", "alpha").stdout.splitlines()
        other = loaded("export", name, "--store", "tiendanube:123456").stdout.splitlines()

        assert sorted(both[1:]) == sorted([*one[1:], *other[1:]])
        assert len(one) > 1
        assert len(other) > 1


def test_values_are_those_of_the_database(loaded):
    """Numbers as numbers, instants and NULL as they are."""
    names = ("id", "total", "item_quantity", "is_test", "placed_at", "cancelled_at", "tags")
    rows = [json.loads(line) for line in loaded("export", "orders", "--format", "jsonl").stdout.splitlines()]
    held = loaded.sql(f"SELECT {', '.join(names)} FROM orders")

    assert sorted(str(tuple(row[name] for name in names)) for row in rows) == sorted(map(str, held))


@pytest.mark.parametrize(
    "text", ["=1+1", "+5411", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\u200b@A1", "\uff1d1", "\ufeff\uff0b1"]
)
def test_a_text_that_would_be_a_formula_is_defused(text):
    """An apostrophe before it: spreadsheets then show it and obey nothing."""
    [(shown,)] = list(csv.reader(io.StringIO(b"".join(csv_lines(["a"], [[text]])).decode(), newline="")))[1:]

    assert shown == f"'{text}"
    assert [json.loads(line) for line in json_lines(["a"], [[text]])] == [{"a": text}]


def test_numbers_and_plain_texts_are_left_alone():
    """A negative amount is an amount; commas, quotes and ends of lines are quoted as CSV has it."""
    row = [-2, -2.5, 0, None, 'a "b", c\nd', "a=b", "José 🎉"]
    [shown] = list(csv.reader(io.StringIO(b"".join(csv_lines("abcdefg", [row])).decode(), newline="")))[1:]

    assert shown == ["-2", "-2.5", "0", "", 'a "b", c\nd', "a=b", "José 🎉"]


def test_a_formula_in_a_shop_reaches_no_spreadsheet(loaded):
    """The simulated shops name their goods so."""
    loaded.write("UPDATE products SET name = '=HYPERLINK(\"http://example.com\")' WHERE rowid = 1")

    assert "'=HYPERLINK" in loaded("export", "products").stdout
    assert not any(
        cell.startswith("=") for row in table_of(loaded("export", "products").stdout) for cell in row.values()
    )


@pytest.mark.parametrize(
    "name", ["credentials", "leases", "marks", "sqlite_master", "orders; DROP TABLE orders", "Orders"]
)
def test_nothing_else_can_be_exported(loaded, name):
    """Neither tokens nor what is private; the list of what there is stands in the message."""
    answer = loaded("export", name)

    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"storesync: no table or view is called {name!r}\n  choose from sales_daily, ")
    assert "credentials" not in answer.stderr.partition("choose")[2]


def test_private_columns_of_the_bookkeeping_stay_private(loaded):
    """Only those of the manual."""
    head = loaded("export", "stores").stdout.splitlines()[0].split(",")

    assert tuple(head) == BOOKKEEPING["stores"]
    assert "hint" not in head


def test_a_store_that_is_not_there_is_a_mistake(loaded):
    """Nothing is written then."""
    answer = loaded("export", "orders", "--store", "beta", "--output", "orders.csv")

    assert (answer.code, answer.stdout) == (2, "")
    assert not os.path.exists("orders.csv")  # noqa: PTH110


def test_a_file_appears_whole_private_and_in_place_of_the_last(loaded, tmp_path):
    """As the next program finds it, at once or not at all."""
    target = tmp_path / "orders.csv"
    target.write_text("old")
    target.chmod(0o644)
    answer = loaded("export", "orders", "--output", str(target))

    assert (answer.code, answer.stdout) == (0, "")
    assert target.read_text() == loaded("export", "orders").stdout
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["orders.csv"]


def test_a_failure_in_the_middle_leaves_the_old_file(loaded, tmp_path):
    """A damaged row is not half an export."""
    target = tmp_path / "orders.csv"
    target.write_text("old")
    loaded.write("UPDATE orders SET name = CAST(x'ff' AS TEXT) WHERE rowid = (SELECT max(rowid) FROM orders)")

    assert loaded("export", "orders", "--output", str(target)).code != 0
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["orders.csv"]


def test_a_folder_that_is_not_there_is_a_mistake(loaded, tmp_path):
    """The message shows what to look at."""
    answer = loaded("export", "orders", "--output", str(tmp_path / "nowhere" / "orders.csv"))

    assert answer.code == 2
    assert answer.stderr.endswith(f"look: ls -ld {tmp_path / 'nowhere'}\n")


def command(loaded, *words: str) -> list[str]:
    return [sys.executable, "-m", "storesync", "--home", str(loaded.home), "export", *words]


def run(loaded, *words: str, **how) -> subprocess.Popen:
    return subprocess.Popen(command(loaded, *words), stderr=subprocess.PIPE, env=ENVIRONMENT, **how)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_terminal_is_sent_nothing_that_it_obeys(loaded, form):
    """What a shop's texts hold of it is shown as signs; a pipe gets the very text."""
    loaded.write("UPDATE products SET name = 'a' || char(27) || ']0;b' || char(7) || char(8238) || 'c' WHERE rowid = 1")
    code, shown = on_a_terminal(command(loaded, "products", "--format", form), ENVIRONMENT)

    assert code == 0
    assert "]0;b" in shown
    assert CONTROL.search(shown) is None
    assert "\u202e" in loaded("export", "products", "--format", form).stdout


def test_a_reader_that_leaves_early_is_no_trouble(loaded):
    """`export payloads | head -1`."""
    with run(loaded, "payloads", stdout=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()

    assert first.startswith(b"store_id,resource,id,part")
    assert (told, process.returncode) == (b"", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
def test_a_full_disk_is_said(loaded):
    """Exit code 5: try again when there is room."""
    with open("/dev/full", "wb") as full, run(loaded, "payloads", stdout=full) as process:  # noqa: PTH123
        told = process.stderr.read()

    assert (b"No space left" in told, process.returncode) == (True, 5)


def test_an_export_takes_no_more_memory_for_more_rows(loaded, tmp_path):
    """Rows go through one at a time."""
    loaded.write(
        """INSERT INTO events (store_id, at, kind, message)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40000)
            SELECT 1, '2026-11-22T10:00:00Z', 'failed', hex(randomblob(100)) FROM n"""
    )
    database = open_database(loaded.database)
    tracemalloc.start()
    try:
        written = sum(len(line) for line in csv_lines(*read_rows(database, "events")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        database.close()

    assert written > 8_000_000
    assert peak < 500_000
