"""The token of a store: renewed under the store's lease, saved before its first use, believed dead last of all."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from storesync.errors import (
    AppCredentialsRefused,
    DatabaseBusy,
    DiskFull,
    LeaseLost,
    OutOfTime,
    PersonNeeded,
    PlatformError,
    StoresyncError,
    TokenExpired,
    TokenRejected,
)
from storesync.model import App, Credential, Lease, Store
from storesync.platforms.base import Migrating, Platform
from storesync.rules import health
from storesync.storage import credentials, leases, stores
from storesync.sync.context import SyncContext

RENEWABLE = frozenset({"oauth_expiring", "client_credentials"})
SAVE_AGAIN = 2
POLL_S = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenManager:
    """The credential of one store, for whoever holds its lease."""

    context: SyncContext
    store: Store
    lease: Lease

    def load(self) -> Credential:
        """Return the credential that is saved; `TokenRejected` where there is none."""
        return self._open(self._sealed())

    def fresh(self, platform: Platform) -> Credential:
        """Return a credential that will last, renewed where the saved one runs out soon."""
        credential = self.load()
        if not health.wants_refresh(credential, self.context.clock.now()):
            return credential
        try:
            return self.renewed(platform, credential)
        except (TokenExpired, TokenRejected, AppCredentialsRefused, OutOfTime):
            raise
        except PlatformError:
            # Renewal can wait while the token still works.
            if health.has_ended(credential, self.context.clock.now()):
                raise
            return credential

    def better(self, platform: Platform, refused: Credential) -> Credential | None:
        """Return another credential than the *refused* one, None where there is none to be had."""
        saved = self.load()
        if saved.access_token != refused.access_token:
            return saved
        return self.renewed(platform, refused) if refused.kind in RENEWABLE else None

    def renewed(self, platform: Platform, credential: Credential) -> Credential:
        """Renew the token; the new pair is saved before its first use.

        A refusal only counts while nobody has saved another credential since.
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
        """Change the lasting token for one that is renewed, which is saved before anything else."""
        sealed = self._sealed()
        self._must_be_savable()
        return self._saved(platform.migrate(self.store.shop.key, self._open(sealed), app=app), replacing=sealed)

    def worked(self, credential: Credential) -> None:
        """Forget the refresh token that was kept for the case that *credential* would not work."""
        if credential.previous is None:
            return
        sealed = self._sealed()
        if self._open(sealed) == credential:
            self._saved(replace(credential, previous=None), replacing=sealed)

    def _must_be_savable(self) -> None:
        """Whoever cannot write, or lost the lease, asks for no token: it would be lost."""
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
        # Somebody connected the store again while we asked: that grant ended ours.
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
            raise PersonNeeded(
                f"renewing the token of {self.store.key} needs your app's id and secret",
                hint=f"set STORESYNC_{self.store.platform.upper()}_CLIENT_ID and …_CLIENT_SECRET",
            )
        return app


def keep_alive(context: SyncContext, *, until: float) -> None:
    """Renew the tokens of stores that nobody reads, while *until* on the monotonic clock lies ahead.

    A failure is logged and changes nothing: while the token lives, the next look-after tries again.
    """
    for store in _fading(context):
        if context.clock.monotonic() >= until:
            return
        try:
            _keep_one_alive(context, store)
        except PlatformError as error:
            log.warning("token.not_renewed store=%s code=%s", store.key, error.code)
        except (LeaseLost, OutOfTime):
            log.info("token.not_renewed store=%s", store.key)
        except StoresyncError as error:
            # This machine or the operator's app: no other store would fare better.
            log.warning("token.not_renewed store=%s code=%s", store.key, error.code)
            return
        except Exception:
            log.exception("token.not_renewed store=%s", store.key)


def _fading(context: SyncContext) -> Iterator[Store]:
    """Yield the stores whose refresh token ends before long, the most urgent first."""
    now = context.clock.now()
    for store_id in credentials.load_fading(context.database, now, now + health.REFRESH_TOKEN_BEFORE):
        yield stores.load_store(context.database, store_id)


def _keep_one_alive(context: SyncContext, store: Store) -> None:
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger="look-after") as lease:
        if lease is None:
            return
        # Another process may have renewed it, or the operator disconnected the store, before we had the lease.
        if stores.load_store(context.database, store.id).connection == "disconnected":
            return
        token_manager = TokenManager(context, store, lease)
        credential = token_manager.load()
        if health.wants_refresh(credential, context.clock.now()):
            token_manager.renewed(context.platform(store.platform), credential)
            log.info("token.renewed store=%s", store.key)
