"""How a checkpoint moves, page by page. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from storesync.errors import Incomplete, Lacking, NotFound, PlatformError, RequestRefused, ScopeMissing
from storesync.model import Checkpoint, Page
from storesync.rules.plan import DRIFTS, LOOKBACK_REACH, UPDATES, WHOLE, Pass
from storesync.rules.schedule import DAY, HOUR
from storesync.runtime.instants import is_within

MOST_TIMES, MOST_MORE = 2, 1000
"""A listing that brings more than twice what the source counted, and a thousand, turns in a circle."""

MOST_TIMES_CHANGED = 20
"""In a list of changes a record comes again as often as it is changed meanwhile."""

FEW, SHARE = 10, 0.05
"""A listing that lacks more than ten of what the source counted, and more than this share, was cut."""

NO_CLOCK = timedelta(hours=24)
"""How far to step back from our own clock where the platform tells no time."""


def begin(checkpoint: Checkpoint, chosen: Pass) -> Checkpoint:
    """Return the checkpoint as the pass *chosen* goes on, or begins anew."""
    if chosen.cursor is not None:
        return checkpoint
    return replace(
        checkpoint,
        pass_kind=chosen.kind,
        pass_since=chosen.since,
        pass_started_at=None,
        cursor=None,
        pages=0,
        records=0,
        repeats=0,
        expected=None,
    )


def after_page(
    checkpoint: Checkpoint, page: Page, *, now: datetime, overlap: timedelta, repeats: int = 0
) -> Checkpoint:
    """Return the checkpoint once *page* is saved; the last page completes the pass.

    *repeats* of its records came before in this pass. Raises `Incomplete` for a page that repeats its
    cursor, or ends without an end signal, and `Lacking`: such a listing proves nothing.
    """
    if page.cursor is not None and page.cursor == checkpoint.cursor:
        raise Incomplete(f"the listing of {checkpoint.resource} repeats itself")
    is_whole = checkpoint.pass_kind in WHOLE
    must_end(
        checkpoint.resource,
        checkpoint.records,
        _larger(checkpoint.expected, page.expected),
        times=MOST_TIMES if is_whole else MOST_TIMES_CHANGED,
    )
    # What the source has in the middle of a pass is not yet to be here.
    counts = page.cursor is None and page.source_count is not None
    moved = replace(
        checkpoint,
        cursor=page.cursor,
        pages=checkpoint.pages + 1,
        records=checkpoint.records + page.count,
        repeats=checkpoint.repeats + repeats,
        withheld=_withheld(checkpoint, page),
        expected=_expected(checkpoint, page),
        # A platform's clock that runs ahead of ours must not move the watermark into the future.
        pass_started_at=checkpoint.pass_started_at or min(page.at or now - NO_CLOCK, now),
        source_count=page.source_count if counts else checkpoint.source_count,
        counted_at=now if counts else checkpoint.counted_at,
        limited_since=page.limited_since or checkpoint.limited_since,
        denied_at=None,
    )
    return moved if page.cursor is not None else _complete(moved, page, now=now, overlap=overlap)


def must_end(resource: str, records: int, counted: int | None, *, times: int = MOST_TIMES) -> None:
    """Raise `Incomplete` for a listing that has brought far more *records* than were *counted*, and goes on."""
    if counted is not None and records > times * counted + MOST_MORE:
        raise Incomplete(f"the listing of {resource} goes on beyond all that there can be")


def must_be_all(resource: str, records: int, counted: int | None) -> None:
    """Raise `Incomplete` for a listing that says it is over, far short of what was *counted*."""
    if counted is not None and counted - records > max(FEW, SHARE * counted):
        raise Incomplete(f"the listing of {resource} ended after {records} of {counted} records")


def _must_bring_changes(checkpoint: Checkpoint, now: datetime) -> None:
    """Raise `Lacking` for a listing of changes that brought fewer records than the source counted at its fewest.

    Once a day: a platform that counts otherwise than it lists would never be read. What it lists from then on is
    taken, and its ids are compared, once.
    """
    if _lacks(checkpoint) and not is_within(checkpoint.doubted_at, now, DAY):
        brought, expected = checkpoint.records - checkpoint.repeats, checkpoint.expected
        raise Lacking(f"the listing of changed {checkpoint.resource} brought {brought} of {expected} records")


def _lacks(checkpoint: Checkpoint) -> bool:
    is_of_changes = checkpoint.pass_kind not in WHOLE
    brought = checkpoint.records - checkpoint.repeats
    return is_of_changes and checkpoint.expected is not None and brought < checkpoint.expected


def _is_examined(checkpoint: Checkpoint) -> bool:
    """True where ids were compared since there was a doubt."""
    compared, doubted = checkpoint.compared_at, checkpoint.doubted_at
    return compared is not None and doubted is not None and compared > doubted


def _expected(checkpoint: Checkpoint, page: Page) -> int | None:
    """Return how many records the pass is to bring: of changes the fewest that were counted, else what is there."""
    known, told = checkpoint.expected, page.expected
    if known is None or told is None:
        return known if told is None else told
    return told if checkpoint.pass_kind in WHOLE else min(known, told)


def _larger(one: int | None, other: int | None) -> int | None:
    return max((count for count in (one, other) if count is not None), default=None)


def _withheld(checkpoint: Checkpoint, page: Page) -> int:
    """Return how many fields the pass found withheld; one without records says nothing about that."""
    if not page.records:
        return checkpoint.withheld
    return page.withheld + (checkpoint.withheld if checkpoint.records else 0)


def _complete(checkpoint: Checkpoint, page: Page, *, now: datetime, overlap: timedelta) -> Checkpoint:
    if page.end_signal is None:
        raise Incomplete(f"the listing of {checkpoint.resource} stopped without its end")
    if checkpoint.pass_kind in WHOLE and checkpoint.pass_since is None and checkpoint.limited_since is None:
        counted = checkpoint.expected if page.source_count is None else page.source_count
        must_be_all(checkpoint.resource, checkpoint.records, counted)
    _must_bring_changes(checkpoint, now)
    if _lacks(checkpoint) and not _is_examined(checkpoint):
        checkpoint = replace(checkpoint, comparison_due=True, differences=None)
    done = replace(
        checkpoint,
        drifted_at=checkpoint.drifted_at if checkpoint.pass_kind in UPDATES else now,
        deep_drifted_at=now if checkpoint.pass_kind in {"full", "deep_drift"} else checkpoint.deep_drifted_at,
        pass_kind=None,
        pass_since=None,
        pass_started_at=None,
        cursor=None,
        expected=None,
        error_code=None,
        error=None,
    )
    return done if checkpoint.pass_kind in DRIFTS else _caught_up(done, checkpoint, page, now=now, overlap=overlap)


def _caught_up(
    done: Checkpoint, checkpoint: Checkpoint, page: Page, *, now: datetime, overlap: timedelta
) -> Checkpoint:
    """Return *done* with all that a pass over the update times proves."""
    started_at = checkpoint.pass_started_at or now - NO_CLOCK
    held = checkpoint.watermark if checkpoint.watermark and checkpoint.watermark <= now else None
    caught_up = max(started_at, held) if held else started_at
    # An empty list of changes proves least of all: the next one begins where it did, lest what it hid be passed over.
    is_empty = checkpoint.pass_kind in UPDATES and not checkpoint.records
    return replace(
        done,
        watermark=max(held, caught_up - LOOKBACK_REACH) if held and is_empty else caught_up,
        complete_until=caught_up - overlap,
        last_pass_at=now,
        looked_back_at=checkpoint.looked_back_at if checkpoint.pass_kind == "incremental" else now,
        comparison_due=checkpoint.comparison_due or checkpoint.compared_at is None,
        limited_since=page.limited_since or _asked_since(checkpoint),
    )


def _asked_since(checkpoint: Checkpoint) -> datetime | None:
    """Return since when the operator asked for records, where a first load began later than the shop did."""
    return checkpoint.pass_since if checkpoint.pass_kind == "full" else checkpoint.limited_since


def is_news(checkpoint: Checkpoint, unexplained: int, now: datetime) -> bool:
    """True where a count asks for ids to be compared: it differs otherwise than the last comparison left it.

    What a comparison left differing is looked into again each day, and each hour where it is another difference now.
    """
    known = checkpoint.differences or 0
    is_same = unexplained == known
    return not is_within(checkpoint.compared_at, now, DAY if is_same else HOUR) if known else not is_same


def anew(checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint of a resource of which everything is to be read once more."""
    return replace(checkpoint, watermark=None, cursor=None, pass_kind=None, limited_since=None)


def after_denials(checkpoints: Mapping[str, Checkpoint], wider: Mapping[str, Collection[str]]) -> dict[str, Checkpoint]:
    """Return the checkpoints that move because a resource is read again that was denied.

    A scope that came back may show more of the others too: *wider* are, by resource, the scopes that do.
    """
    back = {name: one.denied_scope for name, one in checkpoints.items() if one.denied_scope and not one.denied_at}
    moved = {name: replace(checkpoints[name], denied_scope=None) for name in back}
    for name, scopes in wider.items():
        if name in checkpoints and {scope for other, scope in back.items() if other != name}.intersection(scopes):
            moved[name] = anew(moved.get(name, checkpoints[name]))
    return moved


def after_error(checkpoint: Checkpoint, error: PlatformError, now: datetime) -> Checkpoint:
    """Return the checkpoint of a pass that *error* stopped: it goes on from its last saved page.

    It begins anew where that place is no good: it leads into the same error, or to what was prepared for a
    token that may not read it.
    """
    if isinstance(error, ScopeMissing):
        checkpoint = replace(checkpoint, denied_scope=error.scope, denied_at=now)
    stuck = isinstance(error, Incomplete | RequestRefused | NotFound | ScopeMissing)
    return replace(
        checkpoint,
        doubted_at=now if isinstance(error, Lacking) else checkpoint.doubted_at,
        error_code=error.code,
        error=error.message,
        cursor=None if stuck else checkpoint.cursor,
        pass_kind=None if stuck else checkpoint.pass_kind,
    )


def after_comparison_error(checkpoint: Checkpoint, error: PlatformError, now: datetime) -> Checkpoint:
    """Return the checkpoint of a comparison that *error* stopped: it goes on, unless its cursor is no good.

    What an earlier one found is in doubt until then.
    """
    if isinstance(error, ScopeMissing):
        return replace(after_error(checkpoint, error, now), comparison_cursor=None)
    stuck = isinstance(error, Incomplete | RequestRefused | NotFound)
    return replace(
        checkpoint,
        comparison_due=True,
        comparison_cursor=None if stuck else checkpoint.comparison_cursor,
        comparison_failures=checkpoint.comparison_failures + 1,
        comparison_error=error.message,
        differences=None,
    )
