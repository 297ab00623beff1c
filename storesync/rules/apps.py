"""Which stores share an app, and which of them go first while the platform refuses it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from storesync.errors import AppBlocked
from storesync.model import Store
from storesync.rules.schedule import Due

SHARED = frozenset({"oauth", "oauth_expiring", "client_credentials"})
"""The kinds of tokens that are made with the configured app; each pasted one belongs to an app of its own."""

_NEVER = datetime.min.replace(tzinfo=UTC)
"""Before anything that was ever done, for sorting."""


def app_of(store: Store) -> str:
    """Return the name of the app that a store's token belongs to: its platform's name, or the store's key."""
    return store.platform if store.token_kind in SHARED else store.key


def title_of(app: str) -> str:
    """Return what an app is called where people read of it."""
    return f"the app of {app}" if ":" in app else f"your {app} app"


def apps_of(stores: Iterable[Store]) -> dict[str, list[Store]]:
    """Return the stores by app, without disconnected ones; those synced last come first."""
    found: dict[str, list[Store]] = {}
    for store in sorted(stores, key=lambda one: one.last_sync_at or _NEVER, reverse=True):
        if store.connection != "disconnected":
            found.setdefault(app_of(store), []).append(store)
    return found


def is_blocked_by(store: Store, blocked: Mapping[str, str]) -> bool:
    """Return whether *store* may only be tried for all others of its app, if that is *blocked*: error code by app.

    An app whose secret is refused blocks the stores that were refused for it. The others have tokens that still work.
    """
    code = blocked.get(app_of(store))
    return code is not None and (code != AppBlocked.code or store.last_error_code == code)


def blocked_first(due: Iterable[Due], blocked: Mapping[str, str]) -> list[Due]:
    """Return *due* with the stores that *blocked* apps block first, since one of each is to be tried at once.

    Among these, the one whose last attempt is the longest ago comes first, so that each has its turn: what one store
    is refused may be its own fault. The others keep their order.
    """

    def rank(one: Due) -> tuple[bool, datetime]:
        is_blocked = is_blocked_by(one.store, blocked)
        return not is_blocked, (one.store.last_attempt_at or _NEVER) if is_blocked else _NEVER

    return sorted(due, key=rank)
