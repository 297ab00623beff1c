"""Erases a person from a store, or a whole store, and verifies it by searching the files for the bytes."""

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from storesync.data import dataclass
from storesync.errors import DatabaseBusy, LocalFault, PersonNeeded
from storesync.model import PURGING, Lease, Store
from storesync.rules.personal import Forgotten, Person, quotes
from storesync.runtime.instants import text_of
from storesync.storage import credentials, documents, erasure, free_space, integrity, leases, runs, stores
from storesync.storage.database import Database
from storesync.sync.context import SyncContext, held
from storesync.sync.forgotten import load_secret, unreadable_marks
from storesync.sync.freshness import forecast

BATCH = 200
"""Records of a person, or rows of a store, erased in one transaction."""

ROUNDS = 5
"""How often to search again for copies: concurrent writers may move some."""

SHORTEST = 6
"""Bytes of the shortest text to search for: a shorter one occurs in any file."""

ENOUGH = 500
"""How many of the erased texts to search for: more would take hours in a large file."""

SAMPLE = 100
"""Rows of each table whose texts are searched for to verify that a store is erased."""

LEFT_OVER = 20
"""The largest gap of a page, in bytes, that may remain: no row is small enough to fill it."""

Places = Callable[[], Sequence[Path]]
"""Returns the files, besides the database, that may contain nothing of the erased."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased: *tables* counts rows by table; *verified* is True if a search for the bytes found none.

    Otherwise *found_in* are the files that still contain some, and *quoted_in* the records of others, each as
    resource (or child table) and id, that contain the person's e-mail, phone or tax number.
    """

    store: str
    tables: erasure.Counts
    verified: bool
    found_in: tuple[str, ...] = ()
    quoted_in: tuple[str, ...] = ()


def count_void(context: SyncContext, store: Store) -> int:
    """Return how many marks of forgotten people are void because the secret key does not decrypt their key."""
    return len(erasure.load_marks(context.database, store.id)) if load_secret(context, store) is None else 0


def count_records(context: SyncContext, store: Store, person: Person) -> int:
    """Return how many records of *person* a store holds, including erased ones."""
    person = erasure.find_person(context.database, store.id, person)
    theirs = _marked(Forgotten(store.id, key=b"only to compare"), person)
    return sum(1 for _ in erasure.find_records(context.database, theirs))


def forget(context: SyncContext, store: Store, person: Person, *, places: Places, is_key_lost: bool = False) -> Receipt:
    """Erase *person* from a store and keep them out from now on, even if no record of them is here yet.

    An erasure that a killed process left unfinished is completed. Existing marks whose key is lost raise
    `PersonNeeded`; with *is_key_lost* they are dropped, and the people they stand for are no longer kept out.
    Raises `StoreBusy` if another process works on the store, `DatabaseBusy` if a reader blocks the overwriting,
    `LocalFault` if this SQLite does not overwrite.
    """
    _must_overwrite(context)
    with held(context, store, "forget") as lease:
        began = erasure.load_begun(context.database, store.id)
        counts, gone = dict(began or {}), set(person.emails)
        identifiers = erasure.find_identifiers(context.database, store.id, person)
        forgotten = _remember(context, store, lease, person, counts, is_key_lost=is_key_lost)
        records = erasure.find_records(context.database, forgotten)
        while some := list(islice(records, BATCH)):
            with context.database.transaction():
                leases.renew(context.database, lease, context.clock)
                for resource, record_id in some:
                    now = text_of(context.clock.now()) or ""
                    done = erasure.blank(context.database, forgotten, resource, record_id, now=now)
                    _note(counts, gone, done)
                erasure.save_begun(context.database, store.id, counts)
        with context.database.transaction():
            leases.renew(context.database, lease, context.clock)
            _note(counts, gone, erasure.blank_unreadable(context.database, forgotten))
            if counts:
                documents.rebuild_index(context.database)
            erasure.save_begun(context.database, store.id, counts)
    found = _prove(context, gone, places, is_everything=began is not None)
    quoted = _quoted_in(context, store, identifiers)
    with context.database.transaction():
        erasure.end(context.database, store.id)
        event = runs.Event(store.id, "forgotten", "a person was forgotten")
        runs.save_events(context.database, [event], context.clock.now())
    return Receipt(store.key, counts, not (found or quoted), found, quoted)


def end_what_ends_by_itself(context: SyncContext) -> None:
    """Overwrite the copies that SQLite left after the page writer erased somebody, unless a reader blocks it.

    The erased texts are no longer known, so all unused space is overwritten.
    """
    erasure.end_all_begun(context.database, overwrite=lambda: _overwrite(context.database, _is_left_over))


def disconnect(context: SyncContext, store: Store) -> Receipt:
    """Delete a store's token and take it out of the schedule; its data stay. Return the receipt."""
    with context.database.transaction():
        had = stores.load_store(context.database, store.id).connection != "disconnected"
        stores.save_disconnected(context.database, store.id, reason=None, now=context.clock.now())
        if had:
            event = runs.Event(store.id, "disconnected", "by the operator")
            runs.save_events(context.database, [event], context.clock.now())
        forecast(context, store.id)
    integrity.empty_log(context.database)
    return Receipt(store.key, {"credentials": int(had)}, verified=True)


def purge(context: SyncContext, store: Store, *, places: Places) -> Receipt:
    """Erase a store with all its data and return the receipt; resumes where a killed process stopped.

    The store's own row is deleted last, once the rest is verified as erased: until then this can be repeated.
    Raises `StoreBusy`, with the store disconnected, if another process works on it; otherwise as `forget` does.
    """
    _must_overwrite(context)
    with context.database.transaction():
        stores.save_disconnected(context.database, store.id, reason=PURGING, now=context.clock.now())
    with held(context, store, "disconnect") as lease:
        counts = erasure.load_begun(context.database, store.id) or {}
        gone = erasure.some_texts(context.database, store.id, limit=SAMPLE)
        while _purge_some(context, store, lease, counts):
            pass
    found = _prove(context, gone, places, is_everything=True)
    with context.database.transaction():
        erasure.forget_store(context.database, store.id, store.key)
        _note(counts, set(), ({"stores": 1}, set()))
    integrity.empty_log(context.database)
    return Receipt(store.key, counts, not found, found)


def _purge_some(context: SyncContext, store: Store, lease: Lease, counts: erasure.Counts) -> bool:
    """Erase a batch of rows; return whether there may be more."""
    with context.database.transaction():
        leases.renew(context.database, lease, context.clock)
        some = erasure.purge(context.database, store.id, limit=BATCH)
        _note(counts, set(), (some, set()))
        if not some:
            documents.rebuild_index(context.database)
        erasure.save_begun(context.database, store.id, counts)
    return bool(some)


def _remember(
    context: SyncContext, store: Store, lease: Lease, person: Person, counts: erasure.Counts, *, is_key_lost: bool
) -> Forgotten:
    """Save the marks of *person* and that an erasure began: from then on the page writer blanks their records."""
    database = context.database
    with database.transaction():
        leases.renew(database, lease, context.clock)
        secret = load_secret(context, store) or _new_secret(context, store, is_key_lost=is_key_lost)
        whole = erasure.find_person(database, store.id, person)
        forgotten = Forgotten(store.id, context.platform(store.platform).remainder, key=secret)
        erasure.add_marks(database, store.id, forgotten.marks_of(whole))
        erasure.save_begun(database, store.id, counts)
    return replace(forgotten, marks=erasure.load_marks(database, store.id))


def _new_secret(context: SyncContext, store: Store, *, is_key_lost: bool) -> bytes:
    """Make a new key for the marks of a store.

    Raises `PersonNeeded` if existing marks cannot be read. They are dropped only with *is_key_lost*, and not if
    the secret key decrypts no token either, which means that it is the wrong key.
    """
    sealed = credentials.load_all_sealed(context.database)
    is_void = erasure.load_secret(context.database, store.id) is not None
    if is_void and sealed and not any(_opens(context, *one) for one in sealed.items()):
        raise PersonNeeded(
            "the key at hand opens neither the marks of forgotten people nor any token",
            hint="put the right key in its place; see which one is used: storesync doctor --only config",
        )
    marks = erasure.load_marks(context.database, store.id)
    if marks and not is_key_lost:
        raise unreadable_marks(store, marks)
    secret = secrets.token_bytes(32)
    erasure.begin_marks(context.database, store.id, context.vault().wrap(secret))
    return secret


def _opens(context: SyncContext, store_id: int, sealed: bytes) -> bool:
    try:
        context.vault().open(stores.load_store(context.database, store_id).key, sealed)
    except PersonNeeded:
        return False
    return True


def _marked(forgotten: Forgotten, person: Person) -> Forgotten:
    return replace(forgotten, marks=forgotten.marks_of(person))


def _note(counts: erasure.Counts, gone: set[str], done: tuple[erasure.Counts, set[str]]) -> None:
    for table, rows in done[0].items():
        counts[table] = counts.get(table, 0) + rows
    gone |= done[1]


def _must_overwrite(context: SyncContext) -> None:
    if not integrity.overwrites(context.database):
        raise LocalFault(
            "this SQLite does not overwrite what it deletes",
            hint="upgrade it: pip install --upgrade pysqlite3",
        )


def _prove(context: SyncContext, gone: set[str], places: Places, *, is_everything: bool) -> tuple[str, ...]:
    """Overwrite the copies that SQLite left; return the names of the files that still contain some of *gone*.

    *is_everything*: overwrite all unused space, because not all erased texts are known any more.
    """
    database = context.database
    for copy in database.path.parent.glob(f"{database.path.name}.v*.backup"):
        # A migration made it; it is a copy of all data.
        copy.unlink()
    texts = {form for text in gone for form in _forms(text) if len(form) >= SHORTEST}
    if len(texts) > ENOUGH:
        is_everything, texts = True, set(sorted(texts)[:: len(texts) // ENOUGH])

    def is_residue(gap: bytes) -> bool:
        return _is_left_over(gap) if is_everything else any(text in gap for text in texts)

    if not _overwrite(database, is_residue):
        raise DatabaseBusy(
            "all is erased, but somebody who reads the database keeps its log from being emptied",
            hint="close what reads it, and run this again",
        )
    files = {path: free_space.found_in(path, texts) for path in (database.path, *places())}
    left = _without_owners(context, set().union(*files.values()))
    return tuple(sorted(path.name for path, found in files.items() if found & left))


def _quoted_in(context: SyncContext, store: Store, identifiers: Collection[str]) -> tuple[str, ...]:
    """Return the records of a store that still contain one of the erased person's *identifiers*."""
    words = [one for one in identifiers if len(one) >= SHORTEST]
    found = erasure.find_texts(context.database, store.id, words)
    return tuple(sorted({f"{resource} {record_id}" for resource, record_id, text in found if quotes(text, words)}))


def _overwrite(database: Database, is_residue: Callable[[bytes], bool]) -> bool:
    """Overwrite all residue; False if a reader keeps the write-ahead log from being emptied."""
    for _ in range(ROUNDS):
        if not integrity.empty_log(database):
            return False
        if not free_space.overwrite(database, is_residue):
            break
    return True


def _is_left_over(gap: bytes) -> bool:
    return len(gap) > LEFT_OVER


def _forms(text: str) -> Iterator[bytes]:
    """Yield the bytes of a text as stored in a column and as escaped in JSON."""
    for form in (text, json.dumps(text, ensure_ascii=False)[1:-1]):
        yield form.encode("utf-8", "surrogatepass")


def _without_owners(context: SyncContext, found: set[bytes]) -> set[bytes]:
    """Return the texts that no row contains: the others also belong to somebody else, such as a common name."""
    for value in erasure.all_values(context.database) if found else ():
        held = value.encode() if isinstance(value, str) else value
        found = {text for text in found if text not in held}
        if not found:
            break
    return found
