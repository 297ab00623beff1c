"""The cache of connected shops gives back only what the program itself would do."""

from unittest.mock import patch

import pytest

from storesync.platforms.tiendanube import session
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.program import FakeClock, Program

SMALL = 10
"""Records a page: more requests than the usual 200 take."""


@pytest.fixture
def connected(program, tmp_path):
    """Connect the same shop in a world of its own that is like all others; return the program and its requests."""

    def connect(name: str) -> tuple[Program, int]:
        clock = FakeClock()
        twin = Program(tmp_path / name / "home", clock, Simulator(World(7, clock.now)), cache=program.cache)
        twin.home.parent.mkdir()
        twin.world.add_shop("tiendanube", "123456", orders=90)
        assert twin.connect("tiendanube", "123456").code == 0
        return twin, twin.requests()

    return connect


def test_the_same_connect_is_done_once(connected):
    """The second one has the key, the database and the requests of the first, byte for byte."""
    (first, asked), (second, again) = connected("first"), connected("second")

    assert again == asked > 0
    for name in ("secret.key", "storesync.db"):
        assert (second.home / name).read_bytes() == (first.home / name).read_bytes()


def test_it_is_done_anew_where_the_test_has_replaced_something(connected, monkeypatch):
    """Whoever connected the same shop before."""
    _, usual = connected("usual")
    monkeypatch.setattr(session, "PER_PAGE", SMALL)

    assert connected("replaced")[1] > usual


def test_it_is_done_anew_within_a_context_of_patches(connected, monkeypatch):
    """What is replaced for a while counts as well."""
    _, usual = connected("usual")
    with monkeypatch.context() as patched:
        patched.setattr(session, "PER_PAGE", SMALL)

        assert connected("replaced")[1] > usual


def test_it_is_done_anew_within_a_mock(connected):
    """As the standard library's own patches do."""
    _, usual = connected("usual")
    with patch.object(session, "PER_PAGE", SMALL):
        assert connected("replaced")[1] > usual
