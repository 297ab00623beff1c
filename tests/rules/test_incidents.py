"""What is told: when it begins, once a day while it lasts, and when it is over."""

from dataclasses import replace
from datetime import timedelta

from storesync.model import Incident, Shop, Store
from storesync.rules.incidents import NEWS, Lacking, Trouble, Uncompared, news_of, ongoing_outages, troubles_of
from storesync.rules.outages import Outage
from tests.kits.program import NOON

DOWN = Trouble("shopify:alpha", "failed", "shopify:alpha failed: 503; storesync status shopify:alpha", is_grave=False)
TOLD = Incident("shopify:alpha", "failed", DOWN.message, opened_at=NOON, told_at=NOON)
HOUR = timedelta(hours=1)


def store(**state) -> Store:
    return Store(1, "shopify:alpha", "shopify", Shop("1", "alpha", "Alpha", "alpha.example"), **state)


def test_a_beginning_is_told_and_remembered():
    """Once, with the message that ends in the next command."""
    news = news_of([], [DOWN], NOON)

    assert (news.lines, news.open, news.closed) == ([DOWN.message], [TOLD], [])


def test_what_lasts_is_told_once_a_day():
    """Not before 24 hours are over, then again, and since when."""
    early, late = (news_of([TOLD], [DOWN], NOON + span) for span in (23 * HOUR, 24 * HOUR))

    assert early.lines == []
    assert late.lines == [f"still so, since 2026-11-22 12:00 UTC: {DOWN.message}"]
    assert late.open == [replace(TOLD, told_at=NOON + 24 * HOUR)]


def test_an_end_is_told_and_forgotten():
    """Recovery is news like failure."""
    news = news_of([TOLD], [], NOON + HOUR)

    assert (news.lines, news.open, news.closed) == (["shopify:alpha is in sync again"], [], ["shopify:alpha"])


def test_what_the_operator_gave_up_ends_without_a_word():
    """A paused store has not recovered."""
    news = news_of([TOLD], [], NOON + HOUR, given_up={"shopify:alpha"})

    assert (news.lines, news.notices, news.closed) == ([], {}, ["shopify:alpha"])


def test_a_worse_kind_is_told_anew():
    """From failing to needing a person."""
    worse = Trouble("shopify:alpha", "needs_reauth", "shopify:alpha needs a person")

    assert news_of([TOLD], [worse], NOON + HOUR).lines == ["shopify:alpha needs a person"]


def test_a_notice_is_for_what_is_grave_and_once():
    """A first failure is a line, no notice; what becomes grave is noticed then, and its end too."""
    grave = replace(DOWN, is_grave=True)
    noticed = replace(TOLD, noticed_at=NOON)

    assert news_of([TOLD], [DOWN], NOON + HOUR).notices == {}
    assert news_of([TOLD], [grave], NOON + HOUR).notices == {"shopify:alpha": DOWN.message}
    assert news_of([noticed], [grave], NOON + HOUR).notices == {}
    assert news_of([noticed], [], NOON + HOUR).notices == {"shopify:alpha": "shopify:alpha is in sync again"}
    assert news_of([TOLD], [], NOON + HOUR).notices == {}


def test_a_change_is_told_once_and_its_notice_until_it_is_sent():
    """It has no end that could be told; not even a store that is paused meanwhile keeps its beginning from being."""
    topic = "the time zone of shopify:alpha"
    change = Incident(topic, NEWS, "shopify:alpha is in UTC now", NOON, NOON)
    first = news_of([change], [], NOON + HOUR, given_up={topic})
    [waiting] = first.open
    second = news_of([waiting], [], NOON + 2 * HOUR)

    assert (first.lines, first.notices, first.closed) == ([change.message], {topic: change.message}, [])
    assert (second.lines, second.notices) == ([], {topic: change.message})
    assert news_of([waiting], [], NOON + 2 * HOUR, given_up={topic}).closed == [topic]


def test_one_is_told_as_one():
    """Of a single record or deletion the message speaks so."""
    lacking = {"a": Lacking(held=1), "b": Lacking(aside=1, missing=1), "c": Lacking(aside=2000, missing=2)}

    told = [trouble.message.partition(";")[0] for trouble in troubles_of([], lacking, [])]

    assert told == [
        "the data of a: 1 deletion is held",
        "the data of b: 1 record could not be read, 1 is missing",
        "the data of c: 2,000 records could not be read, 2 are missing",
    ]


def test_stores_platforms_and_data_may_be_in_trouble():
    """Each trouble has its topic, so that one store's data and the store itself are told apart."""
    failing = store(sync_status="failed", consecutive_failures=2, last_error="503")
    troubles = troubles_of(
        [failing], {"shopify:beta": Lacking(held=40)}, [Outage("tiendanube", "no answer", NOON, 4, 6)]
    )

    assert [(one.topic, one.kind, one.is_grave) for one in troubles] == [
        ("shopify:alpha", "failed", False),
        ("the data of shopify:beta", "held", True),
        ("tiendanube", "platform: no answer", True),
    ]
    assert "4 of 6 stores failed alike (no answer)" in troubles[2].message


def test_ids_that_cannot_be_compared_are_told_from_the_third_time_on():
    """With the resources, why, and what to type; it is no notice, since nothing is known to be wrong."""
    failing = {
        "shopify:alpha": [Uncompared("orders", 3, "no answer"), Uncompared("products", 2, "no answer")],
        "shopify:beta": [Uncompared("orders", 2, "no answer")],
    }
    (trouble,) = troubles_of([], {}, [], uncompared=failing)
    told = "the ids of orders could not be compared: no answer; try again: storesync reconcile shopify:alpha"

    assert trouble == Trouble("the ids of shopify:alpha", "uncompared", f"shopify:alpha: {told}", is_grave=False)
    known = news_of([], [trouble], NOON).open
    assert news_of(known, [], NOON).lines == ["the ids of shopify:alpha can be compared again"]


def test_failing_is_grave_from_the_third_time_on():
    """Until then it may well heal by itself."""
    graves = [
        troubles_of([store(sync_status="failed", consecutive_failures=count)], {}, [])[0].is_grave
        for count in (1, 2, 3, 4)
    ]

    assert graves == [False, False, True, True]


def test_who_is_well_paused_or_excused_is_in_no_trouble():
    """An excused failure is its platform's."""
    stores = [store(), store(sync_status="failed", excused=4), store(connection="paused", consecutive_failures=5)]

    assert troubles_of(stores, {}, []) == []


def test_ongoing_outages_are_known_by_their_incidents():
    """So that the next tick knows the platform and the reason."""
    (trouble,) = troubles_of([], {}, [Outage("shopify", "no answer", NOON, 3, 3)])
    known = news_of([TOLD], [trouble], NOON).open

    assert ongoing_outages(known) == [Outage("shopify", "no answer", NOON)]
