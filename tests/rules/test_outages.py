"""When a platform, and none of its stores, is to blame."""

from datetime import timedelta

import pytest

from storesync.rules.outages import Attempt, Outage, outages
from tests.kits.program import NOON

WELL = Attempt("shopify", None, is_first=False)


def failed(code="platform_down", *, platform="shopify", is_first=True):
    return Attempt(platform, code, is_first=is_first)


def judged(attempts, ongoing=(), waiting=("shopify", "tiendanube"), **span):
    return outages(attempts, ongoing, waiting=waiting, now=NOON + timedelta(**span))


def found(attempts, ongoing=(), **how):
    return [(one.platform, one.reason) for one in judged(attempts, ongoing, **how)]


DOWN = Outage("shopify", "no answer", NOON)


@pytest.mark.parametrize(
    ("failing", "well", "is_outage"),
    [
        (0, 0, False),
        (2, 0, False),
        (3, 0, True),
        (3, 7, True),
        (3, 8, False),
        (4, 9, True),
        (30, 70, True),
        (29, 71, False),
    ],
)
def test_three_stores_and_thirty_percent_of_those_tried(failing, well, is_outage):
    """Fewer, or a smaller share, are those stores' own trouble."""
    assert bool(judged([failed()] * failing + [WELL] * well)) is is_outage


def test_they_must_fail_alike():
    """Three stores with three kinds of trouble are three troubles."""
    assert found([failed("token_rejected"), failed("suspended"), failed("not_found")]) == []


def test_no_answer_is_no_answer():
    """A platform that is down shows it as a 503 here, as silence or a broken page there."""
    assert found([failed("platform_down"), failed("timeout"), failed("bad_response")]) == [("shopify", "no answer")]


@pytest.mark.parametrize("code", ["internal", "identity_changed", "shop_moved"])
def test_what_says_nothing_of_the_platform_is_no_evidence(code):
    """Our own bug, or other shops behind the addresses."""
    assert found([failed(code)] * 5) == []


def test_stores_that_were_failing_before_begin_no_outage():
    """Three shops that were closed weeks ago, tried again in the same minute."""
    assert found([failed("token_rejected", is_first=False)] * 3 + [WELL]) == []


def test_platforms_are_judged_apart():
    """One is down, the other is not."""
    attempts = [failed(platform="tiendanube")] * 3 + [WELL] * 3 + [failed()]

    assert judged(attempts) == [Outage("tiendanube", "no answer", NOON, 3, 3)]


@pytest.mark.parametrize(
    ("attempts", "lasts"),
    [
        ([], True),
        ([failed(is_first=False)], True),
        ([failed(is_first=False)] + [WELL] * 9, True),
        ([failed(is_first=False)] + [WELL] * 10, False),
        ([WELL], False),
        # Others fail for a reason of their own.
        ([failed("token_rejected", is_first=False)] * 3 + [WELL], False),
    ],
)
def test_an_outage_is_over_once_stores_are_read_again(attempts, lasts):
    """Silence proves nothing; one success among failures neither."""
    assert bool(found(attempts, [DOWN], hours=1)) is lasts


@pytest.mark.parametrize(("minutes", "lasts"), [(14, True), (15, False)])
def test_an_outage_lasts_a_quarter_of_an_hour_at_least(minutes, lasts):
    """A platform that is half broken is no news every minute."""
    assert bool(found([WELL] * 9, [DOWN], minutes=minutes)) is lasts


def test_an_outage_that_nobody_waits_for_is_over():
    """All its stores were paused meanwhile, or need a person."""
    assert found([], [DOWN], waiting=(), hours=1) == []


def test_one_outage_may_follow_another():
    """What was down answers again, and refuses everybody."""
    attempts = [WELL] * 2 + [failed("token_rejected")] * 3

    assert found(attempts, [DOWN], hours=1) == [("shopify", "token_rejected")]


@pytest.mark.parametrize(
    ("reason", "code", "hours", "excused"),
    [
        ("no answer", "timeout", 1, True),
        ("no answer", "timeout", 100, True),
        ("no answer", "not_found", 1, False),
        ("no answer", None, 1, False),
        ("token_rejected", "token_rejected", 23, True),
        # So long nobody refuses everybody by mistake.
        ("token_rejected", "token_rejected", 25, False),
        ("suspended", "suspended", 25, False),
    ],
)
def test_a_failure_is_excused_by_an_outage_of_its_kind(reason, code, hours, excused):
    """Refusals for a day only: then each store asks for a person by itself."""
    assert Outage("shopify", reason, NOON).excuses(code, NOON + timedelta(hours=hours)) is excused
