"""The next page is fetched while the previous one is saved, by two threads that take turns to compute."""

from threading import Event

import pytest

from storesync.model import Page
from storesync.platforms.base import RequestBudget
from storesync.sync.read_ahead import read_ahead

LIMIT_S = 30


def goes_on(page):
    return page.cursor is not None


def test_the_next_page_is_on_its_way_while_the_previous_one_is_saved():
    """And what it brings is looked at only once that is saved."""
    budget, sent, answered, saved, seen = RequestBudget(), Event(), Event(), Event(), []

    def pages():
        yield Page(cursor="1")
        with budget.on_network():
            sent.set()
            assert answered.wait(LIMIT_S)
        seen.append(saved.is_set())
        yield Page()

    found = read_ahead(pages(), budget, goes_on)
    assert next(found).cursor == "1"
    assert sent.wait(LIMIT_S)
    answered.set()
    saved.set()
    assert next(found).cursor is None
    assert seen == [True]
    assert list(found) == []


def test_an_error_of_the_next_page_comes_after_the_previous_one():
    def pages():
        yield Page(cursor="1")
        raise ValueError("torn")

    found = read_ahead(pages(), RequestBudget(), goes_on)
    assert next(found).cursor == "1"
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_whoever_stops_early_leaves_no_request_behind():
    """The one that is on its way ends, and the next ones hinder nobody."""
    budget, ended = RequestBudget(), Event()
    untouched = budget.on_network

    def pages():
        yield Page(cursor="1")
        with budget.on_network():
            pass
        ended.set()
        yield Page(cursor="2")

    found = read_ahead(pages(), budget, goes_on)
    next(found)
    found.close()
    assert ended.is_set()
    assert budget.on_network is untouched


def test_nothing_is_fetched_after_the_last_page():
    asked = []

    def pages():
        for cursor in ("1", None, "never"):
            asked.append(cursor)
            yield Page(cursor=cursor)

    assert [page.cursor for page in read_ahead(pages(), RequestBudget(), goes_on)] == ["1", None]
    assert asked == ["1", None]
