"""Rotates the secret key (`db rekey`): re-encrypts all tokens, and the keys of forgotten people's marks.

At every instant a stored key decrypts each token: the new key is stored beside the old one before its
first use, and the old one is dropped once nothing needs it. Each token is re-encrypted under its
store's lease, so that nobody renews it at the same time.
"""

from datetime import timedelta
from pathlib import Path

from storesync.errors import LocalFault, PersonNeeded
from storesync.model import Store
from storesync.runtime.vault import begin_change, end_change
from storesync.storage import credentials, erasure, leases, stores
from storesync.sync.context import SyncContext

PATIENCE = timedelta(minutes=2)
POLL_S = 1.0


def rekey(context: SyncContext, key_file: Path | None) -> list[Store]:
    """Re-encrypt all tokens with a new key; return the stores whose token no key decrypts.

    Without a *key_file*, ``STORESYNC_SECRET_KEY`` must hold the new key before the old one. Raises `LocalFault` if
    another process works on a store, and `PersonNeeded` without a key. After an error or a kill it resumes
    when called again.
    """
    context.vault()
    if key_file:
        with context.database.transaction():
            begin_change(key_file)
    is_done = False
    while not is_done:
        for store in _outdated(context):
            _seal_anew(context, store)
        # Connecting a store also reads the key and saves the token in one transaction.
        with context.database.transaction():
            is_done = not _outdated(context)
            _wrap_anew(context)
            if is_done and key_file:
                end_change(key_file)
    return [store for store, sealed in _sealed(context) if not context.vault().is_newest(sealed)]


def _sealed(context: SyncContext) -> list[tuple[Store, bytes]]:
    sealed = credentials.load_all_sealed(context.database)
    return [(store, sealed[store.id]) for store in stores.load_stores(context.database) if store.id in sealed]


def _outdated(context: SyncContext) -> list[Store]:
    """Return the stores whose token is encrypted with an older key."""
    vault = context.vault()
    found = []
    for store, sealed in _sealed(context):
        if vault.is_newest(sealed):
            continue
        try:
            vault.open(store.key, sealed)
        except PersonNeeded:
            continue
        found.append(store)
    return found


def _wrap_anew(context: SyncContext) -> None:
    """Re-encrypt the keys of the marks: without them, forgotten people cannot be recognized."""
    for name, wrapped in erasure.load_secrets(context.database).items():
        secret = context.vault().unwrap(wrapped)
        if secret is not None:
            erasure.save_secret(context.database, name, context.vault().wrap(secret))


def _seal_anew(context: SyncContext, store: Store) -> None:
    database, until = context.database, context.clock.monotonic() + PATIENCE.total_seconds()
    while True:
        with leases.held(database, context.worker, store.id, clock=context.clock, trigger="rekey") as lease:
            if lease is not None:
                with database.transaction():
                    leases.renew(database, lease, context.clock)
                    sealed = credentials.load_all_sealed(database)[store.id]
                    vault = context.vault()
                    credentials.save_sealed(database, store.id, vault.seal(store.key, vault.open(store.key, sealed)))
                return
        if context.clock.monotonic() >= until:
            raise LocalFault(
                f"{store.key} is being worked on; its token still needs the old key, which is kept",
                hint="when that is done, go on: storesync db rekey",
            )
        context.clock.sleep(POLL_S)
