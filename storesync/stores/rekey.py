"""`db rekey`: seal all tokens, and the secret by which the forgotten are known, with another key.

At every instant each token is opened by a key that is kept: the new key is kept beside the old
one before it seals anything, and the old one goes once it opens nothing any more. Each token is
sealed anew under its store's lease, so that nobody is just renewing it.
"""

from datetime import timedelta
from pathlib import Path

from storesync.errors import LocalFault, PersonNeeded
from storesync.model import Store
from storesync.runtime.vault import begin_change, end_change
from storesync.storage import credentials, erasure, leases, stores
from storesync.sync.context import SyncContext

PATIENCE = timedelta(minutes=2)
NAP_S = 1.0


def rekey(context: SyncContext, key_file: Path | None) -> list[Store]:
    """Seal all tokens with a new key; return the stores whose token no key opens.

    Without a *key_file* the operator's setting holds the new key before the old one. Killed, or ended by
    `LocalFault` because somebody works on a store, it goes on when it is called again. Raises
    `PersonNeeded` where there is no key.
    """
    context.vault()
    if key_file:
        with context.database.transaction():
            begin_change(key_file)
    is_done = False
    while not is_done:
        for store in _outdated(context):
            _seal_anew(context, store)
        # Whoever connects a store reads the key and saves the token in one transaction too.
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
    """Return the stores whose token an older key opens."""
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
    """Wrap the secrets of the marks with the new key: without them, whom a store has forgotten is not known."""
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
        context.clock.sleep(NAP_S)
