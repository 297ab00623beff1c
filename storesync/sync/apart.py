"""Keeps what goes wrong with one store from the others whose turn comes after it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from storesync.errors import DatabaseUnusable, LeaseLost, LocalFault, OutOfTime, StoresyncError
from storesync.model import Store

log = logging.getLogger(__name__)


@contextmanager
def apart(store: Store, event: str) -> Iterator[None]:
    """Log as *event* what goes wrong with a store inside the block, and go on after it.

    `LocalFault` and `DatabaseUnusable` are raised: they would strike any other store as well.
    """
    try:
        yield
    except (LocalFault, DatabaseUnusable):
        raise
    except (LeaseLost, OutOfTime):
        log.info("%s store=%s", event, store.key)
    except StoresyncError as error:
        log.warning("%s store=%s code=%s", event, store.key, error.code)
    except Exception:
        log.exception("%s store=%s", event, store.key)
