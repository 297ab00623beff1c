"""Statements of strangers: a clear refusal or a harmless answer, soon, and nothing is changed."""

import time

import orjson
import pytest

from storesync.errors import UsageError
from storesync.rules.access import RELATIONS
from storesync.storage.views import VIEWS
from tests.kits.agents import reader_of, two_shops
from tests.kits.canary import EMAIL, WORD
from tests.kits.samples import TESTS

CORPUS = (TESTS / "corpora" / "hostile_sql.txt").read_text(encoding="utf-8").splitlines()
SECONDS = 0.5
SOON_S = 5.0
"""With the time that a new process takes on a busy machine."""


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    return two_shops(tmp_path_factory.mktemp("reader") / "home")


@pytest.fixture(scope="module")
def reader(shops):
    with reader_of(shops, seconds=SECONDS) as one:
        yield one


def statements() -> list[tuple[str, str]]:
    """Return the corpus: what is expected, and the statement."""
    lines = [line.partition(": ") for line in CORPUS if line and not line.startswith("#")]
    return [
        (
            expected,
            sql.replace("\\n", "\n").replace("\\0", "\0").replace("\\ud83d", "\ud83d").replace("{huge}", "x" * 40_000),
        )
        for expected, _, sql in lines
    ]


def outcome(reader, sql: str) -> tuple[str, bytes]:
    """Return what became of a statement, and all that it brought."""
    try:
        found = reader.ask(sql, most_rows=50)
    except UsageError as error:
        return "refused" if error.hint else "refused without a hint", f"{error.message} {error.hint}".encode()
    return "answered" if found.rows else "empty", orjson.dumps([found.columns, found.rows])


def test_hostile_statements_are_refused_or_harmless_and_soon_over(shops, reader):
    """Not one of them changes a byte, shows a person, or hangs; afterwards the reader answers as before."""
    before = shops.database.read_bytes()
    corpus = statements()
    found = []
    for expected, sql in corpus:
        began = time.monotonic()
        became, shown = outcome(reader, sql)
        took = time.monotonic() - began
        traces = [trace for trace in (WORD, WORD.hex().encode(), EMAIL.lower().encode()) if trace in shown.lower()]
        is_as_expected = became == expected or (expected == "harmless" and became in {"answered", "empty", "refused"})
        own = sql.lower().encode("utf-8", "replace")
        if not is_as_expected or took > SOON_S or b"Traceback" in shown or any(trace not in own for trace in traces):
            found.append((sql[:200], expected, became, round(took, 1), shown[:200]))

    assert len(corpus) >= 150
    assert found == []
    assert shops.database.read_bytes() == before
    assert [path.name for path in shops.home.iterdir() if path.name.endswith(("-journal", ".backup"))] == []
    assert reader.ask("SELECT count(*) FROM stores", most_rows=1).rows == [[2]]


def columns_of(shops, view: str) -> list[str]:
    """Return the columns that the database gives a view."""
    return [name for (name,) in shops.sql("SELECT name FROM pragma_table_info(?)", view)]


def test_everything_promised_can_be_read(shops, reader):
    """Each table and view, by its promised columns."""
    for name in (*RELATIONS, *VIEWS):
        found = reader.ask(f"SELECT * FROM {name}", most_rows=1)
        promised = [column.name for column in RELATIONS.get(name, ())] or columns_of(shops, name)

        assert name in found.tables
        assert found.columns == promised


def test_people_are_shown_only_where_they_are_allowed(shops):
    """The same statement with and without: the columns marked as personal, and what the platform sent."""
    sql = "SELECT email FROM customers WHERE email IS NOT NULL UNION ALL SELECT body FROM payloads WHERE body NOT NULL"
    with reader_of(shops) as stranger, reader_of(shops, people=True) as trusted:
        shown = trusted.ask(sql, most_rows=1000, most_bytes=10**7)

        assert stranger.ask(sql, most_rows=1000).rows == []
        assert WORD in orjson.dumps(shown.rows).lower()
        assert len(shown.rows) > 100


def test_views_know_what_they_may_not_show(shops, reader):
    """Guests who bought again are told apart by an address that nobody is shown."""
    shops.write(
        "UPDATE orders SET customer_id = NULL, email = 'guest@example.com', is_test = 0 WHERE status <> 'cancelled'"
    )
    found = reader.ask("SELECT customer_id FROM repeat_customers", most_rows=50).rows

    assert found
    assert all(name.startswith("guest:") for (name,) in found)


def test_a_long_answer_is_cut_and_says_so(reader):
    """By rows, and by bytes."""
    by_rows = reader.ask("SELECT id FROM order_lines", most_rows=7)
    by_bytes = reader.ask("SELECT id, name FROM order_lines", most_rows=1000, most_bytes=300)
    whole = reader.ask("SELECT id FROM stores", most_rows=2)

    assert (len(by_rows.rows), by_rows.is_cut) == (7, True)
    assert 0 < sum(len(cell.encode()) for row in by_bytes.rows for cell in row) <= 300
    assert by_bytes.is_cut
    assert (len(whole.rows), whole.is_cut) == (2, False)


def test_a_statement_that_never_ends_is_ended(shops):
    """One that a function call holds, which nothing can interrupt; the next one is answered."""
    with reader_of(shops, seconds=0.3) as reader:
        began = time.monotonic()
        with pytest.raises(UsageError, match=r"longer than 0\.3 seconds") as refused:
            reader.ask("SELECT instr(printf('%.*c', 20000000, 'x'), printf('%.*c', 10000000, 'x') || 'y')", most_rows=1)

        assert time.monotonic() - began < SOON_S
        assert "placed_on" in refused.value.hint
        assert reader.ask("SELECT 1", most_rows=1).rows == [[1]]


def test_memory_is_bounded(shops):
    """A value that would take more than all that there is for a statement is not made."""
    with reader_of(shops, seconds=30) as reader, pytest.raises(UsageError, match="too much memory"):
        reader.ask("SELECT length(printf('%.*c', 300000000, 'x'))", most_rows=1)
