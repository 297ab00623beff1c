"""Judges the facts about stores: tokens, API versions, data and load. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from storesync.data import dataclass
from storesync.doctor.finding import DATA, LATER, PERSON, Finding, Status, command_in, in_words
from storesync.doctor.settings import Config
from storesync.errors import RateLimited, ShopMoved, StoresyncError
from storesync.model import DUPLICATE, Store
from storesync.rules.apps import title_of
from storesync.rules.bulk import HELP, refusal
from storesync.rules.schedule import Load, Timing
from storesync.rules.status import reads_nothing, without_bulk
from storesync.runtime.instants import instant_of
from storesync.runtime.text import counted, rate

SOON = timedelta(days=14)
"""A token that expires sooner should have been renewed long ago: that happens 30 days before."""

VERSION_LIVES = {"shopify": timedelta(days=365)}
"""How long an API version is supported at least: https://shopify.dev/docs/api/usage/versioning"""

VERSION_SOON = timedelta(days=60)
BEGUN = timedelta(minutes=5)
"""How long after connect the first sync must have begun."""

STUCK = timedelta(minutes=30)
"""A run without progress for so long is stuck: a long one starts a new slice every few minutes."""

_MENDS = {
    "stale": "storesync sync {}",
    "short": "storesync reconcile {}",
    "surplus": "storesync reconcile {}",
    "held": "storesync reconcile {} --confirm",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A store's token according to its platform; *again* is the command to reconnect the store.

    *error* is what the platform answered, None if the token works. Resources that need *missing_scopes* are not
    synced. *has_ended*: it has expired, so the platform was not asked; *is_renewable*: the next sync renews it.
    """

    store: str
    again: str
    error: StoresyncError | None = None
    missing_scopes: Sequence[str] = ()
    has_ended: bool = False
    is_renewable: bool = False
    needs_person_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The API version that is requested of a platform; *is_own* if the operator set it.

    *served* is the version that answers in its place, None where it does itself.
    """

    platform: str
    name: str
    setting: str
    is_own: bool = False
    served: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A run that has not ended and that no live process works on."""

    store: str
    kind: str
    last_seen_at: datetime


def of_address(blocked: Mapping[str, StoresyncError]) -> list[Finding]:
    """Return which apps do not let this machine in; *blocked* are their refusals, by the app's name."""
    found = []
    for app, error in blocked.items():
        advice, _, then = (error.hint or "").partition(", then: ")
        command, _, more = then.partition("; ")
        message = f"{title_of(app)}: {error.message}; {advice}, then look again{more and '; '}{more}"
        found.append(Finding("address", "fail", message, command, exit_code=error.exit_code))
    return found


def of_tokens(tokens: Iterable[Token], now: datetime) -> list[Finding]:
    """Return which tokens do not work, lack scopes, or expire soon."""
    return [found for token in tokens for found in _token(token, now)]


def _token(token: Token, now: datetime) -> Iterable[Finding]:
    by = token.needs_person_by
    sync = f"storesync sync {token.store}"
    if by is not None and by <= now:
        message = f"{token.store}: its token ended for good on {by:%Y-%m-%d}"
        yield Finding("tokens", "fail", message, token.again, token.store, PERSON)
        return
    if token.error is not None:
        yield _refusal(token, token.error)
        return
    renew = sync if token.is_renewable else token.again
    if by is not None and by - now < SOON:
        message = f"{token.store}: in {(by - now).days} days only a person can renew its token"
        yield Finding("tokens", "warn", message, renew, token.store)
    elif token.has_ended:
        message = f"{token.store}: its token has run out; the next sync renews it"
        yield Finding("tokens", "warn", message, renew, token.store)
    if token.missing_scopes:
        message = f"{token.store}: its token lacks {', '.join(token.missing_scopes)}; grant it to the app, then connect"
        yield Finding("tokens", "warn", message, token.again, token.store)


def _refusal(token: Token, error: StoresyncError) -> Finding:
    message = f"{token.store}: {error.message}"
    if error.exit_code == LATER:
        again = f"storesync doctor --only tokens {token.store}"
        return Finding("tokens", "warn", f"{message}; ask again later", again, token.store)
    command = token.again if error.exit_code == PERSON else f"storesync sync {token.store}"
    command = error.hint or command if isinstance(error, ShopMoved) else command
    return Finding("tokens", "fail", message, command, token.store, error.exit_code)


def of_versions(versions: Iterable[Version], config: Config, now: datetime) -> list[Finding]:
    """Return which API versions are or soon will be no longer supported."""
    found = []
    for version in versions:
        command = config.without(version.setting) if version.is_own else "pip install --upgrade storesync"
        if version.served:
            message = f"{version.platform} answers with API version {version.served} in place of {version.name}"
            found.append(Finding("tokens", "warn", f"{message}, which it no longer has", command))
            continue
        ends = _end_of(version)
        if ends is None or ends - now > VERSION_SOON:
            continue
        is_over = ends <= now
        verb = "has ended" if is_over else "ends"
        message = f"{version.platform}'s API version {version.name} {verb} on {ends:%Y-%m-%d}"
        status: Status = "fail" if is_over else "warn"
        found.append(Finding("tokens", status, message, command, exit_code=DATA))
    return found


def _end_of(version: Version) -> datetime | None:
    lives = VERSION_LIVES.get(version.platform)
    named = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", version.name)
    began = instant_of(f"{named[0]}-01T00:00:00Z") if named else None
    return began + lives if began and lives else None


def of_sync(
    stores: Sequence[Mapping[str, Any]],
    again: Mapping[str, str],
    running: Iterable[Running],
    *,
    now: datetime,
    timing: Timing,
    troubled: Collection[str] = (),
) -> list[Finding]:
    """Return which stores are not in sync, and why; *stores* are those of the report of `status`.

    *again* is the command to reconnect each store, by its key; *troubled* are the platforms with an outage, whose
    stores are not to blame.
    """
    stuck = {run.store: run for run in running if now - run.last_seen_at > STUCK}
    found = []
    for store in stores:
        key = store["store"]
        if store["unfinished"]:
            message, _, command = store["unfinished"].rpartition(": ")
            found.append(Finding("sync", "fail", f"{key}: {message}", command, key, PERSON))
        if key in stuck:
            run = stuck[key]
            message = (
                f"{key}: a run has stood still since {run.last_seen_at:%Y-%m-%d %H:%M} UTC, and nobody works on it"
            )
            command = "reconcile" if run.kind == "reconcile" else "sync"
            found.append(Finding("sync", "fail", message, f"storesync {command} {key}", key, DATA))
        if store["connection"] not in {"paused", "disconnected"}:
            is_blamed = store["consecutive_failures"] > 0 and store["platform"] not in troubled
            state = _state(store, again[key], now, timing, is_blamed=is_blamed)
            found += state or (_verdicts(store) + _left_out(store) if key not in stuck else [])
    return found


def of_copies(stores: Iterable[Store], chosen: Iterable[Store]) -> list[Finding]:
    """Return which of all *stores* are copies of the *chosen* ones, which hold their shop a second time."""
    shops = {(store.platform, store.shop.id) for store in chosen}
    return [
        Finding("sync", "warn", f"{one.key}: {one.last_error}", f"storesync disconnect {one.key} --purge", one.key)
        for one in stores
        if one.connection_reason == DUPLICATE and (one.platform, one.shop.id) in shops
    ]


def _state(store: Mapping[str, Any], again: str, now: datetime, timing: Timing, *, is_blamed: bool) -> list[Finding]:
    key, error = store["store"], store["last_error"]
    if store["connection"] == "needs_reauth":
        return [Finding("sync", "fail", f"{key} needs a person: {error}", again, key, PERSON)]
    if reads_nothing(store):
        message = f"{key} needs a person: its token may read nothing of what is wanted; grant it, then connect"
        return [Finding("sync", "fail", message, again, key, PERSON)]
    if store["connection"] == "suspended":
        message = f"{key} is suspended: {error}; once that is settled"
        return [Finding("sync", "fail", message, f"storesync sync {key}", key, DATA)]
    if store["sync_status"] == "failed":
        times = store["consecutive_failures"]
        message = f"{key} failed {counted(times, 'time')} in a row: {error}"
        if not is_blamed or store["last_error_code"] == RateLimited.code:
            # A sync by hand would call a platform during its backoff.
            message = f"{key} is not read: {error}; it is tried again by itself"
            return [Finding("sync", "fail", message, f"storesync status {key}", key, DATA)]
        command = command_in(store["hint"]) or f"storesync sync {key}"
        return [Finding("sync", "fail", message, command, key, DATA)]
    connected_at = instant_of(store["connected_at"])
    if store["sync_status"] == "pending" and connected_at and now - connected_at > max(2 * timing.pending_grace, BEGUN):
        message = f"{key} was connected {in_words(now - connected_at)} ago, and nobody has begun to read it"
        return [Finding("sync", "fail", message, f"storesync sync {key}", key, DATA)]
    return []


def _verdicts(store: Mapping[str, Any]) -> list[Finding]:
    """Return one finding for each different reason, with all its resources."""
    alike: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, resource in store["resources"].items():
        word = resource["verdict"]
        if word in _MENDS:
            kind = "held" if word == "surplus" and resource["held_deletions"] else word
            alike[kind].append((name, resource["reason"]))
    key = store["store"]
    return [
        Finding("sync", "fail", _verdict_message(key, kind, some), _MENDS[kind].format(key), key, DATA)
        for kind, some in alike.items()
    ]


def _left_out(store: Mapping[str, Any]) -> list[Finding]:
    """Return one finding for each different reason why fields of a store are not read, with all its resources.

    Where nothing can be read without the field, that is a failure.
    """
    alike: dict[tuple[Status, str], list[str]] = defaultdict(list)
    for name, resource in store["resources"].items():
        word, reason = resource["verdict"], resource["reason"]
        if resource["left_out"] and word == "limited":
            alike["warn", reason].append(name)
        elif resource["left_out"] and word == "denied":
            alike["fail", reason].append(name)
    key = store["store"]
    found = []
    for (status, reason), names in alike.items():
        message, _, command = reason.rpartition(": ")
        found.append(Finding("sync", status, f"{key} {', '.join(names)}: {message}", command, key, PERSON))
    return found


def _verdict_message(key: str, kind: str, some: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(name for name, _ in some)
    why = some[0][1].partition(";")[0]
    look = f"; look first: storesync reconcile {key} --dry-run" if kind == "held" else ""
    return f"{key} {names}: {'surplus' if kind == 'held' else kind}, {why}{look}"


def of_bulk(stores: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return which apps may start no bulk operations; *stores* are those of the report of `status`."""
    apps = without_bulk(stores)
    return [Finding("sync", "warn", refusal(apps), HELP)] if apps else []


def of_load(load: Load, config: Config, timing: Timing) -> list[Finding]:
    """Return whether there are more stores than can be synced in time."""
    if not load.is_heavy:
        return []
    pause = int(0.8 * timing.max_parallel * timing.tick_budget.total_seconds() / load.needed)
    message = f"{rate(load.needed)} stores a minute are due, and {rate(load.capacity)} can be served"
    command = config.setting("STORESYNC_BATCH_PAUSE", f"{pause}s")
    return [Finding("sync", "fail" if load.needed > load.capacity else "warn", message, command, exit_code=DATA)]


def summary(stores: Sequence[Any], what: str) -> str:
    """Return in words that all is well with the *what* of *stores*."""
    if not stores:
        return "no store is connected yet"
    return f"{len(stores)} {'store' if len(stores) == 1 else 'stores'}: {what}"
