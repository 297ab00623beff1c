"""How a checkpoint moves with each page, error and comparison of ids. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storesync.errors import Incomplete, Lacking, NotFound, PlatformError, RequestRefused, ScopeMissing
from storesync.model import Checkpoint, LeftOut, Page
from storesync.rules.plan import DRIFTS, LOOKBACK_REACH, UPDATES, WHOLE, Pass
from storesync.rules.schedule import DAY, HOUR
from storesync.runtime.instants import is_within

MOST_TIMES, MOST_MORE = 2, 1000
"""A listing that brings more than twice what the platform counted, plus a thousand, loops."""

MOST_TIMES_CHANGED = 20
"""The same for a listing of changes, in which a record comes again each time it is changed meanwhile."""

FEW, SHARE = 10, 0.05
"""A listing that lacks more than ten of the records counted, and more than this share of them, was cut short."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

NO_CLOCK = timedelta(hours=24)
"""How far to step back from our own clock where the platform tells no time."""


def begin(checkpoint: Checkpoint, chosen: Pass) -> Checkpoint:
    """Return the checkpoint with which the pass *chosen* continues from its cursor, or starts anew."""
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

    *repeats* is how many of its records came before in this pass. Raises `Incomplete` for a listing that
    repeats its cursor, goes on without end, or ends without an end signal or far short of its count, and
    `Lacking` for a listing of changes that brought too few: such a listing proves nothing.
    """
    if page.cursor is not None and page.cursor == checkpoint.cursor:
        raise Incomplete(f"the listing of {checkpoint.resource} repeats itself")
    if page.begins_anew:
        checkpoint = replace(checkpoint, pages=0, records=0, repeats=0)
    is_whole = checkpoint.pass_kind in WHOLE
    must_end(
        checkpoint.resource,
        checkpoint.records,
        _larger(checkpoint.expected, page.expected),
        times=MOST_TIMES if is_whole else MOST_TIMES_CHANGED,
    )
    # In the middle of a pass, the platform's count does not say what should be here already.
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
    """Raise `Incomplete` for a listing that has brought far more *records* than were *counted* and goes on."""
    if counted is not None and records > times * counted + MOST_MORE:
        raise Incomplete(f"the listing of {resource} goes on beyond all that there can be")


def must_be_all(resource: str, records: int, counted: int | None) -> None:
    """Raise `Incomplete` for a listing that ended with far fewer *records* than were *counted*."""
    if counted is not None and counted - records > max(FEW, SHARE * counted):
        raise Incomplete(f"the listing of {resource} ended after {records} of {counted} records")


def _must_bring_changes(checkpoint: Checkpoint, now: datetime) -> None:
    """Raise `Lacking` for a listing of changes that brought fewer records than the platform's lowest count.

    At most once a day: a platform that counts differently than it lists would otherwise never be read. The next
    listing is accepted, and the ids are compared once.
    """
    if _lacks(checkpoint) and not is_within(checkpoint.doubted_at, now, DAY):
        brought, expected = checkpoint.records - checkpoint.repeats, checkpoint.expected
        raise Lacking(f"the listing of changed {checkpoint.resource} brought {brought} of {expected} records")


def _lacks(checkpoint: Checkpoint) -> bool:
    is_of_changes = checkpoint.pass_kind not in WHOLE
    brought = checkpoint.records - checkpoint.repeats
    return is_of_changes and checkpoint.expected is not None and brought < checkpoint.expected


def _is_examined(checkpoint: Checkpoint) -> bool:
    """Return whether ids were compared after the last doubt."""
    compared, doubted = checkpoint.compared_at, checkpoint.doubted_at
    return compared is not None and doubted is not None and compared > doubted


def _expected(checkpoint: Checkpoint, page: Page) -> int | None:
    """Return how many records the pass is to bring: of changes the fewest that were counted, else what is there."""
    known, reported = checkpoint.expected, page.expected
    if known is None or reported is None:
        return known if reported is None else reported
    return reported if checkpoint.pass_kind in WHOLE else min(known, reported)


def _larger(one: int | None, other: int | None) -> int | None:
    return max((count for count in (one, other) if count is not None), default=None)


def _withheld(checkpoint: Checkpoint, page: Page) -> int:
    """Return how many fields the pass found withheld; a pass without records keeps the earlier number."""
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
    """Return *done* with what a pass by update time proves."""
    started_at = checkpoint.pass_started_at or now - NO_CLOCK
    held = checkpoint.watermark if checkpoint.watermark and checkpoint.watermark <= now else None
    caught_up = max(started_at, held) if held else started_at
    # An empty listing of changes proves little: the next one starts where it did, so that nothing hidden is skipped.
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
    """Return since when the operator wants records, where that limited the first load."""
    return checkpoint.pass_since if checkpoint.pass_kind == "full" else checkpoint.limited_since


def is_news(checkpoint: Checkpoint, unexplained: int, now: datetime) -> bool:
    """Return whether a count calls for a comparison of ids: *unexplained* is not the difference that the last one left.

    A difference that a comparison left is examined again once a day, or once an hour where it has changed since.
    """
    known = checkpoint.differences or 0
    is_same = unexplained == known
    return not is_within(checkpoint.compared_at, now, DAY if is_same else HOUR) if known else not is_same


def anew(checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint of a resource that is to be read in full again."""
    return replace(checkpoint, watermark=None, cursor=None, pass_kind=None, limited_since=None)


def after_denials(checkpoints: Mapping[str, Checkpoint], wider: Mapping[str, Collection[str]]) -> dict[str, Checkpoint]:
    """Return the checkpoints that change because a denied resource can be read again.

    The scope that came back may show more of other resources too: *wider* are the scopes that do, by resource.
    """
    back = {name: one.denied_scope for name, one in checkpoints.items() if one.denied_scope and not one.denied_at}
    moved = {name: replace(checkpoints[name], denied_scope=None) for name in back}
    for name, scopes in wider.items():
        if name in checkpoints and {scope for other, scope in back.items() if other != name}.intersection(scopes):
            moved[name] = anew(moved.get(name, checkpoints[name]))
    return moved


def after_refusals(
    checkpoints: Mapping[str, Checkpoint],
    left_out: Mapping[str, tuple[LeftOut, ...]],
    *,
    read_anew: Collection[str] = (),
) -> dict[str, Checkpoint]:
    """Return the checkpoints that change because other fields are *left_out* now, by resource, than before.

    A resource that has a field back is read in full again, unless that has begun: *read_anew*.
    """
    moved = {}
    for name in {*checkpoints, *left_out}:
        checkpoint, now = checkpoints.get(name, Checkpoint(name)), left_out.get(name, ())
        if now == checkpoint.left_out:
            continue
        is_back = not {one.field for one in checkpoint.left_out} <= {one.field for one in now}
        is_back = is_back and name not in read_anew
        moved[name] = replace(anew(checkpoint) if is_back else checkpoint, left_out=now)
    return moved


def asking_again(checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint of a resource whose left-out fields are to be asked for at the next turn."""
    return replace(checkpoint, left_out=tuple(replace(one, at=LONG_AGO) for one in checkpoint.left_out))


def after_error(checkpoint: Checkpoint, error: PlatformError, now: datetime) -> Checkpoint:
    """Return the checkpoint of a pass that *error* stopped: it continues from its last saved page.

    It starts anew where its cursor is no good, because it leads into the same error, or to data prepared for a
    token that may not read them.
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
    """Return the checkpoint of a comparison that *error* stopped: it continues, unless its cursor is no good.

    Until it is done, the result of an earlier comparison is in doubt.
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
