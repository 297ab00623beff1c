"""The status table: no control codes where no terminal is, no store's text raw anywhere."""

import sys

import pytest

from storesync.reports.terminal import console, status_table
from storesync.simulator.faults import Rule
from tests.kits.samples import corpus
from tests.kits.terminals import CONTROL, OURS, Terminal


@pytest.fixture
def stores(program):
    """One store in sync, one failing, one pending."""
    for key in ("alpha", "beta-with-quite-a-long-name"):
        program.world.add_shop("shopify", key, orders=5)
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("shopify", "alpha", "--alias", "shoes")
    program.connect("shopify", "beta-with-quite-a-long-name")
    program.simulator.faults.add(Rule(shop="beta-with-quite-a-long-name", status=401, times=None))
    program.clock.advance(minutes=5)
    program("sync-due")
    program("sync", "beta-with-quite-a-long-name")
    program.connect("tiendanube", "123456", "--no-sync")
    program.clock.advance(minutes=1)


def on_terminal(program, monkeypatch, width, *, color=True):
    """Return what a terminal of that width is sent."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", Terminal())
    report = program("status", "--json").json
    console(color=color).print(status_table(report, program.clock.now()))
    return sys.stdout.getvalue()


def test_every_store_and_number_survives_a_narrow_terminal(program, stores, monkeypatch):
    """At 80 columns names may wrap; nothing is cut off."""
    shown = OURS.sub("", on_terminal(program, monkeypatch, 80))

    assert "…" not in shown
    assert "in sync" in shown
    assert "pending" in shown


def test_a_terminal_gets_colours(program, stores, monkeypatch):
    """What is wrong stands out."""
    assert "\x1b[" in on_terminal(program, monkeypatch, 80)


def test_no_color_means_no_colours(program, stores, monkeypatch):
    """`--no-color` leaves at most bold and dim."""
    codes = set(OURS.findall(on_terminal(program, monkeypatch, 80, color=False)))

    assert codes <= {"\x1b[0m", "\x1b[1m", "\x1b[2m"}


def test_the_no_color_convention_is_honoured(program, stores, monkeypatch):
    """NO_COLOR in the environment does the same (https://no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")

    assert set(OURS.findall(on_terminal(program, monkeypatch, 80))) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m"}


def test_without_a_terminal_there_are_no_control_codes(program, stores):
    """A pipe, a file or a mail gets plain lines."""
    assert CONTROL.search(program("status").stdout) is None


def test_without_a_terminal_nothing_is_cut_or_wrapped(program, stores):
    """The whole key of a store stands on one line, for grep."""
    lines = program("status").stdout.splitlines()

    assert any(line.startswith("shopify:beta-with-quite-a-long-name  ") and "failed" in line for line in lines)


def test_a_failed_store_tells_what_to_type(program, stores):
    """The remark below the table ends in the command that helps."""
    told = program("status").stdout

    assert "refused the token → storesync connect shopify beta-with-quite-a-long-name --token-stdin\n" in told


def test_a_scheduler_that_does_not_run_tells_what_to_do(program, stores):
    """Without ticks the headline holds the command that lets cron begin, as anybody may call it."""
    program.clock.advance(minutes=10)

    line = f"  {sys.executable} -m storesync --home {program.home} cron install"
    assert line in program("status").stdout.splitlines()[:2]


def test_an_empty_database_says_how_to_begin(program):
    """No store yet: the first command, instead of an empty table."""
    program("connect", "shopify", "alpha", "--token-stdin", stdin="shpat_of_nobody\n")

    assert program("status").stdout == "No store is connected yet. Connect one: storesync connect --help\n"


def test_connect_shows_no_domain_raw(program, tiendanube):
    """Also what the platform says of itself at the first meeting is only text."""
    tiendanube.domain = " ".join(corpus("hostile_names.txt"))

    answer = program.connect("tiendanube", "123456", "--no-sync")

    assert answer.code == 0
    assert CONTROL.search(answer.stderr) is None


def test_sync_shows_no_error_raw(program, shopify):
    """A platform's text that became part of an error stays on its line."""
    program.connect("shopify", "alpha")
    program.write("UPDATE stores SET alias = ?", "\x1b]0;owned\x07\nsecond line")

    answer = program("sync", "alpha")

    assert len([line for line in answer.stdout.splitlines() if "shopify:alpha" in line]) == 1
    assert CONTROL.search(answer.stdout) is None


def test_a_store_alone_tells_each_reason_once(program, shopify):
    """With all the resources that it holds for, and what to type; among others only what is wrong is told."""
    program.connect("shopify", "alpha")
    program.write("UPDATE checkpoints SET compared_at = '2026-11-01T12:00:00Z' WHERE resource IN ('orders', 'coupons')")
    told = "the ids were last compared on 2026-11-01; do so now: storesync reconcile shopify:alpha"
    alone = program("status", "alpha").stdout.splitlines()
    program.world.add_shop("shopify", "beta", orders=1)
    program.connect("shopify", "beta", "--no-sync")

    assert [line for line in alone if "ids" in line] == [f"orders, coupons: unverified, {told}"]
    assert "ids" not in program("status").stdout
