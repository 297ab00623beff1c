"""The token manager: loads and renews a store's token under its lease, and saves it before its first use."""

import logging
from collections.abc import Iterator
from dataclasses import replace

from storesync.data import dataclass
from storesync.errors import (
    AppBlocked,
    AppCredentialsRefused,
    DatabaseBusy,
    DiskFull,
    OutOfTime,
    PlatformError,
    TokenExpired,
    TokenRejected,
)
from storesync.model import App, Credential, Lease, Store
from storesync.platforms.base import Migrating, Platform
from storesync.rules import health
from storesync.rules.apps import app_of
from storesync.storage import credentials, leases, stores
from storesync.sync.apart import apart
from storesync.sync.context import SyncContext

RENEWABLE = frozenset({"oauth_expiring", "client_credentials"})
SAVE_AGAIN = 2
POLL_S = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenManager:
    """Loads, renews and saves the credential of one store, whose lease the caller holds."""

    context: SyncContext
    store: Store
    lease: Lease

    def load(self) -> Credential:
        """Return the saved credential; `TokenRejected` if there is none."""
        return self._open(self._sealed())

    def fresh(self, platform: Platform) -> Credential:
        """Return the saved credential, renewed if it expires soon.

        A passing failure to renew is ignored while the saved one is valid; other errors are raised.
        """
        credential = self.load()
        if not health.wants_refresh(credential, self.context.clock.now()):
            return credential
        try:
            return self.renewed(platform, credential)
        except (TokenExpired, TokenRejected, AppCredentialsRefused, OutOfTime):
            raise
        except PlatformError:
            # Renewing can wait while the token still works.
            if health.has_ended(credential, self.context.clock.now()):
                raise
            return credential

    def better(self, platform: Platform, refused: Credential) -> Credential | None:
        """Return another credential in place of *refused*, saved meanwhile or renewed; None if it cannot be renewed."""
        saved = self.load()
        if saved.access_token != refused.access_token:
            return saved
        return self.renewed(platform, refused) if refused.kind in RENEWABLE else None

    def renewed(self, platform: Platform, credential: Credential) -> Credential:
        """Renew *credential*, save the new one before its first use, and return it.

        If another process has saved a different one meanwhile, that one is returned, even after a refusal.
        """
        app = self._app()
        sealed = self._sealed()
        saved = self._open(sealed)
        if saved.access_token != credential.access_token:
            return saved
        self._must_be_savable()
        try:
            renewed = platform.refresh(self.store.shop.key, saved, app=app)
        except (TokenExpired, TokenRejected):
            now_saved = self.load()
            if now_saved.access_token == saved.access_token:
                raise
            return now_saved
        return self._saved(renewed, replacing=sealed)

    def migrated(self, platform: Migrating, app: App) -> Credential:
        """Exchange a token that never expires for one that is renewed; save it and return it."""
        sealed = self._sealed()
        self._must_be_savable()
        return self._saved(platform.migrate(self.store.shop.key, self._open(sealed), app=app), replacing=sealed)

    def worked(self, credential: Credential) -> None:
        """Drop the previous refresh token, which was kept in case *credential* would not work."""
        if credential.previous is None:
            return
        sealed = self._sealed()
        if self._open(sealed) == credential:
            self._saved(replace(credential, previous=None), replacing=sealed)

    def _must_be_savable(self) -> None:
        """Raise unless a new token could be saved: without disk space or lease it would be lost."""
        self.context.must_have_room()
        with self.context.database.transaction():
            leases.renew(self.context.database, self.lease, self.context.clock)

    def _saved(self, credential: Credential, *, replacing: bytes) -> Credential:
        sealed = self.context.vault().seal(self.store.key, credential)
        for _ in range(SAVE_AGAIN):
            try:
                return self._saved_once(credential, sealed, replacing)
            except (DatabaseBusy, DiskFull):
                self.context.clock.sleep(POLL_S)
        return self._saved_once(credential, sealed, replacing)

    def _saved_once(self, credential: Credential, sealed: bytes, replacing: bytes) -> Credential:
        database, clock = self.context.database, self.context.clock
        with database.transaction():
            leases.renew(database, self.lease, clock)
            is_saved = credentials.replace_credential(
                database, self.store.id, credential, sealed, replacing=replacing, now=clock.now()
            )
        # The store was connected again meanwhile: that grant replaced ours.
        return credential if is_saved else self.load()

    def _sealed(self) -> bytes:
        sealed = credentials.load_sealed(self.context.database, self.store.id)
        if sealed is None:
            raise TokenRejected(f"{self.store.key} has no token", hint=self.store.connect_again)
        return sealed

    def _open(self, sealed: bytes) -> Credential:
        return self.context.vault().open(self.store.key, sealed)

    def _app(self) -> App:
        app = self.context.app(self.store.platform)
        if app is None:
            raise AppBlocked(
                f"renewing tokens of {self.store.platform} needs your app's id and secret",
                hint=f"set STORESYNC_{self.store.platform.upper()}_CLIENT_ID and …_CLIENT_SECRET",
                app=app_of(self.store),
            )
        return app


def keep_alive(context: SyncContext, *, until: float) -> None:
    """Renew the refresh tokens that expire soon, until *until* (seconds of the monotonic clock).

    A failure is logged and changes nothing: the next housekeeping tries again while the token is valid.
    Raises `LocalFault` and `DatabaseUnusable`.
    """
    for store in _fading(context):
        if context.clock.monotonic() >= until:
            return
        with apart(store, "token.not_renewed"):
            _keep_one_alive(context, store)


def _fading(context: SyncContext) -> Iterator[Store]:
    """Yield the stores whose refresh token expires soon, the most urgent first."""
    now = context.clock.now()
    for store_id in credentials.load_fading(context.database, now, now + health.REFRESH_TOKEN_BEFORE):
        yield stores.load_store(context.database, store_id)


def _keep_one_alive(context: SyncContext, store: Store) -> None:
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger="look-after") as lease:
        if lease is None:
            return
        # Before we had the lease, another process may have renewed it or disconnected the store.
        if stores.load_store(context.database, store.id).connection == "disconnected":
            return
        token_manager = TokenManager(context, store, lease)
        credential = token_manager.load()
        if health.wants_refresh(credential, context.clock.now()):
            token_manager.renewed(context.platform(store.platform), credential)
            log.info("token.renewed store=%s", store.key)
