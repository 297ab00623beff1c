"""Finds out whether a refusal is for a store or for this machine's address, which its app does not let in."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from storesync.errors import IpNotAllowed, OutOfTime, PersonNeeded, PlatformError, TurnedAway
from storesync.model import Credential, Store
from storesync.platforms.base import AllowListing, Granted, Platform, RequestBudget
from storesync.rules.apps import NEVER, SHARED, app_of
from storesync.rules.health import has_ended
from storesync.storage import credentials, stores
from storesync.sync.context import SyncContext
from storesync.sync.tokens import RENEWABLE

WITNESSES = 3
"""So many other stores of the app are asked at most."""


def address_refusal(
    context: SyncContext, store: Store, error: PlatformError | None, *, is_known: bool = False, has_read: bool = False
) -> IpNotAllowed | None:
    """Return *error* as the refusal of this machine's address, None where it is something else.

    Where it gives no reason, other connected stores of the app are asked: one that answers proves that it is the
    store, and where all are refused alike, it is this machine. That needs no proof where *is_known*: the app refused
    it a minute ago. Without another store, it is this machine if the shop answers where no allow-list counts.
    With *has_read*, the store answered just before: it is asked once more itself, before anybody else.
    """
    platform = context.platform(store.platform)
    if not isinstance(platform, AllowListing) or not isinstance(error, IpNotAllowed | TurnedAway):
        return None
    if isinstance(error, TurnedAway) and not _is_address(
        context, platform, store, is_known=is_known, has_read=has_read
    ):
        return None
    return with_address(context, platform, error)


def refusal_of_new(
    context: SyncContext, platform: Platform, granted: Granted, error: PlatformError, *, then: str
) -> IpNotAllowed | None:
    """Return *error*, met with a credential just *granted*, as the refusal of this machine's address, or else None.

    Whoever was just given a token is known to the shop. *then* is the command to type later.
    """
    if not isinstance(platform, AllowListing) or not isinstance(error, IpNotAllowed | TurnedAway):
        return None
    is_proven = isinstance(error, IpNotAllowed) or granted.credential.kind in SHARED
    if not is_proven and not platform.answers_app(granted.key, context.app(platform.name)):
        return None
    return with_address(context, platform, error, then=then)


def with_address(
    context: SyncContext,
    platform: AllowListing,
    error: IpNotAllowed | TurnedAway,
    *,
    then: str = "storesync doctor --only address",
) -> IpNotAllowed:
    """Return the refusal of this machine's address, which is named where *error* or the operator's URL tells it."""
    return platform.not_allowed(error.address or context.own_address(), then=then)


def _is_address(context: SyncContext, platform: AllowListing, store: Store, *, is_known: bool, has_read: bool) -> bool:
    is_refused_alike = False
    others = islice(_witnesses(context, _others(context, store)), WITNESSES)
    for other, credential in chain(_witnesses(context, [store] if has_read else []), others):
        if is_known and not has_read:
            return True
        has_answered = _answers(context, platform, other, credential)
        if has_answered:
            return False
        is_refused_alike |= has_answered is False and other.id != store.id
    return is_refused_alike or platform.answers_app(store.shop.key, context.app(store.platform))


def _others(context: SyncContext, store: Store) -> list[Store]:
    """Return the other connected stores of the app of *store*, those that were read last first."""
    others = [
        one
        for one in stores.load_stores(context.database)
        if one.id != store.id and one.connection == "connected" and app_of(one) == app_of(store)
    ]
    return sorted(others, key=lambda one: one.last_sync_at or NEVER, reverse=True)


def _witnesses(context: SyncContext, asked: Iterable[Store]) -> Iterator[tuple[Store, Credential]]:
    """Yield those of the stores *asked* that have an unexpired token, with it."""
    for other in asked:
        sealed = credentials.load_sealed(context.database, other.id)
        with suppress(PersonNeeded):
            credential = context.vault().open(other.key, sealed) if sealed else None
            if credential and not (credential.kind in RENEWABLE and has_ended(credential, context.clock.now())):
                yield other, credential


def _answers(context: SyncContext, platform: Platform, store: Store, credential: Credential) -> bool | None:
    """Return whether the platform answers with a store's data; None where it says something else about the store."""
    budget = RequestBudget(deadline=context.clock.monotonic())
    session = platform.open(store.shop.key, credential, shop=store.shop, traffic=budget)
    try:
        session.describe()
    except (IpNotAllowed, TurnedAway):
        return False
    except (PlatformError, OutOfTime):
        return None
    finally:
        session.close()
    return True
