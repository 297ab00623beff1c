"""How far a long command has got: bars where somebody looks, a line now and then elsewhere."""

import io
import re

import pytest
from rich.console import Console

from storesync.cli.progress import Lines
from storesync.cli.progress_bars import Bars
from storesync.simulator.faults import Rule

LINE = re.compile(r"tiendanube:123456 \w+: [\d,]+( of [\d,]+)? (read|ids compared)")


@pytest.fixture
def told(clock):
    """Lines as they were told, each with its second."""
    begun = clock.seconds()
    lines = []
    progress = Lines(lambda line: lines.append((clock.seconds() - begun, line)), clock.seconds)
    progress.begins("shopify:alpha")
    return progress, lines


@pytest.fixture
def slow(program, tiendanube):
    """A shop that takes its time over every answer."""
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=1)
    program.simulator.faults.add(Rule(delay=3, times=None))
    return program


class TestLines:
    """Without a terminal."""

    def test_a_line_now_and_then(self, clock, told):
        """The first after five seconds, then at most one in five."""
        progress, lines = told
        for done in range(1000, 13_000, 1000):
            clock.advance(seconds=1)
            progress.moves("orders", "ids compared", done, 40_000)

        assert lines == [
            (5, "shopify:alpha orders: 5,000 of 40,000 ids compared"),
            (10, "shopify:alpha orders: 10,000 of 40,000 ids compared"),
        ]

    def test_an_unknown_total_is_left_out(self, clock, told):
        """Nobody guesses."""
        progress, lines = told
        clock.advance(seconds=5)
        progress.moves("orders", "read", 400, None)

        assert lines == [(5, "shopify:alpha orders: 400 read")]

    def test_a_long_wait_is_told(self, clock, told):
        """At once, and no other line for a while; a short one is the ordinary pace."""
        progress, lines = told
        clock.advance(seconds=4)
        progress.waits(4)
        progress.waits(12)
        clock.advance(seconds=4)
        progress.moves("orders", "read", 400, None)

        assert lines == [(4, "shopify:alpha: waiting 12 s for the platform")]

    @pytest.mark.parametrize("command", ["sync", "reconcile"])
    def test_they_go_to_stderr(self, slow, command):
        """So that the answer on stdout is nothing but the answer."""
        answer = slow(command, "123456")

        lines = answer.stderr.splitlines()
        assert len(lines) > 1
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert answer.stdout.startswith("tiendanube:123456: succeeded")

    @pytest.mark.parametrize("words", [("-q", "reconcile", "123456"), ("reconcile", "123456", "--json")])
    def test_none_for_whoever_wants_quiet(self, slow, words):
        """With -q, and where a program reads the answer."""
        assert slow(*words).stderr == ""

    def test_a_wait_that_the_platform_asks_for_is_told(self, slow):
        """For as long as it asks."""
        slow.simulator.faults.clear()
        slow.simulator.faults.add(Rule(path="/orders", status=429, headers={"Retry-After": "12"}))
        slow.simulator.faults.add(Rule(delay=6, times=None))

        answer = slow("sync", "123456")

        assert "tiendanube:123456: waiting 12 s for the platform" in answer.stderr.splitlines()

    def test_a_first_load_is_shown_too(self, program, tiendanube):
        """`connect` takes as long as the shop is large."""
        program.simulator.faults.add(Rule(path="/orders", delay=6, times=None))

        assert "tiendanube:123456 orders: 90 of 90 read" in program.connect("tiendanube", "123456").stderr.splitlines()


class TestBars:
    """On a terminal."""

    @pytest.fixture
    def bars(self, clock):
        bars = Bars(Console(width=80, file=io.StringIO()), clock.seconds)
        bars.begins("shopify:alpha")
        return bars

    @staticmethod
    def drawn(bars) -> list[str]:
        """Return what stands on a terminal of 80 columns."""
        console = Console(width=80, file=io.StringIO(), color_system=None)
        console.print(bars.get_renderable())
        return [line.rstrip() for line in console.file.getvalue().splitlines()]

    def test_they_tell_how_many_how_fast_and_how_long_still(self, clock, bars):
        """A thousand a second, and 20,000 still to come."""
        for done in (0, 10_000, 20_000):
            clock.advance(seconds=10)
            bars.moves("orders", "ids compared", done, 40_000)

        title, bar = self.drawn(bars)
        assert title == "shopify:alpha"
        assert bar.startswith("  orders ids compared ━━━━")
        assert bar.endswith(" 20,000 of 40,000 1,000/s 00:20")
        assert len(bar) <= 80

    def test_what_an_earlier_run_did_says_nothing_of_the_speed(self, clock, bars):
        """A load that goes on at 30,000 did not read them in a second."""
        for done in (30_000, 30_100, 30_200):
            clock.advance(seconds=1)
            bars.moves("orders", "read", done, 40_000)

        assert self.drawn(bars)[1].endswith(" 30,200 of 40,000 100/s 01:38")

    def test_an_unknown_total_is_left_out(self, bars):
        """Until it is known."""
        bars.moves("orders", "read", 400, None)

        assert re.search(r"━ +400 +", self.drawn(bars)[1] + " ")

    def test_each_resource_has_one_bar(self, bars):
        """Nine of them fit on any terminal."""
        bars.moves("orders", "read", 40, 40)
        bars.moves("products", "read", 7, 7)
        bars.moves("orders", "ids compared", 20, 40)

        assert [line.split("━")[0].strip() for line in self.drawn(bars)] == [
            "shopify:alpha",
            "products read",
            "orders ids compared",
        ]

    def test_the_next_store_begins_anew(self, bars):
        """Its bars are not those of the store before."""
        bars.moves("orders", "read", 40, 40)
        bars.begins("shopify:beta")

        assert [line for line in self.drawn(bars) if line] == ["shopify:beta"]

    def test_a_wait_is_counted_down(self, clock, bars):
        """And gone when it is over; what is shorter than a second is the ordinary pace."""
        bars.waits(0.5)
        before = self.drawn(bars)[-1]
        bars.waits(12)
        clock.advance(seconds=2)
        during = self.drawn(bars)[-1]
        clock.advance(seconds=10)

        assert "waiting" not in before
        assert during == "  waiting 10 s for the platform"
        assert "waiting" not in self.drawn(bars)[-1]
