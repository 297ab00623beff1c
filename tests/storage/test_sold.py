"""What was sold is what was paid and is still owed, and each column is what its definition says, on both platforms."""

import pytest

from storesync.platforms.shopify import session
from storesync.simulator.words import PLACES
from tests.kits.sold import ABROAD, SHOPS, books_against, read_all

ORDERS = 60


@pytest.fixture(scope="module", params=["page by page", "by bulk operation"])
def told(request, tmp_path_factory):
    """Shops of six currencies, with taxes in prices or on top."""
    with pytest.MonkeyPatch.context() as patched:
        for country, place in ABROAD.items():
            patched.setitem(PLACES, country, place)
        if request.param == "by bulk operation":
            patched.setattr(session, "LEAST_ROOTS", 2)
            patched.setattr(session, "MOST_RECORDS", 2)
        yield read_all(tmp_path_factory.mktemp("sold") / "home", seed=len(request.param), orders=ORDERS)


@pytest.mark.parametrize("name", SHOPS, ids=lambda name: name[1])
def test_what_was_sold_is_what_was_paid_and_is_still_owed(told, name):
    """Each order, each day, each day of returns, to the minor unit; and each date and status as it is defined."""
    program, books = told

    assert books_against(program, program.world.shop(*name[:2]), books[name]) == []
