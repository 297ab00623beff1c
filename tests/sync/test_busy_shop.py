"""A shop that does not stand still while it is read is there in full after the load and one increment."""

import pytest

from storesync.platforms.tiendanube.platform import Tiendanube
from storesync.simulator.tiendanube import lists
from tests.kits.busy_shop import loaded_while_busy

CAP = 400


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_missed_past_the_cap_while_orders_come_go_and_change(program, monkeypatch, seed):
    """More orders than one query shows, many in the same second, early ids that complete late."""
    monkeypatch.setattr(lists, "ORDERS_CAP", CAP)
    monkeypatch.setitem(Tiendanube.__init__.__kwdefaults__, "orders_cap", CAP)

    assert loaded_while_busy(program, orders=900, in_one_second=250, deletions=8, seed=seed) == []
    assert any("created_at_max" in call.target for call in program.simulator.requests)
