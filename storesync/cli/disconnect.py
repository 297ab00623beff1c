"""The command `disconnect`."""

from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, OneStore
from storesync.cli.receipts import ReceiptFile, Yes, finish, must_be_meant, place_for
from storesync.cli.state import state_of

app = command_app()


@app.command(
    epilog="Example: storesync disconnect shopify:alpha --purge --receipt receipt.json\n\nMore: storesync help privacy"
)
def disconnect(
    ctx: typer.Context,
    *,
    store: OneStore,
    purge: Annotated[bool, typer.Option("--purge", help="Erase everything of the store as well.")] = False,
    yes: Yes = False,
    receipt: ReceiptFile = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Destroy a store's token and read it no more. Its data stay as they are.

    A purge that was begun is gone on with.
    """
    from storesync.app.wiring import places_of  # noqa: PLC0415
    from storesync.model import PURGING  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.stores import erasure  # noqa: PLC0415 - heavy

    state = state_of(ctx)
    with state.context() as context, place_for(receipt) as place:
        [chosen] = find_stores(context.database, [store])
        is_begun = chosen.connection_reason == PURGING
        if not (purge or is_begun):
            must_be_meant(f"Destroy the token of {chosen.key}?", yes=yes)
            finish(state, erasure.disconnect(context, chosen), place, "disconnected; its data stay")
        must_be_meant(f"Erase {chosen.key} and everything of it for ever?", yes=yes or is_begun)
        done = erasure.purge(context, chosen, places=lambda: places_of(state.settings()))
        finish(state, done, place, "purged")
