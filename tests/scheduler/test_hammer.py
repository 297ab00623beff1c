"""Many processes on one database at once, killed and stopped at random."""

from tests.campaigns import hammer


def test_nothing_goes_wrong_between_many_processes():
    """Each request and each write is the lease holder's; ticks keep to their places; nothing is lost in the end."""
    found = hammer.hammered(5, seed=1)

    assert found.wrong == []
    # Whoever saw no takeover has proved nothing.
    assert min(found.from_living, found.from_dead, found.turned_away) > 0
