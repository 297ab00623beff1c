"""`search`."""

from typing import Annotated

import typer

from storesync.cli import app
from storesync.cli.shared import Json, Resources, known_resources, say, say_json, state_of, store_names


@app.command(epilog="Examples: storesync search zapatilla roja --store shopify:alpha; storesync search ana --people")
def search(
    context: typer.Context,
    *,
    words: Annotated[list[str], typer.Argument(help="What to look for; the last word may be a beginning.")],
    store: Annotated[
        list[str] | None,
        typer.Option(help="Only this store; may be repeated.", show_default=False, autocompletion=store_names),
    ] = None,
    resource: Resources = None,
    people: Annotated[
        bool, typer.Option("--people", help="Look at names, e-mails, phones, addresses and notes too, and show them.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many hits.")] = 20,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Find products, orders, categories and, with --people, customers that have all the words.

    For example: storesync search remera azul, or storesync search --people --resource orders ana@example.com.
    """
    from storesync.answers import search_answer  # noqa: PLC0415 - heavy
    from storesync.faces.terminal import console, hits_table  # noqa: PLC0415
    from storesync.storage import search as index  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.storage.verdicts import load_standings  # noqa: PLC0415

    state, resources, query = state_of(context), known_resources(resource), " ".join(words)
    with state.tools() as tools, tools.database.snapshot():
        ids = [found.id for found in find_stores(tools.database, store)] if store else []
        hits = index.search(tools.database, query, stores=ids, resources=resources, people=people, limit=limit)
        now = tools.clock.now()
        standings = load_standings(tools.database, [(hit.store, hit.resource) for hit in hits], now=now)
    if state.json:
        say_json(search_answer(now, index.sound(query), hits, standings))
    elif hits:
        verdicts = [standings[hit.store, hit.resource].verdict for hit in hits]
        console(color=state.color).print(hits_table(hits, verdicts))
    else:
        say("Nothing has all of these words." + ("" if people else " People are searched with --people."))
