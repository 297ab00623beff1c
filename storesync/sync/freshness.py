"""Saves the forecast of a store's verdicts, which the view `freshness` shows: now and later, if nothing happens."""

from collections.abc import Mapping

from storesync.model import Checkpoint
from storesync.rules.selection import is_selected
from storesync.rules.verdict import Holdings, forecast_of
from storesync.storage.checkpoints import load_checkpoints
from storesync.storage.counts import take_holdings
from storesync.storage.stores import load_store
from storesync.storage.verdicts import save_forecast
from storesync.sync.context import SyncContext


def forecast(context: SyncContext, store_id: int, known: Mapping[str, Checkpoint] | None = None) -> None:
    """Save the forecast of a store's verdicts; call it after any change to them, in the same transaction.

    *known* are its checkpoints by resource, None to load them.
    """
    store = load_store(context.database, store_id)
    reads, known = context.reads(store.platform), known or load_checkpoints(context.database, store_id)
    holdings, now = take_holdings(context.database, store_id), context.clock.now()
    forecasts = {
        resource: []
        if not is_selected(store, resource)
        else forecast_of(
            store,
            known.get(resource, Checkpoint(resource)),
            holdings.get((store_id, resource), Holdings()),
            cadence=cadence,
            widest=reads.widest.get(resource),
            now=now,
            timing=context.timing,
        )
        for resource, cadence in reads.cadences.items()
    }
    save_forecast(context.database, store_id, forecasts)
