"""The command `search`."""

from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, Resources, known_resources, store_names
from storesync.cli.output import say, say_json
from storesync.cli.state import state_of

app = command_app()


@app.command(
    epilog="Examples: storesync search zapatilla roja --store shopify:alpha; storesync search ana --people"
    "\n\nMore: storesync help search"
)
def search(
    ctx: typer.Context,
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
    """Find products, orders, categories, pages, articles and, with --people, customers that have all the words.

    For example: storesync search remera azul, or storesync search --people --resource orders ana@example.com.
    """
    from storesync.agents.assurance import WHOLE, assured, concerned  # noqa: PLC0415 - heavy
    from storesync.reports.answers import search_answer  # noqa: PLC0415
    from storesync.reports.terminal import console, hits_list  # noqa: PLC0415
    from storesync.rules.documents import SOURCES  # noqa: PLC0415
    from storesync.storage import search as index  # noqa: PLC0415
    from storesync.storage.stores import find_stores, load_stores  # noqa: PLC0415
    from storesync.storage.verdicts import load_standings  # noqa: PLC0415

    state, resources, query = state_of(ctx), known_resources(resource, SOURCES), " ".join(words)
    with state.context() as context, context.database.snapshot():
        chosen = find_stores(context.database, store) if store else load_stores(context.database)
        ids = [one.id for one in chosen] if store else []
        hits = index.search(context.database, query, stores=ids, resources=resources, people=people, limit=limit)
        now = context.clock.now()
        standings = concerned(chosen, resources, load_standings(context.database, now=now), among=SOURCES)
    if state.json:
        say_json(search_answer(now, index.sound(query), hits, standings) | assured(standings))
    elif hits:
        verdicts = {(one.store, one.resource): one.verdict for one in standings}
        console(color=state.color).print(hits_list(hits, [verdicts[hit.store, hit.resource] for hit in hits]))
        if len(hits) == limit:
            say(f"These are the best {limit}; there may be more: --limit {10 * limit}")
    else:
        say("Nothing has all of these words." + ("" if people else " People are searched with --people."))
        for one in assured([one for one in standings if one.verdict not in WHOLE], limit=3)["verdicts"]:
            say(f"Not all is here: {one['resource']} of {one['store']} {one['verdict']}: {one['reason']}")
