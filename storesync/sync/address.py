"""Finds out whether a refusal is for a store or for this machine's address, which its app does not let in."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from storesync.errors import IpNotAllowed, OutOfTime, PersonNeeded, PlatformError, TurnedAway
from storesync.model import Credential, Store
from storesync.platforms.base import AllowListing, Granted, Platform, RequestBudget
from storesync.rules.apps import SHARED, app_of, apps_of
from storesync.rules.health import has_ended
from storesync.rules.incidents import blocked_apps
from storesync.storage import credentials, stores
from storesync.storage.incidents import load_incidents
from storesync.sync.context import SyncContext
from storesync.sync.tokens import RENEWABLE

WITNESSES = 3
"""So many other stores of the app are asked at most."""


def address_refusal(
    context: SyncContext, store: Store, error: PlatformError | None, *, has_read: bool = False
) -> IpNotAllowed | None:
    """Return *error* as the refusal of this machine's address, None where it is something else.

    Other connected stores of the app are asked: one that answers proves that it is the store. Else it is this machine
    if the words say so, or if the shop answers where no allow-list counts. That needs no proof where it was told and
    one of several stores waits for it. With *has_read*, the store answered just before: it is asked once more itself.
    """
    platform = context.platform(store.platform)
    if not isinstance(platform, AllowListing) or not isinstance(error, TurnedAway):
        return None
    app = app_of(store)
    mates = [one for one in apps_of(stores.load_stores(context.database)).get(app, []) if one.connection == "connected"]
    witnesses = list(islice(_witnesses(context, (one for one in mates if one.id != store.id)), WITNESSES))
    is_told = app in blocked_apps(load_incidents(context.database), [app])
    is_waited_for = any(one.last_error_code == IpNotAllowed.code for one in mates)
    if has_read or not (witnesses and is_told and is_waited_for):
        asked = chain(_witnesses(context, [store] if has_read else []), witnesses)
        if any(_answers(context, platform, *one) for one in asked):
            return None
        if not (error.is_about_address or platform.answers_app(store.shop.key, context.app(store.platform))):
            return None
    return with_address(context, platform, error)


def refusal_of_new(
    context: SyncContext, platform: Platform, granted: Granted, error: PlatformError, *, then: str
) -> IpNotAllowed | None:
    """Return *error*, met with a credential just *granted*, as the refusal of this machine's address, or else None.

    Whoever was just given a token is known to the shop. *then* is the command to type later.
    """
    if not isinstance(platform, AllowListing) or not isinstance(error, TurnedAway):
        return None
    is_proven = error.is_about_address or granted.credential.kind in SHARED
    if not is_proven and not platform.answers_app(granted.key, context.app(platform.name)):
        return None
    return with_address(context, platform, error, then=then)


def with_address(
    context: SyncContext,
    platform: AllowListing,
    error: TurnedAway,
    *,
    then: str = "storesync doctor --only address",
) -> IpNotAllowed:
    """Return the refusal of this machine's address, which is named where *error* or the operator's URL tells it."""
    return platform.not_allowed(error.address or context.own_address(), then=then)


def _witnesses(context: SyncContext, asked: Iterable[Store]) -> Iterator[tuple[Store, Credential]]:
    """Yield those of the stores *asked* that have an unexpired token, with it."""
    for other in asked:
        sealed = credentials.load_sealed(context.database, other.id)
        with suppress(PersonNeeded):
            credential = context.vault().open(other.key, sealed) if sealed else None
            if credential and not (credential.kind in RENEWABLE and has_ended(credential, context.clock.now())):
                yield other, credential


def _answers(context: SyncContext, platform: Platform, store: Store, credential: Credential) -> bool:
    """Return whether the platform answers with a store's data."""
    budget = RequestBudget(deadline=context.clock.monotonic())
    session = platform.open(store.shop.key, credential, shop=store.shop, traffic=budget)
    try:
        session.describe()
    except (PlatformError, OutOfTime):
        return False
    finally:
        session.close()
    return True
